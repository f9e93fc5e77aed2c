#!/usr/bin/env python3
"""What lamna writes, capinfos and tshark must read back unchanged: every form of input, written in every
format and compression.

    written.py LAMNA

The inputs are made by tests/cli/captures.py and here, byte by byte. Where the format stays, everything
that tshark -V and capinfos tell must stay; where it changes, packets, times and bytes.
"""
import concurrent.futures
import functools
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import captures  # noqa: E402

SKIPPED = 77
ENDINGS = {"pcap": "pcap", "pcap-ns": "pcap", "pcapng": "pcapng"}
ENV = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
COMPRESSED = ("le.pcap", "rich-le.pcapng")
# Of the file and not of what is in it.
OF_THE_FILE = re.compile(r"(File name|File type|File size|SHA256|RIPEMD160|SHA1)\b")


def run(*command):
    return subprocess.run(command, env=ENV, capture_output=True, timeout=120, check=False)


# ---- Inputs ----------------------------------------------------------------------------------------


def modified(packets):
    """Kuznetzov's pcap: eight bytes more in each record (interface, protocol, packet type, padding)."""
    out = [struct.pack("<IHHiIII", 0xa1b2cd34, 2, 4, 0, 0, 262144, 1)]
    for i, packet in enumerate(packets):
        out.append(struct.pack("<IIIIIHBB", 1700000000, i, len(packet), len(packet), 1, 0x0800, 0, 0) + packet)
    return b"".join(out)


def snapped(packets):
    """A capture that kept 54 bytes of each packet."""
    out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 54, 1)]
    for i, packet in enumerate(packets):
        out.append(struct.pack("<IIII", 1700000000, i, len(packet[:54]), len(packet)) + packet[:54])
    return b"".join(out)


class Blocks:
    """A pcapng file in the given byte order."""

    def __init__(self, order):
        self.order, self.out = order, b""

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def add(self, kind, body):
        body += bytes(-len(body) % 4)
        size = self.pack("I", len(body) + 12)
        self.out += self.pack("I", kind) + size + body + size

    def options(self, *pairs):
        out = b""
        for code, value in pairs:
            out += self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)
        return out + bytes(4) if pairs else b""

    def section(self, *options):
        self.add(0x0a0d0d0a, self.pack("IHHq", 0x1a2b3c4d, 1, 0, -1) + self.options(*options))

    def interface(self, link, snaplen, *options):
        self.add(1, self.pack("HHI", link, 0, snaplen) + self.options(*options))

    def packet(self, interface, ticks, data, length=None, *options):
        length = len(data) if length is None else length
        self.add(6, self.pack("IIIII", interface, ticks >> 32, ticks & 0xffffffff, len(data), length) + data +
                 bytes(-len(data) % 4) + self.options(*options))

    def simple(self, data, length):
        self.add(3, self.pack("I", length) + data)


def rich(order):
    """Options, comments, several interfaces and resolutions, two link types, simple packets, statistics,
    names, a custom block and one that nobody knows."""
    b, packets = Blocks(order), captures.greeting()
    b.section((2, b"hardware"), (3, b"system"), (4, b"program"), (1, b"comment of the section"))
    b.interface(1, 0, (2, b"eth0"), (3, b"the first"), (9, b"\6"), (11, b"\0tcp"))
    b.interface(1, 60, (2, b"eth1"), (9, b"\x09"), (14, b.pack("q", 3600)))
    b.interface(101, 0, (2, b"tun0"), (9, b"\x8a"))
    b.packet(0, 1700000000000000, packets[0], None, (1, "a comment: ä".encode()), (1, b"and another"))
    b.packet(1, 1699996400123456789, packets[1][:60], len(packets[1]), (2, b.pack("I", 1)))
    b.add(4, b.pack("HH", 1, 10) + bytes([192, 0, 2, 1]) + b"host\0\0" + bytes(2) + bytes(4))
    b.packet(2, (1700000000 << 10) + 512, packets[3][14:])
    b.simple(packets[2], len(packets[2]))
    b.add(0xbad, b.pack("I", 32473) + b"somebody's own")
    b.add(0x00004242, b"nobody knows")
    b.packet(0, 1700000001000000, packets[4], None, (2988, b.pack("I", 32473) + b"custom"))
    b.add(5, b.pack("III", 0, 1700000002 * 1000000 >> 32, 1700000002 * 1000000 & 0xffffffff) +
          b.options((4, b.pack("Q", 9)), (5, b.pack("Q", 1))))
    return b.out


