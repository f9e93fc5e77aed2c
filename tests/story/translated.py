#!/usr/bin/env python3
"""Every sentence that is translated at all is, and nothing else: the sources' messages against po/*.po.

    translated.py SOURCE_ROOT      exit status 77: gettext is not here
"""
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def main():
    root = os.path.abspath(sys.argv[1])
    if shutil.which("xgettext") is None or shutil.which("msgcmp") is None:
        print("there is no gettext")
        return SKIPPED
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        template = os.path.join(folder, "lamna.pot")
        subprocess.run(["xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--directory", root,
                        "--files-from", os.path.join(root, "po", "POTFILES"), "-o", template], check=True, timeout=60)
        for name in sorted(os.listdir(os.path.join(root, "po"))):
            if name.endswith(".po"):
                done = subprocess.run(["msgcmp", os.path.join(root, "po", name), template], capture_output=True,
                                      text=True, timeout=60, check=False)
                wrong = [line for line in done.stderr.splitlines() if line]
                failed += done.returncode != 0 or bool(wrong)
                print("\n".join(wrong) if wrong else name + ": whole")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
