#!/usr/bin/env python3
"""docs/openapi.json says what the server does: the same paths, and answers of the form that is said.

    openapi.py LAMNA
"""
import json
import os
import sys

from server import TESTS, Checks, Server

TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


class Document:
    def __init__(self):
        with open(os.path.join(os.path.dirname(TESTS), "docs", "openapi.json"), encoding="utf-8") as file:
            self.all = json.load(file)

    def wrong(self, value, schema, where="$"):
        """Every place where the value is not as the schema says."""
        if "$ref" in schema:
            schema = self.all["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if "oneOf" in schema:
            if all(list(self.wrong(value, one, where)) for one in schema["oneOf"]):
                yield "%s is none of those: %r" % (where, value)
            return
        if value is None and schema.get("nullable"):
            return
        kind = TYPES[schema["type"]]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            yield "%s is no %s: %r" % (where, schema["type"], value)
        elif "enum" in schema and value not in schema["enum"]:
            yield "%s is none of %s: %r" % (where, schema["enum"], value)
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from self.wrong(item, schema["items"], "%s[%d]" % (where, i))
        elif isinstance(value, dict):
            yield from self.wrong_object(value, schema, where)

    def wrong_object(self, value, schema, where):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield "%s has no %s" % (where, name)
        for name, item in value.items():
            if name in properties:
                yield from self.wrong(item, properties[name], "%s.%s" % (where, name))
            elif schema.get("additionalProperties", True) is False:
                yield "%s has %s, of which nothing is said" % (where, name)


def answers(check, document, server, path, question):
    if "application/json" not in question["responses"]["200"]["content"]:
        return  # a file
    schema = question["responses"]["200"]["content"]["application/json"]["schema"]
    error = question["responses"]["default"]["content"]["application/json"]["schema"]
    for example in question["x-examples"]:
        unknown = set(example) - {parameter["name"] for parameter in question["parameters"]}
        check.same("%s: arguments are listed" % path, unknown, set())
        answer = server.ask(path.removeprefix("/api/"), **example)
        check.same("%s %s" % (path, example), list(document.wrong(answer, schema)), [])
    for parameter in question["parameters"]:
        if parameter["schema"]["type"] == "integer":
            wrong = {**question["x-examples"][0], parameter["name"]: "many"}
            answer = server.ask(path.removeprefix("/api/"), 400, **wrong)
            check.same("%s: %s is a number" % (path, parameter["name"]), list(document.wrong(answer, error)), [])


def main():
    check, document = Checks(), Document()
    with Server(sys.argv[1], ["greeting.pcap", "troubled.pcap"]) as server:
        check.same("paths", sorted(server.ask("")["paths"]), sorted(document.all["paths"]))
        for path, methods in document.all["paths"].items():
            if "get" in methods:
                answers(check, document, server, path, methods["get"])
            else:
                check.same(path + ": POST alone", server.request(path)[0], 405)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
