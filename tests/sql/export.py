#!/usr/bin/env python3
"""lamna export, killed at random moments: the next one makes the dataset complete, and nothing is there twice.

    export.py LAMNA      exit status 77: DuckDB's library is not here
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import captures  # noqa: E402

SKIPPED = 77
PATIENCE = 60
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")
ROUNDS, KILLS = 4, 5
COPIES = 4
TABLES = "packets,tcp,http"


def export(lamna, folder, form):
    """Of a dataset called "cut...", the files are cut by the hour."""
    cut = ["--partition", "hour"] if folder.startswith("cut") else []
    return [lamna, "export", "captures", "--" + form, folder, "--tables", TABLES] + cut


def run(command, folder):
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise SystemExit("%s: %d\n%s%s" % (command, done.returncode, done.stdout, done.stderr))
    return done.stdout


def kill_after(command, folder, seconds):
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.kill()


def make_captures(folder):
    os.mkdir(os.path.join(folder, "one"))
    captures.write_all(os.path.join(folder, "one"))
    for i in range(COPIES):
        part = os.path.join(folder, "captures", str(i))
        os.makedirs(part)
        shutil.copy(os.path.join(folder, "one", "web.pcap"), part)


def parts_of(dataset):
    return sorted(os.path.relpath(os.path.join(top, name), dataset)
                  for top, _, names in os.walk(dataset) for name in names if name != "manifest.ndjson")


def check(lamna, folder, dataset, form):
    """Every part once, in the manifest and on the disk, each with all of its rows."""
    full = os.path.join(folder, dataset)
    with open(os.path.join(full, "manifest.ndjson"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    wanted = COPIES * len(TABLES.split(","))
    hour = "*/" if dataset.startswith("cut") else ""
    found = [os.path.join(parts.split("/")[0], hour, os.path.basename(parts)) for parts in parts_of(full)]
    if len(lines) != wanted or sorted(line["file"] for line in lines) != sorted(found):
        raise SystemExit("%s: %d lines, parts: %s" % (dataset, len(lines), parts_of(full)))
    if any(line["rows"] != {"packets": 29, "tcp": 3, "http": 6}[line["table"]] for line in lines):
        raise SystemExit("%s: rows: %s" % (dataset, lines))
    reader = {"parquet": "read_parquet", "csv": "read_csv", "ndjson": "read_json"}[form]
    query = "SELECT count(*), count(DISTINCT (file, number)) FROM %s('%s/packets/%s*.%s')" % (
        reader, dataset, hour, form)
    told = run([lamna, "sql", "one/two.pcap", query, "--format", "csv", "--allow-files"], folder)
    if told.splitlines()[1] != "%d,%d" % (COPIES * 29, COPIES * 29):
        raise SystemExit("%s: %s" % (dataset, told))
    again = run(export(lamna, dataset, form), folder)
    if again != "0 files written, %d complete already\n" % wanted:
        raise SystemExit("%s: %s" % (dataset, again))


def check_killed(lamna, folder):
    moments = random.Random(7)
    begun = time.monotonic()
    run(export(lamna, "whole", "parquet"), folder)
    whole = time.monotonic() - begun
    check(lamna, folder, "whole", "parquet")
    for dataset in ["killed%d" % i for i in range(ROUNDS)] + ["cut%d" % i for i in range(ROUNDS // 2)]:
        for _ in range(KILLS):
            kill_after(export(lamna, dataset, "parquet"), folder, moments.uniform(0, whole / 3))
        run(export(lamna, dataset, "parquet"), folder)
        check(lamna, folder, dataset, "parquet")


def check_changed(lamna, folder):
    """A capture that changed is exported anew, in the place of what it was; a line that was cut short is none."""
    captures_of = os.path.join(folder, "captures", "0", "web.pcap")
    os.utime(captures_of)
    manifest = os.path.join(folder, "whole", "manifest.ndjson")
    with open(manifest, "ab") as file:
        file.write(b'{"table":"packets","sou')
    told = run(export(lamna, "whole", "parquet"), folder)
    if not told.startswith("3 files written"):
        raise SystemExit("a changed capture: " + told)
    check(lamna, folder, "whole", "parquet")


def check_cut_anew(lamna, folder):
    """With other keys, or none, nothing of what was there stays."""
    run(export(lamna, "cut0", "parquet")[:-1] + ["day"], folder)
    run(export(lamna, "cut0", "parquet"), folder)
    check(lamna, folder, "cut0", "parquet")
    plain = [word if word != "cut0" else "plain" for word in export(lamna, "cut0", "parquet")[:-2]]
    os.rename(os.path.join(folder, "cut0"), os.path.join(folder, "plain"))
    run(plain, folder)
    check(lamna, folder, "plain", "parquet")
    os.rename(os.path.join(folder, "plain"), os.path.join(folder, "cut0"))
    run(export(lamna, "cut0", "parquet"), folder)
    check(lamna, folder, "cut0", "parquet")


def main():
    if not os.path.exists(LIBRARY):
        print("there is no DuckDB: scripts/bootstrap sql fetches it")
        return SKIPPED
    lamna = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        make_captures(folder)
        check_killed(lamna, folder)
        check_changed(lamna, folder)
        check_cut_anew(lamna, folder)
        for form in ("csv", "ndjson"):
            run(export(lamna, form, form), folder)
            check(lamna, folder, form, form)
    return 0


if __name__ == "__main__":
    sys.exit(main())
