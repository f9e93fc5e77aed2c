#!/usr/bin/env python3
"""What `lamna explain` says of connections that a beginner should learn from, word for word.

    run.py LAMNA            compares with NAME.en.txt and NAME.zh.txt
    run.py LAMNA --update   writes them: read what comes out before it is committed

The diagrams and pages of the same captures must be well-formed, hold the same steps, and nothing that runs.
"""
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import captures  # noqa: E402

FIN, SYN, RST, PSH, ACK = captures.FIN, captures.SYN, captures.RST, captures.PSH, captures.ACK
SVG = "{http://www.w3.org/2000/svg}"
failures = 0


class Story:
    """Packets of one connection, each so many milliseconds after the one before."""

    def __init__(self, client=40000, server=80):
        self.ports = client, server
        self.base = [1000, 5000]
        self.now = 0.0
        self.packets = []

    def send(self, side, after, flags, seq, ack=0, data=b"", window=65535):
        self.now = round(self.now + after / 1000, 6)
        other = 1 - side
        self.packets.append((self.now + 1e-7, captures.tcp(
            self.ports[side], self.ports[other], self.base[side] + seq,
            self.base[other] + ack if flags & ACK else 0, flags, data, window)))

    def client(self, *what, **more):
        self.send(0, *what, **more)

    def server(self, *what, **more):
        self.send(1, *what, **more)

    def handshake(self):
        self.client(0, SYN, 0)
        self.server(10, SYN | ACK, 0, 1)
        self.client(10, ACK, 1, 1)
        return self

    def close(self, client, server, window=65535):
        """By the client, which has sent and received so far."""
        self.client(5, FIN | ACK, client, server, window=window)
        self.server(10, FIN | ACK, server, client + 1)
        self.client(10, ACK, client + 1, server + 1, window=window)


def retransmission(s):
    """A request that is lost, and an answer of which the first part is."""
    s.handshake()
    s.client(1, PSH | ACK, 1, 1, b"GET /a\r\n")
    s.client(220, PSH | ACK, 1, 1, b"GET /a\r\n")
    s.server(10, ACK, 1, 9)
    s.server(5, PSH | ACK, 1, 9, b"one ")
    s.client(10, ACK, 9, 5)
    s.server(1, PSH | ACK, 10, 9, b"three ")
    s.client(10, ACK, 9, 5)
    s.server(1, PSH | ACK, 16, 9, b"four ")
    s.client(10, ACK, 9, 5)
    s.server(1, PSH | ACK, 21, 9, b"five ")
    s.client(10, ACK, 9, 5)
    s.server(1, PSH | ACK, 5, 9, b"two  ")
    s.client(10, ACK, 9, 26)
    s.close(9, 26)


def zero_window(s):
    """A client that does not read for a while."""
    s.handshake()
    s.client(1, PSH | ACK, 1, 1, b"GET /b\r\n", window=8)
    s.server(10, PSH | ACK, 1, 9, b"12345678")
    s.client(10, ACK, 9, 9, window=0)
    s.server(200, ACK, 9, 9, b"9")
    s.client(10, ACK, 9, 9, window=0)
    s.client(1500, ACK, 9, 9, window=4096)
    s.server(10, PSH | ACK, 9, 9, b"90")
    s.client(10, ACK, 9, 11, window=4096)
    s.close(9, 11, window=4096)


def reset(s):
    """A client whose program ends before the answer is there."""
    s.handshake()
    s.client(1, PSH | ACK, 1, 1, b"GET /c\r\n")
    s.server(10, ACK, 1, 9)
    s.server(50, PSH | ACK, 1, 9, b"half of the an")
    s.client(10, RST | ACK, 9, 15)
    s.server(1, PSH | ACK, 15, 9, b"swer")
    s.client(10, RST, 9)


def simultaneous_close(s):
    s.handshake()
    s.client(1, PSH | ACK, 1, 1, b"bye")
    s.server(10, PSH | ACK, 1, 4, b"bye")
    s.client(10, ACK, 4, 4)
    s.client(100, FIN | ACK, 4, 4)
    s.server(2, FIN | ACK, 4, 4)
    s.client(10, ACK, 5, 5)
    s.server(2, ACK, 5, 5)


def half_close(s):
    """The client says that its list is complete, then the server answers."""
    s.handshake()
    s.client(1, PSH | ACK, 1, 1, b"pear\napple\n")
    s.client(1, FIN | ACK, 12, 1)
    s.server(10, ACK, 1, 13)
    s.server(1200, PSH | ACK, 1, 13, b"apple\npear\n")
    s.client(10, ACK, 13, 12)
    s.server(1, FIN | ACK, 12, 13)
    s.client(10, ACK, 13, 13)


