#!/usr/bin/env python3
"""Live capture under load, next to tcpdump; how soon a packet is shown; and without permission.

    load.py LAMNA        exit status 77: there is no program, or no permission to capture
"""
import os
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

LAMNA = "build/lamna"
PATIENCE = 30
PACKETS = 200_000
BODY = bytes(56)
HEADERS = 14 + 20 + 8  # Ethernet, IPv4, UDP
SHOWN = 100            # packets whose way to the screen is timed
SOON = 0.1             # seconds
NOBODY = 65534


def may_capture():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        return True
    except (OSError, AttributeError):
        return False


def wait_until_still(paths):
    """Until neither file has grown for a second."""
    end, last, since = time.monotonic() + PATIENCE, None, time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < 1:
        sizes = [os.path.getsize(path) if os.path.exists(path) else 0 for path in paths]
        if sizes != last:
            last, since = sizes, time.monotonic()
        time.sleep(0.1)


def numbers_in(path):
    """The number that each packet of a pcap file carries at the beginning of its UDP payload."""
    with open(path, "rb") as file:
        data = file.read()
    at, found = 24, []
    while at + 16 <= len(data):
        size, = struct.unpack_from("=I", data, at + 8)
        if at + 16 + size > len(data):
            break
        found.append(struct.unpack_from(">I", data, at + 16 + HEADERS)[0])
        at += 16 + size
    return found


class Sockets(unittest.TestCase):
    """A sender and a receiver on loopback."""

    def setUp(self):
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind(("127.0.0.1", 0))
        self.port = self.receiver.getsockname()[1]
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.connect(("127.0.0.1", self.port))
        folder = tempfile.TemporaryDirectory()
        for made in (self.receiver.close, self.sender.close, folder.cleanup):
            self.addCleanup(made)
        self.folder = folder.name

    def start(self, *command, **streams):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        process = subprocess.Popen(list(map(str, command)), bufsize=0, **streams)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()

    def wait_for(self, process, word):
        """Until it says on stderr that it has begun."""
        line = b""
        while word not in line:
            line = process.stderr.readline()
            self.assertTrue(line, "it ended before it began")

    def tcpdump(self, *options, **streams):
        process = self.start("tcpdump", "-i", "lo", *options, "udp port %d" % self.port, **streams)
        self.wait_for(process, b"listening on")
        return process


@unittest.skipIf(shutil.which("tcpdump") is None, "tcpdump is not installed")
class Load(Sockets):
    def test_keeps_what_tcpdump_keeps(self):
        paths = [os.path.join(self.folder, name) for name in ("lamna.pcap", "tcpdump.pcap")]
        lamna = self.start(LAMNA, "capture", "-i", "lo", "-f", "udp port %d" % self.port, "-o", paths[0])
        self.wait_for(lamna, b"capturing on lo")
        tcpdump = self.tcpdump("-w", paths[1])
        for number in range(PACKETS):
            self.sender.send(struct.pack(">I", number) + BODY)
        wait_until_still(paths)
        for process in (lamna, tcpdump):
            process.send_signal(signal.SIGINT)
        said = lamna.stderr.read().decode()
        self.assertEqual((lamna.wait(PATIENCE), tcpdump.wait(PATIENCE)), (0, 0), said)
        ours, theirs = (numbers_in(path) for path in paths)
        print("sent %d, lamna kept %d, tcpdump %d" % (PACKETS, len(ours), len(theirs)))
        self.assertEqual(len(ours), len(set(ours)), "a packet is there twice")
        self.assertEqual(ours, sorted(ours))
        lost = set(theirs) - set(ours)
        self.assertFalse(len(lost), "lamna lost %d that tcpdump kept: %s; it said: %s" %
                         (len(lost), sorted(lost)[:5], said))
        self.assertIn("%d packets" % len(ours), said)


class Latency(Sockets):
    """From before a packet is sent until its line is read. Between the two lies the scheduler of a machine
    that may do other work, so the 95th percentile of a hundred packets is what must be soon, in one of
    two tries; and none may be lost."""

    def delays(self, stdout):
        """Sends packets one by one, and reads a line for each."""
        sent, read = [], []

        def reader():
            for line in iter(stdout.readline, b""):
                if b"UDP" in line:
                    read.append(time.monotonic())

        thread = threading.Thread(target=reader, daemon=True)
        thread.start()
        for number in range(SHOWN):
            sent.append(time.monotonic())
            self.sender.send(struct.pack(">I", number) + BODY)
            time.sleep(0.02)
        end = time.monotonic() + PATIENCE
        while len(read) < SHOWN and time.monotonic() < end:
            time.sleep(0.05)
        return [after - before for before, after in zip(sent, list(read))]

    def check(self, start):
        for _ in range(2):
            delays = self.delays(start())
            self.assertEqual(len(delays), SHOWN, "packets were not shown")
            late = statistics.quantiles(delays, n=20)[-1]
            print("median %.1f ms, 95 %% within %.1f ms, all within %.1f ms" %
                  (1000 * statistics.median(delays), 1000 * late, 1000 * max(delays)))
            if late < SOON:
                return
        self.fail("95 %% of the packets were shown within %.0f ms only" % (1000 * late))

    @unittest.skipIf(shutil.which("tcpdump") is None, "tcpdump is not installed")
    def test_from_a_pipe(self):
        """Without --immediate-mode tcpdump itself keeps packets back for up to a second."""
        def start():
            tcpdump = self.tcpdump("--immediate-mode", "-U", "-w", "-")
            return self.start(LAMNA, "list", "-", "udp", stdin=tcpdump.stdout).stdout
        self.check(start)

    def test_from_the_interface(self):
        def start():
            lamna = self.start(LAMNA, "capture", "-i", "lo", "-f", "udp port %d" % self.port, "-Y", "udp")
            self.wait_for(lamna, b"capturing on lo")
            return lamna.stdout
        self.check(start)


class Permission(unittest.TestCase):
    """A program without the right to capture says which one it lacks, and how to get it."""

    @unittest.skipIf(os.geteuid() != 0 or shutil.which("setpriv") is None, "only root can become nobody")
    def test_nobody(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            lamna = os.path.join(folder, "lamna")  # where nobody may run it
            shutil.copy(LAMNA, lamna)
            os.chmod(lamna, 0o755)
            nobody = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups",
                      "--inh-caps=-all", "--bounding-set=-all"]
            # ptrace is what the leak checker of a sanitizer build would need
            env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
            for command in (["capture", "-i", "lo", "-c", "1"], ["demo", "--port", "40123"]):
                done = subprocess.run([*nobody, lamna, *command], env=env, capture_output=True, text=True,
                                      cwd="/", timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("no permission to capture on lo", done.stderr)
                self.assertIn("CAP_NET_RAW", done.stderr)
                self.assertIn("setcap", done.stderr)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        LAMNA = os.path.abspath(sys.argv.pop(1))
    if not os.access(LAMNA, os.X_OK) or not may_capture():
        print("there is no %s, or no permission to capture" % LAMNA)
        sys.exit(77)  # skipped
    unittest.main()
