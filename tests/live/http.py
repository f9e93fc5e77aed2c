#!/usr/bin/env python3
"""What lamna finds in the traffic of a real HTTP server, nginx, and real clients is what they sent.

    http.py LAMNA        exit status 77: there is no nginx, no curl, or no permission to capture

nginx runs with files in a folder made here, on a free port of loopback, and is ended by its process id.
"""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

LAMNA = "build/lamna"
PATIENCE = 20
BROTLI = "/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so"
TYPE = "application/x-test"  # that no protocol knows: its bytes are shown as they are, in media.type
IDLE = 1  # seconds after which the server closes, and says so

CONFIG = """
%(modules)s
daemon off; master_process off; pid %(folder)s/pid; error_log %(folder)s/error.log;
events { worker_connections 64; }
http {
    access_log off; default_type %(type)s; types { }
    client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2; fastcgi_temp_path %(folder)s/t3;
    uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
    keepalive_timeout %(idle)ds %(idle)ds;
    server {
        listen 127.0.0.1:%(port)d; root %(folder)s/www;
        location /chunked/ { alias %(folder)s/www/; ssi on; ssi_types *; }
        location /gzip/ { alias %(folder)s/www/; gzip on; gzip_types *; gzip_min_length 1; }
        location /br/ { alias %(folder)s/www/; %(brotli)s }
        location /up/ { alias %(folder)s/up/; dav_methods PUT; client_body_buffer_size 4k; }
    }
}
"""


def nginx():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def may_capture():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        return True
    except (OSError, AttributeError):
        return False


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def content(size, seed):
    """Bytes of all values, the same ones each time, which compress a little."""
    out, state = bytearray(), seed
    while len(out) < size:
        state = (state * 1103515245 + 12345) & 0x7fffffff
        out += bytes([state >> 16 & 0xff]) * (1 + (state >> 8 & 3))
    return bytes(out[:size])


SMALL, LARGE, HUGE = content(700, 1), content(300_000, 2), content(4_000_000, 3)


