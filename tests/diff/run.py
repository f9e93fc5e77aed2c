#!/usr/bin/env python3
"""Compares lamna with tshark, cell by cell: a cell is one field of one packet, in at least one of the two.

    run.py sample LAMNA CORPUS FLOOR        captures of the corpus, as many as fit in a minute
    run.py generated LAMNA GENERATOR FLOOR  packets made by the benchmark's generator
    run.py pcapng LAMNA CORPUS              the corpus' pcapng test files, which say what is in them

    run.py listed LAMNA CORPUS LIST         tcp, http and ip in all captures of a list: differences are all in accepted.tsv

The score is agreeing cells / cells; below FLOOR percent the test fails. Differences that people have
looked at are in accepted.tsv, each with a packet that shows it and a reason, and do not count. In the
protocols that it lists whole (WHOLE), a difference that it does not have fails the test, whatever the
score. LAMNA_CORPUS in the environment names another corpus. Exit status 77: there is no tshark, or no
corpus.
"""
import collections
import concurrent.futures
import fnmatch
import os
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import tshark  # noqa: E402

SKIPPED = 77
SECONDS = 60        # for the sample
LARGEST = 100_000   # bytes of a capture in it
SHOWN = 40
WHOLE = ("tcp", "http", "ip")
GENERATED = 1500    # packets


class Skip(Exception):
    """Cannot run here; says why."""


def corpus_folder(default):
    folder = os.environ.get("LAMNA_CORPUS", default)
    if not os.path.isdir(folder):
        raise Skip("there is no corpus at " + folder)
    return folder


def accepted():
    """[(pattern of captures, patterns of fields)]"""
    with open(os.path.join(HERE, "accepted.tsv"), encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file if line.strip() and line[0] != "#"]
    for line in lines:
        if len(line) != 4 or not re.fullmatch(r"#\d+|-", line[2]) or not line[3]:
            raise SystemExit("accepted.tsv: capture, fields, packet and reason, please: " + repr(line))
    return [(capture, fields.split(",")) for capture, fields, _, _ in lines]


class Score:
    """Counts cells, and remembers where they differ."""

    def __init__(self):
        self.cells = self.good = self.captures = 0
        self.wrong = collections.defaultdict(list)  # field -> ["capture #packet: here, tshark"]
        self.unlisted = []  # of those, the ones in protocols that are listed whole
        self.accepted = accepted()

    def add(self, name, oracle, cells):
        self.captures += 1
        known = [fields for capture, fields in self.accepted if fnmatch.fnmatch(name, capture)]
        for number, field, ours, theirs in cells:
            if oracle.same(field, ours, theirs):
                self.good += 1
            elif any(fnmatch.fnmatch(field, pattern) for fields in known for pattern in fields):
                continue
            else:
                case = "%s #%d: here %.60r, tshark %.60r" % (name, number, ours, theirs)
                self.wrong[field].append(case)
                if field.split(".")[0] in WHOLE:
                    self.unlisted.append("%s: %s" % (field, case))
            self.cells += 1

    def report(self, floor):
        worst = sorted(self.wrong.items(), key=lambda item: -len(item[1]))
        for field, cases in worst[:SHOWN]:
            print("%6d  %s\n            %s" % (len(cases), field, cases[0]))
        share = 100 * self.good / self.cells if self.cells else 0
        print("%d captures, %d cells, %.3f %% agree; the floor is %.1f %%" %
              (self.captures, self.cells, share, floor))
        for case in self.unlisted[:SHOWN]:
            print("not in accepted.tsv: " + case)
        return 0 if share >= floor and not self.unlisted else 1


def sample_of(corpus):
    """The same captures in the same order each time, small ones, from all over."""
    with open(os.path.join(corpus, "everyday.txt"), encoding="utf-8") as file:
        names = [line.strip() for line in file if line.strip()]
    names = [name for name in names if os.path.getsize(os.path.join(corpus, name)) <= LARGEST]
    random.Random(1).shuffle(names)
    return names


