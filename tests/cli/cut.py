#!/usr/bin/env python3
"""A capture that is cut while it is read: an error, whoever reads it and however, and no crash.

    cut.py LAMNA
"""
import os
import struct
import subprocess
import sys
import tempfile

PACKETS, BYTES, LEFT = 20000, 1200, 1 << 20
FAILED = 1


def write_capture(path):
    udp = struct.pack(">HHHH", 4000, 4001, BYTES - 20, 0) + bytes(BYTES - 28)
    packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0, BYTES, 1, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1") + udp
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 228))
        for i in range(PACKETS):
            out.write(struct.pack("<IIII", i, 0, BYTES, BYTES) + packet)


def cut_while(lamna, path, arguments):
    """Starts a command whose output nobody reads at first, cuts the file, and reads on."""
    write_capture(path)
    with subprocess.Popen([lamna, *arguments, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        first = command.stdout.readline()
        os.truncate(path, LEFT)
        out, err = command.communicate(timeout=60)
    err = err.decode()
    print(*arguments, "->", command.returncode, err.strip())
    wrong = not first or command.returncode != FAILED or ("shrank" not in err and "was cut" not in err)
    return wrong or out.count(b"\n") >= PACKETS


def main():
    lamna = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cut.pcap")
        failed = [threads for threads in ("1", "2", "4")
                  if cut_while(lamna, path, ["list", "--index", "off", "--threads", threads])]
        failed += [reader for reader in ("fields",)
                   if cut_while(lamna, path, [reader, "--index", "off", "-e", "frame.len", "-e", "udp.payload"])]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
