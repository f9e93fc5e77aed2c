#!/usr/bin/env python3
"""Findings about loss and the path, provoked with real sockets over a wire that loses, delays and reorders.

    findings_path.py LAMNA [SCENE ...]        exit status 77: no program, or no permission
"""
import contextlib
import os
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "support"))
from network import SERVER, exchange, goodbye, icmp_error, receive, wait_for  # noqa: E402
from provoke import main, scene  # noqa: E402


def transfer(net, size, capture_at=None, buffer=None):
    """The server sends so many bytes; captured."""
    with net.capturing(host=capture_at):
        client, server = net.pair(buffer=buffer)
        client.sendall(b"how many?")
        receive(server, 9)
        sender = threading.Thread(target=lambda: (server.sendall(bytes(size)), server.close()))
        sender.start()
        receive(client, size)
        sender.join()
        client.close()
        time.sleep(0.1)


def loses(net, number, seconds=0.01, times=1):
    """Delays all, and loses the data segment to the client of that number, as often as said."""
    sent, lost = [], []

    def script(packet):
        if packet.payload > 500 and not packet.to_server:
            if packet.seq not in sent:
                sent.append(packet.seq)
            if sent.index(packet.seq) == number and len(lost) < times:
                lost.append(packet)
                return []
        return [(seconds, packet.data)]

    net.script(script)


@scene("loss", "note")
def one_segment_is_lost_before_the_capture(net):
    loses(net, 20)
    transfer(net, 50000)
    return "1 segment .* by the server: 1 lost before the capture point, 0 behind"


@scene("loss", "note")
def one_segment_is_lost_behind_the_capture(net):
    loses(net, 20)
    transfer(net, 50000, net.server)
    return "1 segment .* by the server: 0 lost before the capture point, 1 behind"


@scene("duplicate_acks")
def a_hole_in_a_long_row(net):
    loses(net, 300, 0.05)
    transfer(net, 1000000)
    return "duplicate acknowledgments"


@scene("timeouts", "bad")
def a_question_is_lost_twice(net):
    lost = []

    def script(packet):
        if packet.payload and packet.to_server and len(lost) < 2:
            lost.append(packet)
            return []
        return [(0.002, packet.data)]

    net.script(script)
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        goodbye(client, server)
    return "the client waited for a timeout"


@scene("reordered", "note")
def one_segment_is_overtaken(net):
    count, held = [], []

    def script(packet):
        if packet.payload > 500:
            count.append(packet)
            if len(count) == 15:
                held.append((0.02, packet.data))
                return []
        after = held[:] if packet.payload > 500 else []
        if after:
            held.clear()
        return [(0.02, packet.data)] + after

    net.script(script)
    transfer(net, 60000)
    return "1 segment was overtaken"


@scene("high_rtt", "note")
def far_away(net):
    net.delay(0.2)
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        goodbye(client, server)
    return r"took 4\d\d ms"


@scene("rtt_varies", "note")
def a_queue_fills(net):
    """As if a slow link had a long queue: each packet to the client waits a little longer than the last."""
    state = {"delay": 0.01, "free": 0}

    def script(packet):
        if packet.to_server:
            return [(0.002, packet.data)]
        if packet.payload > 500:
            state["delay"] = min(0.17, state["delay"] + 0.001)
        return [(state["delay"], packet.data)]

    net.script(script)
    transfer(net, 500000, net.server)
    return "took between"


@scene("window_small", "warning")
def a_small_buffer_on_a_long_way(net):
    net.delay(0.04)
    transfer(net, 120000, net.server, buffer=12000)
    return "the client offers a window of .* the server had used it up"


@scene("slow_network", "note")
def many_round_trips(net):
    net.delay(0.06)
    with net.capturing():
        client, server = net.pair()
        for turn in range(10):
            exchange(client, server, bytes(20 + 20 * turn), bytes(10 + 30 * turn))
        goodbye(client, server)
    return r"on the way, .* the network [89]\d %"


@scene("mtu_black_hole", "bad")
def nothing_large_gets_through(net):
    lost = []

    def script(packet):
        if packet.payload > 1000:
            lost.append(packet)
            return []
        return [(0.002, packet.data)]

    net.script(script)
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        client.sendall(bytes(1300))
        wait_for(lambda: len(lost) >= 5)
    client.close()
    return "with 1300 bytes never arrived"


@scene("mtu", "warning")
def a_link_takes_less_and_says_so(net):
    fragmentation_needed, mtu = 4, 1000

    def script(packet):
        if len(packet.data) > mtu:
            return [(0.002, icmp_error(packet, 3, fragmentation_needed, mtu), "back")]
        return [(0.002, packet.data)]

    net.script(script)
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        exchange(client, server, bytes(1400))
        goodbye(client, server)
    return "too big"


@scene("ttl_expired", "note")
def out_of_hops(net):
    net.script(lambda packet: [(0, icmp_error(packet, 11, 0, 0), "back")] if packet.udp and packet.to_server
               else [(0, packet.data)])
    with net.capturing():
        with net.client.socket(socket.SOCK_DGRAM) as asker:
            asker.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            asker.sendto(b"how far?", (SERVER, 33434))
            time.sleep(0.2)


def datagrams(net, script=None):
    """Two large datagrams, captured where they come in."""
    if script:
        net.script(script)
    with net.capturing(host=net.server), net.server.socket(socket.SOCK_DGRAM) as listener:
        listener.bind((SERVER, 4000))
        listener.settimeout(0.5)
        with net.client.socket(socket.SOCK_DGRAM) as sender:
            for _ in range(2):
                sender.sendto(bytes(4000), (SERVER, 4000))
        with contextlib.suppress(TimeoutError):
            for _ in range(2):
                listener.recv(5000)


@scene("fragments", "note")
def large_datagrams(net):
    datagrams(net)
    return "2 IP datagrams"


@scene("fragments_missing", "warning")
def a_fragment_is_lost(net):
    lost = []

    def script(packet):
        offset = struct.unpack(">H", packet.data[6:8])[0] & 0x1fff
        if offset and not lost:
            lost.append(packet)
            return []
        return [(0, packet.data)]

    datagrams(net, script)
    return "1 IP datagram came in fragments, and not whole"


@scene("checksum_errors", "warning")
def a_bit_flips(net):
    count = []

    def script(packet):
        data = packet.data
        if packet.payload > 500:
            count.append(packet)
            if len(count) == 20:
                data = data[:200] + bytes([data[200] ^ 1]) + data[201:]
        return [(0.01, data)]

    net.script(script)
    transfer(net, 50000)
    return "1 packet has a wrong checksum"


if __name__ == "__main__":
    main()
