"""A capture whose every string wants to be script, or to break the page."""
import os
import struct

import captures

ATTACKS = [b"<script>alert(1)</script>", b"<img src=x onerror=alert(1)>", b"\"><svg onload=alert(1)>", b"{{7*7}}${7*7}",
           b"javascript:alert(1)", b"\x1b]0;title\x07\x00\x01\x7f", b"\xff\xfe\xc0\xaf", "\u202egnp.exe\u2066".encode(),
           b"</style><style>*{display:none}</style>", b"A" * 10000]


def name(label):
    label = label[:63]
    return bytes([len(label)]) + label + b"\0"


def dns(number, attack):
    question = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + name(attack) + struct.pack(">HH", 16, 1)
    return captures.udp(40000 + number, 53, question)


def http(number, attack):
    clean = attack.replace(b"\r", b"").replace(b"\n", b"")
    head = (b"GET /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nCookie: %s\r\n%s: x\r\n\r\n"
            % (clean, clean, clean, clean, clean))
    segments = [captures.tcp(50000 + number, 80, 0, 0, captures.SYN),
                captures.tcp(80, 50000 + number, 0, 1, captures.SYN | captures.ACK)]
    return segments + [captures.tcp(50000 + number, 80, 1 + at, 1, captures.ACK | captures.PSH, head[at:at + 1400])
                       for at in range(0, len(head), 1400)]


def packets():
    for number, attack in enumerate(ATTACKS):
        yield dns(number, attack)
        yield from http(number, attack)


def write_all(folder):
    """hostile.pcap, and one whose own name is an attack."""
    content = captures.pcap(list(packets()))
    for file_name in ["hostile.pcap", "<img src=x onerror=alert(1)>.pcap"]:
        with open(os.path.join(folder, file_name), "wb") as file:
            file.write(content)
