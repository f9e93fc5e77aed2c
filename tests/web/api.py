#!/usr/bin/env python3
"""What the server of `lamna web` answers.

    api.py LAMNA
"""
import json
import os
import subprocess
import sys

from server import Checks, Server


def list_of(lamna, server, name, *options):
    done = subprocess.run([lamna, "list", name, *options], cwd=server.folder.name, text=True, capture_output=True,
                          check=True, timeout=30)
    return done.stdout.splitlines()


def packets(check, lamna, server):
    answer = server.ask("packets", capture=0, wait=5000)
    check.same("all packets of the greeting", (answer["total"], answer["done"]), (9, True))
    shown = list_of(lamna, server, "greeting.pcap", "--columns", "info")[1:]
    check.same("as the command lists them", [row[-1] for row in answer["rows"]], shown)
    answer = server.ask("packets", filter="tcp.flags.fin == 1", columns="number,tcp.seq")
    check.same("a filter and columns", [row[2:] for row in answer["rows"]], [["6", "19"], ["8", "1"]])
    answer = server.ask("packets", **{"from": 7, "count": 5})
    check.same("a page at the end", [row[0] for row in answer["rows"]], [8, 9])
    check.same("behind the end", server.ask("packets", **{"from": 70})["rows"], [])
    check.same("where a packet is", server.ask("row", filter="tcp.flags.fin == 1", number=7)["row"], 1)
    colours = [rule["name"] for rule in server.ask("colours")["colours"]]
    check.same("colours", [colours[row[1]] for row in server.ask("packets", count=3)["rows"]],
               ["TCP SYN/FIN", "TCP SYN/FIN", "TCP"])
    check.same("a file that is cut off", "in the middle of a packet" in server.ask("packets", capture=2)["problem"], True)


def sorting(check, server):
    rows = server.ask("packets", sort="-length", wait=5000)["rows"]
    check.same("sorted, highest first; what is alike, by its number", [row[0] for row in rows], [4, 1, 2, 3, 5, 6, 7, 8, 9])
    rows = server.ask("packets", sort="tcp.srcport", columns="number,tcp.srcport", filter="tcp.len == 0", wait=5000)["rows"]
    check.same("by a field, and filtered", [(row[0], row[3]) for row in rows],
               [(2, "12345"), (6, "12345"), (9, "12345"), (1, "49320"), (3, "49320"), (5, "49320"), (7, "49320"), (8, "49320")])
    for sort, number, expected in [("-length", 1, 1), ("-length", 4, 0), ("-length", 9, 8), ("time", 5, 4), ("-number", 9, 0)]:
        check.same("where packet %d is, by %s" % (number, sort), server.ask("row", sort=sort, number=number)["row"], expected)
    page = server.ask("packets", sort="-number", wait=5000, **{"from": 7, "count": 5})
    check.same("a page of it", [row[0] for row in page["rows"]], [2, 1])
    check.same("no such column", server.ask("packets", 400, sort="ip.ttl")["error"]["code"], "argument")
    check.same("a file that is cut off", "in the middle" in server.ask("packets", capture=2, sort="time", wait=5000)["problem"], True)


def detail(check, server):
    packet = server.ask("packet", number=4)
    fields = {item["field"]: item for item in packet["tree"]}
    check.same("a field's place", [fields["tcp.dstport"][k] for k in ("offset", "length", "value", "level")],
               [36, 2, "49320", 1])
    check.same("its layer", fields["tcp"]["level"], 0)
    check.true("bytes", bytes.fromhex(packet["sources"][0]["hex"]).endswith(b"welcome to python!"))
    check.same("behind the end", server.ask("packet", 404, number=10)["error"]["code"], "missing")


def filters(check, server):
    check.same("a filter", server.ask("filter", text="tcp.port == 80")["ok"], True)
    answer = server.ask("filter", text="ip && tcp.prt == 1")
    check.same("a filter with a mistake", (answer["ok"], answer["error"]["begin"], answer["error"]["end"]), (False, 6, 13))
    check.true("a hint", "tcp.port" in answer["error"]["hint"])
    check.true("a warning", server.ask("filter", text="zebra.type == 1")["warnings"])
    names = [field["name"] for field in server.ask("fields", prefix="tcp.flags.sy")["fields"]]
    check.same("completion", names, ["tcp.flags.syn"])
    check.same("protocols first", server.ask("fields", prefix="ht", count=1)["fields"][0]["name"], "http")
    check.same("an error where a list is asked for", server.ask("packets", 400, filter="tcp.port ==")["error"]["code"],
               "filter")


