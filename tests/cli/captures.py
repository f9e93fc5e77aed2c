"""The captures that the cases speak of, made byte by byte: nothing here comes from lamna.

    greeting.pcap          one connection: handshake, 18 bytes, close in four steps; Ethernet, nine packets
    greeting-be.pcap       the same in the other byte order, with nanoseconds
    greeting.pcapng        the same as pcapng
    greeting.pcap.gz       the same, compressed
    cut.pcap               greeting.pcap without its last 10 bytes
    header.pcap            a file header and no packet
    empty.pcap             no byte at all
    text.pcap              something else altogether
    options.pcapng         an ARP request with a comment, flags and drops, then a custom block
    two.pcap               a DNS query over UDP, and an ARP request
    shuffled.pcap          a connection whose segments overlap and come out of order
    tunnel.pcap            an empty IPv6 packet in an IPv4 one
    troubled.pcap          three connections, each with a trouble of its own
    odd-ports.pcap         IMAP and DNS at ports of their own
    named.pcap             a DNS answer names a host; segments to it before and after, and to another
    named.pcapng           the same, with a block of names
    industrial.pcap        messages of EtherNet/IP, Modbus, HART-IP and IEC 60870, and one that is too short
    web.pcap               HTTP: a connection that is kept for five seconds, one that need not have been
                           opened, and one that is asked ahead
    typed.pcap             HTTP: bodies of several types, each behind its head
    coded.pcap             HTTP: a body in chunks that were compressed, one of any bytes, one that is not sent
                           because only its head was asked for, and one that ends with the connection
    broken-off.pcap        HTTP: bodies that are cut short by the server's FIN, by its RST among compressed chunks,
                           by the client's RST, and by a FIN behind bytes that were lost
    scanned.pcap           thirty ports that nobody listens on, and one that answers; wrong sums in one packet of them
    unset.pcap             the greeting, with sums that nobody filled in rightly
    names.pcap             DNS: answered, refused, asked twice, and never answered
    ambiguous.pcap         four segments that come late: too soon to be sent again, perhaps, asked for, and too late
                           to be anything else
"""
import gzip
import os
import struct

CLIENT, SERVER = 49320, 12345
GREETING = b"welcome to python!"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
LOOPBACK = bytes([127, 0, 0, 1])
START = 1700000000_000000  # microseconds since 1970


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def ipv4(protocol, payload, ident=0):
    def header(check):
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, 0x4000, 64, protocol,
                           check, LOOPBACK, LOOPBACK)
    return header(checksum(header(0))) + payload


def ethernet(kind, payload):
    return bytes(12) + struct.pack(">H", kind) + payload


def with_checksum(protocol, make):
    pseudo = LOOPBACK + LOOPBACK + struct.pack(">BBH", 0, protocol, len(make(0)))
    return make(checksum(pseudo + make(0)))


def tcp(source, target, seq, ack, flags, data=b"", window=65535):
    def segment(check):
        return struct.pack(">HHIIBBHHH", source, target, seq, ack, 0x50, flags, window, check, 0) + data
    return ethernet(0x0800, ipv4(6, with_checksum(6, segment)))


def udp(source, target, data):
    def datagram(check):
        return struct.pack(">HHHH", source, target, 8 + len(data), check) + data
    return ethernet(0x0800, ipv4(17, with_checksum(17, datagram)))


def greeting():
    c, s, n = 1000, 5000, len(GREETING)

    def up(seq, ack, flags):
        return tcp(CLIENT, SERVER, c + seq, s + ack if flags & ACK else 0, flags)

    def down(seq, ack, flags, data=b""):
        return tcp(SERVER, CLIENT, s + seq, c + ack, flags, data)

    return [up(0, 0, SYN), down(0, 1, SYN | ACK), up(1, 1, ACK),
            down(1, 1, PSH | ACK, GREETING), up(1, 1 + n, ACK),
            down(1 + n, 1, FIN | ACK), up(1, 2 + n, ACK),
            up(1, 2 + n, FIN | ACK), down(2 + n, 2, ACK)]


