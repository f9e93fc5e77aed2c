#!/usr/bin/env python3
"""What must hold of streams whatever the segments are, on random ones.

    properties.py LAMNA [SEED]...

- holes: what is never sent is missing, by its number of bytes, and everything around it is there;
- overlaps that say different things: the policy, which is
      1. what was given stays;
      2. of what waits, the segment that begins first goes first, and of two that begin alike the earlier one;
      3. of each, only what lies beyond what was given;
- sequence numbers begin anywhere, so that some streams wrap around;
- the end: wherever a FIN stands among the others, and however often it comes;
- memory: what waits behind a hole is given up to a megabyte, or 1024 segments, and not more;
- HTTP: cut anywhere, with pieces sent again, and with bytes that keep the connection alive or probe the window,
  the messages are the same.
"""
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import streams  # noqa: E402
from streams import ACK, FIN, PSH, SERVER, SYN, captures, check  # noqa: E402

CONNECTIONS, HELD_BYTES, HELD_SEGMENTS = 150, 1 << 20, 1024
WRAP = 1 << 32


class Connection:
    """Packets of a connection that was opened; the server's bytes begin at number `base` + 1."""

    def __init__(self, port, base, server=SERVER):
        self.port, self.base, self.server = port, base, server
        self.packets = [captures.tcp(port, server, 999, 0, SYN), self.down(-1, SYN | ACK),
                        self.up(0)]
        self.sent = 0

    def up(self, received, data=b"", flags=ACK, seq=0):
        return captures.tcp(self.port, self.server, 1000 + seq, (self.base + 1 + received) % WRAP, flags, data)

    def down(self, offset, flags=PSH | ACK, data=b"", ack=0):
        return captures.tcp(self.server, self.port, (self.base + 1 + offset) % WRAP, 1000 + ack, flags, data)


def timed(packets, handshakes):
    """Round trips of 20 microseconds, and then a packet every millisecond: what comes twice was sent twice, and did
    not only take another way."""
    return [((i / 1e5 if i < handshakes else i / 1e3), packet) for i, packet in enumerate(packets)]


def interleave(rng, connections):
    """One capture: the handshakes in order, so that numbers are streams, then each connection's packets."""
    queues = [connection.packets[3:] for connection in connections]
    order = [i for i, queue in enumerate(queues) for _ in queue]
    rng.shuffle(order)
    queues = [iter(queue) for queue in queues]
    return [packet for c in connections for packet in c.packets[:3]] + [next(queues[i]) for i in order]


def followed(lamna, folder, packets, *options):
    """stream -> chunks of the server"""
    path = os.path.join(folder, "capture.pcap")
    with open(path, "wb") as file:
        file.write(captures.pcap(packets))
    done = subprocess.run([lamna, "follow", path, "tcp", "--format", "ndjson", *options], check=True, timeout=120,
                          stdout=subprocess.PIPE)
    chunks = {}
    for line in done.stdout.split(b"\n")[:-1]:
        chunk = json.loads(line.decode("utf-8", "replace"))
        if chunk["from"] == "server":
            chunks.setdefault(chunk["stream"], []).append(chunk)
    return chunks


def told(chunks):
    """[bytes or how many are missing, ...], neighbours joined"""
    out = []
    for chunk in chunks:
        if chunk["missing"]:
            out.append(chunk["missing"])
        data = bytes.fromhex(chunk["hex"])
        if data and out and isinstance(out[-1], bytes):
            out[-1] += data
        elif data:
            out.append(data)
    return out


