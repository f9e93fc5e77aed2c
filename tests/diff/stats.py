#!/usr/bin/env python3
"""Compares the numbers of `lamna stats` with those of tshark's statistics.

    stats.py LAMNA CORPUS GENERATOR      exit status 77: there is no tshark

Each test names the captures of the corpus that it compares; those that are not there are left out. A capture
made by GENERATOR is always there.
"""
import collections
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

LAMNA, CORPUS, GENERATOR = "build/lamna", "", "build/bench/lamna-generate"
PACKETS = 4000
CONVERSATIONS = ["wireshark-4.4.18/test/captures/tcp-badsegments.pcap.gz", "ja4/pcap/http1.pcapng",
                 "tracepcap/sample-files/http_demo.pcap"]
HTTP = ["zeek/testing/btest/Traces/http/1000-requests-one-dropped-response.pcap.gz",
        "tracepcap/sample-files/http_demo.pcap", "ja4/pcap/http1.pcapng"]
DNS = ["pcapplusplus/Tests/Pcap++Test/PcapExamples/DnsPackets.pcap",
       "tracepcap/sample-files/monitor_large/week7_violations_drop_gateway_back.pcap",
       "suricata-verify/tests/dns/bug-1158/input.pcap"]


def lamna(*arguments):
    out = subprocess.run([LAMNA, "stats", *arguments, "--format", "csv"], check=True, capture_output=True, text=True,
                         timeout=60).stdout
    return list(csv.DictReader(out.splitlines()))


def tshark(path, *arguments):
    return subprocess.run(["tshark", "-n", "-q", "-r", path, *arguments], check=True, capture_output=True, text=True,
                          timeout=60).stdout


def ns(seconds):
    whole, _, part = seconds.partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0")[:9])


class Stats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = os.path.join(cls.folder.name, "made.pcap")
        subprocess.run([GENERATOR, "--packets", str(PACKETS), "-o", cls.made], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def captures(self, names):
        return [self.made] + [path for path in (os.path.join(CORPUS, name) for name in names) if os.path.exists(path)]

    def test_conversations(self):
        """conv,tcp: both ends, and packets and bytes of both directions."""
        number = r"\s+(\d+)\s+([\d,]+)\s*(bytes|kB|MB)?"
        line = re.compile(r"^(\S+):(\d+)\s+<->\s+(\S+):(\d+)" + 3 * number, re.M)
        for path in self.captures(CONVERSATIONS):
            theirs = collections.Counter()
            for m in line.finditer(tshark(path, "-z", "conv,tcp")):
                a, b = (m.group(1), int(m.group(2))), (m.group(3), int(m.group(4)))
                back, forth = int(m.group(5)), int(m.group(8))
                packets = (forth, back) if a < b else (back, forth)
                theirs[(min(a, b), max(a, b), *packets)] += 1
            ours = collections.Counter()
            for row in lamna(path, "tcp"):
                a, b = (row["client"], int(row["client_port"])), (row["server"], int(row["server_port"]))
                packets = (int(row["client_packets"]), int(row["server_packets"]))
                ours[(min(a, b), max(a, b), *(packets if a < b else packets[::-1]))] += 1
            self.assertEqual(ours, theirs, path)
            self.assertTrue(ours, path)

    def test_io(self):
        """io,stat: each function of a field, with and without a filter; one interval over all of it, and many."""
        series = [("SUM(frame.len)frame.len", "sum(frame.len)"), ("COUNT(tcp.len)tcp.len&&tcp.port==80",
                                                                    "count(tcp.len) where tcp.port==80"),
                  ("MAX(frame.len)frame.len&&udp", "max(frame.len) where udp"),
                  ("MIN(tcp.window_size)tcp.window_size&&tcp", "min(tcp.window_size) where tcp"),
                  ("AVG(ip.ttl)ip.ttl&&ip", "avg(ip.ttl) where ip"), ("tcp.flags.syn==1", "tcp.flags.syn==1")]
        for path in self.captures(CONVERSATIONS):
            for interval in ("0", "0.01"):
                text = tshark(path, "-z", "io,stat,%s,%s" % (interval, ",".join(s[0] for s in series)))
                options = [w for s in series for w in ("--series", s[1])]
                rows = lamna(path, "io", "--interval", interval if interval != "0" else "1000000", *options)
                theirs = [[c.strip() for c in l.split("|")[2:-1]] for l in text.splitlines()
                          if re.match(r"\|\s*[\d.]+\s*<>", l)]
                for number, (cells, row) in enumerate(zip(theirs, rows)):
                    mine = [row[s[1]] for s in series[:5]] + [row[series[5][1]]]
                    counts = [float(v) if v else 0 for v in mine]
                    self.assertEqual([int(v) for v in counts], [int(float(c)) for c in cells[:6]],
                                     "%s, interval %d of %s s" % (path, number, interval))
                self.assertTrue(theirs, path)

    def test_http(self):
        """http,tree: how many requests of each method, and responses of each status."""
        for path in self.captures(HTTP):
            text = tshark(path, "-z", "http,tree")
            theirs = {m.group(1): int(m.group(2)) for m in
                      re.finditer(r"^ {2,3}([A-Z-]+|[1-5]\d\d) ?[^\n]*?\s{2,}(\d+) ", text, re.M)}
            rows = lamna(path, "http")
            ours = collections.Counter(row["method"] for row in rows if row["method"])
            ours.update(row["status"] for row in rows if row["status"])
            self.assertEqual({k: v for k, v in theirs.items() if v > 0}, dict(ours), path)

    def test_dns(self):
        """dns,tree: queries, responses, and how long they took."""
        for path in self.captures(DNS):
            text = tshark(path, "-z", "dns,tree")

            def count(name):
                m = re.search(r"^\s*%s\s+(\d+)" % name, text, re.M)
                return int(m.group(1)) if m else 0

            total = lamna(path, "dns", "--by", "summary")[0]
            self.assertEqual(int(total["queries"]) + int(total["repeats"]), count("Query"), path)
            m = re.search(r"request-response time \(msec\)\s+(\d+)(?:\s+([\d.]+)\s+([\d.]+)\s+([\d.]+))?", text)
            answered = int(total["queries"]) - int(total["unanswered"])
            self.assertEqual(answered, int(m.group(1)), path)
            for mine, theirs in (("time_avg", 2), ("time_min", 3), ("time_max", 4)):
                if answered > 0:
                    self.assertAlmostEqual(ns(total[mine]) / 1e6, float(m.group(theirs)), delta=0.01, msg=path)


if __name__ == "__main__":
    if len(sys.argv) > 3 and not sys.argv[1].startswith("-"):
        LAMNA, CORPUS, GENERATOR = [os.path.abspath(a) for a in sys.argv[1:4]]
        CORPUS = os.environ.get("LAMNA_CORPUS", CORPUS)
        del sys.argv[1:4]
    if shutil.which("tshark") is None:
        sys.exit(77)
    unittest.main()
