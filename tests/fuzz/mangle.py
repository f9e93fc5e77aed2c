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
sys.path[:0] = [os.path.join(TESTS, "golden"), os.path.join(TESTS, "support")]
import captures  # noqa: E402


def main():
    harness, corpus, seconds = sys.argv[1:4]
    seed, variants = (sys.argv[4:] + ["1", "4"][len(sys.argv) - 4:])[:2]
    found = os.path.join(os.path.dirname(os.path.abspath(harness)), "found")
    os.makedirs(found, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = captures.corpus(corpus) + captures.golden(folder)
        random.Random(int(seed)).shuffle(paths)
        done = subprocess.run([harness, seconds, seed, variants, found], input="\n".join(paths), text=True,
                              errors="surrogateescape", check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
