#!/usr/bin/env python3
"""The tree of a packet in the window, side by side with tshark's: the same layers and fields, in the same order.

    tree.py LAMNA CORPUS            fifty packets
    tree.py LAMNA CORPUS MOST       as many

The packets are chosen by what tshark finds in them: of each capture of the sample the first whose layers are all dissected
here, and whose innermost layer no packet before had, until there are enough. A difference fails the test unless tree.tsv has it, with its reason. LAMNA_CORPUS
in the environment names another corpus. Exit status 77: there is no tshark, or no corpus.
"""
import collections
import difflib
import fnmatch
import os
import sys
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path[:0] = [os.path.join(os.path.dirname(HERE), folder) for folder in ("support", "web")]
import tshark  # noqa: E402
from run import SKIPPED, Skip, corpus_folder, sample_of  # noqa: E402
from server import Server  # noqa: E402

PACKETS = 50
TEXT = "(text)"  # a line that is no field

Packet = collections.namedtuple("Packet", "capture number lines")


def lines_of(element):
    """The name of each line below that tshark shows."""
    for child in element:
        name = child.get("name")
        if child.get("hide") == "yes" or name == "geninfo":
            continue
        if name != "fake-field-wrapper":
            yield name or TEXT
        yield from lines_of(child)


def layers_of(packet):
    for field in packet.iter("field"):
        if field.get("name") == "frame.protocols":
            return field.get("show").split(":")
    return []


def pdml(path):
    text = tshark.run(["tshark", "-2", "-n", "-r", path, "-T", "pdml"])[1]
    clean = "".join(c if c >= " " or c in "\n\t" else "?" for c in text)  # XML has no such characters
    return xml.etree.ElementTree.fromstring(clean).iter("packet")


def chosen(corpus, dissected, most):
    seen, found = set(), []
    for name in sample_of(corpus):
        for number, packet in enumerate(pdml(os.path.join(corpus, name)), 1):
            layers = layers_of(packet)
            if layers and layers[-1] not in seen and dissected.issuperset(layers):
                seen.add(layers[-1])
                found.append(Packet(name, number, list(lines_of(packet))))
                break
        if len(found) == most:
            break
    return found


def accepted():
    """[(pattern of captures, patterns of fields)]"""
    with open(os.path.join(HERE, "tree.tsv"), encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file if line.strip() and line[0] != "#"]
    for line in lines:
        if len(line) != 3 or not line[2]:
            raise SystemExit("tree.tsv: capture, fields and reason, please: " + repr(line))
    return [(capture, fields.split(",")) for capture, fields, _ in lines]


def differences(ours, theirs):
    """Lines that only one of the two has: ("here" or "tshark", line)."""
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            yield from (("here", line) for line in ours[a:b])
            yield from (("tshark", line) for line in theirs[c:d])


def compare(packets, trees):
    known, used, wrong, lines, protocols = accepted(), set(), 0, 0, set()
    for packet, tree in zip(packets, trees):
        ours = [item["field"] or TEXT for item in tree]
        lines += len(ours)
        protocols.update(item["field"] for item in tree if item["level"] == 0)
        for where, line in differences(ours, packet.lines):
            reasons = [i for i, (capture, fields) in enumerate(known) if fnmatch.fnmatch(packet.capture, capture)
                       and any(fnmatch.fnmatch(line, field) for field in fields)]
            used.update(reasons)
            if not reasons:
                wrong += 1
                print("%s #%d: only %s has %s" % (packet.capture, packet.number, where, line))
    for i in set(range(len(known))) - used:
        print("tree.tsv: no packet shows any more that %s differs in %s" % (known[i][0], ",".join(known[i][1])))
    print("%d packets, %d protocols, %d lines; %d lines differ without a reason" % (len(packets), len(protocols), lines, wrong))
    return 1 if wrong or not packets else 0


def main():
    lamna, corpus, *most = sys.argv[1:]
    if not tshark.available():
        print("tshark is not installed")
        return SKIPPED
    try:
        corpus = corpus_folder(corpus)
    except Skip as reason:
        print(reason)
        return SKIPPED
    packets = chosen(corpus, set(tshark.lamna_fields(lamna)), int(most[0]) if most else PACKETS)
    with Server(os.path.abspath(lamna), [os.path.abspath(os.path.join(corpus, p.capture)) for p in packets]) as server:
        trees = [server.ask("packet", capture=i, number=p.number)["tree"] for i, p in enumerate(packets)]
    return compare(packets, trees)


if __name__ == "__main__":
    sys.exit(main())