class Model:
    """The policy of overlaps, in a few lines."""

    def __init__(self):
        self.next, self.waiting, self.out = 0, [], []

    def give(self, offset, data):
        if offset + len(data) <= self.next:
            return
        if offset > self.next:
            self.out.append(offset - self.next)
            self.next = offset
        data = data[self.next - offset:]
        if self.out and isinstance(self.out[-1], bytes):
            self.out[-1] += data
        else:
            self.out.append(data)
        self.next += len(data)

    def give_waiting(self, limit=0):
        while self.waiting and self.waiting[0][0] < max(limit, self.next + 1):
            offset, _, data = self.waiting.pop(0)
            self.give(offset, data)

    def segment(self, offset, data):
        if offset > self.next:
            self.waiting = sorted(self.waiting + [(offset, len(self.waiting), data)], key=lambda w: w[0])
            return
        self.give(offset, data)
        self.give_waiting()

    def acknowledge(self, received):
        self.give_waiting(received)


def base_of(rng):
    return rng.choice([rng.randrange(WRAP), WRAP - rng.randrange(1, 3000), 0])


def pieces_of(rng, length):
    at = 0
    while at < length:
        n = rng.choice([1, 3, 50, 536, 1460])
        yield at, min(n, length - at)
        at += n


def near(rng, items):
    """In another order, but not too far."""
    reach = rng.choice([0, 2, 10, len(items)])
    return [items[i] for i in sorted(range(len(items)), key=lambda i: i + rng.uniform(0, reach))]


def compare(what, seed, expected, found):
    wrong = [i for i, want in enumerate(expected) if told(found.get(i, [])) != want]
    check(not wrong, "%s, seed %d" % (what, seed) + (": wrong are %s" % wrong[:10] if wrong else ""))
    for i in wrong[:1]:
        print("    should be %.200r\n    it is     %.200r" % (expected[i], told(found.get(i, []))))


def holes(lamna, folder, rng, seed):
    connections, expected = [], []
    for i in range(CONNECTIONS):
        connection, stream = Connection(20000 + i, base_of(rng)), rng.randbytes(rng.randrange(1, 6000))
        pieces = [p for p in pieces_of(rng, len(stream)) if rng.random() < 0.8]
        model = Model()
        for at, n in sorted(pieces):
            model.give(at, stream[at:at + n])
        connection.packets += [connection.down(at, data=stream[at:at + n]) for at, n in near(rng, pieces)]
        connections.append(connection)
        expected.append(model.out)
    compare("what is never sent is missing", seed, expected, followed(lamna, folder, interleave(rng, connections)))


def overlaps(lamna, folder, rng, seed):
    connections, expected = [], []
    for i in range(CONNECTIONS):
        connection, model, length = Connection(20000 + i, base_of(rng)), Model(), rng.randrange(1, 300)
        for _ in range(rng.randrange(1, 60)):
            if rng.random() < 0.1:
                received = rng.randrange(length)
                model.acknowledge(received)
                connection.packets.append(connection.up(received))
                continue
            at, data = rng.randrange(length), rng.randbytes(rng.randrange(1, 40))
            model.segment(at, data)
            connection.packets.append(connection.down(at, data=data))
        model.acknowledge(WRAP)
        connections.append(connection)
        expected.append(model.out)
    compare("overlaps that say different things", seed, expected,
            followed(lamna, folder, interleave(rng, connections)))


def ends(lamna, folder, rng, seed):
    """The FIN comes with the last bytes or alone, once or twice, anywhere; or its bytes never do."""
    connections, expected = [], []
    for i in range(CONNECTIONS):
        connection, stream = Connection(20000 + i, base_of(rng)), rng.randbytes(rng.randrange(1, 3000))
        packets = [connection.down(at, data=stream[at:at + n]) for at, n in pieces_of(rng, len(stream))]
        lost, alone = rng.random() < 0.3, rng.random() < 0.5
        kept = len(stream) if not lost else rng.randrange(len(stream))
        if lost:
            packets = [connection.down(at, data=stream[at:at + n]) for at, n in pieces_of(rng, kept)]
        tail = b"" if alone or lost else stream[-5:]
        packets += [connection.down(len(stream) - len(tail), FIN | ACK, tail)] * rng.randrange(1, 3)
        connection.packets += near(rng, packets)
        connections.append(connection)
        expected.append(([stream[:kept]] if kept else []) + ([len(stream) - kept] if lost else []))
    compare("the end, wherever it comes", seed, expected, followed(lamna, folder, interleave(rng, connections)))


