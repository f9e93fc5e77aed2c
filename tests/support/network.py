"""Two hosts in network namespaces of their own, and a wire between them that follows a script.

    client namespace            this process            server namespace
    10.77.0.1  tun "wire" <---- relay, script ----> tun "wire"  10.77.0.2

A process calls Network() once: it leaves its own namespace for the client's. The namespaces have no name:
they are gone when the process and what it started are. A script is called for each packet, and says what is
to be delivered, and when:

    def script(packet): return [(0.01, packet.data)]     # all ten milliseconds later
    def script(packet): return []                        # lost

Nothing here leaves this machine, and nothing needs a module that is not in every kernel.
"""
import contextlib
import ctypes
import fcntl
import heapq
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

CLIENT, SERVER = "10.77.0.1", "10.77.0.2"
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
PATIENCE = 20
_CLONE_NEWNET, _TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x40000000, 0x400454ca, 1, 0x1000
_libc = ctypes.CDLL(None, use_errno=True)


def _call(name, *arguments):
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))


def permitted():
    """May namespaces be made here, and TUN devices in them? Tried in a process of its own."""
    child = os.fork()
    if child == 0:
        try:
            _call("unshare", _CLONE_NEWNET)
            os.close(_open_tun("wire"))
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _open_tun(name):
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return descriptor


def run_ip(lines):
    """`ip` commands, one a line, in the namespace of this thread."""
    subprocess.run(["ip", "-batch", "-"], input=lines.encode(), check=True, timeout=PATIENCE)


class Packet:
    """An IPv4 packet on the wire."""

    def __init__(self, data, to_server):
        self.data, self.to_server = data, to_server
        self.version = data[0] >> 4
        self.header = 4 * (data[0] & 15)
        self.protocol = data[9] if self.version == 4 else 0
        whole = self.version == 4 and struct.unpack(">H", data[6:8])[0] & 0x3fff == 0
        self.tcp = self.protocol == 6 and whole
        self.udp = self.protocol == 17 and whole
        self.flags = self.payload = self.seq = 0
        if self.tcp:
            at = self.header
            self.seq, = struct.unpack(">I", data[at + 4:at + 8])
            self.flags = data[at + 13]
            self.payload = len(data) - at - 4 * (data[at + 12] >> 4)


class Relay(threading.Thread):
    """Carries packets from one TUN device to the other, as the script says."""

    def __init__(self, client, server):
        super().__init__(daemon=True)
        self.ends = {client: server, server: client}
        self.client = client
        self.script = lambda packet: [(0, packet.data)]
        self.waiting, self.count = [], 0
        self.wake_out, self.wake_in = os.pipe()

    def stop(self):
        os.write(self.wake_in, b"x")
        self.join(PATIENCE)

    def take(self, source):
        while True:
            try:
                data = os.read(source, 65536)
            except BlockingIOError:
                return
            if data[0] >> 4 != 4:
                continue
            packet, now = Packet(data, source == self.client), time.monotonic()
            for item in self.script(packet):
                delay, out = item[:2]
                to = source if len(item) > 2 and item[2] == "back" else self.ends[source]
                self.count += 1
                heapq.heappush(self.waiting, (now + delay, self.count, to, out))

    def deliver(self):
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, _, to, data = heapq.heappop(self.waiting)
            with contextlib.suppress(OSError):
                os.write(to, data)

    def run(self):
        poll = select.poll()
        for descriptor in (*self.ends, self.wake_out):
            poll.register(descriptor, select.POLLIN)
        while True:
            wait = -1 if not self.waiting else max(0, (self.waiting[0][0] - time.monotonic()) * 1000)
            for descriptor, _ in poll.poll(wait):
                if descriptor == self.wake_out:
                    return
                self.take(descriptor)
            self.deliver()


class Host:
    """`with host:` lets this thread make sockets and start programs there."""

    def __init__(self, pid="thread-self"):
        self.namespace = os.open("/proc/%s/ns/net" % pid, os.O_RDONLY | os.O_CLOEXEC)
        self.before = []

    def __enter__(self):
        self.before.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        _call("setns", self.namespace, _CLONE_NEWNET)
        return self

    def __exit__(self, *_):
        before = self.before.pop()
        _call("setns", before, _CLONE_NEWNET)
        os.close(before)

    def socket(self, kind=socket.SOCK_STREAM):
        with self:
            made = socket.socket(socket.AF_INET, kind)
        made.settimeout(PATIENCE)
        return made


