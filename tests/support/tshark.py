"""tshark as the oracle: the same fields of the same capture from both programs, and when two spellings
of a value are the same value."""
import ipaddress
import os
import re
import shutil
import subprocess

SEPARATOR = "\x1f"
INTEGER = re.compile(r"-?\d+$")
HEX = re.compile(r"0x[0-9a-fA-F]+$")
BOOLEANS = {"true": "1", "false": "0", "set": "1", "not set": "0"}
PATIENCE = 300


def available():
    return shutil.which("tshark") is not None


def run(command):
    env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
    done = subprocess.run(command, env=env, capture_output=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def tshark_fields():
    """name -> type, of every field that tshark knows."""
    types = {}
    for line in run(["tshark", "-G", "fields"])[1].splitlines():
        column = line.split("\t")
        if column[0] == "F":
            types[column[2]] = column[3]
        elif column[0] == "P":
            types[column[2]] = "FT_PROTOCOL"
    return types


def lamna_fields(lamna):
    return [line.split("\t")[0] for line in run([lamna, "fields", "--list"])[1].splitlines()]


def normal(value, kind):
    """One value in a spelling that does not depend on the program."""
    value = raw(value).strip()
    if kind == "FT_BOOLEAN":
        return BOOLEANS.get(value.lower(), value)
    if kind.startswith(("FT_UINT", "FT_INT", "FT_CHAR", "FT_FRAMENUM")):
        if HEX.match(value):
            return str(int(value, 16))
        return str(int(value)) if INTEGER.match(value) else value
    if kind in ("FT_ETHER", "FT_BYTES", "FT_EUI64", "FT_UINT_BYTES"):
        return value.replace(":", "").replace("-", "").lower()
    if kind == "FT_IPv6":
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            return value
    if kind in ("FT_RELATIVE_TIME", "FT_DOUBLE", "FT_FLOAT"):
        try:
            return "%.6f" % float(value)
        except ValueError:
            return value
    if kind == "FT_ABSOLUTE_TIME":
        return re.sub(r"(\.\d{6})\d*", r"\1", value).replace("  ", " ")
    return value


def raw(text):
    """tshark 4.0 writes control characters of text as they are; here they are escaped."""
    return re.sub(r"\\x([0-9a-f]{2})|\\([abfv])",
                  lambda m: chr(int(m[1], 16)) if m[1] else {"a": "\a", "b": "\b", "f": "\f", "v": "\v"}[m[2]], text)


def same(ours, theirs, kind):
    """Two cells: all values of a field in a packet."""
    if ours == theirs:
        return True
    left, right = ([normal(v, kind) for v in text.split(SEPARATOR)] if text else [] for text in (ours, theirs))
    return left == right


def rows(command, fields):
    """A list of cells for each packet, as long as `fields`."""
    out = run(command)[1]
    table = [line.split("\t") for line in out.split("\n")[:-1]]
    return [row + [""] * (len(fields) - len(row)) for row in table]


def asked(fields):
    return [word for field in fields for word in ("-e", field)]


def lamna_rows(lamna, path, fields):
    return rows([lamna, "fields", path, "--aggregator", SEPARATOR, *asked(fields)], fields)


def tshark_rows(path, fields):
    return rows(["tshark", "-2", "-n", "-r", path, "-T", "fields", "-E", "aggregator=" + SEPARATOR,
                 *asked(fields)], fields)


class Oracle:
    """The fields that both programs know, and their difference in a capture."""

    def __init__(self, lamna):
        self.lamna = lamna
        self.known = tshark_fields() if available() else {}
        self.fields = [f for f in dict.fromkeys(lamna_fields(lamna)) if f in self.known]

    def compare(self, path, fields=None):
        """(packet, field, ours, theirs) of each cell, which is a field that a packet has in at least one
        of the two; packet 0 where the numbers of packets differ."""
        fields = self.fields if fields is None else fields
        if not fields:
            return
        ours, theirs = lamna_rows(self.lamna, path, fields), tshark_rows(path, fields)
        if len(ours) != len(theirs):
            yield 0, "packets", str(len(ours)), str(len(theirs))
        for number, (left, right) in enumerate(zip(ours, theirs), 1):
            for field, x, y in zip(fields, left, right):
                if x or y:
                    yield number, field, x, y

    def same(self, field, ours, theirs):
        return same(ours, theirs, self.known.get(field, ""))