def limits(lamna, folder, _rng, seed):
    """A hole is filled just before, and just after, it had to be given up."""
    connections, expected = [], []
    for size, count in ((1000, HELD_BYTES // 1000), (1000, HELD_BYTES // 1000 + 1), (10, HELD_SEGMENTS),
                        (10, HELD_SEGMENTS + 1)):
        connection = Connection(20000 + len(connections), 77)
        behind = [bytes([65 + i % 26]) * size for i in range(count)]
        connection.packets += [connection.down(5 + i * size, data=data) for i, data in enumerate(behind)]
        connection.packets.append(connection.down(0, data=b"first"))
        fits = size * count <= HELD_BYTES and count <= HELD_SEGMENTS
        connections.append(connection)
        expected.append([b"first" + b"".join(behind)] if fits else [5, b"".join(behind)])
    packets = [p for c in connections for p in c.packets[:3]] + [p for c in connections for p in c.packets[3:]]
    compare("a megabyte or 1024 segments wait, not more", seed, expected, followed(lamna, folder, packets))


def http_message(rng):
    body = rng.randbytes(rng.randrange(0, 3000))
    coded, head = body, b"HTTP/1.1 200 OK\r\n"
    if rng.random() < 0.4:
        coded, head = gzip.compress(body, mtime=0), head + b"Content-Encoding: gzip\r\n"
    if rng.random() < 0.5:
        cuts = sorted({0, len(coded), *(rng.randrange(len(coded) + 1) for _ in range(3))})
        chunks = [coded[a:b] for a, b in zip(cuts, cuts[1:])]
        coded = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
        head += b"Transfer-Encoding: chunked\r\n"
    else:
        head += b"Content-Length: %d\r\n" % len(coded)
    return head + b"\r\n", coded, body


def messages(lamna, folder, rng, seed):
    connections, expected = [], []
    for i in range(CONNECTIONS // 3):
        connection, sent = Connection(20000 + i, base_of(rng), 80), [http_message(rng) for _ in range(3)]
        for k in range(3):
            connection.packets.append(connection.up(0, b"GET / HTTP/1.1\r\n\r\n", PSH | ACK, seq=18 * k))
        stream = b"".join(head + coded for head, coded, _ in sent)
        for at, n in pieces_of(rng, len(stream)):
            probe = rng.random()
            if at > 0 and probe < 0.1:
                connection.packets.append(connection.down(at - 1, data=stream[at - 1:at], ack=54))
            again = at > 0 and 0.1 <= probe < 0.2
            connection.packets.append(connection.down(at - again, data=stream[at - again:at + n], ack=54))
            if rng.random() < 0.1:
                connection.packets.append(connection.packets[rng.randrange(6, len(connection.packets))])
        connections.append(connection)
        expected.append([(head.decode(), body) for head, _, body in sent])
    packets = timed(interleave(rng, connections), 3 * len(connections))
    found = followed(lamna, folder, packets, "--protocol", "http")
    wrong = [i for i, want in enumerate(expected)
             if [(c.get("head"), bytes.fromhex(c["hex"])) for c in found.get(i, [])] != want]
    check(not wrong, "HTTP messages, cut anywhere, seed %d" % seed + (": wrong are %s" % wrong[:10] if wrong else ""))


def main():
    lamna = os.path.abspath(sys.argv[1])
    seeds = [int(seed) for seed in sys.argv[2:]] or [1]
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            for holds in (holes, overlaps, ends, limits, messages):
                holds(lamna, folder, random.Random(seed), seed)
    return 1 if streams.failures else 0


if __name__ == "__main__":
    sys.exit(main())
