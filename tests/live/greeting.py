#!/usr/bin/env python3
"""The greeting server and client, with real sockets on loopback.

    greeting.py LAMNA       LAMNA: the program under test

Every server takes a free port (--port 0), so tests can run side by side.
"""
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest

LAMNA = "build/lamna"
PATIENCE = 20  # seconds until a step that should take milliseconds counts as hung
MANY = ("--backlog", "200")  # for tests that connect faster than a busy machine may accept


def read_line(stream):
    """One line, or a failure: never waits for ever."""
    ready, _, _ = select.select([stream], [], [], PATIENCE)
    if not ready:
        raise AssertionError("no line within %d s" % PATIENCE)
    return stream.readline().decode()


class Server:
    """`lamna serve` on a free port, for a with statement."""

    def __init__(self, *options, host="127.0.0.1"):
        command = [LAMNA, "serve", "--host", host, "--port", "0", *options]
        # Unbuffered on our side: select() must not miss a line that Python read ahead.
        self.process = subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.host = host
        self.first_line = read_line(self.process.stdout)
        match = re.fullmatch(r"listening on (\S+):(\d+)\n", self.first_line)
        if not match:
            raise AssertionError("first line: %r" % self.first_line)
        self.port = int(match.group(2))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=PATIENCE)

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out.decode(), err.decode()


