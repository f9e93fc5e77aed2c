#!/usr/bin/env python3
"""An index beside a capture changes nothing but the time: rows of packets are the same with one, without, and with one
that is damaged.

    indexed.py LAMNA CORPUS [COUNT]     exit status 77: DuckDB's library is not here

The captures are those of tests/cli/captures.py, and some of the corpus (COUNT of them), if it is there.
"""
import itertools
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
OF_CORPUS = 6
SIZES = (4000, 400000)
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")
QUESTIONS = [
    "SELECT * EXCLUDE (file, protocol, info) FROM packets",
    "SELECT number, source_port, stream FROM packets",
    "SELECT frame.len, frame.number, tcp.flags, tcp.stream, udp.length, http, \"tcp.srcport[]\" FROM packets",
    "SELECT number, dns.qry.name, tcp.analysis.retransmission, ip.src, ipv6.dst, frame.time_delta FROM packets",
    "SELECT * EXCLUDE (file) FROM flows ORDER BY ALL",
    "SELECT number FROM packets LIMIT 3",
]


def ask(lamna, capture):
    """All answers; between two of them comes a mark. A note that a field is there more than once is none."""
    text = "".join("%s; SELECT '--' AS mark;\n" % sql for sql in QUESTIONS)
    done = subprocess.run([lamna, "sql", capture, "--format", "ndjson"], input=text, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    problems = [line for line in done.stderr.splitlines() if "note: " not in line]
    return done.returncode, done.stdout.split('{"mark":"--"}\n'), problems


def damage(path, share):
    """Turns a byte of the index's columns over."""
    with open(path, "r+b") as file:
        at = int(os.path.getsize(path) * share)
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x55]))


def compare(lamna, path, folder):
    capture = os.path.join(folder, "capture")
    shutil.copyfile(path, capture)
    if os.path.exists(capture + ".lamna"):
        os.unlink(capture + ".lamna")
    expected, wrong = ask(lamna, capture), 0
    done = subprocess.run([lamna, "index", capture], capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        return 0  # what cannot be read to its end has none
    for way in ("index", "damaged at 0.2", "damaged at 0.6"):
        if way != "index":
            damage(capture + ".lamna", float(way.split()[-1]))
        told = ask(lamna, capture)
        for sql, one, other in zip(QUESTIONS, expected[1], told[1]):
            if one != other:
                print("%s, %s: %s" % (path, way, sql))
                pairs = itertools.zip_longest(one.splitlines(), other.splitlines())
                print("\n".join("  %s\n  %s" % pair for pair in itertools.islice((p for p in pairs if p[0] != p[1]), 3)))
                wrong += 1
        wrong += told[0] != expected[0] or told[2] != expected[2]
    return wrong


def of_corpus(corpus, count):
    found = sorted(os.path.join(top, name) for top, _, names in os.walk(corpus, followlinks=True) for name in names
                   if name.endswith((".pcap", ".pcapng", ".cap")))
    found = [path for path in found if SIZES[0] <= os.path.getsize(path) <= SIZES[1]]
    return found[::max(1, len(found) // count)][:count]


def main():
    if not os.path.exists(LIBRARY):
        print("there is no DuckDB: scripts/bootstrap sql fetches it")
        return SKIPPED
    lamna, corpus = os.path.abspath(sys.argv[1]), sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else OF_CORPUS
    with tempfile.TemporaryDirectory() as folder:
        captures.write_all(folder)
        paths = [os.path.join(folder, name) for name in ("web.pcap", "troubled.pcap", "names.pcap", "tunnel.pcap")]
        wrong = sum(compare(lamna, path, folder) for path in paths + of_corpus(corpus, count))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
