#!/usr/bin/env python3
"""Every sentence marked N_("...") has a translation, with the same places for values.

    translated.py SOURCE_ROOT
"""
import ast
import os
import re
import sys

MARKED = re.compile(r'\bN_\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)')
PIECE = re.compile(r'"(?:[^"\\]|\\.)*"')
# {0}, {1:s}: a form that chooses between words is the language's own affair
PLACE = re.compile(r"\{\d(?::(?:s|ms|side|B/s))?\}")


def text_of(pieces):
    return "".join(ast.literal_eval(piece) for piece in PIECE.findall(pieces))


def sentences(root):
    for folder, _, names in sorted(os.walk(os.path.join(root, "src"))):
        for name in sorted(names):
            if not name.endswith(".c"):
                continue
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                for match in MARKED.finditer(file.read()):
                    yield os.path.relpath(path, root), text_of(match.group(1))


def catalogue(path):
    with open(path, encoding="utf-8") as file:
        entries = re.findall(r'^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)^msgstr ((?:"(?:[^"\\]|\\.)*"\s*)+)', file.read(),
                             re.MULTILINE)
    return {text_of(english): text_of(other) for english, other in entries}


def main():
    root = sys.argv[1]
    known = catalogue(os.path.join(root, "po", "zh_CN.po"))
    bad = seen = 0
    for where, english in sentences(root):
        seen += 1
        other = known.get(english, "")
        if english and not other:
            print("%s: not translated: %r" % (where, english))
            bad += 1
        elif sorted(PLACE.findall(english)) != sorted(PLACE.findall(other)):
            print("%s: other values in the translation of %r" % (where, english))
            bad += 1
    print("%d sentences, %d of them not translated well" % (seen, bad))
    sys.exit(bad > 0 or seen == 0)


if __name__ == "__main__":
    main()