def values(check, server):
    answer = server.ask("values", field="tcp.port")
    check.same("values of the capture, most first", answer["seen"], [{"value": "12345", "count": 9}, {"value": "49320", "count": 9}])
    answer = server.ask("values", field="arp.opcode")
    check.same("named ones", [one for one in answer["named"] if one["value"] < 3],
               [{"value": 1, "name": "request"}, {"value": 2, "name": "reply"}])
    check.same("none are seen", answer["seen"], [])
    check.same("no such field", server.ask("values", 400, field="tcp.prt")["error"]["code"], "argument")


def reports(check, server):
    rows = server.ask("follow", stream=0)["rows"]
    check.same("following", [(row["from"], row["text"]) for row in rows], [("server", "welcome to python!")])
    check.same("page two of it", server.ask("follow", stream=0, **{"from": 1})["rows"], [])
    english = server.ask("explain", filter="tcp.stream == 0")["rows"]
    chinese = server.ask("explain", filter="tcp.stream == 0", lang="zh")["rows"]
    check.same("states", [row["client_after"] for row in english[:3]], ["SYN_SENT", "ESTABLISHED", "ESTABLISHED"])
    check.true("a sentence", english[0]["says"][0].startswith("Handshake 1 of 3"))
    check.true("in Chinese", any("\u4e00" <= c <= "\u9fff" for c in chinese[0]["says"][0]))
    check.same("an end", len(english[-1]["ends"]), 2)
    rules = [row["rule"] for row in server.ask("findings", capture=1)["rows"]]
    check.true("findings", "zero_window" in rules)
    rows = server.ask("stats", report="conversations", layer="tcp", capture=1)["rows"]
    check.same("conversations", len(rows), 3)
    table = server.ask("stats", report="io", interval=1000, series=["all: packets", "syn: tcp.flags.syn == 1"])
    check.same("series", table["rows"][0], {"start": 0, "all": 9, "syn": 2})
    check.same("no such report", server.ask("stats", 400, report="weather")["error"]["code"], "argument")
    check.same("no such capture", server.ask("findings", 404, capture=7)["error"]["code"], "missing")


RULES = b"""# DO NOT EDIT THIS FILE!
@Bad@tcp.flags.reset == 1@[42148,0,0][65535,64764,40092]
@a greeting@tcp.len > 0@[0,0,0][65535,65535,65535]
!@off@udp@[0,0,0][1,1,1]
@wrong@tcp.prt == 1@[0,0,0][1,1,1]
@numbers@udp@[0,0,0][1,1,99999]
no rule at all
@none@
"""


def import_colours(server, body):
    status, _, answer = server.request("/api/colours/import", "POST", body=body)
    return status, json.loads(answer)


def colours(check, server):
    usual = server.ask("colours")
    status, answer = import_colours(server, RULES)
    check.same("rules that are taken, and off", (status, answer["taken"], answer["off"]), (200, 2, 1))
    check.same("wrong ones", [(one["line"], one["name"]) for one in answer["problems"]],
               [(5, "wrong"), (6, "numbers"), (7, ""), (8, "")])
    check.true("and why", "tcp.prt" in answer["problems"][0]["message"])
    check.same("they hold", [(one["name"], one["text"], one["background"]) for one in server.ask("colours")["colours"]],
               [("Bad", "fffc9c", "a40000"), ("a greeting", "ffffff", "000000")])
    check.same("for rows, too", [row[1] for row in server.ask("packets", count=5, wait=5000)["rows"]], [2, 2, 2, 1, 2])
    for body in (b"", b"\0\xff" * 1000, b"@" * 5000, b"\n" * 100000, b"@a@" + b"(" * 50000 + b"@[0,0,0][0,0,0]"):
        check.same("of nothing useful, nothing is taken", import_colours(server, body)[1]["taken"], 0)
    check.same("and what held goes on", len(server.ask("colours")["colours"]), 2)
    many = import_colours(server, b"@x@tcp@[0,0,0][0,0,0]\n" * 5000)[1]
    check.same("not too many", (many["taken"], len(many["problems"])), (100, 100))
    server.order("colours/usual")
    check.same("the usual ones again", server.ask("colours"), usual)


