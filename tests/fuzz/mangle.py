#!/usr/bin/env python3
"""Damages captures and reads them: those of the corpus where it is, else the golden files.

    mangle.py HARNESS CORPUS SECONDS [SEED [VARIANTS]]      0 seconds: all captures, however long it takes

The order is that of the seed, so that a minute sees captures from all over. LAMNA_CORPUS in the
environment names another corpus.
"""
import os
import random
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, os.path.join(TESTS, "golden"))
import hexfile  # noqa: E402


def corpus_captures(corpus):
    index = os.path.join(corpus, "INDEX.tsv")
    if not os.path.exists(index):
        return []
    with open(index, encoding="utf-8") as file:
        names = [line.split("\t")[0] for line in file][1:]
    return [os.path.join(corpus, name) for name in names]


def golden_captures(folder):
    paths = []
    for golden in hexfile.hex_files(os.path.join(TESTS, "golden"), []):
        name = os.path.splitext(os.path.basename(golden.path))[0]
        paths.append(os.path.join(folder, "%s-%s.pcap" % (golden.proto, name)))
        with open(paths[-1], "wb") as file:
            file.write(golden.pcap())
    return paths


def main():
    harness, corpus, seconds = sys.argv[1:4]
    seed, variants = (sys.argv[4:] + ["1", "4"][len(sys.argv) - 4:])[:2]
    found = os.path.join(os.path.dirname(os.path.abspath(harness)), "found")
    os.makedirs(found, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = corpus_captures(os.environ.get("LAMNA_CORPUS", corpus)) + golden_captures(folder)
        random.Random(int(seed)).shuffle(paths)
        done = subprocess.run([harness, seconds, seed, variants, found], input="\n".join(paths), text=True,
                              errors="surrogateescape", check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
