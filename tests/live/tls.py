#!/usr/bin/env python3
"""TLS between real programs, decrypted with their key logs: what lamna shows is what tshark shows.

    tls.py LAMNA       LAMNA: the program under test

Nothing is sniffed, so no permission is needed: the two ends talk through this program, which writes what it
passes on as a capture, a packet for each piece. One pair of ends is Python's ssl, in memory, with each
cipher that its OpenSSL has; the other is curl and nginx on loopback.
"""
import os
import selectors
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import tshark  # noqa: E402

LAMNA = "build/lamna"
PATIENCE = 30
PROTOCOLS = ("frame", "tls", "http", "http2", "json", "data-text-lines", "data", "media", "x509ce", "x509sat")
NGINX_AT = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
BIG = b"".join(b"line %d of a long body\n" % i for i in range(2000))


class Capture:
    """A pcap of TCP connections to port 443, made of what was said."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        self.clock, self.port = 0, 50000

    def connection(self):
        self.port += 1
        talk = Connection(self, self.port)
        talk.segment(0, 2, b"")
        talk.segment(1, 0x12, b"")
        talk.segment(0, 0x10, b"")
        return talk

    def packet(self, data):
        self.clock += 1000
        self.file.write(struct.pack("<IIII", 1700000000, self.clock, len(data), len(data)) + data)

    def close(self):
        self.file.close()


class Connection:
    def __init__(self, capture, port):
        self.capture, self.ports, self.next = capture, (port, 443), [1000, 2000]

    def segment(self, side, flags, data):
        ports = struct.pack(">HH", self.ports[side], self.ports[1 - side])
        ack = self.next[1 - side] if flags & 0x10 else 0
        tcp = ports + struct.pack(">IIBBHHH", self.next[side], ack, 0x50, flags, 0xffff, 0, 0)
        self.next[side] += len(data) + (flags & 3 != 0)
        ends = [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0) + ends[side] + ends[1 - side]
        self.capture.packet(bytes(12) + b"\x08\x00" + ip + tcp + data)

    def say(self, side, data):
        for at in range(0, len(data), 20000):  # an IPv4 datagram holds no more than 65535 bytes
            self.segment(side, 0x18, data[at:at + 20000])

    def end(self):
        self.segment(0, 0x11, b"")
        self.segment(1, 0x11, b"")


# ---- Both ends in memory ----------------------------------------------------------------------------------


class Certificate:
    """A key and a certificate for localhost, made once."""

    def __init__(self, folder):
        self.key, self.chain = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out",
                        self.chain, "-days", "3", "-subj", "/CN=localhost"], check=True, capture_output=True,
                       timeout=PATIENCE)


def contexts(certificate, keylog, version, ciphers):
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(certificate.chain, certificate.key)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    for context in (server, client):
        context.minimum_version = context.maximum_version = version
        if ciphers is not None:
            context.set_ciphers(ciphers + ":@SECLEVEL=0")
    client.keylog_filename = keylog
    return client, server


class Pair:
    """A client and a server whose every message is written down."""

    def __init__(self, capture, client, server, session=None):
        self.talk = capture.connection()
        self.bio = [(ssl.MemoryBIO(), ssl.MemoryBIO()) for _ in range(2)]
        self.ends = [client.wrap_bio(*self.bio[0], server_hostname="localhost", session=session),
                     server.wrap_bio(*self.bio[1], server_side=True)]

    def carry(self):
        """True if an end had something to say."""
        said = False
        for side in range(2):
            data = self.bio[side][1].read()
            if data:
                self.talk.say(side, data)
                self.bio[1 - side][0].write(data)
                said = True
        return said

    def shake(self):
        waiting = True
        while waiting:
            waiting = False
            for end in self.ends:
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    waiting = True
            if not self.carry() and waiting:
                raise AssertionError("the handshake does not go on")

    def send(self, side, data):
        self.ends[side].write(data)
        self.carry()
        got = b""
        while len(got) < len(data):
            got += self.ends[1 - side].read(len(data))
        return got

    def close(self):
        for side in (0, 1):
            try:
                self.ends[side].unwrap()
            except (ssl.SSLWantReadError, ssl.SSLError):
                pass
            self.carry()
        self.talk.end()


def exchange(pair, body=b"hello\n", kind="text/plain"):
    pair.send(0, b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
    pair.send(1, head.encode() + body)


# ---- nginx and curl ---------------------------------------------------------------------------------------

NGINX = """daemon off; master_process off; pid %(top)s/pid; error_log %(top)s/errors;
events { worker_connections 32; }
http {
    access_log off; types { text/plain txt; application/json json; } gzip on; gzip_types text/plain;
    client_body_temp_path %(top)s; proxy_temp_path %(top)s; fastcgi_temp_path %(top)s;
    uwsgi_temp_path %(top)s; scgi_temp_path %(top)s;
    server {
        listen 127.0.0.1:%(port)d ssl http2; root %(top)s/www; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate %(chain)s; ssl_certificate_key %(key)s;
    }
}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    def __init__(self, top, certificate):
        self.port = free_port()
        os.makedirs(os.path.join(top, "www"))
        for name, content in (("a.txt", b"hello\n"), ("big.txt", BIG), ("a.json", b'{"a": [1, 2, 3]}\n')):
            with open(os.path.join(top, "www", name), "wb") as file:
                file.write(content)
        for folder, _, files in os.walk(top):
            os.chmod(folder, 0o755)
            for name in files:
                os.chmod(os.path.join(folder, name), 0o644)
        path = os.path.join(top, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(NGINX % {"top": top, "port": self.port, "chain": certificate.chain, "key": certificate.key})
        self.process = subprocess.Popen([NGINX_AT, "-p", top, "-c", path], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        for _ in range(PATIENCE * 20):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("nginx does not listen")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


class Relay(threading.Thread):
    """Passes one connection on, and writes it down."""

    def __init__(self, capture, port):
        super().__init__(daemon=True)
        self.capture, self.target = capture, port
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        ends = [self.socket.accept()[0], socket.create_connection(("127.0.0.1", self.target), PATIENCE)]
        talk = self.capture.connection()
        with selectors.DefaultSelector() as selector:
            for side, end in enumerate(ends):
                selector.register(end, selectors.EVENT_READ, side)
            open_ends = 2
            while open_ends > 0:
                for key, _ in selector.select(PATIENCE):
                    data = ends[key.data].recv(16384)
                    if data:
                        talk.say(key.data, data)
                        ends[1 - key.data].sendall(data)
                        continue
                    selector.unregister(key.fileobj)
                    open_ends -= 1
                    try:
                        ends[1 - key.data].shutdown(socket.SHUT_WR)
                    except OSError:
                        pass
        talk.end()
        for end in (*ends, self.socket):
            end.close()


def fetch(capture, nginx, keylog, paths, *options):
    relay = Relay(capture, nginx.port)
    urls = [word for path in paths
            for word in ("https://localhost:%d/%s" % (relay.port, path), "-o", os.devnull)]
    subprocess.run(["curl", "-sSk", "-4", "--noproxy", "*", *options, *urls], check=True, timeout=PATIENCE,
                   env=dict(os.environ, SSLKEYLOGFILE=keylog))
    relay.join(PATIENCE)


# ---- OpenSSL's own client and server -----------------------------------------------------------------------


def until(what, happened):
    for _ in range(PATIENCE * 50):
        if happened():
            return
        time.sleep(0.02)
    raise AssertionError("waited in vain for " + what)


class OpenSSL:
    """Its server, and clients that are told to do what Python's ssl cannot."""

    def __init__(self, test, *options):
        self.test, self.port = test, free_port()
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:%d" % self.port, "-cert", test.certificate.chain, "-key",
             test.certificate.key, "-quiet", *options], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

        def listens():
            with open("/proc/net/tcp", encoding="ascii") as file:  # without a connection of our own
                return any(":%04X" % self.port in line and line.split()[3] == "0A" for line in file)
        until("the server", listens)

    def answer(self):
        self.process.stdin.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc")
        self.process.stdin.flush()

    def client(self, options, words):
        """Each word is typed to the client, or, None, answered by the server, once the one before was passed on."""
        relay, log = Relay(self.test.capture, self.port), os.path.join(self.test.top, "client")
        with open(log, "wb") as out:
            client = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:%d" % relay.port, "-keylogfile",
                                       self.test.keys, *options], stdin=subprocess.PIPE, stdout=out, stderr=out)

        def greeted():
            with open(log, "rb") as file:
                return b"Verify return code" in file.read()
        until("the handshake", greeted)
        for word in words:
            before = self.test.capture.clock
            if word is None:
                self.answer()
            else:
                client.stdin.write(word)
                client.stdin.flush()
            until("a record", lambda: self.test.capture.clock > before)
            time.sleep(0.1)  # and what the other end says to it
        client.stdin.close()
        client.terminate()
        client.wait(PATIENCE)
        relay.join(PATIENCE)

    def stop(self):
        self.process.kill()
        self.process.communicate()


