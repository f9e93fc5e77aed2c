#!/usr/bin/env python3
"""Runs cases of SQL: see tests/cli/run.py, whose form they have.

    run.py LAMNA FILE.cases...      exit status 77: DuckDB's library is not here
"""
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import run  # noqa: E402

LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")


def main():
    if not os.path.exists(LIBRARY):
        print("there is no DuckDB: scripts/bootstrap sql fetches it")
        return run.SKIPPED
    return run.main()


if __name__ == "__main__":
    sys.exit(main())
