#!/usr/bin/env python3
"""Segments make streams: the cases of segments.cases, and random ones.

    streams.py LAMNA [SEED]

The property: however a stream is cut into segments, shuffled, repeated and overlapped, `lamna follow`
gives the stream. Each is a connection of its own in one capture, and is written by --all in one pass.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import captures  # noqa: E402

CONNECTIONS, LONGEST, SERVER = 300, 4000, 7777
FIN, SYN, PSH, ACK = captures.FIN, captures.SYN, captures.PSH, captures.ACK
failures = 0


def check(holds, what):
    global failures
    failures += not holds
    print("ok" if holds else "not ok", what)


def handshake(port):
    return [captures.tcp(port, SERVER, 999, 0, SYN), captures.tcp(SERVER, port, 4999, 1000, SYN | ACK),
            captures.tcp(port, SERVER, 1000, 5000, ACK)]


def data(port, offset, content):
    return captures.tcp(SERVER, port, 5000 + offset, 1000, PSH | ACK, content)


def follow_all(lamna, packets, folder):
    path = os.path.join(folder, "capture.pcap")
    with open(path, "wb") as file:
        file.write(captures.pcap(packets))
    out = os.path.join(folder, "out")
    subprocess.run([lamna, "follow", path, "--all", out], check=True, timeout=120, stdout=subprocess.DEVNULL)
    return out


def content_of(out, stream):
    path = os.path.join(out, "tcp-%06d-server" % stream)
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def case_packets(port, text):
    packets = handshake(port)
    for part in text.split(";"):
        word, rest = part.split()
        if word == "ACK":
            packets.append(captures.tcp(port, SERVER, 1000, 5000 + int(rest), ACK))
        elif word == "FIN":
            packets.append(captures.tcp(SERVER, port, 5000 + int(rest), 1000, FIN | ACK))
        else:
            packets.append(data(port, int(word), rest.encode()))
    return packets


def as_case(lines):
    text = ""
    for chunk in map(json.loads, lines):
        text += ("[%d]" % chunk["missing"] if chunk["missing"] else "") + chunk["text"]
    return text


def run_cases(lamna, folder):
    with open(os.path.join(HERE, "segments.cases"), encoding="utf-8") as file:
        cases = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    path = os.path.join(folder, "case.pcap")
    for case in cases:
        segments, stream = case.split(" = ")
        with open(path, "wb") as file:
            file.write(captures.pcap(case_packets(40000, segments)))
        done = subprocess.run([lamna, "follow", path, "0", "--format", "ndjson"], check=True, timeout=60,
                              stdout=subprocess.PIPE, text=True)
        found = as_case(done.stdout.splitlines())
        check(found == stream, case if found == stream else "%s, but it was %s" % (case, found))


def random_segments(rng, stream):
    """Pieces that cover the stream, some of them more than once, in a random order nearby."""
    pieces, at = [], 0
    while at < len(stream):
        n = rng.choice([1, 2, 7, 100, 536, 1460])
        pieces.append((at, stream[at:at + n]))
        at += n
    for _ in range(rng.randrange(0, len(pieces) + 1)):
        begin = rng.randrange(len(stream))
        pieces.append((begin, stream[begin:begin + rng.randrange(1, 2000)]))
    near = rng.choice([0, 2, 10, len(pieces)])
    order = sorted(range(len(pieces)), key=lambda i: i + rng.uniform(0, near))
    return [pieces[i] for i in order]


def run_random(lamna, folder, seed):
    rng = random.Random(seed)
    streams, queues = [], []
    for i in range(CONNECTIONS):
        stream = rng.randbytes(rng.randrange(1, LONGEST))
        streams.append(stream)
        queues.append([handshake(20000 + i)] + [[data(20000 + i, *piece)] for piece in random_segments(rng, stream)])
    packets = [packet for queue in queues for packet in queue.pop(0)]  # in order: numbers are streams
    while any(queues):
        packets += rng.choice([q for q in queues if q]).pop(0)
    out = follow_all(lamna, packets, folder)
    wrong = [i for i, stream in enumerate(streams) if content_of(out, i) != stream]
    check(not wrong, "%d random streams in %d packets, seed %d%s"
          % (CONNECTIONS, len(packets), seed, ": wrong are %s" % wrong[:10] if wrong else ""))


def main():
    lamna = os.path.abspath(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        run_cases(lamna, folder)
        run_random(lamna, folder, seed)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