def compared(oracle, corpus, names, fields=None, end=None):
    """Two at a time: most of it is waiting for tshark to start."""
    score = Score()

    def cells(name):
        if end is not None and time.monotonic() > end:
            return None
        return list(oracle.compare(os.path.join(corpus, name), fields))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, found in zip(names, pool.map(cells, names)):
            if found is not None:
                score.add(name, oracle, found)
    return score


def sample(oracle, corpus, floor):
    corpus, end = corpus_folder(corpus), time.monotonic() + SECONDS
    return compared(oracle, corpus, sample_of(corpus), end=end).report(float(floor))


def listed(oracle, corpus, path):
    """What the sample has no time for: names in the corpus, one a line (or its INDEX.tsv)."""
    corpus = corpus_folder(corpus)
    with open(path, encoding="utf-8") as file:
        names = [line.split("\t")[0].strip() for line in file]
    names = [name for name in names if os.path.isfile(os.path.join(corpus, name))]
    fields = [field for field in oracle.fields if field.split(".")[0] in WHOLE]
    return compared(oracle, corpus, names, fields).report(0)


def generated(oracle, generator, floor):
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "generated.pcap")
        subprocess.run([generator, "--packets", str(GENERATED), "-o", path], check=True)
        score.add("generated", oracle, oracle.compare(path))
    return score.report(float(floor))


def blocks(text):
    """"EPB=3,IDB=3,SHB=1" as a dictionary."""
    return {kind: int(count) for kind, count in (part.split("=") for part in text.split(","))}


def info_of(lamna, path):
    """From `lamna info`: packets, interfaces, and the status."""
    status, out, err = tshark.run([lamna, "info", path])
    lines = [line.split(":", 1) for line in out.splitlines() if ":" in line]
    names = [name for name, _ in lines]
    packets = next((int(value) for name, value in lines if name == "Packets"), None)
    return packets, sum(name.startswith("Interface ") for name in names), status, err


def pcapng_case(oracle, corpus, line, score):
    """What is wrong with one of the test files."""
    name, _, _, meant, counts = line[:5]
    packets, status, path = int(line[9]), int(line[10]), os.path.join(corpus, line[0])
    found, interfaces, ours, err = info_of(oracle.lamna, path)
    if (ours == 0) != (status == 0):
        yield "%s (%s): exit status %d, tshark's was %d %s" % (name, meant, ours, status, err.strip())
    if found != packets:
        yield "%s (%s): %s packets, not %d" % (name, meant, found, packets)
    if interfaces != blocks(counts).get("IDB", 0):
        yield "%s (%s): %d interfaces; its blocks are %s" % (name, meant, interfaces, counts)
    copy = subprocess.run([oracle.lamna, "filter", path, "-o", "-"], capture_output=True, check=False).stdout
    with open(path, "rb") as file:
        if copy != file.read():
            yield "%s (%s): not the same when written again" % (name, meant)
    frame = [field for field in oracle.fields if field.split(".")[0] == "frame" and field != "frame.protocols"]
    score.add(name, oracle, oracle.compare(path, frame))


def pcapng(oracle, corpus):
    corpus, score, wrong = corpus_folder(corpus), Score(), []
    with open(os.path.join(corpus, "pcapng-cases.tsv"), encoding="utf-8") as file:
        cases = [line.rstrip("\n").split("\t") for line in file][1:]
    for line in cases:
        wrong += pcapng_case(oracle, corpus, line, score)
    print("".join(text + "\n" for text in wrong), end="")
    return score.report(100.0) or bool(wrong) or not cases


def main():
    mode, lamna, *arguments = sys.argv[1:]
    if not tshark.available():
        print("tshark is not installed")
        return SKIPPED
    try:
        check = {"sample": sample, "listed": listed, "generated": generated, "pcapng": pcapng}[mode]
        return int(check(tshark.Oracle(os.path.abspath(lamna)), *arguments))
    except Skip as reason:
        print(reason)
        return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
