#!/usr/bin/env python3
"""One query over a folder of 500 captures: each is counted right, those that cannot be read are named and skipped, and
the rows come in the order of the files and packets.

    folder.py LAMNA CORPUS      exit status 77: DuckDB's library is not here

Without the corpus, the captures are copies of those of tests/cli/captures.py.
"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import captures  # noqa: E402

SKIPPED = 77
PATIENCE = 150
CAPTURES = 500
LARGEST = 30000
COMPARED = 25
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")
ENDINGS = (".pcap", ".pcapng", ".cap")


def gather(corpus, made):
    found = sorted(os.path.join(top, name) for top, _, names in os.walk(corpus, followlinks=True) for name in names
                   if name.endswith(ENDINGS))
    found = [path for path in found if os.path.getsize(path) <= LARGEST]
    if not found:
        found = sorted(os.path.join(made, name) for name in os.listdir(made) if name.endswith(ENDINGS))
    return [found[i * len(found) // CAPTURES] for i in range(CAPTURES)]


def fill(folder, paths):
    for i, path in enumerate(paths):
        shutil.copyfile(path, os.path.join(folder, "%03d-%s" % (i, os.path.basename(path))))
    for i, text in ((100, b"no capture"), (101, b""), (250, b"\xd4\xc3\xb2\xa1")):
        with open(os.path.join(folder, "%03d-bad" % i), "wb") as file:
            file.write(text)


def ask(lamna, folder, sql, *more):
    done = subprocess.run([lamna, "sql", folder, sql, "--format", "csv", *more], capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    return list(csv.reader(done.stdout.splitlines()))[1:], done.stderr.splitlines(), done.returncode


def check(lamna, folder):
    rows, problems, status = ask(lamna, folder, "SELECT file, count(*), max(number) FROM packets GROUP BY 1 ORDER BY 1")
    assert status == 1, status
    named = [line for line in problems if "-bad" in line]
    assert len(named) == 3 and named == sorted(named), problems
    counts = {row[0]: int(row[1]) for row in rows}
    assert len(counts) >= CAPTURES * 9 // 10, len(counts)
    assert all(row[1] == row[2] for row in rows)
    for path in sorted(counts)[::len(counts) // COMPARED]:
        told = subprocess.run([lamna, "count", path], capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert int(told.stdout) == counts[path], (path, told.stdout, counts[path])
    order, again, _ = ask(lamna, folder, "SELECT file, number FROM packets", "--threads", "4")
    assert again == problems, (again, problems)
    keys = [(file, int(number)) for file, number in order]
    assert keys == sorted(keys), "the order is not that of the files"
    assert len(keys) == sum(counts.values()), (len(keys), sum(counts.values()))


def main():
    if not os.path.exists(LIBRARY):
        print("there is no DuckDB: scripts/bootstrap sql fetches it")
        return SKIPPED
    lamna, corpus = os.path.abspath(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as folder:
        captures.write_all(made)
        fill(folder, gather(corpus, made))
        check(lamna, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
