#!/usr/bin/env python3
"""Findings about how connections begin and end, provoked with real sockets.

    findings_begin.py LAMNA [SCENE ...]        exit status 77: no program, or no permission
"""
import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "support"))
from network import ACK, SERVER, SYN, exchange, goodbye, receive, wait_for  # noqa: E402
from provoke import main, scene  # noqa: E402

TCP_REPAIR = 19


@scene("port_closed")
def nobody_listens(net):
    with net.capturing(), contextlib.suppress(ConnectionRefusedError):
        net.connect(81)
    return "port 81"


@scene("no_answer")
def a_firewall_drops(net):
    if shutil.which("nft"):
        rules = "table ip t { chain c { type filter hook input priority 0; tcp dport 81 drop; }; }"
        with net.server:
            subprocess.run(["nft", rules], check=True, timeout=10)
    else:
        net.script(lambda packet: [])
    with net.capturing(), contextlib.suppress(TimeoutError):
        net.connect(81, timeout=1.5)
    return "asked 2 times"


@scene("handshake_repeated")
def the_first_syn_is_lost(net):
    lost = []

    def script(packet):
        if packet.flags == SYN and not lost:
            lost.append(packet)
            return []
        return [(0, packet.data)]

    net.script(script)
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        goodbye(client, server)


@scene("half_open", "warning")
def the_client_never_confirms(net):
    answers = []

    def script(packet):
        if packet.flags == SYN | ACK:
            answers.append(packet)
        return [] if packet.to_server and packet.flags == ACK else [(0, packet.data)]

    net.script(script)
    with net.capturing(host=net.server), net.listen():
        client = net.connect()
        wait_for(lambda: len(answers) > 1)
    client.close()


@scene("half_open", "bad")
def the_server_has_forgotten(net):
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        server.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        server.close()  # without a word, as if its host had been restarted
        client.sendall(b"are you there?")
        with contextlib.suppress(ConnectionResetError):
            client.recv(1)
    return "the server answered with a reset"


@scene("reset_midway", "bad")
def the_server_resets(net):
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()
        with contextlib.suppress(ConnectionResetError):
            client.recv(1)
    return "the server broke .* 10 bytes from the client and 10 from the server"


@scene("peer_silent")
def the_cable_is_pulled(net):
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        time.sleep(0.2)  # the answer is acknowledged: the server has no reason to speak
        lost = net.lose_all()
        client.sendall(b"are you there?")
        wait_for(lambda: sum(packet.payload > 0 for packet in lost) >= 5)
    server.close()
    return "the server fell silent: the client sent the same [4-9] times"


@scene("unreachable")
def no_such_port_of_udp(net):
    with net.capturing():
        asker = net.client.socket(socket.SOCK_DGRAM)
        asker.sendto(b"anybody?", (SERVER, 4000))
        time.sleep(0.2)


@scene("closed_early")
def idle_and_closed_before_the_promised_time(net):
    request = b"GET / HTTP/1.1\r\nHost: server\r\n\r\n"
    answer = (b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=30, max=100\r\nConnection: keep-alive\r\n"
              b"Content-Length: 2\r\n\r\nok")
    with net.capturing():
        client, server = net.pair()
        exchange(client, server, request, answer)
        time.sleep(1.3)
        server.close()
        receive(client, 1)
        client.close()
    return r"promised .* 30 s, and closed it after 1\.[3-9]"


@scene("closed_early")
def idle_and_closed_and_needed_again(net):
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        time.sleep(1.3)
        server.close()
        receive(client, 1)
        client.close()
        client, server = net.pair()
        exchange(client, server)
        goodbye(client, server)
    return "had to open another"


@scene(None)
def all_is_well(net):
    net.delay(0.005)
    with net.capturing():
        for _ in range(2):
            client, server = net.pair()
            for size in (10, 200, 5000, 60000):
                exchange(client, server, b"how many?" * (size % 7 + 1), bytes(size))
            goodbye(client, server)
        with net.server.socket(socket.SOCK_DGRAM) as listener, net.client.socket(socket.SOCK_DGRAM) as asker:
            listener.bind((SERVER, 4000))
            asker.sendto(b"anybody?", (SERVER, 4000))
            _, who = listener.recvfrom(100)
            listener.sendto(b"yes", who)
            asker.recv(100)


if __name__ == "__main__":
    main()
