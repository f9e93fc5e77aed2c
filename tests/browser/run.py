#!/usr/bin/env python3
"""The page of `lamna web` in a real browser.

    run.py LAMNA NAME.mjs FOLDER CAPTURE...

Serves those captures of tests/cli and lets node run the test with the page's address. Pictures of what was seen are left
in the folder. Exit status 77: node, the page, its packages or a browser is not here.
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "web"))
from server import Server  # noqa: E402
import hostile  # noqa: E402
import many  # noqa: E402

SKIPPED = 77
MADE = {"hostile.mjs": hostile.write_all, "many.mjs": many.write_all}  # captures that are not those of tests/cli
ROOM = 4 << 30  # bytes that a test with many packets needs
BROWSERS = ["chromium", "chromium-browser", "google-chrome"]
PATIENCE = 270


def missing():
    if not os.path.exists(os.path.join(ROOT, "web", "dist", "index.html")):
        return "the page, which `make web` builds"
    if not os.path.isdir(os.path.join(ROOT, "web", "node_modules", "playwright-core")):
        return "playwright-core, which `npm ci` in web/ installs"
    if shutil.which("node") is None:
        return "node"
    if browser() is None:
        return "chromium"
    return None


def browser():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def may_capture(lamna):
    with Server(lamna, []) as server:
        return server.request("/api/live/start?interface=lo", "POST")[0] == 200


def main():
    lamna, test, folder, *names = sys.argv[1:]
    lacking = missing()
    if lacking:
        print("not here:", lacking)
        return SKIPPED
    if test == "many.mjs":
        lamna = os.path.join(ROOT, "build", "lamna")  # as people have it: with the sanitizers it takes minutes
        if not os.path.exists(lamna) or shutil.disk_usage(tempfile.gettempdir()).free < ROOM:
            print("not here: build/lamna, or room for ten million packets")
            return SKIPPED
    os.makedirs(folder, exist_ok=True)
    if test == "live.mjs" and not may_capture(lamna):
        print("capturing is not permitted here")
        return SKIPPED
    with Server(lamna, names, page=True, prepare=MADE.get(test)) as server:
        env = dict(os.environ, LAMNA_BROWSER=browser(), LAMNA=lamna, LAMNA_PICTURES=folder, LAMNA_ROOT=ROOT,
                   LAMNA_PID=str(server.process.pid), TMPDIR=server.folder.name)
        done = subprocess.run(["node", os.path.join(HERE, test), server.address], env=env, check=False, timeout=PATIENCE)
    return done.returncode or server.process.returncode


if __name__ == "__main__":
    sys.exit(main())
