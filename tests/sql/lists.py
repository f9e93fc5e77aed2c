#!/usr/bin/env python3
"""Checks src/sql/lists.def: sorted, as it is searched, and every name is a field with a value.

    lists.py LAMNA LISTS
"""
import re
import subprocess
import sys


def main():
    lamna, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        names = re.findall(r'^ ?LIST\("([^"]+)"\)| LIST\("([^"]+)"\)', file.read(), re.MULTILINE)
    names = [a or b for a, b in names]
    listed = subprocess.run([lamna, "fields", "--list"], capture_output=True, text=True, timeout=60, check=True)
    types = dict(line.split("\t")[:2] for line in listed.stdout.splitlines())
    wrong = ["%s stands before %s" % pair for pair in zip(names, names[1:]) if pair[0].encode() >= pair[1].encode()]
    wrong += ["%s is %s" % (name, types.get(name, "no field")) for name in names
              if types.get(name) in (None, "FT_NONE", "FT_PROTOCOL")]
    print("\n".join(wrong) or "%d names" % len(names))
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
