#!/usr/bin/env python3
"""Findings about who keeps whom waiting, windows and heartbeats, provoked with real sockets.

    findings_time.py LAMNA [SCENE ...]        exit status 77: no program, or no permission
"""
import contextlib
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "support"))
from network import drain, exchange, goodbye, receive, wait_for  # noqa: E402
from provoke import main, scene  # noqa: E402

BEAT = 0.3


@scene("zero_window", "bad")
def the_client_does_not_read(net):
    size = 300000
    with net.capturing():
        client, server = net.pair(buffer=8192)
        sender = threading.Thread(target=lambda: (server.sendall(bytes(size)), server.close()))
        sender.start()
        time.sleep(1.5)
        receive(client, size)
        sender.join()
        client.close()
        time.sleep(0.1)
    return "the client's program did not read"


@scene("slow_server", "warning")
def the_server_thinks_for_two_seconds(net):
    with net.capturing():
        client, server = net.pair()
        client.sendall(b"a question")
        receive(server, 10)
        time.sleep(2)
        server.sendall(b"the answer")
        receive(client, 10)
        goodbye(client, server)
    return r"1 answer: (1\.[89]|2\.)\d* s .* the server took \d\d+ %, the network \d+ %, the client \d+ %, and 0 % nobody"


@scene("slow_client", "note")
def the_client_dawdles(net):
    with net.capturing():
        client, server = net.pair()
        for turn in range(5):
            exchange(client, server, bytes(20 + 20 * turn))
            time.sleep(0.3)
        goodbye(client, server)
    return r"at the client, 1\.\d+ s"


@scene("nagle_delayed_ack", "warning")
def small_writes_without_nodelay(net):
    with net.capturing():
        client, server = net.pair()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        for turn in range(12):
            client.sendall(bytes(20 + turn))
            client.sendall(bytes(20))
            receive(server, 40 + turn)
            server.sendall(b"the answer")
            receive(client, 10)
        goodbye(client, server)
    return "held a small segment back"


@scene("unanswered", "warning")
def http_without_an_answer(net):
    with net.capturing():
        client, server = net.pair()
        exchange(client, server, b"GET /one HTTP/1.1\r\nHost: server\r\n\r\n",
                 b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        client.sendall(b"GET /two HTTP/1.1\r\nHost: server\r\n\r\n")
        time.sleep(1.2)
        goodbye(client, server)
    return "1 of 2 HTTP requests were never answered"


def beats(client, server, count):
    for _ in range(count):
        client.sendall(b"I am still here.")
        receive(server, 16)
        time.sleep(BEAT)


@scene("heartbeat", "note")
def regular_beats(net):
    with net.capturing():
        client, server = net.pair()
        beats(client, server, 6)
        goodbye(client, server)
    return r"every 0\.[23]\d+ s the client sends 16 bytes; [4-6] were seen"


@scene("heartbeat_missed", "bad")
def the_beats_stop(net):
    with net.capturing():
        client, server = net.pair()
        beats(client, server, 6)
        time.sleep(4 * BEAT)
        server.close()  # it takes the client for dead
        drain(client)
        client.close()
    return r"the client's heartbeats, one every 0\.\d+ s, stopped after 6, .* were missed, and the peer took it for"


@scene("heartbeat_missed", "warning")
def one_beat_is_missing(net):
    with net.capturing():
        client, server = net.pair()
        beats(client, server, 5)
        time.sleep(BEAT)
        beats(client, server, 3)
        goodbye(client, server)
    return "1 was missed in between; 8 came"


def keep_alive(client, count):
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, count)):
        client.setsockopt(socket.IPPROTO_TCP, option, value)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


@scene("keep_alives", "note")
def nothing_to_say(net):
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        keep_alive(client, 9)
        time.sleep(3.6)
        goodbye(client, server)
    return "TCP keep-alives: 3"


@scene("heartbeat_missed", "bad")
def probes_without_an_answer(net):
    with net.capturing():
        client, server = net.pair()
        exchange(client, server)
        keep_alive(client, 3)
        net.lose_all()
        with contextlib.suppress(TimeoutError):
            client.recv(1)  # the kernel gives up
    server.close()
    return "3 keep-alive probes in a row .* the server was taken for offline at"


# ---- As they arise ----------------------------------------------------------------------------------

class Reader(threading.Thread):
    """Keeps the lines that a process prints."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.lines = process, []
        self.start()

    def run(self):
        for line in self.process.stdout:
            self.lines.append(line.decode())

    def wait_for(self, *words):
        wait_for(lambda: any(all(w in line for w in words) for line in self.lines))


@scene(None, judge=False)
def told_as_they_arise(net):
    process = net.start_capture("--findings", "--lang", "en")
    reader = Reader(process)
    with contextlib.suppress(ConnectionRefusedError):
        net.connect(81)
    reader.wait_for("port_closed: nothing listens on port 81", "10.77.0.2:81")
    client, server = net.pair()
    beats(client, server, 6)
    reader.wait_for("heartbeat: ")
    reader.wait_for("heartbeat_missed: ", "were missed")  # nothing comes any more, and that is told
    assert sum("port_closed: nothing" in line for line in reader.lines) == 1, reader.lines
    client.close()
    server.close()
    time.sleep(0.2)
    process.terminate()
    process.wait(20)
    reader.join(20)
    assert any("start the server" in line for line in reader.lines), reader.lines  # all of it at the end
    assert any(line.endswith("notes\n") for line in reader.lines), reader.lines


if __name__ == "__main__":
    main()
