"""Ten million packets: a thousand greetings, again and again."""
import os
import struct

import captures

GREETINGS, PACKETS_EACH = 1000, 9
TIMES = 1112
TOTAL = GREETINGS * PACKETS_EACH * TIMES


def block():
    """The packets of the greetings with their record headers, whose time is the same for all."""
    out = []
    for n in range(GREETINGS):
        port = captures.SERVER if n % 10 == 0 else 20000 + n
        for packet in captures.greeting():
            packet = packet.replace(struct.pack(">H", captures.SERVER), struct.pack(">H", port))
            packet = packet.replace(struct.pack(">H", captures.CLIENT), struct.pack(">H", 30000 + n))
            out.append(struct.pack("<IIII", 1700000000, 0, len(packet), len(packet)) + packet)
    return b"".join(out)


def write_all(folder):
    with open(os.path.join(folder, "many.pcap"), "wb") as file:
        file.write(captures.pcap([]))
        packets = block()
        for _ in range(TIMES):
            file.write(packets)
