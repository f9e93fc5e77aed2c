#!/usr/bin/env python3
"""What an export looks like from Python: no binding is needed, only what reads Parquet.

    lamna export captures/ --parquet dataset --tables packets,flows
    pip install polars matplotlib
    python3 examples/python/flows.py dataset [PICTURE.png]

Prints the busiest servers, and draws how much came in each second.
"""
import pathlib
import sys

import polars as pl


def busiest(dataset):
    """Servers by what they sent, over all captures."""
    flows = pl.scan_parquet(dataset / "flows" / "*.parquet")
    return (flows.group_by("server", "server_port", "transport")
            .agg(pl.len().alias("flows"), pl.col("server_bytes").sum(), pl.col("duration").median().alias("median_s"))
            .sort("server_bytes", descending=True).head(10).collect())


def rate(dataset):
    """Bits in each second."""
    packets = pl.scan_parquet(dataset / "packets" / "*.parquet")
    return (packets.filter(pl.col("time").is_not_null()).with_columns(pl.col("time").dt.truncate("1s").alias("second"))
            .group_by("second").agg((pl.col("length").cast(pl.UInt64).sum() * 8).alias("bits"))
            .sort("second").collect())


def draw(rows, picture):
    import matplotlib
    matplotlib.use("Agg")  # into a file; there need be no screen
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(10, 3))
    axes.step(rows["second"].to_list(), rows["bits"].to_list(), where="post")
    axes.set_ylabel("bits a second")
    figure.autofmt_xdate()
    figure.savefig(picture, bbox_inches="tight")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    dataset = pathlib.Path(sys.argv[1])
    print(busiest(dataset))
    rows = rate(dataset)
    print(rows)
    if len(sys.argv) > 2:
        draw(rows, sys.argv[2])


if __name__ == "__main__":
    main()
