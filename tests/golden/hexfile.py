"""Reads the .hex files beside this one: packets as text. Nothing here comes from lamna.

    # A comment runs from the sign to the end of its line.
    via udp 40000 53                    what the bytes below travel in; holds until the next `via`

    # a question                        a paragraph is a packet
    1234 0100 0001 0000 0000 0000       hex, spaced as you like
    07 "example" 03 "com" 00            text: \\r \\n \\t \\0 \\" \\\\ and \\xNN
    0001 0001

    time 1.5                            of this packet, in seconds since the first; else 0.1 s a packet
    length 600                          of this packet on the wire: the capture kept only its beginning
    {2 "counted" 00*16 }                2 bytes of length, network order ({2le: the other one), then
                                        what is inside; 00*16 is sixteen zeros

Lines that begin with a word are orders. Before the first packet:

    link 1                      the link type, by number or name; Ethernet if not given
    fields ipv6.hopopts         the .json has these fields too, with what lies under them; by itself
                                it has those of the protocol whose folder this is
    only tcp.analysis           the .json has these fields, and what lies under them, alone
    titles nfs                  the .json has this protocol's line in the tree, too
    secrets LINE                of a key log; the capture has it inside
    differs FIELD REASON        tshark says something else, and that is right so; in a packet's own
                                paragraph it speaks of that packet alone; * is every field

Anywhere:

    via udp PORT PORT           source, destination; ports and addresses are swapped for the way back
    via tcp PORT PORT [FLAGS]   sequence numbers follow from what was sent; flags as in tcpdump: S, F,
                                P, R, A; the default is PA. The handshake is there if you write it.
                                After the flags, what is not to follow: seq=N ack=N win=N, and
                                sack=N-N,N-N for blocks of the SACK option
    via udp6, tcp6              over IPv6
    via ip PROTOCOL             IPv4; ip6: IPv6
    via eth TYPE                Ethernet; 802.3: with a length in the place of the type
    via nothing                 the bytes are the packet
"""
import json
import os
import re
import struct

LINKS = {"null": 0, "ethernet": 1, "ppp": 9, "raw": 101, "802.11": 105, "loop": 108, "sll": 113,
         "radiotap": 127, "usb": 220, "sll2": 276}
MACS = [bytes([2, 0, 0, 0, 0, 1]), bytes([2, 0, 0, 0, 0, 2])]
IPV4 = [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])]
IPV6 = [bytes.fromhex("20010db8") + bytes(11) + b"\1", bytes.fromhex("20010db8") + bytes(11) + b"\2"]
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}
START = 1700000000
MACHINES_OWN = ("oui_resolved",)  # ends of field names whose values depend on lists the system has or not
TOKEN = re.compile(r'\s+|#.*|\{(?P<size>\d)(?P<order>le)?|(?P<end>\})|'
                   r'(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<hex>(?:[0-9a-fA-F]{2})+))(?:\*(?P<times>\d+))?')
ESCAPES = {"r": 13, "n": 10, "t": 9, "0": 0, '"': 34, "\\": 92}
ORDER = re.compile(r"(link|fields|only|titles|secrets|differs|via|time|length)\s+(\S.*)")


class Wrong(Exception):
    """A .hex file that is not understood."""


def checksum(data):
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def unescape(text):
    def one(match):
        word = match.group(1)
        return bytes([int(word[1:], 16) if word[0] == "x" else ESCAPES[word]])
    out, at = b"", 0
    for match in re.finditer(r"\\(x[0-9a-fA-F]{2}|.)", text):
        out += text[at:match.start()].encode() + one(match)
        at = match.end()
    return out + text[at:].encode()


