#!/usr/bin/env python3
"""Kills `lamna index` at random moments, lets two of them work at once, and asks the capture after each: the
answer is always the right one, and nobody complains of an index that is half there.

    killed.py LAMNA GENERATOR
"""
import os
import random
import subprocess
import sys
import tempfile
import time

PACKETS = 6000
KILLS = 20
FILTER = "tcp.port == 12345 or dns"


def count(lamna, capture, *options):
    done = subprocess.run([lamna, "count", capture, FILTER, *options], capture_output=True, text=True, check=False)
    return done.stdout, done.stderr, done.returncode


def index(lamna, capture):
    return subprocess.Popen([lamna, "index", capture], stdout=subprocess.DEVNULL)


def main():
    lamna, generator = sys.argv[1:]
    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "generated.pcapng")
        made = capture + ".lamna"
        subprocess.run([generator, "--packets", str(PACKETS), "--format", "pcapng", "-o", capture], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        right = count(lamna, capture, "--index", "off")
        begin = time.monotonic()
        assert index(lamna, capture).wait() == 0
        whole = time.monotonic() - begin
        finished = 0
        for _ in range(KILLS):
            if os.path.exists(made):
                os.remove(made)
            process = index(lamna, capture)
            time.sleep(chance.uniform(0, 1.1 * whole))
            process.kill()
            process.wait()
            finished += os.path.exists(made)
            answer = count(lamna, capture)
            assert answer == right, "after a kill: %r, and it should be %r" % (answer, right)
        both = [index(lamna, capture), index(lamna, capture)]
        while any(process.poll() is None for process in both):
            answer = count(lamna, capture)
            assert answer == right, "while two write: %r, and it should be %r" % (answer, right)
        assert [process.returncode for process in both] == [0, 0]
        assert count(lamna, capture) == right
    print("%d times killed, %d of them too late; %s packets found each time" % (KILLS, finished, right[0].strip()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
