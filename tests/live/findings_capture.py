#!/usr/bin/env python3
"""Findings about names, HTTP and the capture's own flaws, provoked with real sockets.

    findings_capture.py LAMNA [SCENE ...]        exit status 77: no program, or no permission
"""
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "support"))
from network import CLIENT, SERVER, Host, exchange, goodbye, receive, run_ip, wait_for  # noqa: E402
from provoke import findings_of, main, scene  # noqa: E402

QUESTION = struct.pack(">HHHHHH", 0xbeef, 0x0100, 1, 0, 0, 0) + b"\7example\4test\0" + struct.pack(">HH", 1, 1)


def numbered(data, number):
    return struct.pack(">H", number) + data[2:]


def answer_to(question, code=0):
    """With one address, or none and an error."""
    count = 1 if code == 0 else 0
    head = question[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, count, 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
    return head + question[12:] + record * count


class Names:
    """A resolver, and who asks it."""

    def __init__(self, net):
        self.resolver = net.server.socket(socket.SOCK_DGRAM)
        self.resolver.bind((SERVER, 53))
        self.asker = net.client.socket(socket.SOCK_DGRAM)
        self.asker.connect((SERVER, 53))

    def ask(self, number=0xbeef):
        self.asker.send(numbered(QUESTION, number))
        return self.resolver.recvfrom(512)

    def answer(self, asked, code=0):
        self.resolver.sendto(answer_to(asked[0], code), asked[1])
        self.asker.recv(512)


@scene("dns_failed", "warning")
def no_such_name(net):
    with net.capturing():
        names = Names(net)
        names.answer(names.ask(), 3)


@scene("dns_slow", "warning")
def a_slow_resolver(net):
    with net.capturing():
        names = Names(net)
        asked = names.ask()
        time.sleep(0.7)
        names.answer(asked)
    return r"1 DNS answer took half a second or more, 0\.[789]"


@scene("dns_repeated", "warning")
def asked_again(net):
    with net.capturing():
        names = Names(net)
        names.ask()
        names.answer(names.ask())


@scene("dns_unanswered", "warning")
def the_resolver_says_nothing(net):
    with net.capturing():
        names = Names(net)
        names.ask(1)
        time.sleep(2.1)
        names.answer(names.ask(2))
    return "1 DNS question was never"


# ---- HTTP -------------------------------------------------------------------------------------------

REQUEST = b"GET / HTTP/1.1\r\nHost: server\r\n\r\n"


def http(client, server, status, *headers):
    lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: 2", b"", b"ok"]
    exchange(client, server, REQUEST, b"\r\n".join(lines))


def errors(net, status):
    with net.capturing():
        client, server = net.pair()
        http(client, server, b"200 OK")
        http(client, server, status)
        goodbye(client, server)


@scene("http_client_errors", "note")
def not_found(net):
    errors(net, b"404 Not Found")
    return "1 HTTP answer says"


@scene("http_server_errors", "bad")
def the_server_fails(net):
    errors(net, b"500 Internal Server Error")


@scene("http_short_connections", "note")
def a_connection_for_each_request(net):
    with net.capturing():
        for _ in range(4):
            client, server = net.pair()
            http(client, server, b"200 OK", b"Connection: close")
            server.close()
            receive(client, 1)
            client.close()
            time.sleep(0.05)
    return "4 connections"


# ---- The capture ------------------------------------------------------------------------------------

def talk(net):
    client, server = net.pair()
    for _ in range(8):
        exchange(client, server, bytes(300), bytes(1400))
    goodbye(client, server)


@scene("one_way_capture", "warning")
def only_the_client_is_heard(net):
    with net.capturing("-f", "src host " + CLIENT):
        talk(net)
    return "only what the client sent"


@scene("missing_in_capture", "warning")
def large_packets_are_not_captured(net):
    with net.capturing("-f", "less 1000"):
        talk(net)
    assert all(f["doubt"] for f in findings_of(net) if f["rule"] != "missing_in_capture")
    return "acknowledged that the capture does not have"


@scene("dropped", "warning")
def the_buffer_is_too_small(net):
    with net.server.socket(socket.SOCK_DGRAM) as listener, net.client.socket(socket.SOCK_DGRAM) as sender:
        listener.bind((SERVER, 4000))
        with net.capturing("--buffer", 1) as process:
            process.send_signal(signal.SIGSTOP)
            for _ in range(3000):
                sender.sendto(bytes(1400), (SERVER, 4000))
            process.send_signal(signal.SIGCONT)
            time.sleep(0.3)
    return "the capture lost [0-9]+ packets"


@contextlib.contextmanager
def behind_a_router(net):
    """Makes the server's namespace, in which this thread is, a router between two others; captured on both of
    its interfaces at once."""
    ends = [subprocess.Popen(["unshare", "-n", "sleep", "60"]) for _ in range(2)]
    try:
        own = os.readlink("/proc/self/ns/net")
        wait_for(lambda: all(os.readlink("/proc/%d/ns/net" % end.pid) != own for end in ends))
        run_ip("".join("link add r%d type veth peer name e%d netns %d\nlink set r%d up\n"
                       "address add 10.78.%d.1/24 dev r%d\n" % (i, i, ends[i].pid, i, i, i) for i in range(2)))
        hosts = [Host(pid=end.pid) for end in ends]
        for i, host in enumerate(hosts):
            with host:
                run_ip("link set e%d up\naddress add 10.78.%d.2/24 dev e%d\nroute add default via 10.78.%d.1\n"
                       % (i, i, i, i))
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("1")
        with net.capturing(host=net.server, interface="any"):
            yield hosts
    finally:
        for end in ends:
            end.kill()
            end.wait()


@scene("captured_twice", "note")
def captured_on_both_interfaces_of_a_router(net):
    with behind_a_router(net) as (near, far):
        listener, client = far.socket(), near.socket()
        listener.bind(("10.78.1.2", 80))
        listener.listen(1)
        client.connect(("10.78.1.2", 80))
        server, _ = listener.accept()
        for sock in (client, server):
            sock.settimeout(20)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        exchange(client, server)
        goodbye(client, server)
    return "captured twice"


@scene("datagrams_twice", "note")
def datagrams_on_both_interfaces_of_a_router(net):
    with behind_a_router(net) as (near, far):
        listener, sender = far.socket(socket.SOCK_DGRAM), near.socket(socket.SOCK_DGRAM)
        listener.bind(("10.78.1.2", 4000))
        for number in range(3):
            sender.sendto(b"number %d" % number, ("10.78.1.2", 4000))
            listener.recv(100)
    return "3 UDP datagrams were captured twice"


if __name__ == "__main__":
    main()