def plain_ng(order):
    """One interface, so that it may become pcap too."""
    b = Blocks(order)
    b.section()
    b.interface(1, 0, (9, b"\x09"))
    for i, packet in enumerate(captures.greeting()):
        b.packet(0, 1700000000000000000 + 1001 * i, packet)
    return b.out


def inputs():
    """name -> content, format"""
    packets = captures.greeting()
    return {
        "le.pcap": (captures.pcap(packets), "pcap"),
        "be.pcap": (captures.pcap(packets, ">"), "pcap"),
        "le-ns.pcap": (captures.pcap(packets, "<", 0xa1b23c4d, 1000), "pcap-ns"),
        "be-ns.pcap": (captures.pcap(packets, ">", 0xa1b23c4d, 1000), "pcap-ns"),
        "snapped.pcap": (snapped(packets), "pcap"),
        "modified.pcap": (modified(packets), "modified"),
        "none.pcap": (captures.pcap([]), "pcap"),
        "plain-le.pcapng": (plain_ng("<"), "pcapng"),
        "plain-be.pcapng": (plain_ng(">"), "pcapng"),
        "rich-le.pcapng": (rich("<"), "pcapng"),
        "rich-be.pcapng": (rich(">"), "pcapng"),
        "sections.pcapng": (plain_ng("<") + plain_ng(">"), "pcapng"),
    }


# ---- What the others see ---------------------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def capinfos(path):
    """Its status, and what it tells of the contents."""
    done = run("capinfos", "-M", path)
    lines = done.stdout.decode(errors="replace").splitlines()
    return done.returncode, [line for line in lines if line.strip() and not OF_THE_FILE.match(line)]


@functools.lru_cache(maxsize=None)
def seen(path, *options):
    """Status and lines of tshark."""
    done = run("tshark", "-n", "-r", path, "-x", *options)
    return done.returncode, done.stdout.decode(errors="replace").splitlines()


def packets_of(path):
    """Number, time to the microsecond, length, summary and all bytes of each packet."""
    status, lines = seen(path, "-t", "e")
    return status, [re.sub(r"^( *\d+ \d+\.\d{6})\d*", r"\1", line) for line in lines]


def first_difference(before, after):
    for left, right in zip(before, after):
        if left != right:
            return "was %r, is %r" % (left, right)
    return "was %d lines, is %d" % (len(before), len(after))


# ---- The test --------------------------------------------------------------------------------------


def expected(name, target):
    """Can that input be written so at all? pcap holds one link type and nothing but packets."""
    return target == "pcapng" or not name.startswith("rich")


def wrong_in(lamna, source, name, kind, target, ending):
    out = "%s-%s.%s%s" % (name.split(".")[0], target, ENDINGS[target], ending)
    out = os.path.join(os.path.dirname(source), "out", out)
    done = run(lamna, "filter", source, "-o", out, "--format", target)
    if not expected(name, target):
        if done.returncode != 1 or not done.stderr:
            yield "exit status %d; it cannot hold that" % done.returncode
    elif done.returncode != 0:
        yield "exit status %d: %s" % (done.returncode, done.stderr.decode(errors="replace").strip())
    elif kind == target:
        yield from same(seen(source, "-V"), seen(out, "-V"))
        yield from same(capinfos(source), capinfos(out))
    else:
        yield from same(packets_of(source), packets_of(out))


def same(before, after):
    if before[0] != after[0]:
        yield "exit status was %d, is %d" % (before[0], after[0])
    elif before != after:
        yield first_difference(before[1], after[1])


def cases(folder):
    """Arguments of wrong_in()."""
    for name, (content, kind) in inputs().items():
        source = os.path.join(folder, name)
        with open(source, "wb") as file:
            file.write(content)
        for target in ENDINGS:
            yield source, name, kind, target, ""
        for ending in (".gz", ".zst", ".lz4") if name in COMPRESSED else ():
            yield source, name, kind, kind, ending


def main():
    lamna = os.path.abspath(sys.argv[1])
    missing = [tool for tool in ("tshark", "capinfos") if shutil.which(tool) is None]
    if missing:
        print(" and ".join(missing), "not installed")
        return SKIPPED
    failed = count = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        os.mkdir(os.path.join(folder, "out"))
        listed = list(cases(folder))
        for case, wrong in zip(listed, pool.map(lambda case: list(wrong_in(lamna, *case)), listed)):
            _, name, _, target, ending = case
            count += 1
            failed += bool(wrong)
            for text in wrong:
                print("%s as %s%s: %s" % (name, target, ending, text))
    print("%d ways to write, %d wrong" % (count, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