def client(*arguments, timeout=PATIENCE):
    done = subprocess.run([LAMNA, "connect", *map(str, arguments)], capture_output=True,
                          timeout=timeout, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def read_all(connection):
    """Everything up to the server's FIN."""
    data = b""
    while True:
        part = connection.recv(65536)
        if not part:
            return data
        data += part


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Greeting(unittest.TestCase):
    def one_line(self, text, *parts):
        self.assertEqual(text.count("\n"), 1, text)
        for part in parts:
            self.assertIn(part, text)

    def test_client_prints_the_greeting_and_a_newline(self):
        with Server() as server:
            self.assertEqual(client("127.0.0.1", server.port), (0, "welcome to python!\n", ""))

    def test_message_goes_out_as_it_is(self):
        with Server("--message", "欢迎 to 🦈") as server:
            with server.connect() as connection:
                self.assertEqual(read_all(connection), "欢迎 to 🦈".encode())
            self.assertEqual(client("127.0.0.1", server.port)[1], "欢迎 to 🦈\n")

    def test_empty_message(self):
        with Server("--message", "") as server:
            self.assertEqual(client("127.0.0.1", server.port), (0, "", ""))

    def test_message_of_many_segments_to_a_slow_reader(self):
        message = "0123456789abcdef" * 8000  # 128,000 bytes: the longest argument Linux takes
        with Server("--message", message) as server:
            with socket.socket() as slow:
                slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                slow.settimeout(PATIENCE)
                slow.connect(("127.0.0.1", server.port))
                time.sleep(0.3)
                self.assertEqual(read_all(slow), message.encode())
            self.assertEqual(client("127.0.0.1", server.port)[1], message + "\n")

    def test_prints_each_client_as_it_connects(self):
        with Server() as server:
            for _ in range(3):
                with server.connect() as connection:
                    own = "%s:%d connected\n" % connection.getsockname()
                    self.assertEqual(read_line(server.process.stdout), own)

    def test_sigint_and_sigterm_stop_it_with_success(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with Server() as server:
                client("127.0.0.1", server.port)
                status, out, err = server.stop(number)
                self.assertEqual((status, err), (0, ""))
                self.assertTrue(out.endswith("stopped after 1 client\n"), out)

    def test_stops_although_a_client_hangs_on(self):
        with Server() as server, server.connect():
            read_line(server.process.stdout)
            began = time.monotonic()
            self.assertEqual(server.stop()[0], 0)
            self.assertLess(time.monotonic() - began, 5)

    def test_same_port_again_at_once(self):
        # The server closed first, so its side is in TIME_WAIT; a second one must not mind.
        with Server() as server:
            client("127.0.0.1", server.port)
            server.stop()
            again = subprocess.Popen([LAMNA, "serve", "--port", str(server.port)], bufsize=0,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                self.assertEqual(read_line(again.stdout), server.first_line)
            finally:
                again.kill()
                again.communicate()

    def test_survives_clients_that_reset(self):
        with Server(*MANY) as server:
            for _ in range(50):
                connection = server.connect()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      struct.pack("ii", 1, 0))  # close() sends RST
                connection.close()
            self.assertEqual(client("127.0.0.1", server.port)[1], "welcome to python!\n")
            self.assertEqual(server.stop()[0], 0)

    def test_clients_that_stall_do_not_hold_up_others(self):
        with Server(*MANY) as server:
            stalled = [server.connect() for _ in range(100)]
            began = time.monotonic()
            for _ in range(10):
                self.assertEqual(client("127.0.0.1", server.port)[1], "welcome to python!\n")
            self.assertLess(time.monotonic() - began, 5)
            for connection in stalled:
                self.assertEqual(read_all(connection), b"welcome to python!")
                connection.close()

    def test_drops_a_client_that_never_closes(self):
        with Server() as server, server.connect() as connection:
            self.assertEqual(read_all(connection), b"welcome to python!")
            self.assertIn("does not close", read_line(server.process.stderr))
            with self.assertRaises(OSError):  # it sent a reset, so writing fails soon
                for _ in range(100):
                    connection.send(b"x")
                    time.sleep(0.02)

    def test_serves_with_few_descriptors(self):
        limited = ["sh", "-c", 'ulimit -n 16; exec "$@"', "sh", LAMNA, "serve", "--port", "0",
                   *MANY]
        process = subprocess.Popen(limited, bufsize=0, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        try:
            port = int(read_line(process.stdout).rsplit(":", 1)[1])
            hold = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                    for _ in range(40)]
            self.assertEqual(client("127.0.0.1", port)[1], "welcome to python!\n")
            for connection in hold:
                connection.close()
        finally:
            process.kill()
            process.communicate()

    def test_ipv6_and_names(self):
        try:
            server = Server(host="::1")
        except AssertionError:
            self.skipTest("no IPv6 on loopback")
        with server:
            self.assertTrue(server.first_line.startswith("listening on [::1]:"))
            self.assertEqual(client("::1", server.port)[1], "welcome to python!\n")
        try:
            socket.getaddrinfo("localhost", None)
        except socket.gaierror:
            self.skipTest("this system does not know localhost")
        with Server() as server:  # localhost may be ::1 first, where nobody listens
            self.assertEqual(client("localhost", server.port)[1], "welcome to python!\n")

    def test_port_taken(self):
        with Server() as server:
            done = subprocess.run([LAMNA, "serve", "--port", str(server.port)],
                                  capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, b""))
            self.one_line(done.stderr.decode(), str(server.port), "in use", "--port")

    def test_address_of_another_machine(self):
        done = subprocess.run([LAMNA, "serve", "--host", "192.0.2.1", "--port", "0"],
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        self.one_line(done.stderr.decode(), "192.0.2.1", "--host")

    def test_refused(self):
        status, out, err = client("127.0.0.1", free_port())
        self.assertEqual((status, out), (1, ""))
        self.one_line(err, "refused", "lamna serve")

    def test_name_not_found(self):
        status, out, err = client("no-such-host.invalid", 1, timeout=60)
        self.assertEqual((status, out), (1, ""))
        self.one_line(err, "no-such-host.invalid", "check the spelling")

    def test_silent_server_times_out(self):
        with socket.socket() as silent:  # connections are accepted by the system, nothing is sent
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            status, out, err = client("127.0.0.1", silent.getsockname()[1])
        self.assertEqual((status, out), (1, ""))
        self.one_line(err, "timed out")

    def test_server_that_resets(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            process = subprocess.Popen(
                [LAMNA, "connect", "127.0.0.1", str(listener.getsockname()[1])],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            connection, _ = listener.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
            _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.one_line(err.decode(), "reset")


def may_capture():
    """True where AF_PACKET sockets are allowed."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        return True
    except (OSError, AttributeError):
        return False


class Trace(unittest.TestCase):
    """What goes over the wire is the textbook's picture, each step a packet of its own."""

    TEXTBOOK = ["c S", "s SA", "c A", "s PA 18", "c A", "s FA", "c A", "c FA", "s A"]

    @staticmethod
    def steps(packets, port):
        """Tells IPv4 TCP packets of `port` as "c|s FLAGS [LENGTH]", by client port."""
        flows = {}
        for packet in packets:
            ip = packet[14:]
            if packet[12:14] != b"\x08\x00" or ip[9] != 6:
                continue
            tcp = ip[(ip[0] & 15) * 4:struct.unpack(">H", ip[2:4])[0]]
            source, destination = struct.unpack(">HH", tcp[:4])
            if port not in (source, destination):
                continue
            flags = "".join(c for bit, c in ((2, "S"), (4, "R"), (8, "P"), (1, "F"), (16, "A"))
                            if tcp[13] & bit)
            length = len(tcp) - (tcp[12] >> 4) * 4
            who = "s" if source == port else "c"
            step = "%s %s%s" % (who, flags, " %d" % length if length else "")
            flows.setdefault(destination if who == "s" else source, []).append(step)
        return flows

    def test_nine_packets(self):
        if not may_capture():
            self.skipTest("needs CAP_NET_RAW")
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as tap:
            tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            tap.bind(("lo", 0))
            tap.setblocking(False)
            packets = []
            with Server() as server:
                for _ in range(20):
                    client("127.0.0.1", server.port)
                server.stop()
            time.sleep(0.1)
            while True:
                try:
                    packet, address = tap.recvfrom(65536)
                except BlockingIOError:
                    break
                if address[2] != socket.PACKET_OUTGOING:  # on lo each packet is seen twice
                    packets.append(packet)
        flows = self.steps(packets, server.port)
        self.assertEqual(len(flows), 20)
        for flow in flows.values():
            self.assertEqual(flow, self.TEXTBOOK)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        LAMNA = os.path.abspath(sys.argv.pop(1))
    if not os.access(LAMNA, os.X_OK):
        print("there is no", LAMNA)
        sys.exit(77)  # skipped
    unittest.main()
