#!/usr/bin/env python3
"""The capture that benchmarks measure with is correct, varied and the same for the same seed.

    generator.py LAMNA-GENERATE

tshark is the judge: without it the test is skipped.
"""
import collections
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

GENERATE = "build/bench/lamna-generate"
PACKETS = 60000
COLUMNS = ["frame.time_epoch", "frame.len", "frame.protocols", "tcp.port", "tcp.flags.str",
           "tcp.option_kind", "tcp.options.sack.count", "tcp.analysis.retransmission",
           "tcp.analysis.duplicate_ack", "tcp.analysis.zero_window", "dns.resp.type",
           "http.request.method", "http.response.code", "_ws.malformed"]
CHECKSUMS = [w for p in ("ip", "tcp", "udp") for w in ("-o", p + ".check_checksum:TRUE")]
BAD = " or ".join(p + ".checksum.status == \"Bad\"" for p in ("ip", "tcp", "udp", "icmp"))


def generate(path, *options, packets=PACKETS):
    subprocess.run([GENERATE, "--packets", str(packets), *options, "-o", path], check=True)
    with open(path, "rb") as file:
        return file.read()


def tshark(*arguments):
    done = subprocess.run(["tshark", "-n", *arguments], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.splitlines()


class Generator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.pcap = os.path.join(cls.folder.name, "a.pcap")
        cls.bytes = generate(cls.pcap)
        fields = [w for column in COLUMNS for w in ("-e", column)]
        lines = tshark("-r", cls.pcap, "-T", "fields", *fields)
        cls.packets = [dict(zip(COLUMNS, line.split("\t"))) for line in lines]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def share(self, test):
        return sum(1 for p in self.packets if test(p)) / PACKETS

    def within(self, low, high, test):
        share = self.share(test)
        self.assertTrue(low <= share <= high, "%.4f is not in %g to %g" % (share, low, high))

    def has(self, protocol):
        return lambda p: protocol in p["frame.protocols"].split(":")

    def test_whole_and_well_formed(self):
        self.assertEqual(len(self.packets), PACKETS)
        self.assertEqual([p for p in self.packets if p["_ws.malformed"]], [])

    def test_no_bad_checksum(self):
        self.assertEqual(tshark("-r", self.pcap, *CHECKSUMS, "-Y", BAD), [])

    def test_time_goes_forward(self):
        times = [p["frame.time_epoch"] for p in self.packets]
        self.assertEqual(times, sorted(set(times)))

    def test_seed_decides(self):
        self.assertEqual(generate(self.path("same"), "--seed", "1"), self.bytes)
        self.assertNotEqual(generate(self.path("other"), "--seed", "2"), self.bytes)

    def test_shorter_is_a_prefix(self):
        self.assertTrue(self.bytes.startswith(generate(self.path("short"), packets=1000)))

    def test_pcapng_holds_the_same_packets(self):
        generate(self.path("a.pcapng"), "--format", "pcapng")
        columns = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "ip.id", "-e",
                   "tcp.checksum", "-e", "udp.checksum"]
        self.assertEqual(tshark("-r", self.path("a.pcapng"), *columns),
                         tshark("-r", self.pcap, *columns))

    def test_mix_of_protocols(self):
        self.within(0.93, 0.97, self.has("tcp"))
        self.within(0.06, 0.10, self.has("ipv6"))
        self.within(0.03, 0.05, self.has("vlan"))
        self.within(0.02, 0.035, self.has("dns"))
        self.within(0.002, 0.004, self.has("ntp"))
        self.within(0.003, 0.007, self.has("icmp"))
        self.within(0.003, 0.007, self.has("arp"))
        self.within(0.005, 0.015, lambda p: "12345" in p["tcp.port"].split(","))
        self.within(0.01, 0.20, lambda p: "8080" in p["tcp.port"].split(","))

    def test_bulk_dominates(self):
        self.within(0.6, 0.9, lambda p: int(p["frame.len"]) >= 1500)

    def test_connections_begin_and_end(self):
        flags = collections.Counter(p["tcp.flags.str"].replace("·", "") for p in self.packets)
        self.assertGreater(flags["S"], 2000)
        self.assertGreater(flags["AS"], 0.97 * flags["S"])  # but for what the end cuts off
        self.assertGreater(flags["AF"], 100)
        self.assertGreater(flags["AR"], 0)

    def test_options_of_a_handshake(self):
        kinds = collections.Counter(p["tcp.option_kind"] for p in self.packets
                                    if "S" in p["tcp.flags.str"])
        # MSS, SACK permitted, timestamps, window scale; or the same without timestamps
        self.assertEqual(set(kinds), {"2,4,8,1,3", "2,1,1,4,1,3"})
        self.assertGreater(kinds["2,4,8,1,3"], kinds["2,1,1,4,1,3"])

    def test_what_goes_wrong_on_the_way(self):
        self.within(0.002, 0.01, lambda p: p["tcp.analysis.retransmission"])
        self.within(0.0005, 0.01, lambda p: p["tcp.analysis.duplicate_ack"])
        self.within(0.0005, 0.01, lambda p: p["tcp.options.sack.count"])
        self.within(0.00001, 0.001, lambda p: p["tcp.analysis.zero_window"])

    def test_greetings_alone(self):
        """Many short connections, nothing else over TCP."""
        generate(self.path("greetings"), "--greetings", packets=20000)
        lines = tshark("-r", self.path("greetings"), "-Y", "tcp", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.port")
        self.assertEqual([line for line in lines if "12345" not in line.split("\t")[1].split(",")], [])
        streams = 1 + max(int(line.split("\t")[0]) for line in lines)
        self.assertLess(len(lines) / streams, 30)

    def test_dns_answers(self):
        types = {p["dns.resp.type"] for p in self.packets}
        self.assertLessEqual({"1", "28", "5,1", "5,28"}, types)

    def test_http_is_answered(self):
        asked = self.share(lambda p: p["http.request.method"])
        self.within(0.01, 0.06, lambda p: p["http.request.method"])
        self.within(0.1 * asked, asked, lambda p: p["http.response.code"])

    def test_disk_full_is_reported(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        done = subprocess.run([GENERATE, "-o", "/dev/full"], check=False, text=True,
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/dev/full", done.stderr)

    def test_usage(self):
        for wrong in ([], ["-o"], ["--packets", "x", "-o", "a"], ["--format", "zip", "-o", "a"]):
            done = subprocess.run([GENERATE, *wrong], check=False, stderr=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 2, wrong)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        GENERATE = os.path.abspath(sys.argv.pop(1))
    if shutil.which("tshark") is None:
        sys.exit(77)
    unittest.main()
