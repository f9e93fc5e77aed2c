#!/usr/bin/env python3
"""Writes packets of the golden files as a C header: something to put filters to.

    packets.py PACKETS.h
"""
import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, os.path.join(TESTS, "golden"))
import hexfile  # noqa: E402

NAMES = ["arp/operations", "dns/records", "eth/length", "http/requests", "icmp/messages", "icmpv6/neighbours",
         "ip/fragments", "ip/header", "ip/options", "ipv6/extensions", "ipv6/header", "sll/cooked",
         "tcp/header", "tcp/options", "udp/datagrams", "vlan/tags"]
EACH = 5  # of a file


def main():
    rows = []
    for golden in hexfile.hex_files(os.path.join(TESTS, "golden"), NAMES):
        for data, length, _ in golden.packets[:EACH]:
            text = "".join("\\x%02x" % byte for byte in data)
            rows.append('    {%d, %d, %d, "%s"},\n' % (golden.link, len(data), length, text))
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("static const struct {\n    unsigned short link_type;\n    unsigned captured, length;\n"
                   "    const char *bytes;\n} packets[] = {\n%s};\n" % "".join(rows))


if __name__ == "__main__":
    main()
