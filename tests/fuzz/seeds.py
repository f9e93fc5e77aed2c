#!/usr/bin/env python3
"""Writes inputs for the fuzz targets to begin with: packets, filters and streams of the other tests too.

    seeds.py STAMP      folders reader/, dissect/, filter/ and stream/ beside the file STAMP, made last
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "golden"))
import captures  # noqa: E402
import hexfile  # noqa: E402

ETHERNET, RAW, SLL, LOOP, SLL2, NULL = 1, 101, 113, 108, 276, 0
IPV6_A, IPV6_B = bytes(15) + b"\1", b"\xfe\x80" + bytes(13) + b"\2"


def ipv6(following, payload):
    return struct.pack(">IHBB", 0x60012345, len(payload), following, 64) + IPV6_A + IPV6_B + payload


def dns_answer():
    name = b"\3www\7example\3com\0"
    question = name + struct.pack(">HH", 1, 1)

    def record(kind, data):
        return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(data)) + data
    records = [(5, b"\1a\xc0\x10"), (1, bytes([192, 0, 2, 1])), (28, IPV6_B), (15, b"\0\x0a\4mail\xc0\x10"),
               (16, b"\5v=one"), (6, b"\2ns\xc0\x10\2me\xc0\x10" + bytes(20)), (33, bytes(6) + b"\1s\0")]
    body = question + b"".join(record(*r) for r in records)
    return struct.pack(">HHHHHH", 7, 0x8180, 1, len(records), 0, 0) + body


def packets():
    """(link type, bytes)"""
    for frame in captures.greeting() + captures.others():
        yield ETHERNET, frame
    syn = captures.greeting()[0][14:]
    yield RAW, syn
    yield NULL, b"\2\0\0\0" + syn
    yield LOOP, b"\0\0\0\2" + syn
    yield SLL, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x0800) + syn
    yield SLL2, struct.pack(">HHIHBB8s", 0x0800, 0, 1, 1, 0, 6, bytes(8)) + syn
    yield ETHERNET, captures.ethernet(0x8100, struct.pack(">HH", 0x2064, 0x0800) + syn)
    yield ETHERNET, captures.ethernet(0x88a8, struct.pack(">HHHH", 100, 0x8100, 5, 0x0800) + syn)
    yield ETHERNET, captures.udp(53, 40000, dns_answer())
    yield ETHERNET, captures.udp(5353, 5353, dns_answer())
    for data in (b"GET / HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n",
                 b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"):
        server = data.startswith(b"HTTP")
        yield ETHERNET, captures.tcp(80 if server else 40000, 40000 if server else 80, 1, 1, 24, data)
    echo = struct.pack(">BBHHH", 8, 0, 0, 1, 1) + b"abcdefgh"
    yield ETHERNET, captures.ethernet(0x0800, captures.ipv4(1, echo))
    unreachable = struct.pack(">BBHI", 3, 3, 0, 0) + syn
    yield ETHERNET, captures.ethernet(0x0800, captures.ipv4(1, unreachable))
    yield ETHERNET, captures.ethernet(0x0800, captures.ipv4(2, struct.pack(">BBH4s", 0x16, 0, 0, bytes(4))))
    report = struct.pack(">BBHHHBBH4s", 0x22, 0, 0, 0, 1, 4, 0, 1, bytes(4)) + bytes(4)
    yield ETHERNET, captures.ethernet(0x0800, captures.ipv4(2, report))
    options = (b"\2\4\5\xb4" b"\4\2" b"\x08\x0a" + bytes(8) + b"\3\3\7" b"\1" b"\5\x0a" + bytes(8) +
               b"\x1e\4\0\0" b"\x22\2" b"\0\0")
    options += bytes(-len(options) % 4)
    tcp = struct.pack(">HHIIBBHHH", 1, 2, 3, 4, (20 + len(options)) // 4 << 4, 2, 9, 0, 0) + options
    yield RAW, captures.ipv4(6, tcp)
    yield RAW, bytes([0x48]) + syn[1:20] + b"\7\7\4" + bytes(4) + b"\x94\4\0\0" + b"\0" + syn[20:]
    yield RAW, ipv6(6, syn[20:])
    hop = b"\x3a\0\5\2\0\0\1\0"
    yield RAW, ipv6(0, hop + b"\x8f\0" + bytes(2) + b"\0\0\0\1\4\0\0\0" + IPV6_B)
    yield RAW, ipv6(44, b"\x11\0\0\1\0\0\0\5" + bytes(8))
    yield RAW, ipv6(43, b"\x3b\2\0\1" + bytes(4) + IPV6_A)
    neighbour = b"\x87\0" + bytes(6) + IPV6_A + b"\1\1" + bytes(6)
    yield RAW, ipv6(58, neighbour)
    router = b"\x86\0" + bytes(14) + b"\3\4\x40\xc0" + bytes(12) + IPV6_B + b"\5\1\0\0\0\0\5\xdc"
    yield RAW, ipv6(58, router)
    yield ETHERNET, bytes(12) + b"\0\x26" + b"\x42\x42\3" + bytes(35)


FILTERS = [
    "tcp.port == 12345", "ip.addr == 10.0.0.0/8 and not udp", "tcp.port in {80, 443, 8000..8080}",
    'http.request.method == "GET" || dns.qry.name contains "example"', 'tcp contains "a\\x41\\n"',
    'frame[0:4] == 00:01:02:03', 'eth.addr[0:3] == 00:06:5b', 'http.host matches "(?i)ex.*\\\\.com$"',
    "tcp.flags & 0x02", "!(arp or icmp) xor ipv6", "ipv6.addr == fe80::/10", "any tcp.port > 1024",
    "all tcp.port != 80", 'frame.time >= "2023-11-14 22:13:20"', "tcp.flags.syn eq 1 && tcp.flags.ack eq false",
    "arp.opcode == request", "@ip.src == 7f:00:00:01", 'len(http.host) > 3', 'lower(http.host) == "a"',
]


def golden_files():
    return hexfile.hex_files(os.path.join(os.path.dirname(HERE), "golden"), [])


def filters():
    """Those of tests/filter/."""
    folder = os.path.join(os.path.dirname(HERE), "filter")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".cases"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                yield from (line[2:].rstrip("\n") for line in file if line.startswith("? "))


def streams():
    """For fuzz_stream: each golden file that speaks over TCP, whole and in small pieces."""
    for golden in golden_files():
        payloads, port = [], 0
        for data, _, _ in golden.packets:
            if golden.link != ETHERNET or len(data) < 54 or data[12:14] != b"\x08\0" or data[23] != 6:
                continue
            source, target = struct.unpack_from(">HH", data, 34)
            port = port or min(source, target)
            payloads.append((source == port, data[34 + (data[46] >> 4) * 4:]))
        for size in (255, 7) if port else ():
            out = struct.pack(">BH", 2 if golden.secrets else 0, port)
            if golden.secrets:
                out += struct.pack(">H", len(golden.secrets)) + golden.secrets
            out += bytes([4, 0, 0, 5, 0, 0])
            for server, payload in payloads:
                for at in range(0, min(len(payload), 30 * size), size):
                    part = payload[at:at + size]
                    out += bytes([server, 0, len(part)]) + part
            yield out + bytes([2, 0, 0, 3, 0, 0])


def write(folder, inputs):
    os.makedirs(folder, exist_ok=True)
    for number, content in enumerate(inputs):
        with open(os.path.join(folder, "seed-%03d" % number), "wb") as file:
            file.write(content)


def main():
    stamp = os.path.abspath(sys.argv[1])
    top = os.path.dirname(stamp)
    plain, ng = captures.pcap(captures.greeting()[:3]), captures.pcapng(captures.greeting()[:3])
    write(os.path.join(top, "reader"), [b"\0" + plain, b"\1" + ng, b"\2" + captures.pcap(
        captures.greeting()[:2], ">", 0xa1b23c4d, 1000), b"\0" + captures.gzip.compress(plain, mtime=0)])
    found = [*packets(), *((golden.link, data) for golden in golden_files() for data, _, _ in golden.packets)]
    write(os.path.join(top, "dissect"), [struct.pack(">H", link) + data for link, data in found])
    write(os.path.join(top, "filter"), [text.encode() for text in [*FILTERS, *filters()]])
    write(os.path.join(top, "stream"), streams())
    with open(stamp, "w", encoding="utf-8"):
        pass


if __name__ == "__main__":
    main()