class Traffic:
    """One capture of all that the tests speak of. `bodies` says of each connection, in their order, which
    bodies it carried; `names` which connection is which."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.capture_file = os.path.join(self.folder, "http.pcap")
        self.port = free_port()
        self.names, self.bodies, self.children = {}, [], []
        try:
            self.write_files()
            self.server = self.start([nginx(), "-p", self.folder, "-c", os.path.join(self.folder, "conf")])
            self.wait_for_server()
            capture = self.start([LAMNA, "capture", "-i", "lo", "-f", "tcp port %d" % self.port, "-o",
                                  self.capture_file], stderr=subprocess.PIPE)
            capture.stderr.readline()  # it has begun
            self.talk()
            time.sleep(0.3)
            capture.send_signal(signal.SIGINT)
            capture.communicate(timeout=PATIENCE)
        finally:
            self.end()

    def start(self, command, **options):
        options.setdefault("stderr", subprocess.DEVNULL)
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **options)
        self.children.append(child)
        return child

    def end(self):
        for child in self.children:
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    child.kill()
            child.wait()
            if child.stderr:
                child.stderr.close()

    def write_files(self):
        for name in ("www", "up"):
            os.mkdir(os.path.join(self.folder, name))
        for name, data in (("small", SMALL), ("large", LARGE), ("huge", HUGE)):
            with open(os.path.join(self.folder, "www", name), "wb") as file:
                file.write(data)
        self.has_brotli = os.path.exists(BROTLI)
        with open(os.path.join(self.folder, "conf"), "w", encoding="ascii") as file:
            file.write(CONFIG % {
                "folder": self.folder, "port": self.port, "type": TYPE, "idle": IDLE,
                "modules": "load_module %s;" % BROTLI if self.has_brotli else "",
                "brotli": "brotli on; brotli_types *; brotli_min_length 1;" if self.has_brotli else ""})

    def wait_for_server(self):
        for _ in range(100 * PATIENCE):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("nginx does not listen")

    def connection(self, name, *bodies):
        self.names[name] = len(self.bodies)
        self.bodies.append(list(bodies))

    def curl(self, *arguments):
        """What came."""
        done = subprocess.run(["curl", "-sS", "-q", "--noproxy", "*", "--max-time", str(PATIENCE), *arguments],
                              capture_output=True, timeout=2 * PATIENCE, check=True)
        return done.stdout

    def url(self, path):
        return "http://127.0.0.1:%d/%s" % (self.port, path)

    def get(self, name, expected, path, *options):
        came = self.curl(*options, self.url(path))
        assert came == expected, "curl got something else: " + name
        self.connection(name, expected)

    def talk(self):
        came = self.curl(self.url("small"), self.url("large"), self.url("small"))
        assert came == SMALL + LARGE + SMALL
        self.connection("keep-alive", SMALL, LARGE, SMALL)
        self.get("chunked", LARGE, "chunked/large")
        self.get("gzip", LARGE, "gzip/large", "--compressed", "-H", "Accept-Encoding: gzip")
        if self.has_brotli:
            self.get("br", LARGE, "br/large", "--compressed", "-H", "Accept-Encoding: br")
        self.get("range", LARGE[1000:200001], "large", "-r", "1000-200000")
        self.get("close", SMALL, "small", "-H", "Connection: close")
        self.get("HTTP/1.0", LARGE, "large", "--http1.0")
        self.curl("-I", self.url("large"))
        self.connection("HEAD")
        self.put("100-continue", "-H", "Expect: 100-continue")
        self.put("chunked request", "-H", "Transfer-Encoding: chunked", "-H", "Expect:")
        self.pipeline()
        self.abort()
        self.get("after all", SMALL, "small")

    def put(self, name, *options):
        path = os.path.join(self.folder, "www", "large")
        self.curl("-T", path, "-H", "Content-Type: " + TYPE, *options, self.url("up/" + name.replace(" ", "-")))
        with open(os.path.join(self.folder, "up", name.replace(" ", "-")), "rb") as file:
            assert file.read() == LARGE, "nginx got something else: " + name
        self.connection(name, LARGE)

    def dial(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def pipeline(self):
        """Five requests at once, HEAD among them; then nothing more, until the server has had enough."""
        paths = ["GET /small", "GET /large", "HEAD /large", "GET /nothing", "GET /small"]
        with self.dial() as s:
            s.sendall("".join("%s HTTP/1.1\r\nHost: me\r\n\r\n" % p for p in paths).encode())
            while s.recv(65536):
                pass
        self.connection("pipelined", SMALL, LARGE, SMALL)

    def abort(self):
        """The client has enough after some bytes, and resets the connection."""
        with self.dial() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
            s.sendall(b"GET /huge HTTP/1.1\r\nHost: me\r\n\r\n")
            left = 200_000
            while left > 0:
                left -= len(s.recv(left))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection("aborted")


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.traffic = Traffic()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.traffic.folder)

    def lamna(self, command, *arguments):
        """What lamna prints; its server's port is no port of HTTP's, so it is found by what is said there."""
        done = subprocess.run([LAMNA, command, self.traffic.capture_file, *arguments], capture_output=True,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    def table(self, *arguments):
        return [json.loads(line) for line in self.lamna("stats", "http", "--format", "ndjson", *arguments).splitlines()]

    def test_bodies_are_what_was_sent(self):
        found = [[] for _ in self.traffic.bodies]
        for line in self.lamna("fields", "-Y", "media.type", "-e", "tcp.stream", "-e", "media.type").decode().splitlines():
            stream, values = line.split("\t")
            found[int(stream)] += [bytes.fromhex(value) for value in values.split(",")]
        for name, stream in self.traffic.names.items():
            with self.subTest(name):
                self.assertEqual([len(body) for body in found[stream]], [len(b) for b in self.traffic.bodies[stream]])
                self.assertEqual(found[stream], self.traffic.bodies[stream])

    def test_an_aborted_transfer_is_what_came_of_it(self):
        stream = self.traffic.names["aborted"]
        chunks = [json.loads(line) for line in
                  self.lamna("follow", str(stream), "--format", "ndjson").splitlines()]
        data = b"".join(bytes.fromhex(c["hex"]) for c in chunks if c["from"] == "server")
        header, _, body = data.partition(b"\r\n\r\n")
        self.assertTrue(header.startswith(b"HTTP/1.1 200 OK\r\n"))
        self.assertGreaterEqual(len(body), 200_000)
        self.assertLess(len(body), len(HUGE))
        self.assertEqual(body, HUGE[:len(body)])

    def test_exchanges(self):
        rows = self.table()
        streams = self.traffic.names

        def of(name):
            return [row for row in rows if row["stream"] == streams[name]]

        self.assertEqual([(r["method"], r["path"], r["status"], r["response_body"]) for r in of("pipelined")],
                         [("GET", "/small", 200, 700), ("GET", "/large", 200, 300000), ("HEAD", "/large", 200, 0),
                          ("GET", "/nothing", 404, of("pipelined")[3]["response_body"]), ("GET", "/small", 200, 700)])
        self.assertEqual([(r["status"], r["response_body"]) for r in of("range")], [(206, 199001)])
        self.assertEqual([(r["status"], r["response_body"]) for r in of("chunked")], [(200, 300000)])
        for name in ("100-continue", "chunked request"):
            self.assertEqual([(r["method"], r["status"], r["request_body"]) for r in of(name)],
                             [("PUT", 201, 300000)])
        for name in ("gzip", "br"):
            if name in streams:
                self.assertLess(of(name)[0]["response_body"], 300000)
        self.assertEqual([(r["path"], r["status"]) for r in of("aborted")], [("/huge", None)])
        for row in rows:
            if row["status"] is not None:
                self.assertLessEqual(0, float(row["first_byte"]))
                self.assertLessEqual(float(row["first_byte"]), float(row["last_byte"]))

    def test_connections(self):
        rows = {row["stream"]: row for row in self.table("--by", "connection")}
        streams = self.traffic.names
        self.assertEqual(sorted(rows), list(range(len(streams))))

        def of(name, *columns):
            return tuple(rows[streams[name]][column] for column in columns)

        shown = ("requests", "responses", "pipelined", "closed_by", "outcome")
        self.assertEqual(of("keep-alive", *shown), (3, 3, 1, "client", "client closed"))
        # curl may close as soon as it has everything, before the server does
        self.assertEqual(of("close", *shown[:3], "outcome"), (1, 1, 1, "closed as announced"))
        self.assertEqual(of("pipelined", *shown), (5, 5, 5, "server", "timeout as announced"))
        self.assertEqual(of("aborted", *shown), (1, 0, 1, "client", "closed before the answer"))
        self.assertEqual(of("pipelined", "promised"), ("keep-alive timeout=%ds" % IDLE,))
        self.assertLess(abs(float(of("pipelined", "idle_before_close")[0]) - IDLE), 0.5)
        self.assertEqual(of("aborted", "closed_with"), ("RST",))

    def test_hosts(self):
        rows = {row["host"]: row for row in self.table("--by", "host")}
        me = rows["127.0.0.1:%d" % self.traffic.port]
        connections = len(self.traffic.names) - 2  # two say that the host is "me"
        self.assertEqual((me["connections"], me["needed"], me["avoidable"]), (connections, 1, connections - 1))
        self.assertEqual((rows["me"]["connections"], rows["me"]["exchanges"]), (2, 6))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        LAMNA = os.path.abspath(sys.argv.pop(1))
    if nginx() is None or shutil.which("curl") is None or not may_capture():
        print("no nginx, no curl, or no permission to capture")
        sys.exit(77)
    unittest.main()