def troubled():
    """(seconds, packet): a port that is closed, a server that thinks for three seconds and then resets, a
    reader that stops reading."""
    def flow(port, server=80):
        return (lambda seq, ack, flags, data=b"", window=65535: tcp(port, server, 100 + seq, 900 + ack, flags, data, window),
                lambda seq, ack, flags, data=b"", window=65535: tcp(server, port, 900 + seq, 100 + ack, flags, data, window))
    up, down = flow(40001)
    refused = [(0, up(0, 0, SYN)), (0.001, down(0, 1, RST | ACK))]
    up, down = flow(40002)
    slow = [(1, up(0, 0, SYN)), (1.001, down(0, 1, SYN | ACK)), (1.002, up(1, 1, ACK)),
            (1.003, up(1, 1, PSH | ACK, b"a question")), (1.004, down(1, 11, ACK)),
            (4.003, down(1, 11, PSH | ACK, b"an answer")), (4.004, up(11, 10, ACK)),
            (4.1, down(10, 11, RST | ACK))]
    up, down = flow(40003)
    full = [(5, up(0, 0, SYN)), (5.001, down(0, 1, SYN | ACK)), (5.002, up(1, 1, ACK)),
            (5.003, down(1, 1, PSH | ACK, bytes(500))), (5.004, up(1, 501, ACK, window=0)),
            (7.004, up(1, 501, ACK)), (7.005, down(501, 1, PSH | ACK, bytes(500))), (7.006, up(1, 1001, ACK)),
            (7.1, up(1, 1001, FIN | ACK)), (7.101, down(1001, 2, FIN | ACK)), (7.102, up(2, 1002, ACK))]
    return refused + slow + full


