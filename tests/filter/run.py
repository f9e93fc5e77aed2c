#!/usr/bin/env python3
"""Makes the captures that the cases of filters speak of, and runs the cases.

    run.py HARNESS FILE.cases...        HARNESS: built from cases.c, which says how cases are written
    run.py --tshark FILE.cases...       what tshark says of the same filters, for who writes cases

The captures are those of tests/cli/captures.py, by their names, and the golden files:
tests/golden/dns/records.hex is dns-records.pcap.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path[:0] = [os.path.join(TESTS, "cli"), os.path.join(TESTS, "golden")]
import captures  # noqa: E402
import hexfile  # noqa: E402


def write_captures(folder):
    captures.write_all(folder)
    for golden in hexfile.hex_files(os.path.join(TESTS, "golden"), []):
        name = "%s-%s.pcap" % (golden.proto, os.path.splitext(os.path.basename(golden.path))[0])
        with open(os.path.join(folder, name), "wb") as file:
            file.write(golden.pcap())


def ranges(numbers):
    out = []
    for number in numbers:
        if out and number == out[-1][1] + 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return "".join(" %d" % a if a == b else " %d-%d" % (a, b) for a, b in out)


def ask_tshark(folder, paths):
    """Prints what differs: it may be the newer language, which an older tshark does not know."""
    for path in paths:
        capture, text, number = "", "", 0
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                mark, rest = line[:1], line[2:].rstrip("\n")
                if mark == "@":
                    capture = rest.split()[0]
                elif mark == "?":
                    text = rest
                elif mark in "=!" and text:
                    done = subprocess.run(["tshark", "-n", "-r", os.path.join(folder, capture), "-Y", text,
                                           "-T", "fields", "-e", "frame.number"], capture_output=True,
                                          text=True, check=False)
                    theirs = "=" + ranges(map(int, done.stdout.split())) if done.returncode == 0 else "!"
                    if theirs != (line.rstrip("\n") if mark == "=" else "!"):
                        print("%s:%d: ? %s\n%s\ntshark: %s %s" %
                              (os.path.basename(path), number, text, line.rstrip("\n"), theirs,
                               done.stderr.strip().split("\n")[-1] if done.returncode else ""))
                    text = ""


def main():
    how, *paths = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        write_captures(folder)
        if how == "--tshark":
            ask_tshark(folder, paths)
            return 0
        return subprocess.run([os.path.abspath(how), folder, *paths], env=dict(os.environ, TZ="UTC"),
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