def asks(uri):
    return b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n" % uri


# ---- The tests --------------------------------------------------------------------------------------------


class Decrypted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lamna-tls-")
        cls.certificate = Certificate(cls.folder.name)
        known = tshark.tshark_fields()
        cls.kinds = known
        cls.fields = [f for f in dict.fromkeys(tshark.lamna_fields(LAMNA))
                      if f in known and (f in PROTOCOLS or f.startswith(tuple(p + "." for p in PROTOCOLS)))
                      and not f.startswith("frame.time")]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.top = tempfile.mkdtemp(dir=self.folder.name)
        self.pcap, self.keys = os.path.join(self.top, "a.pcap"), os.path.join(self.top, "keys.log")
        open(self.keys, "w", encoding="utf-8").close()
        self.capture = Capture(self.pcap)

    def lamna(self, path, fields, *options):
        return tshark.rows([LAMNA, "fields", path, *options, "--aggregator", tshark.SEPARATOR,
                            *tshark.asked(fields)], fields)

    def values(self, field, path=None, *options):
        """What the packets have of one field, without those that have nothing."""
        options = options or ("--keylog", self.keys)
        rows = self.lamna(path or self.pcap, [field], *options)
        return [row[0] for row in rows if row[0] != ""]

    def agree(self, path=None, keys=None):
        """Every field of every packet, with the key log that was written, or secrets in the file itself."""
        path, keys = path or self.pcap, self.keys if keys is None else keys
        ours = self.lamna(path, self.fields, *(("--keylog", keys) if keys else ()))
        theirs = tshark.rows(["tshark", "-2", "-n", "-o", "tls.keylog_file:" + keys, "-r", path, "-T", "fields",
                              "-E", "aggregator=" + tshark.SEPARATOR, *tshark.asked(self.fields)], self.fields)
        self.assertEqual(len(ours), len(theirs))
        wrong = ["packet %d %s: lamna %r, tshark %r" % (number, field, left[:200], right[:200])
                 for number, (a, b) in enumerate(zip(ours, theirs), 1)
                 for field, left, right in zip(self.fields, a, b)
                 if not tshark.same(left, right, self.kinds[field])]
        self.assertEqual(wrong, [])

    def pair(self, version, ciphers, session=None, both=None):
        client, server = both or contexts(self.certificate, self.keys, version, ciphers)
        pair = Pair(self.capture, client, server, session)
        pair.shake()
        return pair


