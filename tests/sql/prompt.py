#!/usr/bin/env python3
"""The prompt of lamna sql on a terminal: completion, history, several lines, Ctrl-C, and how far a query is.

    prompt.py LAMNA      exit status 77: DuckDB's library is not here
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the source tree stays as it is
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "cli"))
import captures  # noqa: E402

SKIPPED = 77
PATIENCE = 20
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(HERE)), "build-duckdb", "libduckdb.so")
ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b, packets;"


class Terminal:
    def __init__(self, command, folder):
        env = dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8", XDG_STATE_HOME=os.path.join(folder, "state"))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, env)
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, pattern):
        """What came up to the pattern; it is not looked at again."""
        end = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.seen)
            if found:
                before, self.seen = self.seen[:found.end()], self.seen[found.end():]
                return before
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise SystemExit("nothing like %r in:\n%s" % (pattern, self.seen))
            try:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                raise SystemExit("it ended before %r:\n%s" % (pattern, self.seen)) from None

    def end(self):
        """The exit status, once all that it has to say is read."""
        while True:
            try:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                break
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def at_prompt(lamna, folder):
    t = Terminal([lamna, "sql", "greeting.pcap"], folder)
    t.wait_for("lamna> ")
    t.type("SELECT count(*) AS n FROM pack\t;\r")
    t.wait_for(r"\b9\r\n")
    t.type("SELECT 40 +\r")
    t.wait_for(r"\.\.\.> ")
    t.type("2 AS n;\r")
    t.wait_for(r"\b42\r\n")
    t.type("SELECT nothing FROM packets;\r")
    t.wait_for("not found in FROM clause")
    t.wait_for("lamna> ")
    t.type("\x1b[A\x1b[A\x1b[A\r")  # the first statement again
    t.wait_for(r"\b9\r\n")
    t.wait_for("lamna> ")
    time.sleep(0.3)  # until it reads
    t.type("SELECT this is left\x03")
    t.wait_for("lamna> ")
    t.type(ENDLESS + "\r")
    time.sleep(1)
    begun = time.monotonic()
    t.type("\x03")
    t.wait_for("lamna: stopped")
    if time.monotonic() - begun > 2:
        raise SystemExit("Ctrl-C took %.1f s" % (time.monotonic() - begun))
    t.wait_for("lamna> ")
    t.type(".quit\r")
    status = t.end()
    if status != 0:
        raise SystemExit("the prompt should end with 0, not %d:\n%s" % (status, t.seen))


def one_query(lamna, folder):
    """SIGINT stops a query that was given on the command line; the status tells that there is no result."""
    with subprocess.Popen([lamna, "sql", "greeting.pcap", ENDLESS], cwd=folder, stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as run:
        time.sleep(1.5)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=PATIENCE)
    if run.returncode != 1 or out or "stopped" not in err:
        raise SystemExit("SIGINT: status %d, %r, %r" % (run.returncode, out, err))


def progress(lamna, folder):
    """While a query reads, a terminal is told how far it is, and that line is gone before the rows come."""
    slow = "(head -c 24 greeting.pcap; for i in 1 2 3 4; do sleep 0.5; tail -c +25 greeting.pcap; done)"
    t = Terminal(["sh", "-c", slow + " | '%s' sql - 'SELECT count(*) AS n FROM packets' --format csv" % lamna], folder)
    t.wait_for("0 of 1 captures read, (9|18|27) rows")
    t.wait_for(r"\r\x1b\[Kn\r\n36\r\n")
    if t.end() != 0:
        raise SystemExit("the slow capture: " + t.seen)
    done = subprocess.run(["sh", "-c", slow + " | '%s' sql - 'SELECT count(*) AS n FROM packets' --format csv" % lamna],
                          cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.stdout != "n\n36\n" or done.stderr:
        raise SystemExit("without a terminal: %r %r" % (done.stdout, done.stderr))


def main():
    if not os.path.exists(LIBRARY):
        print("there is no DuckDB: scripts/bootstrap sql fetches it")
        return SKIPPED
    lamna = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        captures.write_all(folder)
        at_prompt(lamna, folder)
        one_query(lamna, folder)
        progress(lamna, folder)
        history = open(os.path.join(folder, "state", "lamna", "sql_history"), encoding="utf-8").read()
        if "packets" not in history:
            raise SystemExit("the history has not what was typed:\n" + history)
    return 0


if __name__ == "__main__":
    sys.exit(main())
