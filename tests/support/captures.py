"""The captures that tests read: those of the corpus, and those made of the golden files. Whoever imports
this has the folder of hexfile.py in its path."""
import os

import hexfile

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def corpus(folder):
    """Paths of the captures of the corpus; none where it is not."""
    folder = os.environ.get("LAMNA_CORPUS", folder)
    index = os.path.join(folder, "INDEX.tsv")
    if not os.path.exists(index):
        return []
    with open(index, encoding="utf-8") as file:
        names = [line.split("\t")[0] for line in file][1:]
    return [os.path.join(folder, name) for name in names]


def golden(folder):
    """The golden packets, as captures that are written into the folder."""
    paths = []
    for golden in hexfile.hex_files(os.path.join(TESTS, "golden"), []):
        name = os.path.splitext(os.path.basename(golden.path))[0]
        paths.append(os.path.join(folder, "%s-%s.pcap" % (golden.proto, name)))
        with open(paths[-1], "wb") as file:
            file.write(golden.pcap())
    return paths