class Network:
    def __init__(self, lamna):
        self.lamna = lamna
        self.folder = tempfile.TemporaryDirectory()
        tuns = []
        hosts = []
        for address in (CLIENT, SERVER):
            _call("unshare", _CLONE_NEWNET)
            hosts.append(Host())
            tuns.append(_open_tun("wire"))
            with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w", encoding="ascii") as file:
                file.write("1")
            run_ip("link set lo up\nlink set wire up mtu 1500\naddress add %s/24 dev wire\n" % address)
        self.client, self.server = hosts
        self.relay = Relay(*tuns)
        self.relay.start()
        self.path = os.path.join(self.folder.name, "capture.pcapng")

    def close(self):
        self.relay.stop()
        self.folder.cleanup()

    def script(self, script):
        self.relay.script = script

    def delay(self, seconds):
        self.relay.script = lambda packet: [(seconds, packet.data)]

    def lose_all(self):
        """From now on; the list that it returns grows by every packet lost."""
        lost = []

        def script(packet):
            lost.append(packet)
            return []
        self.relay.script = script
        return lost

    # ---- Sockets ------------------------------------------------------------------------------------

    def listen(self, port=80, buffer=None):
        listener = self.server.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        listener.bind((SERVER, port))
        listener.listen(16)
        return listener

    def connect(self, port=80, buffer=None, timeout=PATIENCE):
        made = self.client.socket()
        made.settimeout(timeout)
        if buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        made.connect((SERVER, port))
        made.settimeout(PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def pair(self, port=80, **options):
        """A connection: the client's socket and the server's."""
        with self.listen(port) as listener:
            client = self.connect(port, **options)
            server, _ = listener.accept()
        server.settimeout(PATIENCE)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client, server

    # ---- Capture ------------------------------------------------------------------------------------

    def start_capture(self, *options, host=None, interface="wire"):
        with host or self.client:
            process = subprocess.Popen([self.lamna, "capture", "-i", interface, *map(str, options)], bufsize=0,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = b""
        while b"capturing on" not in line:
            if not select.select([process.stderr], [], [], PATIENCE)[0]:
                raise AssertionError("lamna capture did not begin")
            line = process.stderr.readline()
            if not line:
                raise AssertionError("lamna capture ended")
        return process

    @staticmethod
    def stop_capture(process):
        """What it printed."""
        time.sleep(0.15)  # the kernel's block is handed out, and written
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        if process.returncode != 0:
            raise AssertionError("lamna capture: %s" % err.decode())
        return out.decode()

    @contextlib.contextmanager
    def capturing(self, *options, host=None, interface="wire"):
        process = self.start_capture("-o", self.path, *options, host=host, interface=interface)
        try:
            yield process
            self.stop_capture(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def ask(self, *arguments):
        done = subprocess.run([self.lamna, *map(str, arguments)], capture_output=True, timeout=PATIENCE,
                              check=False)
        if done.returncode != 0:
            raise AssertionError("lamna %s: %s" % (arguments[0], done.stderr.decode()))
        return done.stdout.decode()


# ---- What many talks are made of --------------------------------------------------------------------

def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come to pass within %d s" % PATIENCE)
        time.sleep(0.01)


def receive(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def drain(sock):
    while sock.recv(65536):
        pass


def goodbye(client, server):
    """Closed in order, the client first."""
    client.shutdown(socket.SHUT_WR)
    drain(server)
    server.close()
    drain(client)
    client.close()


def exchange(client, server, question=b"a question", answer=b"the answer"):
    client.sendall(question)
    receive(server, len(question))
    server.sendall(answer)
    receive(client, len(answer))


def icmp_error(packet, kind, code, rest, source=SERVER):
    """What a router on the way answers to the packet."""
    def checksum(data):
        total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        return total ^ 0xffff
    quoted = packet.data[:packet.header + 8]
    icmp = struct.pack(">BBHI", kind, code, 0, rest) + quoted
    icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 7, 0, 64, 1, 0, socket.inet_aton(source),
                         packet.data[12:16])
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + icmp