def cipher_test(version, ciphers):
    """One connection with this cipher: a short answer, and one of several records."""
    def test(self):
        try:
            both = contexts(self.certificate, self.keys, version, ciphers)
            pair = self.pair(version, ciphers, both=both)
        except ssl.SSLError as error:
            self.skipTest("this OpenSSL has it not: %s" % error)
        exchange(pair)
        exchange(pair, BIG)
        pair.close()
        self.capture.close()
        self.assertEqual(self.values("http.request.uri"), ["/page", "/page"])
        self.assertEqual(self.values("http.content_length"), ["6", str(len(BIG))])
        if "ARIA" not in (ciphers or ""):  # tshark 4.0 does not have it
            self.agree()
    return test


V = ssl.TLSVersion
for _name, _version, _ciphers in (
        ("1_0_aes", V.TLSv1, "ECDHE-RSA-AES128-SHA"), ("1_0_rsa", V.TLSv1, "AES256-SHA"),
        ("1_1_aes", V.TLSv1_1, "ECDHE-RSA-AES256-SHA"), ("1_1_camellia", V.TLSv1_1, "CAMELLIA128-SHA"),
        ("1_2_cbc", V.TLSv1_2, "ECDHE-RSA-AES128-SHA256"), ("1_2_cbc_384", V.TLSv1_2, "ECDHE-RSA-AES256-SHA384"),
        ("1_2_rsa", V.TLSv1_2, "AES128-SHA"), ("1_2_gcm", V.TLSv1_2, "ECDHE-RSA-AES128-GCM-SHA256"),
        ("1_2_gcm_384", V.TLSv1_2, "ECDHE-RSA-AES256-GCM-SHA384"), ("1_2_ccm", V.TLSv1_2, "AES128-CCM"),
        ("1_2_ccm8", V.TLSv1_2, "AES256-CCM8"), ("1_2_chacha", V.TLSv1_2, "ECDHE-RSA-CHACHA20-POLY1305"),
        ("1_2_aria", V.TLSv1_2, "ARIA128-GCM-SHA256"), ("1_2_dhe", V.TLSv1_2, "DHE-RSA-AES128-GCM-SHA256"),
        ("1_3", V.TLSv1_3, None)):
    setattr(Decrypted, "test_cipher_" + _name, cipher_test(_version, _ciphers))


