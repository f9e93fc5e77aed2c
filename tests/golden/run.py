#!/usr/bin/env python3
"""Compares what lamna shows of each packet with the golden files.

    run.py LAMNA [PROTO | PROTO/NAME]...
    run.py --snap HARNESS [PROTO | PROTO/NAME]...       every packet at every snap length instead

A golden file is a pair: NAME.hex, packets as text (hexfile.py says how to write them), and NAME.json,
the fields of that folder's protocol in each of them. tests/golden/update writes the .json.
"""
import difflib
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
from hexfile import hex_files  # noqa: E402
from tshark import SEPARATOR, lamna_rows  # noqa: E402

PATIENCE = 60
SHOWN = 60  # lines of a difference


def show(lamna, hexfile, folder):
    """Lines of JSON, or the reason why there are none."""
    path = os.path.join(folder, "packets.pcap")
    with open(path, "wb") as file:
        file.write(hexfile.pcap())
    env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
    done = subprocess.run([lamna, "show", path, "--format", "ndjson"], env=env, capture_output=True,
                          timeout=PATIENCE, check=False)
    if done.returncode != 0 or done.stderr:
        raise RuntimeError("exit status %d\n%s" % (done.returncode, done.stderr.decode(errors="replace")))
    return with_titles(lamna, hexfile, path, done.stdout.decode()) if hexfile.titles else done.stdout.decode()


def with_titles(lamna, hexfile, path, ndjson):
    """Lines of JSON that have the protocols' own values, too."""
    lines = []
    for line, row in zip(ndjson.splitlines(), lamna_rows(lamna, path, hexfile.titles)):
        said = {name: cell.split(SEPARATOR) for name, cell in zip(hexfile.titles, row) if cell}
        lines.append(json.dumps(dict(said, **json.loads(line))))
    return "\n".join(lines)


def wrong_in(lamna, hexfile, folder):
    """Lines that say what is wrong."""
    try:
        ours = hexfile.golden(show(lamna, hexfile, folder))
        with open(hexfile.json_path, encoding="utf-8") as file:
            golden = file.read()
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as err:
        return str(err).splitlines()
    return list(difflib.unified_diff(golden.splitlines(), ours.splitlines(), "golden", "lamna", lineterm="", n=8))


def compare(lamna, names):
    failed = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for hexfile in hex_files(HERE, names):
            wrong = wrong_in(lamna, hexfile, folder)
            print("not ok" if wrong else "ok", os.path.relpath(hexfile.path, HERE))
            print("".join("    %s\n" % line for line in wrong[:SHOWN]), end="")
            failed += bool(wrong)
            count += 1
    print("%d golden files, %d differ" % (count, failed))
    return 1 if failed or not count else 0


def snap(harness, names):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for hexfile in hex_files(HERE, names):
            name = "%s-%s.pcap" % (hexfile.proto, os.path.splitext(os.path.basename(hexfile.path))[0])
            paths.append(os.path.join(folder, name))
            with open(paths[-1], "wb") as file:
                file.write(hexfile.pcap())
        return subprocess.run([harness, *paths], check=False).returncode


def main():
    arguments = sys.argv[1:]
    if arguments[0] == "--snap":
        return snap(os.path.abspath(arguments[1]), arguments[2:])
    return compare(os.path.abspath(arguments[0]), arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
