#!/usr/bin/env python3
"""Gives alloc.c its captures: those of tests/cli/captures.py and the golden files.

    alloc.py HARNESS SECONDS
"""
import os
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path[:0] = [os.path.join(TESTS, "cli"), os.path.join(TESTS, "golden")]
import captures  # noqa: E402
import hexfile  # noqa: E402


def main():
    harness, seconds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        captures.write_all(folder)
        for golden in hexfile.hex_files(os.path.join(TESTS, "golden"), []):
            name = "%s-%s.pcap" % (golden.proto, os.path.splitext(os.path.basename(golden.path))[0])
            with open(os.path.join(folder, name), "wb") as file:
                file.write(golden.pcap())
        paths = sorted(os.path.join(folder, name) for name in os.listdir(folder) if "pcap" in name)
        return subprocess.run([harness, seconds, *paths], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