class Sessions(Decrypted):
    """Resumption, other ports of the handshake, secrets that come in other ways."""

    def resumed(self, version, tickets):
        both = contexts(self.certificate, self.keys, version, None)
        if not tickets:
            both[1].options |= ssl.OP_NO_TICKET
        first = self.pair(version, None, both=both)
        exchange(first)
        session = first.ends[0].session
        first.close()
        second = self.pair(version, None, session, both)
        exchange(second, b'{"a": 1}', "application/json")
        second.close()
        self.capture.close()
        return second.ends[0].session_reused

    def test_resumed_1_2(self):
        self.assertTrue(self.resumed(V.TLSv1_2, True))
        self.agree()

    def test_resumed_by_session_id(self):
        self.assertTrue(self.resumed(V.TLSv1_2, False))
        self.agree()

    def test_resumed_1_3(self):
        self.assertTrue(self.resumed(V.TLSv1_3, True))
        self.agree()

    def test_resumed_without_its_own_line(self):
        """The key log has only the first connection's master secret: it is the second's, too."""
        self.assertTrue(self.resumed(V.TLSv1_2, True))
        with open(self.keys, encoding="utf-8") as file:
            lines = file.readlines()
        with open(self.keys, "w", encoding="utf-8") as file:
            file.writelines([line for line in lines if not line.startswith("#")][:1])
        self.assertEqual(len(self.values("http.request.uri")), 2)

    def one_exchange(self, version=V.TLSv1_3):
        pair = self.pair(version, None)
        exchange(pair)
        pair.close()
        self.capture.close()

    def test_until_the_end(self):
        """A body that ends with the connection, which tshark never shows."""
        pair = self.pair(V.TLSv1_2, None)
        pair.send(0, b"GET / HTTP/1.0\r\n\r\n")
        pair.send(1, b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil")
        pair.send(1, b" the end\n")
        pair.close()
        self.capture.close()
        self.assertEqual(self.values("data-text-lines"), ["Line-based text data: text/plain (1 lines)"])

    def test_unknown(self):
        """What no protocol knows."""
        pair = self.pair(V.TLSv1_3, None)
        pair.send(0, b"something that nobody knows")
        pair.send(1, b"\0\1\2")
        pair.close()
        self.capture.close()
        self.assertEqual(self.values("frame.protocols")[7:9], ["eth:ethertype:ip:tcp:tls"] * 2)

    def test_other_keys(self):
        """With the keys of another connection all is as without."""
        self.one_exchange()
        other = os.path.join(self.top, "other.log")
        with open(other, "w", encoding="utf-8") as file:
            file.write("CLIENT_RANDOM %s %s\n" % ("00" * 32, "11" * 48))
        fields = ["frame.protocols", "tls.record.content_type", "tls.record.opaque_type", "tls.app_data",
                  "tls.handshake.type", "http"]
        self.assertEqual(self.lamna(self.pcap, fields, "--keylog", other), self.lamna(self.pcap, fields))
        self.assertEqual(self.values("http.request.uri", self.pcap, "--keylog", other), [])

    def test_false_secret(self):
        """A secret of this connection that is not right opens nothing."""
        self.one_exchange()
        with open(self.keys, encoding="utf-8") as file:
            text = file.read()
        with open(self.keys, "w", encoding="utf-8") as file:
            for line in text.splitlines():
                words = line.split()
                if len(words) == 3:
                    file.write("%s %s %s\n" % (words[0], words[1], words[2][::-1]))
        self.assertEqual(self.values("http.request.uri"), [])

    def blocks(self, path):
        with open(path, "rb") as file:
            data = file.read()
        while data:
            length = struct.unpack("<I", data[4:8])[0]
            yield data[:length]
            data = data[length:]

    def test_secrets_in_the_file(self):
        """A Decryption Secrets Block, first before the packets, then behind the client's hello."""
        for version in (V.TLSv1_3, V.TLSv1_2):
            self.setUp()
            self.one_exchange(version)
            inside = os.path.join(self.top, "inside.pcapng")
            subprocess.run(["editcap", "--inject-secrets", "tls," + self.keys, self.pcap, inside], check=True,
                           timeout=PATIENCE, capture_output=True)
            self.agree(inside, "")
            blocks = list(self.blocks(inside))
            secrets = [b for b in blocks if b[:4] == b"\x0a\0\0\0"]
            self.assertEqual(len(secrets), 1)
            packets = [i for i, b in enumerate(blocks) if b[:4] == b"\x06\0\0\0"]
            for after in (3, 4, 5, 6):
                late = os.path.join(self.top, "late.pcapng")
                with open(late, "wb") as file:
                    for i, block in enumerate(blocks):
                        if block is not secrets[0]:
                            file.write(block)
                        if i == packets[after]:
                            file.write(secrets[0])
                # TLS 1.3 needs the server's Finished for the next keys, which comes in the fifth packet
                self.assertEqual(self.values("http.request.uri", late, "-Y", "http"), ["/page"], after)

    def test_lines_that_mean_nothing(self):
        self.one_exchange()
        with open(self.keys, "r+", encoding="utf-8") as file:
            lines = file.read()
            file.seek(0)
            file.write("nonsense\nCLIENT_RANDOM zz 11\nCLIENT_RANDOM\n\n" + "x" * 5000 + "\n" + lines)
        self.assertEqual(self.values("http.request.uri"), ["/page"])


class Commands(Decrypted):
    """What changes keys in the middle of a connection, and data before them."""

    def talk(self, clients, *options):
        server = OpenSSL(self, *options)
        try:
            for client in clients:
                server.client(*client)
        finally:
            server.stop()
            self.capture.close()
        self.agree()

    def test_key_update(self):
        """Of the client's keys, then of both ends'."""
        self.talk([(["-crlf"], [asks(b"one").replace(b"\r", b""), None, b"k\n", asks(b"two").replace(b"\r", b""),
                                None, b"K\n", asks(b"three").replace(b"\r", b""), None])])
        self.assertEqual(self.values("http.request.uri"), ["/one", "/two", "/three"])
        self.assertEqual(self.values("http.response.code"), ["200"] * 3)
        self.assertIn("24", self.values("tls.handshake.type"))

    def test_renegotiation(self):
        self.talk([(["-crlf", "-tls1_2"], [asks(b"one").replace(b"\r", b""), None, b"R\n",
                                           asks(b"two").replace(b"\r", b""), None])],
                  "-client_renegotiation", "-tls1_2")
        self.assertEqual(self.values("http.response.code"), ["200"] * 2)
        self.assertEqual(self.values("tls.handshake.type").count("1"), 2)

    def test_early_data(self):
        early, session = os.path.join(self.top, "early"), os.path.join(self.top, "session")
        with open(early, "wb") as file:
            file.write(asks(b"early"))
        self.talk([(["-sess_out", session], [asks(b"one"), None]),
                   (["-sess_in", session, "-early_data", early], [asks(b"two"), None])],
                  "-early_data", "-no_anti_replay")
        self.assertEqual(self.values("http.request.uri"), ["/one", "/early", "/two"])


@unittest.skipUnless(NGINX_AT and shutil.which("curl"), "nginx or curl is not here")
class Web(Decrypted):
    """nginx and curl: HTTP/1.1 and HTTP/2 over TLS 1.2 and 1.3."""

    def fetch(self, *options):
        nginx = Nginx(os.path.join(self.top, "nginx"), self.certificate)
        try:
            fetch(self.capture, nginx, self.keys, ("a.txt", "big.txt", "a.json", "none"), *options)
        finally:
            nginx.stop()
            self.capture.close()
        self.agree()

    def test_http1_over_1_2(self):
        self.fetch("--http1.1", "--tls-max", "1.2")
        self.assertEqual(len(self.values("http.request.uri")), 4)

    def test_http1_over_1_3(self):
        self.fetch("--http1.1", "--tlsv1.3", "--compressed")
        self.assertEqual(len(self.values("http.request.uri")), 4)

    def test_http2_over_1_2(self):
        self.fetch("--http2", "--tls-max", "1.2", "--compressed")
        self.assertEqual(self.values("http2.headers.path"), ["/a.txt", "/big.txt", "/a.json", "/none"])

    def test_http2_over_1_3(self):
        self.fetch("--http2", "--tlsv1.3")
        self.assertEqual(self.values("http2.headers.status"), ["200", "200", "200", "404"])


def load_tests(loader, _tests, _pattern):
    """Each class only with the tests that are its own."""
    suite = unittest.TestSuite()
    for case in (Decrypted, Sessions, Commands, Web):
        names = [name for name in loader.getTestCaseNames(case)
                 if case is Decrypted or name not in loader.getTestCaseNames(Decrypted)]
        suite.addTests(map(case, names))
    return suite


if __name__ == "__main__":
    if len(sys.argv) > 1:
        LAMNA = os.path.abspath(sys.argv.pop(1))
    if not (tshark.available() and shutil.which("openssl") and shutil.which("editcap")):
        print("tshark, editcap or openssl is not here")
        sys.exit(77)
    unittest.main(verbosity=2)
