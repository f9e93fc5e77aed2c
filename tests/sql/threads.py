#!/usr/bin/env python3
"""Rows are the same, and in the same order, for any number of threads; also where IP fragments make lamna do a batch again.

    threads.py LAMNA      exit status 77: DuckDB's library is not here
"""
import os
import struct
import subprocess
import sys
import tempfile

SKIPPED = 77
PATIENCE = 100
HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")
PACKETS = 12000  # of 600 bytes: more than is worth threads
PAYLOAD = bytes(540)
QUERIES = ["SELECT number, stream, source_port, tcp.len, time, info FROM packets",
           "SELECT number, source, source_port, length FROM packets",
           "SELECT number, ip.src, \"ip.ttl[]\" FROM capture('big.pcap', filter := 'tcp.srcport > 3000')"]


def ethernet(payload):
    return bytes(12) + b"\x08\x00" + payload


def ip(protocol, payload, more=0, offset=0):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, (0x2000 if more else 0) | offset // 8, 64, protocol,
                       0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) + payload


def tcp(number):
    port = 1024 + number * 7919 % 5000
    return struct.pack("!HHIIBBHHH", port, 80, number * len(PAYLOAD) & 0xffffffff, 1, 0x50, 0x18, 1000, 0, 0) + PAYLOAD


def write_capture(path):
    """Connections by the thousand, and here and there a datagram in two fragments."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number in range(PACKETS):
            frames = [ethernet(ip(6, tcp(number)))]
            if number % 1500 == 700:
                udp = struct.pack("!HHHH", 5000, 6000, 8 + 64, 0) + bytes(64)
                frames += [ethernet(ip(17, udp[:32], more=1)), ethernet(ip(17, udp[32:], offset=32))]
            for frame in frames:
                file.write(struct.pack("<IIII", 1700000000 + number // 1000, number % 1000, len(frame), len(frame)) + frame)


def rows(lamna, folder, query, threads):
    command = [lamna, "sql", "big.pcap", query, "--format", "csv", "--threads", str(threads)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise SystemExit("%s: %d %s" % (query, done.returncode, done.stderr))
    return done.stdout.splitlines()


def main():
    if not os.path.exists(LIBRARY):
        print("there is no DuckDB: scripts/bootstrap sql fetches it")
        return SKIPPED
    lamna, failed = os.path.abspath(sys.argv[1]), 0
    with tempfile.TemporaryDirectory() as folder:
        write_capture(os.path.join(folder, "big.pcap"))
        for query in QUERIES:
            alone = rows(lamna, folder, query, 1)
            for threads in (2, 5):
                together = rows(lamna, folder, query, threads)
                wrong = next((i for i, pair in enumerate(zip(alone, together)) if pair[0] != pair[1]), None)
                same = alone == together and len(alone) > PACKETS // 4
                print("ok" if same else "not ok", threads, len(alone), len(together), wrong, query)
                failed += not same
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
