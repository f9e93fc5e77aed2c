#!/usr/bin/env python3
"""Asks things of captures in several ways, and compares: a generated capture of many batches, plain and
compressed, cut short and whole; the golden files; then the corpus, where it is, as far as the time goes.

    same.py PROGRAM WAYS GENERATOR CORPUS SECONDS      0 seconds: the whole corpus

WAYS is threads (one or several) or index (without and with, whole and damaged).
"""
import gzip
import os
import random
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path[:0] = [os.path.join(TESTS, "golden"), os.path.join(TESTS, "support")]
import captures  # noqa: E402

PACKETS = 2000      # generated: several batches
LARGEST = 1_000_000  # bytes of a capture of the corpus


def generated(generator, folder):
    for form in ("pcap", "pcapng"):
        path = os.path.join(folder, "generated." + form)
        subprocess.run([generator, "--packets", str(PACKETS), "--format", form, "-o", path], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield path
    with open(path, "rb") as file:
        whole = file.read()
    for name, data in (("cut.pcapng", whole[:-100]), ("packed.pcapng.gz", gzip.compress(whole, 1)),
                       ("cut.gz", gzip.compress(whole, 1)[:-1000])):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        yield path


def main():
    program, ways, generator, corpus, seconds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        paths = list(generated(generator, folder)) + captures.golden(folder)
        more = [p for p in captures.corpus(corpus) if os.path.getsize(p) <= LARGEST]
        random.Random(1).shuffle(more)
        limit = "0" if seconds == "0" else str(20 + int(seconds))
        index = [os.path.join(folder, "capture.lamna")] if ways == "index" else []
        done = subprocess.run([program, ways, limit] + index, input="\n".join(paths + more) + "\n", text=True,
                              errors="surrogateescape", check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