def refused(s):
    s.client(0, SYN, 0)
    s.server(10, RST | ACK, 0, 1)


def unanswered(s):
    s.client(0, SYN, 0)
    s.client(1000, SYN, 0)
    s.client(2000, SYN, 0)


def simultaneous_open(s):
    s.client(0, SYN, 0)
    s.server(2, SYN, 0)
    s.client(10, SYN | ACK, 0, 1)
    s.server(2, SYN | ACK, 0, 1)


def repetition(s):
    """A download, then nothing but heartbeats: folded."""
    s.handshake()
    s.client(1, PSH | ACK, 1, 1, b"GET /d\r\n")
    for i in range(50):
        s.server(1, ACK, 1 + 1000 * i, 9, bytes([97 + i % 26]) * 1000)
        if i % 2:
            s.client(1, ACK, 9, 1001 + 1000 * i)
    for _ in range(30):
        s.client(10000, ACK, 8, 50001)
        s.server(10, ACK, 50001, 9)


def middle(s):
    """The capture begins when the connection was there already, and a part is missing."""
    s.server(0, PSH | ACK, 700, 300, b"<b>bold</b> & \"quoted\"\x01\xff")
    s.client(10, ACK, 300, 724)
    s.server(10, PSH | ACK, 824, 300, b"later")


def greeting(s):
    s.packets = captures.greeting()


STORIES = (greeting, retransmission, zero_window, reset, simultaneous_close, half_close, refused, unanswered,
           simultaneous_open, repetition, middle)


def check(holds, what, why=""):
    global failures
    failures += not holds
    print("ok" if holds else "not ok", what, why)


def explain(lamna, path, *options):
    env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
    done = subprocess.run([lamna, "explain", path, *options], env=env, capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise SystemExit("%s: %s" % (path, done.stderr.decode()))
    return done.stdout.decode("utf-8", "surrogateescape")


def first_difference(golden, found):
    for number, (left, right) in enumerate(zip(golden.splitlines(), found.splitlines()), 1):
        if left != right:
            return "\n    line %d should be: %s\n    it is:            %s" % (number, left, right)
    return "\n    it should have %d lines, not %d" % (len(golden.splitlines()), len(found.splitlines()))


def check_text(lamna, path, name, language, update):
    golden_path = os.path.join(HERE, "%s.%s.txt" % (name, language))
    text = explain(lamna, path, "--lang", language)
    if update:
        with open(golden_path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        return
    with open(golden_path, encoding="utf-8", errors="surrogateescape") as file:
        golden = file.read()
    check(golden == text, "%s in %s" % (name, language), "" if golden == text else first_difference(golden, text))


def check_drawn(text, rows, what):
    """Well-formed, an arrow for each row, and nothing that runs or is fetched."""
    tree = ElementTree.fromstring(text)
    arrows = [line for line in tree.iter(SVG + "line") if "marker-end" in line.attrib]
    check(len(arrows) == rows, what + ": an arrow for each step", "%d, not %d" % (len(arrows), rows))
    check(all(float(a.get("y2")) > float(a.get("y1")) for a in arrows), what + ": time goes down")
    wrong = [tag for tag in ("<script", "<b>bold", "href=", "src=", " on") if tag in text.split("</style>")[-1]
             and tag != " on" or tag + "load" in text]
    check(not wrong, what + ": nothing runs, nothing is fetched", wrong)


def check_svg(lamna, path, name, rows):
    check_drawn(explain(lamna, path, "--format", "svg"), rows, name + " as SVG")


def check_html(lamna, path, name, rows, language):
    text = explain(lamna, path, "--format", "html", "--lang", language)
    check(text.startswith("<!DOCTYPE html>"), "%s as HTML in %s" % (name, language))
    body = text.removeprefix("<!DOCTYPE html>").replace('<meta charset="utf-8">', "").replace(
        '<meta name="viewport" content="width=device-width">', "")
    check_drawn(body, rows, "%s as HTML in %s" % (name, language))


def main():
    lamna, update = os.path.abspath(sys.argv[1]), "--update" in sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        for write in STORIES:
            story, name = Story(), write.__name__
            write(story)
            path = os.path.join(folder, name + ".pcap")
            with open(path, "wb") as file:
                file.write(captures.pcap(story.packets))
            for language in ("en", "zh"):
                check_text(lamna, path, name, language, update)
            rows = len(explain(lamna, path, "--format", "csv").splitlines()) - 1
            check_svg(lamna, path, name, rows)
            check_html(lamna, path, name, rows, "en")
            check_html(lamna, path, name, rows, "zh")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
