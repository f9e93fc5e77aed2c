"""Scenes that provoke findings, each in a process and a network of its own, side by side.

    @scene("port_closed")
    def nobody_listens(net):
        with net.capturing():
            ...

After the scene its capture is judged: that rule holds, no other of the same rank or a worse one does, and
the finding's filter shows packets. scene(None): nothing at all is found. scene(None, judge=False) judges
itself. What a scene returns, if it does, is compiled as a pattern for the finding's text.

On a busy machine the wire is slow, and that is found too: a scene that fails is played again, alone.
"""
import json
import os
import re
import select
import signal
import sys
import time
import traceback

from network import Network, permitted

SIDE_BY_SIDE, PATIENCE, AGAIN = 4 * os.cpu_count(), 60, 2
RANKS = ("note", "warning", "bad")
scenes = []


def scene(rule, rank=None, judge=True):
    def add(function):
        scenes.append((function, rule, rank, judge))
        return function
    return add


def findings_of(net, *filters):
    out = net.ask("findings", net.path, "--lang", "en", "--format", "ndjson", *filters)
    return [json.loads(line) for line in out.splitlines()]


def verdict(net, rule, rank, pattern):
    """Raises what is wrong with what was found."""
    found = findings_of(net)
    told = ["%s %s: %s" % (f["severity"], f["rule"], f["text"]) for f in found]
    if rule is None:
        assert not found, "there should be no finding: %s" % told
        return
    mine = [f for f in found if f["rule"] == rule]
    assert mine, "no %s among %s" % (rule, told)
    assert rank in (None, mine[0]["severity"]), told
    least = RANKS.index(mine[0]["severity"])
    others = {f["rule"] for f in found if RANKS.index(f["severity"]) >= least} - {rule}
    assert not others, "not alone: %s" % told
    if pattern:
        assert re.search(pattern, mine[0]["text"]), mine[0]["text"]
    for f in mine:
        assert int(net.ask("count", net.path, f["filter"])) > 0, "nothing matches %s" % f["filter"]
        assert f["advice"] and f["doubt"] is None, f


def act(lamna, function, rule, rank, judge):
    net = Network(lamna)
    try:
        pattern = function(net)
        if judge:
            verdict(net, rule, rank, pattern)
    finally:
        net.close()


class Actor:
    """One scene in its process; what goes wrong comes through a pipe."""

    def __init__(self, lamna, what):
        self.what, self.name, self.began = what, what[0].__name__, time.monotonic()
        self.out, into = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.out)
            try:
                act(lamna, *what)
            except BaseException:
                os.write(into, traceback.format_exc().encode()[-60000:])
            os._exit(0)
        os.close(into)
        self.text = b""

    def ended(self):
        """Takes what it says. True once it is over."""
        piece = os.read(self.out, 65536)
        self.text += piece
        if piece:
            return False
        os.close(self.out)
        os.waitpid(self.pid, 0)
        return True

    def late(self):
        return time.monotonic() - self.began > PATIENCE


def play(lamna, chosen, side_by_side):
    """The scenes that failed."""
    running, failed, left = {}, [], list(chosen)
    while left or running:
        while left and len(running) < side_by_side:
            actor = Actor(lamna, left.pop(0))
            running[actor.out] = actor
        for out in select.select(list(running), [], [], 1)[0]:
            actor = running[out]
            if not actor.ended():
                continue
            del running[out]
            seconds = time.monotonic() - actor.began
            print("%s %s (%.1f s)" % ("FAILED" if actor.text else "ok", actor.name, seconds), flush=True)
            if actor.text:
                failed.append(actor.what)
                print(actor.text.decode(errors="replace"), flush=True)
        for actor in running.values():
            if actor.late():
                os.kill(actor.pid, signal.SIGKILL)
                actor.text += b"it did not end in time"
    return failed


def main():
    lamna = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/lamna")
    chosen = [s for s in scenes if len(sys.argv) < 3 or s[0].__name__ in sys.argv[2:]]
    if not os.access(lamna, os.X_OK) or not permitted():
        print("there is no %s, or no permission to make network namespaces" % lamna)
        sys.exit(77)  # skipped
    failed = play(lamna, chosen, SIDE_BY_SIDE)
    for _ in range(AGAIN):
        failed = play(lamna, failed, 1)
    sys.exit(1 if failed else 0)
