#!/usr/bin/env python3
"""Runs every command of docs/cookbook.md and compares what it prints with what the page says.

    cookbook.py LAMNA COOKBOOK            exit status 77: DuckDB's library is not here
    cookbook.py LAMNA COOKBOOK --write    puts what they print now into the page

A command stands in a block that is indented by four spaces, behind "$ ", and goes on over the lines that are
indented further, up to the one that ends its quotes; what follows is what it prints.
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import captures  # noqa: E402

SKIPPED = 77
PATIENCE = 60
INDENT = "    "
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")


def read_page(path):
    """The page as (text, command, output), one after the other; the last has no command."""
    parts, text, command, output = [], [], [], []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if command and line.startswith(INDENT):
                inside = "".join(command).count('"') % 2 == 1
                (command if inside else output).append(line)
                continue
            if command:
                parts.append((text, command, output))
                text, command, output = [], [], []
            if line.startswith(INDENT + "$ "):
                command = [line]
            else:
                text.append(line)
    if command:
        parts.append((text, command, output))
        text = []
    return parts + [(text, [], [])]


def run(command, folder, env):
    shell = "\n".join(command)[len(INDENT) + 2:]
    os.makedirs(folder)
    captures.write_all(folder)
    done = subprocess.run(["sh", "-c", shell], cwd=folder, env=env, text=True, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, check=False)
    return [(INDENT + line).rstrip() for line in done.stdout.splitlines()], done


def main():
    if not os.path.exists(LIBRARY):
        print("there is no DuckDB: scripts/bootstrap sql fetches it")
        return SKIPPED
    lamna, page = map(os.path.abspath, sys.argv[1:3])
    failed, lines = 0, []
    with tempfile.TemporaryDirectory() as top:
        os.mkdir(os.path.join(top, "bin"))
        os.symlink(lamna, os.path.join(top, "bin", "lamna"))
        env = dict(os.environ, PATH=os.path.join(top, "bin") + os.pathsep + os.environ["PATH"], LC_ALL="C.UTF-8",
                   TZ="UTC")
        for number, (text, command, output) in enumerate(read_page(page)):
            lines += text + command
            if not command:
                continue
            told, done = run(command, os.path.join(top, str(number)), env)
            lines += told
            right = told == output and not done.stderr and done.returncode == 0
            print("ok" if right else "not ok", command[0].strip())
            if not right:
                print("\n".join(told), done.stderr, "status %d" % done.returncode, sep="\n")
            failed += not right
    if sys.argv[3:] == ["--write"]:
        with open(page, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
