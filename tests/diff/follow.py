#!/usr/bin/env python3
"""Compares `lamna follow --all` with `tshark -z follow,tcp,raw,N`: the bytes of both directions of every stream.

    follow.py LAMNA CORPUS [--all] [--streams N] [FOLDER_OR_CAPTURE ...]

Without --all: captures of the corpus for as long as a minute. What is named is looked at whole. Of a
capture with more than N streams (100) the first N are compared; how many were left out is said.
Differences that people have looked at and found right are in accepted.tsv, as field "follow.tcp.N". One kind
is so frequent that it is recognised here: what follows a hole whose end nobody acknowledged. tshark waits for
that and never shows it; lamna shows it, and says what is missing.
Exit status 77: there is no tshark, or no corpus.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the source tree stays as it is
import run as oracle  # noqa: E402

AT_ONCE = 50           # streams in one run of tshark
LARGEST = 20_000_000   # bytes of a capture
ENDINGS = (".pcap", ".pcapng", ".cap", ".dmp", ".pcap.gz", ".pcapng.gz", ".pcap.zst", ".pcap.lz4")
HEADING = re.compile(r"^Filter: tcp\.stream eq (\d+)$")
HEX = re.compile(r"^\t?[0-9a-f]+$")
# In tshark's output a hole is a text among the bytes, with its final NUL.
MISSING = re.compile(rb"\[\d+ bytes missing in capture file\]\0?")


def tshark_streams(path, numbers):
    """{number: (bytes of one end, bytes of the other)}"""
    command = ["tshark", "-n", "-q", "-r", path]
    for number in numbers:
        command += ["-z", "follow,tcp,raw,%d" % number]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=oracle.tshark.PATIENCE,
                          check=False)
    streams, now = {}, None
    for line in done.stdout.decode(errors="replace").splitlines():
        heading = HEADING.match(line)
        if heading:
            now = streams[int(heading.group(1))] = ([], [])
        elif now is not None and HEX.match(line):
            now[line.startswith("\t")].append(MISSING.sub(b"", bytes.fromhex(line.strip())))
    return {number: tuple(map(b"".join, ends)) for number, ends in streams.items()}


def lamna_streams(lamna, path, folder):
    """The same, and how many streams there are."""
    out = os.path.join(folder, "out")
    subprocess.run([lamna, "follow", path, "--all", out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=oracle.tshark.PATIENCE, check=False)
    streams = {}
    for name in os.listdir(out) if os.path.isdir(out) else ():
        _, number, side = name.split("-")
        with open(os.path.join(out, name), "rb") as file:
            streams.setdefault(int(number), {})[side] = file.read()
    return {number: (ends.get("client", b""), ends.get("server", b"")) for number, ends in streams.items()}


def first_difference(ours, theirs):
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    return "%d bytes here, %d in tshark, different from byte %d on: here %s, tshark %s" % (
        len(ours), len(theirs), at, ours[at:at + 12].hex() or "nothing", theirs[at:at + 12].hex() or "nothing")


def holes(lamna, path, number):
    """{side: offsets at which bytes are missing}"""
    done = subprocess.run([lamna, "follow", path, str(number), "--format", "ndjson"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=oracle.tshark.PATIENCE, check=False)
    at, found = {"client": 0, "server": 0}, {"client": set(), "server": set()}
    for chunk in map(json.loads, done.stdout.decode("utf-8", "replace").split("\n")[:-1]):
        if chunk["missing"]:
            found[chunk["from"]].add(at[chunk["from"]])
        at[chunk["from"]] += chunk["length"]
    return found


def only_waiting(lamna, path, number, ours, theirs):
    """Is all that tshark does not have behind a hole?"""
    missing = holes(lamna, path, number)
    for left, right in ((theirs[0], theirs[1]), (theirs[1], theirs[0])):
        if all(a == b or (a.startswith(b) and len(b) in missing[side])
               for side, a, b in zip(("client", "server"), ours, (left, right))):
            return True
    return False


def describe(ours, theirs):
    """Which direction differs: the order of the ends is not compared."""
    if sum(map(len, set(ours) & set(theirs))) > 0 and ours[0] == theirs[1]:
        theirs = theirs[::-1]
    return "; ".join("%s: %s" % (side, first_difference(a, b))
                     for side, a, b in zip(("client", "server"), ours, theirs) if a != b)


class Comparison:
    def __init__(self, lamna, most):
        self.lamna, self.most = lamna, most
        self.captures = self.streams = self.left_out = self.accepted_count = self.waiting = 0
        self.wrong = []
        self.accepted = oracle.accepted()

    def look(self, path):
        """[(number, ours, theirs, whether tshark only waits)], and how many streams were left out."""
        with tempfile.TemporaryDirectory() as folder:
            ours = lamna_streams(self.lamna, path, folder)
        numbers = sorted(ours)[:self.most]
        theirs = {}
        for i in range(0, len(numbers), AT_ONCE):
            theirs.update(tshark_streams(path, numbers[i:i + AT_ONCE]))
        found = [(n, ours[n], theirs.get(n, (b"", b""))) for n in numbers]
        return [(n, a, b, sorted(a) != sorted(b) and only_waiting(self.lamna, path, n, a, b))
                for n, a, b in found], len(ours) - len(numbers)

    def add(self, name, found):
        streams, left_out = found
        self.captures += bool(streams)
        self.left_out += left_out
        for number, ours, theirs, waiting in streams:
            self.streams += 1
            self.waiting += waiting
            if waiting or sorted(ours) == sorted(theirs):
                continue
            field = "follow.tcp.%d" % number
            if any(fnmatch.fnmatch(name, c) and fnmatch.fnmatch(field, f) for c, fields in self.accepted
                   for f in fields if "follow" in f):
                self.accepted_count += 1
            else:
                self.wrong.append("%s stream %d: %s" % (name, number, describe(ours, theirs)))

    def report(self):
        for text in self.wrong:
            print(text)
        explained = self.waiting + self.accepted_count
        print("%d captures, %d streams: %d equal, %d end at a hole in tshark, %d differ as accepted.tsv explains, "
              "%d differ; %d left out" % (self.captures, self.streams, self.streams - len(self.wrong) - explained,
                                          self.waiting, self.accepted_count, len(self.wrong), self.left_out))
        return 1 if self.wrong or not self.streams else 0


def captures_under(places):
    for place in places:
        if os.path.isfile(place):
            yield place
        for folder, folders, names in os.walk(place):
            folders.sort()
            for path in (os.path.join(folder, name) for name in sorted(names) if name.endswith(ENDINGS)):
                if os.path.getsize(path) <= LARGEST:
                    yield path


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("lamna")
    parser.add_argument("corpus")
    parser.add_argument("places", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--streams", type=int, default=100)
    given = parser.parse_intermixed_args()
    if not oracle.tshark.available():
        print("tshark is not installed")
        return oracle.SKIPPED
    comparison = Comparison(os.path.abspath(given.lamna), given.streams)
    try:
        corpus = given.corpus if given.places else oracle.corpus_folder(given.corpus)
        sampled = not given.places and not given.all
        paths = ([os.path.join(corpus, name) for name in oracle.sample_of(corpus)] if sampled
                 else list(captures_under(given.places or [corpus])))
    except oracle.Skip as reason:
        print(reason)
        return oracle.SKIPPED
    end = time.monotonic() + oracle.SECONDS if sampled else float("inf")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda path: comparison.look(path) if time.monotonic() < end else None, paths)
        for path, streams in zip(paths, found):
            if streams is not None:
                comparison.add(os.path.relpath(path, corpus), streams)
    return comparison.report()


if __name__ == "__main__":
    sys.exit(main())