def parse_bytes(text):
    """A paragraph's bytes."""
    open_places, at = [[0, "big", b""]], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise Wrong("not understood: " + text[at:].split("\n")[0])
        at = match.end()
        if match["size"]:
            open_places.append([int(match["size"]), "little" if match["order"] else "big", b""])
        elif match["end"]:
            size, order, inside = open_places.pop()
            if not open_places:
                raise Wrong("a } without its {")
            open_places[-1][2] += len(inside).to_bytes(size, order) + inside
        elif match["text"] is not None or match["hex"]:
            part = bytes.fromhex(match["hex"]) if match["hex"] else unescape(match["text"])
            open_places[-1][2] += part * int(match["times"] or 1)
    if len(open_places) > 1:
        raise Wrong("a { without its }")
    return open_places[0][2]


class Wrapper:
    """Puts bytes into what `via` says, and remembers how far each TCP connection is."""

    def __init__(self):
        self.flows = {}  # (protocol, lower port, higher port) -> the pair of ports seen first
        self.sent = {}   # (protocol, source port, destination port) -> next sequence number

    def side(self, name, source, target):
        first = self.flows.setdefault((name, min(source, target), max(source, target)), (source, target))
        return 0 if first == (source, target) else 1

    def wrap(self, via, data):
        name, *words = via
        if name == "nothing":
            return data
        if name == "802.3":
            return MACS[1] + MACS[0] + struct.pack(">H", len(data)) + data
        if name == "eth":
            return self.ethernet(int(words[0], 0), 0, data)
        if name in ("ip", "ip6"):
            return self.network(name == "ip6", int(words[0], 0), 0, data)
        if name not in ("udp", "udp6", "tcp", "tcp6"):
            raise Wrong("via what? " + name)
        source, target = int(words[0]), int(words[1])
        side = self.side(name, source, target)
        six, number = name.endswith("6"), 17 if name.startswith("udp") else 6
        if number == 17:
            segment = struct.pack(">HHHH", source, target, 8 + len(data), 0) + data
            where = 6
        else:
            segment = self.tcp(name, source, target, words[2:], data)
            where = 16
        ends = IPV6 if six else IPV4
        pseudo = ends[side] + ends[1 - side] + (struct.pack(">II", len(segment), number) if six else
                                               struct.pack(">BBH", 0, number, len(segment)))
        check = checksum(pseudo + segment) or 0xffff
        segment = segment[:where] + struct.pack(">H", check) + segment[where + 2:]
        return self.network(six, number, side, segment)

    def tcp(self, name, source, target, words, data):
        bits = sum(FLAGS[flag] for flag in (words[0] if words else "PA"))
        said = dict(word.split("=") for word in words[1:])
        here, there = (name, source, target), (name, target, source)
        seq = int(said.get("seq", self.sent.setdefault(here, 1000)))
        ack = int(said.get("ack", self.sent.get(there, 1000) if bits & 16 else 0))
        self.sent[here] = seq + len(data) + bool(bits & 3)
        edges = [int(edge) for edge in re.findall(r"\d+", said.get("sack", ""))]
        options = struct.pack(">BBBB%dI" % len(edges), 1, 1, 5, 2 + 4 * len(edges), *edges) if edges else b""
        return struct.pack(">HHIIBBHHH", source, target, seq, ack, 0x50 + (len(options) << 2), bits,
                           int(said.get("win", 65535)), 0, 0) + options + data

    def network(self, six, number, side, data):
        if six:
            header = struct.pack(">IHBB", 6 << 28, len(data), number, 64) + IPV6[side] + IPV6[1 - side]
            return self.ethernet(0x86dd, side, header + data)
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(data), 0, 0x4000, 64, number, 0, IPV4[side],
                             IPV4[1 - side])
        header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
        return self.ethernet(0x0800, side, header + data)

    @staticmethod
    def ethernet(kind, side, data):
        return MACS[1 - side] + MACS[side] + struct.pack(">H", kind) + data


