#!/usr/bin/env python3
"""Installs into an empty folder and runs the program there.

    installed.py BUILD      exit status 77: Meson or gettext is not here
"""
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def main():
    build = os.path.abspath(sys.argv[1])
    if shutil.which("meson") is None or shutil.which("msgfmt") is None:
        print("there is no meson, or no gettext")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder],
                       check=True)
        found = {name: os.path.join(top, name) for top, _, names in os.walk(folder) for name in names}
        missing = {"lamna", "lamna.h", "lamna.mo", "liblamna.a"} - set(found)
        if missing:
            print("not installed:", *sorted(missing))
            return 1
        env = dict(os.environ, LC_ALL="C.UTF-8")
        env.pop("LANGUAGE", None)
        if "libduckdb.so" in found:
            done = subprocess.run([found["lamna"], "sql", "--allow-files", "--format", "csv", "SELECT 40 + 2 AS n"],
                                  env=env, capture_output=True, text=True, timeout=30, check=False)
            if done.stdout != "n\n42\n":
                print("sql: %s%s" % (done.stdout, done.stderr))
                return 1
        for language, word in (("zh", "数据包"), ("en", "packets")):
            # what a demo says of itself when it may not capture is translated as well
            done = subprocess.run([found["lamna"], "demo", "--port", "41212", "--lang", language], env=env,
                                  capture_output=True, text=True, timeout=30, check=False)
            if done.returncode == 1 and "CAP_NET_RAW" in done.stderr:
                print("no permission to capture")
                return SKIPPED
            if done.returncode != 0 or word not in done.stdout.lower():
                print("%s: no %r in\n%s%s" % (language, word, done.stdout, done.stderr))
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