def comments_of(lamna, server, name):
    done = subprocess.run([lamna, "fields", name, "-e", "frame.number", "-e", "frame.comment", "-Y", "frame.comment"],
                          cwd=server.folder.name, text=True, capture_output=True, check=True, timeout=30)
    return [line.split("\t") for line in done.stdout.splitlines()]


def remarks(check, lamna, server):
    with open(os.path.join(server.folder.name, "greeting.pcap"), "rb") as file:
        before = file.read()
    server.order("remark", number=4, comment="the greeting, \u4f60\u597d")
    server.order("remark", number=6, marked=1)
    server.order("remark", number=7, marked=1, comment="x")
    server.order("remark", number=7)
    check.same("what was remarked", server.ask("remarks")["remarks"],
               [{"packet": 4, "marked": False, "comment": "the greeting, \u4f60\u597d"},
                {"packet": 6, "marked": True, "comment": ""}])
    check.same("of this capture alone", server.ask("remarks", capture=1)["remarks"], [])
    check.same("too long", server.order("remark", 422, number=1, comment="x" * 2049)["error"]["code"], "limit")
    check.same("of no packet", server.order("remark", 400, number=0)["error"]["code"], "argument")
    for name, query, expected in [("all", "", [["4", "the greeting, \u4f60\u597d"], ["6", "marked"]]),
                                  ("some", "?filter=tcp.len+%3E+0", [["1", "the greeting, \u4f60\u597d"]])]:
        status, headers, body = server.request("/api/save" + query)
        check.same(name + " packets are saved", (status, headers["Content-Disposition"]), (200, "attachment"))
        with open(os.path.join(server.folder.name, name + ".pcapng"), "wb") as file:
            file.write(body)
        check.same("with their comments", comments_of(lamna, server, name + ".pcapng"), expected)
    with open(os.path.join(server.folder.name, "greeting.pcap"), "rb") as file:
        check.true("the capture is as it was", file.read() == before)
    check.same("a filter that is wrong", server.ask("save", 400, filter="tcp.prt")["error"]["code"], "filter")


def interfaces(check, server):
    def carried():
        return {one["name"]: one.get("packets") for one in server.ask("interfaces")["interfaces"]}
    before = carried()
    if before.get("lo") is None:
        return  # the system does not say
    check.true("what interfaces carry is counted", carried()["lo"] > before["lo"])


def options(check, lamna):
    """Decode As, names for numbers and saved filters, as the commands have them."""
    def save(folder):
        subprocess.run([lamna, "filters", "save", "mail", "imap"], env=dict(os.environ, XDG_CONFIG_HOME=folder), check=True,
                       timeout=30)

    with Server(lamna, ["odd-ports.pcap"], "-d", "tcp.port==8889,imap", "-N", "t", prepare=save) as server:
        check.true("Decode As, and a saved filter", server.ask("packets", filter="@mail")["total"] > 0)
        check.same("no name is looked up", server.ask("filter", text="ip.addr == localhost")["ok"], False)
    with Server(lamna, ["odd-ports.pcap"]) as server:
        check.same("neither", server.ask("packets", filter="imap")["total"], 0)


def main():
    lamna, check = sys.argv[1], Checks()
    with Server(lamna, ["greeting.pcap", "troubled.pcap", "cut.pcap"]) as server:
        names = [capture["name"] for capture in server.ask("captures")["captures"]]
        check.same("captures", names, ["greeting.pcap", "troubled.pcap", "cut.pcap"])
        packets(check, lamna, server)
        sorting(check, server)
        detail(check, server)
        filters(check, server)
        values(check, server)
        reports(check, server)
        remarks(check, lamna, server)
        colours(check, server)
        interfaces(check, server)
    check.same("it ends well", server.process.returncode, 0)
    options(check, lamna)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
