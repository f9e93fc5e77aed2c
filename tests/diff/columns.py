#!/usr/bin/env python3
"""Compares `lamna list` with tshark's packet list.

    columns.py LAMNA CORPUS FLOOR            as many captures as fit in a minute
    columns.py LAMNA CORPUS FLOOR --all      the whole corpus
    columns.py LAMNA CORPUS FLOOR FILE...    these, relative to the corpus

The share is that of packets whose Protocol column is the same, among those of which lamna has every layer
that tshark names; below FLOOR percent the test fails. It also fails if, among these, more than one Info line
in a thousand says nothing: it is empty, or no more than the name of its protocol. LAMNA_CORPUS in the
environment names another corpus. Exit status 77: there is no tshark, or no corpus.
"""
import collections
import concurrent.futures
import csv
import io
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import tshark  # noqa: E402
from run import SECONDS, SKIPPED, Skip, corpus_folder, sample_of  # noqa: E402

SHOWN = 40
SAYS_NOTHING = 0.1  # percent of Info lines
csv.field_size_limit(1 << 30)  # an Info line may tell of a whole message
EXTENSIONS = (".pcap", ".cap", ".pcapng", ".ntar", ".dmp")
ASKED = ["_ws.col.Protocol", "frame.protocols"]


def whole(corpus):
    for folder, _, names in sorted(os.walk(corpus)):
        for name in sorted(names):
            stem, extension = os.path.splitext(name.lower())
            if extension in (".gz", ".zst", ".lz4"):
                extension = os.path.splitext(stem)[1]
            if extension in EXTENSIONS:
                yield os.path.relpath(os.path.join(folder, name), corpus)


def listed(lamna, path):
    """[(Protocol, Info)] of each packet."""
    out = tshark.run([lamna, "list", path, "--columns", "protocol,info", "--format", "csv"])[1]
    return [tuple(row) for row in csv.reader(io.StringIO(out, newline="")) if len(row) == 2][1:]


class Score:
    """Counts packets, and remembers where the columns differ or say nothing."""

    def __init__(self, lamna):
        self.lamna = lamna
        self.known = set(tshark.lamna_fields(lamna))
        self.captures = self.packets = self.compared = self.same = 0
        self.wrong = collections.defaultdict(list)  # (ours, theirs) -> ["capture #packet"]
        self.dull = collections.defaultdict(list)   # (protocol, info) -> ["capture #packet"]

    def columns(self, corpus, name):
        path = os.path.join(corpus, name)
        return listed(self.lamna, path), tshark.tshark_rows(path, ASKED)

    def add(self, name, ours, theirs):
        self.captures += 1
        for number, ((protocol, info), (expected, layers)) in enumerate(zip(ours, theirs), 1):
            self.packets += 1
            if not layers or any(layer not in self.known for layer in layers.split(":")):
                continue
            self.compared += 1
            self.same += protocol == expected
            if protocol != expected:
                self.wrong[protocol, expected].append("%s #%d" % (name, number))
            if info.strip() in ("", protocol):
                self.dull[protocol, info].append("%s #%d" % (name, number))

    def report(self, floor):
        for title, cases in (("Protocol: here, tshark", self.wrong), ("Info says nothing", self.dull)):
            for what, places in sorted(cases.items(), key=lambda item: -len(item[1]))[:SHOWN]:
                print("%6d  %s: %r  %s" % (len(places), title, what, places[0]))
        compared = max(self.compared, 1)
        share = 100 * self.same / compared
        dull = 100 * sum(map(len, self.dull.values())) / compared
        print("%d captures, %d packets, of which %d with known layers only: %.3f %% have tshark's Protocol, the "
              "floor is %s %%; %.3f %% of the Info lines say nothing" %
              (self.captures, self.packets, self.compared, share, floor, dull))
        return 0 if share >= floor and dull <= SAYS_NOTHING and self.compared > 0 else 1


def compare(lamna, corpus, floor, *which):
    corpus, score = corpus_folder(corpus), Score(os.path.abspath(lamna))
    end = None if which else time.monotonic() + SECONDS
    names = list(which) or sample_of(corpus)
    if which == ("--all",):
        names = list(whole(corpus))

    def columns(name):
        return None if end is not None and time.monotonic() > end else score.columns(corpus, name)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, found in zip(names, pool.map(columns, names)):
            if found is not None:
                score.add(name, *found)
    return score.report(float(floor))


def main():
    if not tshark.available():
        print("tshark is not installed")
        return SKIPPED
    try:
        return compare(*sys.argv[1:])
    except Skip as reason:
        print(reason)
        return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
