#!/usr/bin/env python3
"""The page is small, and its parts come from this machine alone.

    page.py SOURCE_ROOT      exit status 77: it was not built
"""
import gzip
import os
import re
import sys

SKIPPED = 77
MOST = 300 * 1000  # bytes, compressed
ADDRESS = re.compile(rb"""(?:src|href)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import|fetch\(["'`]http""")


def main():
    folder = os.path.join(sys.argv[1], "web", "dist")
    if not os.path.exists(os.path.join(folder, "index.html")):
        print("the page was not built")
        return SKIPPED
    size, wrong = 0, 0
    for where, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                data = file.read()
            size += len(gzip.compress(data, 9))
            for match in ADDRESS.finditer(data):
                wrong += 1
                print("%s: %r" % (name, data[match.start():match.start() + 60]))
    print("%d bytes, compressed" % size)
    return 1 if wrong or size > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
