# not a test
"""The tables of events and commands in docs/man/secchat-json.7, read, and a
check of what secchat writes against them.

Every test that reads events passes each one through check_event.
"""
import functools
import os
import re

PAGE = os.path.join(os.path.dirname(__file__), "../../docs/man",
                    "secchat-json.7")
TYPES = {
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool) and
               v >= 0,
    "boolean": lambda v: isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "list": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
    "null": lambda v: v is None,
}


def check(cond, *what):
    """As in secchat_test, which needs this file."""
    if not cond:
        raise AssertionError(" ".join(str(w) for w in what))


class Row:
    """A member: its types, when it is there, what it can be."""

    def __init__(self, name, types, when, values):
        self.name, self.when, self.values = name, when, values
        self.types = types.split(" or ")
        self.only = None        # of which state
        self.words = None
        for t in self.types:
            check(t in TYPES, "unknown type", t, "of", name)
        if when.startswith("state "):
            self.only = when.removeprefix("state ")
        # One macro and nothing but words and bars is a complete list.
        words = re.fullmatch(r"Cm ([\w-]+(?: \| [\w-]+)*)", values)
        if words:
            self.words = words[1].split(" | ")
        self.may_be_empty = re.search(r"\bempty\b", values) is not None

    def check(self, value, where):
        check(any(TYPES[t](value) for t in self.types), where, "is", value,
              "and no", " or ".join(self.types))
        if self.words:
            for word in value if isinstance(value, list) else [value]:
                check(word in self.words, where, "is", repr(word))
        check(value != "" or self.may_be_empty, where, "is empty")


def read_section(name):
    """{event or command: {member: Row}}; the section's own table is ""."""
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    section = re.search(rf"^\.Sh {name}\n(.*?)^\.S[hs] ", page, re.M | re.S)
    tables, of = {}, ""
    for line in section[1].splitlines():
        if line.startswith(".Bl -column"):
            tables.setdefault(of, {})
        elif m := re.fullmatch(r"\.It Va (\S+) Ta (.+?) Ta (.+?) Ta (.+)",
                               line):
            check(m[1] not in tables[of], of, "has two rows of", m[1])
            tables[of][m[1]] = Row(*m.groups())
        elif (m := re.fullmatch(r"\.It Cm (\w+)", line)) and \
                m[1] not in states(tables, of):
            of = m[1]
            check(of not in tables, "two tables of", of)
            tables[of] = {}
    for rows in tables.values():
        for row in rows.values():
            if m := re.fullmatch(r"as in Cm (\w+)", row.values):
                row.words = tables[m[1]][row.name].words
                row.may_be_empty = tables[m[1]][row.name].may_be_empty
    return tables


def states(tables, of):
    """The states that an event's text explains, in a list of its own."""
    return (tables.get(of, {}).get("state") or Row("", "null", "", "")).words \
        or []


@functools.lru_cache(None)
def events():
    return read_section("EVENTS")


@functools.lru_cache(None)
def commands():
    return read_section("COMMANDS")


def check_event(event):
    """All members are in its table, in order, of their type, and there are
    no others."""
    tables = events()
    name = event.get("ev")
    check(name in tables and name != "", "an event without a table:", event)
    rows = {**tables[""], **tables[name]}
    for member, value in event.items():
        check(member in rows, "a member without a row:", member, event)
        rows[member].check(value, f"{name}.{member}")
        only = rows[member].only
        check(only in (None, event.get("state")), name, member, "in state",
              event.get("state"))
    order = [m for m in rows if m in event]
    check(order == list(event), "members in another order:", event)
    for member, row in rows.items():
        must = row.when == "always" or \
            row.only and row.only == event.get("state")
        check(not must or member in event, name, "lacks", member, event)
