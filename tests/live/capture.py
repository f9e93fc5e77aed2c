#!/usr/bin/env python3
"""Live capture on loopback, of the greeting.

    capture.py LAMNA        exit status 77: there is no program, or no permission to capture
"""
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

LAMNA = "build/lamna"
PATIENCE = 20


def may_capture():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        return True
    except (OSError, AttributeError):
        return False


def read_line(stream):
    ready, _, _ = select.select([stream], [], [], PATIENCE)
    if not ready:
        raise AssertionError("no line within %d s" % PATIENCE)
    return stream.readline().decode()


def start(*arguments):
    return subprocess.Popen([LAMNA, *map(str, arguments)], bufsize=0, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def run(*arguments):
    done = subprocess.run([LAMNA, *map(str, arguments)], capture_output=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Capture(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = start("serve", "--port", 0)
        self.addCleanup(self.end, self.server)
        self.port = int(read_line(self.server.stdout).rsplit(":", 1)[1])

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def capture(self, *options):
        """A capture that has begun."""
        process = start("capture", "-i", "lo", "-f", "tcp port %d" % self.port, *options)
        self.addCleanup(self.end, process)
        self.assertIn("capturing on lo", read_line(process.stderr))
        return process

    def test_count_ends_it_and_each_packet_comes_once(self):
        for name in ("a.pcap", "a.pcapng"):
            path = os.path.join(self.folder.name, name)
            process = self.capture("-o", path, "-c", 9)
            self.assertEqual(run("connect", "127.0.0.1", self.port)[0], 0)
            _, err = process.communicate(timeout=PATIENCE)
            self.assertEqual(process.returncode, 0, err)
            self.assertIn(b"0 dropped", err)
            self.assertEqual(run("count", path, "tcp.port == %d" % self.port)[1], "9\n")
            self.assertIn("welcome to python!", run("follow", path, 0)[1])
            flags = run("fields", path, "-e", "tcp.flags.fin", "-e", "tcp.len")[1].split("\n")[3]
            self.assertEqual(flags, "0\t18")

    def test_sigint_ends_the_file_cleanly(self):
        path = os.path.join(self.folder.name, "b.pcapng")
        process = self.capture("-o", path)
        run("connect", "127.0.0.1", self.port)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(run("count", path), (0, "9\n", ""))

    def test_duration_ends_it(self):
        began = time.monotonic()
        process = self.capture("--duration", 1)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0)
        self.assertLess(time.monotonic() - began, 5)

    def test_lists_as_packets_come(self):
        process = self.capture("-Y", "tcp.flags.syn == 1")
        run("connect", "127.0.0.1", self.port)
        self.assertIn("Info", read_line(process.stdout))
        self.assertIn("[SYN]", read_line(process.stdout))
        self.assertIn("[SYN, ACK]", read_line(process.stdout))
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, out), (0, b""))

    def test_a_wrong_capture_filter_shows_the_reason(self):
        status, out, err = run("capture", "-i", "lo", "-f", "tcp prot 1")
        self.assertEqual((status, out), (2, ""))
        self.assertTrue(err)

    def test_an_interface_that_is_none(self):
        status, _, err = run("capture", "-i", "nosuch0", "-c", 1)
        self.assertIn(status, (1, 2))
        self.assertIn("nosuch0", err)

    def test_interfaces(self):
        status, out, _ = run("interfaces")
        self.assertEqual(status, 0)
        self.assertTrue(re.search(r"^lo\b", out, re.MULTILINE), out)


class Demo(unittest.TestCase):
    def demo(self, *options):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        status, out, err = run("demo", "--port", port, *options)
        self.assertEqual(status, 0, out + err)
        for part in ("[SYN]", "[SYN, ACK]", "[FIN, ACK]", "Seq=0", "Len=18", "welcome to python!", str(port),
                     "SYN_SENT", "SYN_RCVD", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT",
                     "LAST_ACK", "TIME_WAIT"):
            self.assertIn(part, out)
        return out

    def test_english(self):
        self.assertIn("Handshake 1 of 3", self.demo("--lang", "en"))

    def test_chinese(self):
        self.assertIn("握手", self.demo("--lang", "zh"))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        LAMNA = os.path.abspath(sys.argv.pop(1))
    if not os.access(LAMNA, os.X_OK) or not may_capture():
        print("there is no %s, or no permission to capture" % LAMNA)
        sys.exit(77)  # skipped
    unittest.main()
