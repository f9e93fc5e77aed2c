#!/usr/bin/env python3
"""Whoever may not ask is refused, and whoever asks badly harms nobody.

    abuse.py LAMNA
"""
import concurrent.futures
import os
import random
import signal
import socket
import sys
import time

from server import Checks, Server

MEMORY_MOST = 1 << 30  # with the sanitizers; what matters is that it ends


def doors(check, server):
    """Host, Origin, token, method."""
    path = "/api/captures"
    port = server.port
    check.same("no token", server.request(path, token=False)[0], 403)
    for wrong in ["0" * 32, server.token[:-1], server.token + "0", "", server.token.upper() + "x"]:
        check.same("a wrong token", server.request(path, token=False, headers={"X-Lamna-Token": wrong})[0], 403)
    cookie = {"Cookie": "other=1; lamna_%d=%s" % (port, server.token)}
    check.same("as a cookie", server.request(path, token=False, headers=cookie)[0], 200)
    check.same("in the address", server.request(path + "?token=" + server.token, token=False)[0], 200)
    for host in ["evil.example", "evil.example:%d" % port, "127.0.0.1", "127.0.0.1:1", "127.0.0.1:%d.evil.example" % port]:
        check.same("Host: " + host, server.request(path, headers={"Host": host})[0], 421)
    check.same("Host: localhost", server.request(path, headers={"Host": "localhost:%d" % port})[0], 200)
    for origin in ["http://evil.example", "null", "https://127.0.0.1:%d" % port, "http://127.0.0.1:1"]:
        check.same("Origin: " + origin, server.request(path, headers={"Origin": origin})[0], 403)
    check.same("our Origin", server.request(path, headers={"Origin": "http://127.0.0.1:%d" % port})[0], 200)
    check.same("another site", server.request(path, headers={"Sec-Fetch-Site": "cross-site"})[0], 403)
    check.same("a question as an order", server.request(path, "POST")[0], 405)
    check.same("an order as a question", server.request("/api/live/start?interface=lo")[0], 405)
    check.same("an order from nowhere", server.request("/api/live/start?interface=lo", "POST", token=False, headers=cookie)[0], 403)
    check.same("no such interface", server.request("/api/live/start?interface=%3Cscript%3E", "POST")[0], 400)
    check.same("nothing to stop", server.request("/api/live/stop?capture=0", "POST")[0], 400)
    for method in ["PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"]:
        check.same(method, server.request(path, method)[0], 405)
    check.same("a body", server.request(path, body=b"x" * (1 << 20))[0], 413)
    upload = "/api/colours/import"
    check.same("a body that is too large", server.request(upload, "POST", body=b"x" * ((256 << 10) + 1))[0], 413)
    check.same("a body without its length", server.request(upload, "POST", body=iter([b"x"]))[0], 413)
    check.same("a body from nobody", server.request(upload, "POST", body=b"x", token=False)[0], 403)
    check.same("a body from another page", server.request(upload, "POST", body=b"x", headers={"Origin": "null"})[0], 403)


def headers(check, server):
    for path in ["/api/captures", "/nothing", "/api/packets?from=x"]:
        given = server.request(path)[1]
        policy = given["Content-Security-Policy"]
        check.true("policy of " + path, "default-src 'none'" in policy and "unsafe" not in policy)
        check.same("nosniff", given["X-Content-Type-Options"], "nosniff")
        check.same("no store", given["Cache-Control"], "no-store")


def paths(check, server):
    for path in ["/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/greeting.pcap", "/api/../greeting.pcap", "//",
                 "/api/captures/", "/api"]:
        check.true(path, server.request(path)[0] in (404, 400))
    secret = os.path.join(server.folder.name, "text.pcap")
    check.true("a path instead of a number", server.request("/api/packets?capture=" + secret)[0] == 400)


def arguments(check, server):
    for question in ["packets?from=-1", "packets?count=100000", "packets?count=1e3", "packet?number=abc",
                     "packet?number=99999999999999999999999", "packets?wait=999999999", "stats?report=io&interval=-5",
                     "follow?protocol=gopher", "packets?columns=nothing.at.all", "packets?columns=" + "tcp.port," * 40,
                     "packets?filter=" + "(" * 3000, "explain?filter=%ff%fe%00", "stats?report=io&series=%00"]:
        status, _, body = server.request("/api/" + question)
        check.true("%s: %d" % (question[:40], status), status in (200, 400, 404, 422) and body)
    status = server.request("/api/packets?filter=" + "x" * 100000)[0]
    check.true("a long address: %d" % status, status in (413, 414, 431, 400, 500))


def garbage(check, server):
    dice = random.Random(6)
    beginnings = [b"", b"GET / HTTP/1.1\r\n", b"GET /api/packets?filter=", b"POST /api/captures HTTP/1.1\r\nHost: x\r\n",
                  b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"]
    for number in range(60):
        with server.connect() as sock:
            try:
                sock.sendall(beginnings[number % len(beginnings)] + dice.randbytes(dice.randrange(4000)))
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(65536):
                    pass
            except OSError:
                pass  # it may well hang up
    check.same("after garbage", server.request("/api/captures")[0], 200)


def endless_body(check, server):
    """A body that never ends is not waited for."""
    with server.connect() as sock:
        sock.sendall(b"POST /api/captures HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Lamna-Token: %s\r\n"
                     b"Content-Length: 999999999999\r\n\r\n" % (server.port, server.token.encode()))
        sock.settimeout(10)
        check.true("refused at once", sock.recv(64).startswith(b"HTTP/1.1 413"))


def slow_readers(check, server):
    """They ask for much and read nothing; others are served meanwhile."""
    slow = [server.connect() for _ in range(20)]
    for sock in slow:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        sock.sendall(b"GET /api/fields?count=200 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Lamna-Token: %s\r\n\r\n"
                     % (server.port, server.token.encode()) * 20)
    begin = time.monotonic()
    check.same("beside slow readers", server.request("/api/captures")[0], 200)
    check.true("at once", time.monotonic() - begin < 5)
    for sock in slow:
        sock.close()


def crowd(check, server):
    """200 connections at once: more than are let in. Those that come in are answered."""
    idle = []
    for _ in range(200):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", server.port))
        idle.append(sock)
    time.sleep(0.5)
    for sock in idle:
        sock.close()
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        asked = [pool.submit(server.request, "/api/packet?number=%d" % (i % 9 + 1)) for i in range(200)]
        answers = []
        for one in asked:
            try:
                answers.append(one.result()[0])
            except OSError:
                answers.append(0)
    check.true("%d of 200 are answered" % answers.count(200), answers.count(200) >= 100)
    check.true("nothing but answers and closed doors", set(answers) <= {0, 200})


def end_while_busy(check, lamna):
    """SIGTERM while connections are open."""
    server = Server(lamna, ["greeting.pcap"])
    idle = [server.connect() for _ in range(5)]
    idle[0].sendall(b"GET /api/packets HTTP/1.1\r\n")
    begin = time.monotonic()
    check.same("SIGTERM", server.close(signal.SIGTERM), 0)
    check.true("soon", time.monotonic() - begin < 10)
    for sock in idle:
        sock.close()


def main():
    lamna, check = sys.argv[1], Checks()
    with Server(lamna, ["greeting.pcap"]) as server:
        for part in (doors, headers, paths, arguments, garbage, endless_body, slow_readers, crowd):
            part(check, server)
        check.true("memory", server.memory() < MEMORY_MOST)
        check.same("still there", server.ask("packets")["total"], 9)
    check.same("it ends well", server.process.returncode, 0)
    end_while_busy(check, lamna)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