def web():
    """(seconds, packet). The first connection carries three exchanges: a page in two segments; a form whose
    answer is chunked; and a thing that is not there, after which the server keeps its promise of five
    seconds. The second would not have been needed. The third asks twice at once, and the client leaves."""
    def connect(port, start):
        sent = {True: 1, False: 1}
        packets = []

        def say(after, up, flags, data=b"", step=0):
            mine, theirs = sent[up], sent[not up]
            ends = (port, 80) if up else (80, port)
            packets.append((start + after, tcp(*ends, mine, theirs, flags, data)))
            sent[up] += len(data) + step
        packets.append((start, tcp(port, 80, 0, 0, SYN)))
        packets.append((start + 0.010, tcp(80, port, 0, 1, SYN | ACK)))
        say(0.011, True, ACK)
        return say, packets

    kept = b"Keep-Alive: timeout=5, max=%d\r\n"
    say, first = connect(50001, 0)
    say(0.020, True, PSH | ACK, b"GET /page HTTP/1.1\r\nHost: www.example.com\r\n\r\n")
    say(0.120, False, ACK, b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n" + kept % 2 + b"\r\n" + 1000 * b"a")
    say(0.150, False, PSH | ACK, 1000 * b"b")
    say(0.151, True, ACK)
    say(2.000, True, PSH | ACK, b"POST /form HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 7\r\n\r\nx=1&y=2")
    say(2.040, False, PSH | ACK, b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n" + kept % 1 +
        b"\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    say(2.041, True, ACK)
    say(3.000, True, PSH | ACK, b"GET /gone HTTP/1.1\r\nHost: www.example.com\r\n\r\n")
    say(3.010, False, PSH | ACK, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" + kept % 9 + b"\r\n")
    say(3.011, True, ACK)
    say(8.010, False, FIN | ACK, step=1)
    say(8.011, True, FIN | ACK, step=1)
    say(8.012, False, ACK)
    say, second = connect(50002, 4)
    say(0.020, True, PSH | ACK, b"GET /again HTTP/1.0\r\nHost: www.example.com\r\n\r\n")
    say(0.030, False, FIN | PSH | ACK, b"HTTP/1.0 200 OK\r\n\r\nto the end", step=1)
    say(0.031, True, FIN | ACK, step=1)
    say(0.032, False, ACK)
    say, third = connect(50003, 9)
    say(0.020, True, PSH | ACK, b"".join(b"GET /%d HTTP/1.1\r\nHost: other.example.com\r\n\r\n" % i for i in (1, 2)))
    say(0.030, False, PSH | ACK, b"".join(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + c for c in (b"one", b"two")))
    say(0.031, True, RST | ACK)
    return sorted(first + second, key=lambda p: p[0]) + third


def coded():
    zipped = gzip.compress(b"a body that was compressed\n" * 20, mtime=0)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (zipped[:7], zipped[7:])) + b"0\r\n\r\n"
    answers = [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
               b"HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n" + bytes(range(256)),
               b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\nto the end"]
    requests = [b"%s /%d HTTP/1.1\r\nHost: h\r\n\r\n" % (method, i)
                for i, method in enumerate([b"GET", b"GET", b"HEAD", b"GET"])]
    packets = [tcp(CLIENT, 80, 0, 0, SYN), tcp(80, CLIENT, 0, 1, SYN | ACK), tcp(CLIENT, 80, 1, 1, ACK)]
    up, down = 1, 1
    for request, answer in zip(requests, answers):
        packets.append(tcp(CLIENT, 80, up, down, PSH | ACK, request))
        up += len(request)
        for i in range(0, len(answer), 100):
            packets.append(tcp(80, CLIENT, down, up, PSH | ACK, answer[i:i + 100]))
            down += len(answer[i:i + 100])
    return packets + [tcp(80, CLIENT, down, up, FIN | ACK), tcp(CLIENT, 80, up, down + 1, FIN | ACK)]


def damaged(packet):
    """With another checksum than its own in the TCP header."""
    at = 14 + 20 + 16
    return packet[:at] + bytes([packet[at] ^ 0x55]) + packet[at + 1:]


def scanned():
    packets = []
    for port in range(1, 32):
        packets.append(tcp(CLIENT, port, 0, 0, SYN))
        packets.append(tcp(port, CLIENT, 0, 1, SYN | ACK if port == 22 else RST | ACK))
    packets.append(tcp(CLIENT, 22, 1, 1, RST | ACK))
    return packets[:40] + [damaged(packets[40])] + packets[41:]


def broken_off():
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"
    zipped = gzip.compress(b"a body that was compressed\n" * 20, mtime=0)
    coded_head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = coded_head + b"%x\r\n" % len(zipped) + zipped[:-9]
    packets = []
    for i, answer in enumerate([plain, chunk, plain, plain]):
        port, request = CLIENT + i, b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % i
        up, down = 1 + len(request), 1 + len(answer)
        packets += [tcp(port, 80, 0, 0, SYN), tcp(80, port, 0, 1, SYN | ACK), tcp(port, 80, 1, 1, ACK),
                    tcp(port, 80, 1, 1, PSH | ACK, request), tcp(80, port, 1, up, PSH | ACK, answer[:60]),
                    *([tcp(80, port, 61, up, PSH | ACK, answer[60:])] if answer[60:] else []),
                    *{0: [tcp(80, port, down, up, FIN | ACK)], 1: [tcp(80, port, down, up, RST | ACK)],
                      2: [tcp(port, 80, up, down, RST | ACK)],
                      3: [tcp(80, port, down + 9, up, PSH | ACK, b"world"), tcp(80, port, down + 14, up, FIN | ACK),
                          tcp(port, 80, up, down + 15, ACK)]}[i]]
    return packets


def typed():
    """Bodies whose types decide what the packet list says of them, each in a segment behind its head."""
    body = b"one line\nand another\n" * 8
    answers = [(b"text/plain", b"", body), (b"application/octet-stream", b"", body),
               (b"text/css; charset=utf-8", b"Content-Encoding: gzip\r\n", gzip.compress(body, mtime=0)),
               (b"text/html", b"Content-Encoding: gzip\r\n", body), (b"application/json", b"", b'{"a": 1}'),
               (b"image/png", b"", b"\x89PNG\r\n\x1a\n"), (b"font/woff2", b"", body), (b"text/plain", b"", b"")]
    packets, down = [tcp(CLIENT, 80, 0, 0, SYN), tcp(80, CLIENT, 0, 1, SYN | ACK)], 1
    for kind, coding, content in answers:
        head = (b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n" %
                (kind, coding, len(content)))
        for part in (head, content[:100], content[100:]):
            if part:
                packets.append(tcp(80, CLIENT, down, 1, PSH | ACK, part))
                down += len(part)
    return packets


def names():
    """(seconds, packet)."""
    def ask(number, name, kind):
        labels = b"".join(bytes([len(l)]) + l for l in name.split(b".")) + b"\0"
        question = labels + struct.pack(">HH", kind, 1)
        return (struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question, question)

    def answer(number, question, rcode=0, address=None):
        record = b"" if address is None else b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + address
        return struct.pack(">HHHHHH", number, 0x8180 | rcode, 1, 1 if record else 0, 0, 0) + question + record

    good, asked = ask(1, b"www.example.com", 1)
    again, asked_again = ask(2, b"WWW.example.com", 1)
    wrong, asked_wrong = ask(3, b"nowhere.example", 28)
    lost, _ = ask(4, b"silent.example", 1)
    address = bytes([192, 0, 2, 80])
    return [(0, udp(41000, 53, good)), (0.020, udp(53, 41000, answer(1, asked, 0, address))),
            (1, udp(41001, 53, again)), (1.5, udp(41001, 53, again)),
            (1.540, udp(53, 41001, answer(2, asked_again, 0, address))),
            (2, udp(41002, 53, wrong)), (2.001, udp(53, 41002, answer(3, asked_wrong, 3))),
            (3, udp(41003, 53, lost))]


def shuffled():
    """The greeting in five pieces that overlap, come twice and out of order; then one that never comes."""
    def up(seq, ack, flags):
        return tcp(CLIENT, SERVER, 1000 + seq, 5000 + ack if flags & ACK else 0, flags)

    def down(seq, ack, flags, data=b""):
        return tcp(SERVER, CLIENT, 5000 + seq, 1000 + ack, flags, data)

    pieces = [(8, 18), (0, 5), (4, 9), (0, 5)]
    return ([up(0, 0, SYN), down(0, 1, SYN | ACK), up(1, 1, ACK)] +
            [down(1 + a, 1, PSH | ACK, GREETING[a:b]) for a, b in pieces] +
            [up(1, 19, ACK), down(29, 1, PSH | ACK, b"and more"), up(1, 37, ACK)])


def ambiguous():
    """(seconds, packet): the round trip is 10 ms; what is missing comes after 5, 50 and 300 ms, or is asked for."""
    def up(seq, ack, flags):
        return tcp(CLIENT, SERVER, 1000 + seq, 5000 + ack if flags & ACK else 0, flags)

    def down(seq, n):
        return tcp(SERVER, CLIENT, 5000 + seq, 1001, PSH | ACK, bytes(n))

    handshake = [(0, up(0, 0, SYN)), (0.005, tcp(SERVER, CLIENT, 5000, 1001, SYN | ACK)), (0.01, up(1, 1, ACK))]
    unsure = [(1, down(11, 10)), (1.001, up(1, 1, ACK)), (1.05, down(1, 10)), (1.051, up(1, 21, ACK))]
    overtaken = [(2, down(31, 10)), (2.005, down(21, 10)), (2.006, up(1, 41, ACK))]
    timeout = [(3, down(51, 10)), (3.3, down(41, 10)), (3.301, up(1, 61, ACK))]
    asked = [(4, down(71, 10))] + [(4.001 + i / 1000, up(1, 61, ACK)) for i in range(4)] + [(4.05, down(61, 10))]
    return handshake + unsure + overtaken + timeout + asked


def others():
    query = struct.pack(">HHHHHH", 0xbeef, 0x0100, 1, 0, 0, 0) + b"\7example\3com\0" + struct.pack(">HH", 1, 1)
    arp = struct.pack(">HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, bytes([2, 0, 0, 0, 0, 1]),
                      bytes([192, 0, 2, 1]), bytes(6), bytes([192, 0, 2, 2]))
    return [udp(40000, 53, query), ethernet(0x0806, arp)]


def industrial():
    return [udp(40000, 44818, bytes.fromhex("6300000000000000" + "00" * 16)),
            udp(40000, 44818, bytes.fromhex("700016000800000000000000" + "00" * 12 +
                                            "00000000000002" + "00a1000400010203" + "04b1000200aabb")),
            udp(40000, 2222, bytes.fromhex("0100b1000400deadbeef")),
            udp(40000, 5094, bytes.fromhex("010003000007000a0102")),
            tcp(40000, 2404, 1, 1, 0x18, bytes.fromhex("680407000000")),
            tcp(502, 40000, 1, 1, 0x18, bytes.fromhex("000100000003018302")),
            udp(40000, 123, bytes.fromhex("2300"))]


def odd_ports():
    """IMAP and DNS where nobody expects them. A message with one question would be known for what it is."""
    query = bytes.fromhex("123401000002000000000000076578616d706c6503636f6d0000010001c00c00010001")
    return [tcp(40000, 8889, 1, 1, 0x18, b"a1 NOOP\r\n"), udp(40000, 5399, query), udp(53, 5399, query)]


def named():
    """A DNS answer names 192.0.2.80; then somebody talks to its port 80; then to 198.51.100.7."""
    def ip(protocol, source, target, payload):
        head = ipv4(protocol, payload)[:20]
        head = head[:10] + b"\0\0" + bytes(source) + bytes(target)
        head = head[:10] + checksum(head).to_bytes(2, "big") + head[12:]
        return b"\x00\x00\x0c\x01\x02\x03" + b"\xff" * 6 + b"\x08\x00" + head + payload
    me, server, other = (10, 9, 8, 7), (192, 0, 2, 80), (198, 51, 100, 7)
    question = b"\3www\7example\3org\0" + bytes.fromhex("00010001")
    answer = (bytes.fromhex("123481800001000100000000") + question +
              bytes.fromhex("c00c000100010000003c0004c0000250"))
    def syn(port):
        return bytes.fromhex("9c40%04x00000001000000005002ffff00000000" % port)
    return [ip(6, me, server, syn(80)),
            ip(17, (10, 9, 8, 1), me, bytes.fromhex("00359c41%04x0000" % (8 + len(answer))) + answer),
            ip(6, me, server, syn(80)), ip(6, me, other, syn(65001))]


def with_names():
    """The same as pcapng; a name block gives 198.51.100.7 a name, and another to 192.0.2.80."""
    def record(kind, value):
        return struct.pack("<HH", kind, len(value)) + value + bytes(-len(value) % 4)
    records = record(1, bytes([198, 51, 100, 7]) + b"block.example\0alias.example\0")
    records += record(2, bytes.fromhex("20010db8" + "00" * 11 + "01") + b"six.example\0") + bytes(4)
    whole = pcapng(named())
    header = struct.unpack_from("<I", whole, 4)[0]
    return whole[:header] + block(4, records) + whole[header:]


def pcap(packets, order="<", magic=0xa1b2c3d4, factor=1):
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, 1)]
    for i, packet in enumerate(packets):
        now = START + i * 100
        if isinstance(packet, tuple):
            now, packet = START + round(packet[0] * 1000000), packet[1]
        out.append(struct.pack(order + "IIII", now // 1000000, now % 1000000 * factor, len(packet), len(packet)))
        out.append(packet)
    return b"".join(out)


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def pcapng(packets):
    out = [block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)),
           block(1, struct.pack("<HHI", 1, 0, 262144))]
    for i, packet in enumerate(packets):
        now = START + i * 100
        out.append(block(6, struct.pack("<IIIII", 0, now >> 32, now & 0xffffffff, len(packet),
                                        len(packet)) + packet))
    return b"".join(out)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def with_options():
    packet = others()[1]
    packet += bytes(-len(packet) % 4)
    end = option(0, b"")
    said = (option(1, b"look here") + option(2, struct.pack("<I", 0x01000006)) +
            option(4, struct.pack("<Q", 7)) + option(1, b"and there") + end)
    return b"".join([
        block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)),
        block(1, struct.pack("<HHI", 1, 0, 0) + option(2, rb"\Device\x") + option(3, b"the cable") + end),
        block(6, struct.pack("<IIIII", 0, START >> 32, START & 0xffffffff, len(packet), len(packet)) +
              packet + said),
        block(0xbad, struct.pack("<I", 32473) + b"not a packet"),
    ])