class HexFile:
    """path, link, packets [(bytes, length, seconds)], fields [prefix], differs {(packet or 0, field)}"""

    def __init__(self, path):
        self.path, self.proto = path, os.path.basename(os.path.dirname(path))
        self.link, self.packets, self.fields, self.differs = 1, [], [self.proto], set()
        self.via, self.wrapper, self.secrets, self.titles = ["nothing"], Wrapper(), b"", []
        with open(path, encoding="utf-8") as file:
            paragraphs = re.split(r"\n[ \t]*(?:\n[ \t]*)+", file.read())
        for number, paragraph in enumerate(paragraphs, 1):
            try:
                self.take(paragraph)
            except (Wrong, ValueError, KeyError, IndexError, struct.error) as err:
                raise SystemExit("%s, paragraph %d: %s" % (path, number, err)) from err

    def take(self, paragraph):
        lines, own, full = [], {}, False
        for line in paragraph.split("\n"):
            match = ORDER.match(line.strip())
            if match is None:
                lines.append(line)
                full = full or line.strip()[:1] not in ("", "#")
            else:
                self.order(match[1], match[2], own)
        self.differs |= {(len(self.packets) + 1 if full else 0, field) for field in own.get("differs", ())}
        if not full:
            return
        data = self.wrapper.wrap(self.via, parse_bytes("\n".join(lines)))
        self.packets.append((data, int(own.get("length", len(data))),
                             float(own.get("time", len(self.packets) / 10))))

    def order(self, word, rest, own):
        if word == "differs":
            own.setdefault("differs", []).append(rest.split()[0])
            return
        rest = rest.split("#")[0].strip()
        if word == "link":
            self.link = LINKS[rest] if rest in LINKS else int(rest)
        elif word == "fields":
            self.fields += rest.split()
        elif word == "secrets":
            self.secrets += rest.encode() + b"\n"
        elif word == "only":
            self.fields = rest.split()
        elif word == "titles":
            self.titles += rest.split()
        elif word == "via":
            self.via = rest.split()
        else:
            own[word] = rest

    def may_differ(self, packet, field):
        return not self.differs.isdisjoint({(0, field), (packet, field), (packet, "*")})

    def pcapng(self):
        """With the secrets in a block of their own (draft-ietf-opsawg-pcapng, section 4.7)."""
        def block(kind, body):
            body += bytes(-len(body) % 4)
            return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
        out = [block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)),
               block(1, struct.pack("<HHI", self.link, 0, 262144)),
               block(10, struct.pack("<II", 0x544c534b, len(self.secrets)) + self.secrets)]
        for data, length, seconds in self.packets:
            now = START * 1000000 + round(seconds * 1000000)
            out.append(block(6, struct.pack("<IIIII", 0, now >> 32, now & 0xffffffff, len(data), length) + data))
        return b"".join(out)

    def pcap(self):
        """A capture; of another format where it has secrets."""
        if self.secrets:
            return self.pcapng()
        out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, self.link)]
        for data, length, seconds in self.packets:
            now = START * 1000000 + round(seconds * 1000000)
            out.append(struct.pack("<IIII", now // 1000000, now % 1000000, len(data), length) + data)
        return b"".join(out)

    @property
    def json_path(self):
        return os.path.splitext(self.path)[0] + ".json"

    def mine(self, name):
        if name.endswith(".oui_resolved"):  # from a file of the system
            return False
        return name.startswith("_ws.") or any(name == p or name.startswith(p + ".") for p in self.fields)

    def golden(self, ndjson):
        """What the .json should be, from the lines of `lamna show --format ndjson`."""
        packets = [{name: value for name, value in json.loads(line).items() if self.mine(name)}
                   for line in ndjson.splitlines()]
        return json.dumps(packets, indent=1, ensure_ascii=False) + "\n"


def hex_files(top, names):
    """All .hex files, or those of the given protocols (dns) or of one name (dns/answer)."""
    for proto in sorted(os.listdir(top)):
        folder = os.path.join(top, proto)
        for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            name, end = os.path.splitext(file)
            if end == ".hex" and (not names or proto in names or proto + "/" + name in names):
                yield HexFile(os.path.join(folder, file))
