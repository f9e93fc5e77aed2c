#!/usr/bin/env python3
"""The page's sources have no error of types, and no part that cannot be reached by whoever has no mouse or sees badly.

    types.py SOURCE_ROOT      exit status 77: node or the page's packages are not here
"""
import os
import shutil
import subprocess
import sys

SKIPPED = 77


def main():
    folder = os.path.join(sys.argv[1], "web")
    program = os.path.join(folder, "node_modules", ".bin", "svelte-check")
    if shutil.which("node") is None or not os.path.exists(program):
        print("svelte-check is not here")
        return SKIPPED
    done = subprocess.run([program, "--tsconfig", "tsconfig.json", "--fail-on-warnings"], cwd=folder, timeout=100,
                          check=False)
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
