#!/usr/bin/env python3
"""Compares what SQL says of captures with what tshark's fields say, summed up here.

    compare.py LAMNA CORPUS      exit status 77: tshark or DuckDB's library is not here

The captures are those of tests/cli/captures.py, and some of the corpus, if it is there.
"""
import collections
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
PATIENCE = 60
MARK = "--"
OF_CORPUS = 8
SIZES = (4000, 200000)
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")
FIELDS = ["frame.number", "frame.len", "frame.time_epoch", "ip.src", "ip.ttl", "tcp.port", "tcp.dstport", "tcp.len",
          "tcp.stream", "udp.length", "dns.qry.name", "eth.src", "tcp.analysis.retransmission", "ip.proto"]


def first(values):
    return values[0] if values else None


def total(rows, field, among=lambda row: True):
    return sum(int(row[field][0]) for row in rows if row[field] and among(row))


def counted(rows, key):
    """The commonest values, as SQL's ORDER BY count(*) DESC, 1 has them."""
    times = collections.Counter(key(row) for row in rows if key(row) is not None)
    return [[value, str(n)] for value, n in sorted(times.items(), key=lambda item: (-item[1], item[0]))[:5]]


def names_of(rows):
    times = collections.Counter(name for row in rows for name in row["dns.qry.name"])
    return [[value, str(n)] for value, n in sorted(times.items(), key=lambda item: (-item[1], item[0]))[:5]]


def has(row, field, value):
    return value in row[field]


# SQL, and what tshark's fields come to
QUESTIONS = [
    ("SELECT count(*), coalesce(sum(frame.len), 0) FROM packets WHERE list_contains(tcp.port, 80)",
     lambda rows: [[str(sum(has(row, "tcp.port", "80") for row in rows)),
                    str(total(rows, "frame.len", lambda row: has(row, "tcp.port", "80")))]]),
    ("SELECT count(*), max(number), sum(length) FROM packets",
     lambda rows: [[str(len(rows)), str(len(rows)), str(total(rows, "frame.len"))]]),
    ("SELECT epoch_ns(min(time)), epoch_ns(max(time)) FROM packets",
     lambda rows: [[str(f(int(row["frame.time_epoch"][0].replace(".", "")) for row in rows)) for f in (min, max)]]),
    ("SELECT ip.src::VARCHAR, count(*) FROM packets WHERE ip.src IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
     lambda rows: counted(rows, lambda row: first(row["ip.src"]))),
    ("SELECT tcp.dstport::VARCHAR, count(*) FROM packets WHERE tcp.dstport IS NOT NULL GROUP BY 1 "
     "ORDER BY 2 DESC, 1 LIMIT 5",
     lambda rows: counted(rows, lambda row: first(row["tcp.dstport"]))),
    ("SELECT coalesce(sum(ip.ttl), 0), coalesce(sum(tcp.len), 0), coalesce(sum(udp.length), 0) FROM packets",
     lambda rows: [[str(total(rows, field)) for field in ("ip.ttl", "tcp.len", "udp.length")]]),
    ("SELECT count(DISTINCT tcp.stream), max(tcp.stream) FROM packets",
     lambda rows: [[str(len({row["tcp.stream"][0] for row in rows if row["tcp.stream"]})),
                    max((row["tcp.stream"][0] for row in rows if row["tcp.stream"]), key=int, default="")]]),
    ("SELECT name, count(*) FROM (SELECT unnest(dns.qry.name) AS name FROM packets) GROUP BY 1 "
     "ORDER BY 2 DESC, 1 LIMIT 5", names_of),
    ("SELECT eth.src, count(*) FROM packets WHERE eth.src IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
     lambda rows: counted(rows, lambda row: first(row["eth.src"]))),
    ("SELECT count(*) FROM packets WHERE list_contains(analysis, 'retransmission')",
     lambda rows: [[str(sum(bool(row["tcp.analysis.retransmission"]) for row in rows))]]),
    ("SELECT coalesce(sum(len(\"ip.proto[]\")), 0) FROM packets",
     lambda rows: [[str(sum(len(row["ip.proto"]) for row in rows))]]),
]


def of_tshark(path):
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "aggregator=|"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False)
    rows = []
    for line in done.stdout.splitlines():
        values = line.split("\t")
        rows.append({field: value.split("|") if value else [] for field, value in zip(FIELDS, values)})
    return rows


def of_lamna(lamna, path):
    """The rows of each question's answer; between two of them comes a mark."""
    text = "".join("%s; SELECT '%s' AS mark;\n" % (sql, MARK) for sql, _ in QUESTIONS)
    done = subprocess.run([lamna, "sql", path, "--format", "csv"], input=text, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    answers, rows = [], []
    for row in csv.reader(done.stdout.splitlines()):
        if row != [MARK]:
            rows.append(row)
            continue
        answers.append(rows[1:-1])  # between the head and the mark's own
        rows = []
    return answers, done.stderr


def compare(lamna, path):
    rows, wrong = of_tshark(path), 0
    answers, err = of_lamna(lamna, path)
    if len(answers) != len(QUESTIONS):
        print(path, err)
        return 1
    for (sql, sums), told in zip(QUESTIONS, answers):
        expected = sums(rows)
        if told != expected:
            print("%s: %s\n    tshark: %s\n    lamna:  %s %s" % (path, sql, expected, told, err))
            wrong += 1
    print("%s: %d packets, %d of %d differ" % (path, len(rows), wrong, len(QUESTIONS)))
    return wrong


def of_corpus(corpus):
    """Some captures, spread over the corpus."""
    found = sorted(os.path.join(top, name) for top, _, names in os.walk(corpus, followlinks=True) for name in names
                   if name.endswith((".pcap", ".pcapng")))
    found = [path for path in found if SIZES[0] <= os.path.getsize(path) <= SIZES[1]]
    return found[::max(1, len(found) // OF_CORPUS)][:OF_CORPUS]


def main():
    if not os.path.exists(LIBRARY) or shutil.which("tshark") is None:
        print("there is no DuckDB, or no tshark")
        return SKIPPED
    lamna, corpus = os.path.abspath(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        captures.write_all(folder)
        paths = [os.path.join(folder, name) for name in ("web.pcap", "troubled.pcap", "names.pcap", "tunnel.pcap")]
        return 1 if sum(compare(lamna, path) for path in paths + of_corpus(corpus)) else 0


if __name__ == "__main__":
    sys.exit(main())
