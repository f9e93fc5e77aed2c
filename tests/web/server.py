"""A `lamna web` for tests, and a client that can misbehave."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True  # the source tree stays as it is
TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "cli"), os.path.join(TESTS, "golden")]
import captures  # noqa: E402

PATIENCE = 30
ADDRESS = re.compile(r"^http://127\.0\.0\.1:(\d+)/\?token=([0-9a-f]{32})$")


class Server:
    """Serves captures of tests/cli, or what `prepare` has written into the folder, until it is closed; with the page, or
    without it."""

    def __init__(self, lamna, names, *options, page=False, prepare=None):
        self.folder = tempfile.TemporaryDirectory()
        captures.write_all(self.folder.name)
        if prepare is not None:
            prepare(self.folder.name)
        command = [lamna, "web", *names, "--port", "0", "--no-open", *options, *([] if page else ["--api-only"])]
        self.process = subprocess.Popen(command, cwd=self.folder.name, text=True, stdout=subprocess.PIPE,
                                        env=dict(os.environ, TMPDIR=self.folder.name, XDG_CONFIG_HOME=self.folder.name))
        line = self.process.stdout.readline().strip()
        match = ADDRESS.match(line)
        if not match:
            self.close()
            raise SystemExit("no address was printed but: %r" % line)
        self.address, self.port, self.token = line, int(match.group(1)), match.group(2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self, number=signal.SIGINT):
        """Ends it, and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise SystemExit("the server did not end") from None
        finally:
            self.process.stdout.close()
            self.folder.cleanup()
        return self.process.returncode

    def memory(self):
        """Resident bytes."""
        with open("/proc/%d/statm" % self.process.pid, encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def request(self, path, method="GET", headers=None, body=None, token=True):
        """(status, headers, bytes)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            given = {"X-Lamna-Token": self.token} if token else {}
            try:
                connection.request(method, path, body=body, headers={**given, **(headers or {})})
            except BrokenPipeError:
                pass  # who refuses a body need not read it: the answer is there
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask(self, question, status=200, method="GET", **arguments):
        """What is answered under /api/, as JSON that must be well-formed and come with this status."""
        query = urllib.parse.urlencode(arguments, doseq=True)
        got, headers, body = self.request("/api/%s?%s" % (question, query), method)
        if got != status:
            raise AssertionError("%s %s: status %d, not %d: %r" % (question, arguments, got, status, body[:300]))
        if headers["Content-Type"] != "application/json":
            raise AssertionError("%s is %s" % (question, headers["Content-Type"]))
        return json.loads(body)

    def order(self, what, status=200, **arguments):
        return self.ask(what, status, "POST", **arguments)


class Checks:
    """Counts what is as it should be."""

    def __init__(self):
        self.failed = 0

    def same(self, what, got, expected):
        if got != expected:
            self.failed += 1
            print("not ok: %s: %r, not %r" % (what, got, expected))
        else:
            print("ok: %s" % what)

    def true(self, what, holds):
        self.same(what, bool(holds), True)