def write_all(folder):
    plain = pcap(greeting())
    files = {
        "greeting.pcap": plain,
        "greeting-be.pcap": pcap(greeting(), ">", 0xa1b23c4d, 1000),
        "greeting.pcapng": pcapng(greeting()),
        "greeting.pcap.gz": gzip.compress(plain, mtime=0),
        "cut.pcap": plain[:-10],
        "header.pcap": pcap([]),
        "empty.pcap": b"",
        "text.pcap": b"This is no capture, whatever its name says.\n" * 4,
        "two.pcap": pcap(others()),
        "tunnel.pcap": pcap([ethernet(0x0800, ipv4(41, bytes([0x60, 0, 0, 0, 0, 0, 59, 64]) + bytes(32)))]),
        "troubled.pcap": pcap(troubled()),
        "industrial.pcap": pcap(industrial()),
        "web.pcap": pcap(web()),
        "coded.pcap": pcap(coded()),
        "broken-off.pcap": pcap(broken_off()),
        "scanned.pcap": pcap(scanned()),
        "unset.pcap": pcap([damaged(packet) for packet in greeting()]),
        "typed.pcap": pcap(typed()),
        "names.pcap": pcap(names()),
        "named.pcap": pcap(named()),
        "named.pcapng": with_names(),
        "odd-ports.pcap": pcap(odd_ports()),
        "shuffled.pcap": pcap(shuffled()),
        "ambiguous.pcap": pcap(ambiguous()),
        "options.pcapng": with_options(),
    }
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
