#!/usr/bin/env python3
"""A capture that is worth an index: what is answered is the same with it as without, and any page comes at once.

    large.py LAMNA
"""
import json
import os
import subprocess
import sys
import time

from server import Checks, Server, captures

CONNECTIONS = 1500
SOON = 5  # seconds, with the sanitizers on a busy machine
PATIENCE = 60


def packets():
    """Connections that carry an HTTP exchange each, whose answer is cut into segments."""
    syn, ack, push = captures.SYN, captures.ACK, captures.PSH
    body = b"x" * 3000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + body
    for n in range(CONNECTIONS):
        port = 10000 + n
        yield captures.tcp(port, 80, 100, 0, syn)
        yield captures.tcp(80, port, 500, 101, syn | ack)
        yield captures.tcp(port, 80, 101, 501, ack | push, b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % n)
        for at in range(0, len(answer), 1400):
            yield captures.tcp(80, port, 501 + at, 101, ack, answer[at:at + 1400])


def sorted_lists(check, server):
    """More than is sorted in memory at once: each row's place is as a sort of all rows would give it."""
    columns = ",".join(["number", "tcp.srcport"] + ["tcp.payload"] * 20)  # much text makes the list large
    total = CONNECTIONS * 6
    got = []
    for at in range(0, total, 1000):
        got += server.ask("packets", columns=columns, sort="-tcp.srcport", wait=10000, count=1000, **{"from": at})["rows"]
    plain = []
    for at in range(0, total, 1000):
        plain += server.ask("packets", columns=columns, wait=10000, count=1000, **{"from": at})["rows"]
    check.true("the list is larger than a piece: %d" % sum(len(json.dumps(row)) for row in plain),
               sum(len(json.dumps(row)) for row in plain) > 24 << 20)
    check.true("sorted in pieces", got == sorted(plain, key=lambda row: (-int(row[3]), row[0])))
    for number in (1, total // 3, total):
        place = [row[0] for row in got].index(number)
        check.same("where packet %d is" % number, server.ask("row", columns=columns, sort="-tcp.srcport", number=number)["row"], place)


def write(folder):
    with open(os.path.join(folder, "large.pcap"), "wb") as file:
        file.write(captures.pcap(list(packets())))


def wait_for_index(server):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if server.ask("captures")["captures"][0]["index"] == "made":
            return True
        time.sleep(0.1)
    return False


def answers(server):
    last = CONNECTIONS * 6
    return [server.ask("packet", number=last), server.ask("packets", filter="http.response && tcp.port == 10700", wait=10000)["rows"],
            server.ask("explain", filter="tcp.stream == 1499")["rows"], server.ask("follow", stream=700)["rows"]]


def main():
    lamna, check = sys.argv[1], Checks()
    with Server(lamna, ["large.pcap"], prepare=write) as server:
        before = answers(server)
        total = server.ask("packets", wait=10000, **{"from": CONNECTIONS * 6})["total"]
        check.same("all packets", total, CONNECTIONS * 6)
        check.true("an index is made", wait_for_index(server))
        begin = time.monotonic()
        page = server.ask("packets", count=50, **{"from": total // 2})["rows"]
        check.same("a page in the middle", [row[0] for row in page], list(range(total // 2 + 1, total // 2 + 51)))
        check.true("comes at once", time.monotonic() - begin < SOON)
        sorted_lists(check, server)
        left = [name for name in os.listdir(server.folder.name) if name.startswith("lamna-") or name.endswith(".lamna")]
        check.same("no file of ours has a name", left, [])
    with Server(lamna, ["large.pcap"], prepare=write) as server:
        subprocess.run([lamna, "index", "large.pcap"], cwd=server.folder.name, stdout=subprocess.DEVNULL, check=True,
                       timeout=PATIENCE)
        for number, (one, other) in enumerate(zip(before, answers(server))):
            check.true("answer %d is the same with an index" % number, one == other and one)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
