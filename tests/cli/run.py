#!/usr/bin/env python3
"""Runs cases of command lines: what they print, and how they exit.

    run.py LAMNA FILE.cases...

A case:

    == what it shows
    $ lamna count greeting.pcap tcp          one line, for sh; in a folder with captures.py's files
    > 9                                      a line of stdout, exactly; all lines must be given,
    >~ [0-9]+ packets                        unless a pattern to find in it is, or
    > ...                                    anything may come
    ! lamna: no such thing                   the same for stderr
    !~ no such file
    ? 1                                      the exit status; 0 if it is not given

Nothing given for a stream means that nothing comes. Lines that begin with # are comments.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is
import captures  # noqa: E402

SKIPPED = 77
PATIENCE = 60
STREAMS = {">": "stdout", "!": "stderr"}


class Case:
    def __init__(self, title, where):
        self.title, self.where = title, where
        self.command = None
        self.status = 0
        self.lines = {"stdout": [], "stderr": []}
        self.patterns = {"stdout": [], "stderr": []}

    def take(self, line):
        mark, rest = line[0], line[1:]
        if mark == "$":
            self.command = rest.strip()
        elif mark == "?":
            self.status = int(rest)
        elif mark in STREAMS and rest.startswith("~"):
            self.patterns[STREAMS[mark]].append(rest[1:].strip())
        elif mark in STREAMS:
            self.lines[STREAMS[mark]].append(rest.removeprefix(" "))
        else:
            raise SystemExit("%s: not understood: %s" % (self.where, line))

    def wrong_in(self, stream, text):
        for pattern in self.patterns[stream]:
            if not re.search(pattern, text, re.MULTILINE):
                yield "%s: nothing like: %s" % (stream, pattern)
        lines = self.lines[stream]
        if self.patterns[stream] or lines == ["..."]:
            return
        if text.splitlines() != lines:
            yield "%s should be:\n%s" % (stream, "".join("    %s\n" % line for line in lines) or "    (nothing)\n")

    def run(self, folder, env):
        done = subprocess.run(["sh", "-c", self.command], cwd=folder, env=env, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
        wrong = [*self.wrong_in("stdout", done.stdout), *self.wrong_in("stderr", done.stderr)]
        if done.returncode != self.status:
            wrong.append("exit status should be %d" % self.status)
        if wrong:
            wrong.append("it was %d; stdout and stderr:\n%s%s" % (done.returncode, done.stdout, done.stderr))
        return wrong


def read_cases(path):
    cases = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("=="):
                cases.append(Case(line[2:].strip(), "%s:%d" % (os.path.basename(path), number)))
            elif line and not line.startswith("#"):
                cases[-1].take(line)
    return cases


def main():
    lamna, *paths = map(os.path.abspath, sys.argv[1:])
    if not os.access(lamna, os.X_OK):
        print("there is no", lamna)
        return SKIPPED
    failed = 0
    with tempfile.TemporaryDirectory() as top:
        tools, work = os.path.join(top, "bin"), os.path.join(top, "work")
        os.mkdir(tools)
        os.symlink(lamna, os.path.join(tools, "lamna"))
        env = dict(os.environ, PATH=tools + os.pathsep + os.environ.get("PATH", ""), LC_ALL="C.UTF-8",
                   TZ="UTC", TMPDIR=top)
        for case in [case for path in paths for case in read_cases(path)]:
            os.mkdir(work)
            captures.write_all(work)
            wrong = case.run(work, env)
            shutil.rmtree(work)
            print("not ok" if wrong else "ok", case.where, case.title)
            for text in wrong:
                print("    " + text.rstrip("\n").replace("\n", "\n    "))
            failed += bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
