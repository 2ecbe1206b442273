"""What inputs of the fuzzers are made of: acts as tests/fuzz/stage reads them,
and messages as the table in include/secchat/ipc_msgs.h has them.
"""
import os
import re
import struct

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# What can happen, as in stage.c.
MESSAGE, LONG, RECORD, FULL, MOST, END, TIME, OWN = range(8)

LINKS = {"LINK_SUPER_CRYPTO": ("SUPER", "CRYPTO"),
         "LINK_SUPER_NET": ("SUPER", "NET"),
         "LINK_SUPER_UI": ("SUPER", "UI"),
         "LINK_SUPER_DIAL": ("SUPER", "DIAL"),
         "LINK_SUPER_PRICE": ("SUPER", "PRICE"),
         "LINK_SUPER_FILE": ("SUPER", "FILE"),
         "LINK_UI_CRYPTO": ("UI", "CRYPTO"),
         "LINK_CRYPTO_NET": ("CRYPTO", "NET"),
         "LINK_CRYPTO_FILE": ("CRYPTO", "FILE")}


def table():
    """Name, number, senders and links of every message, in order."""
    with open(os.path.join(ROOT, "include/secchat/ipc_msgs.h"),
              encoding="utf-8") as f:
        text = f.read()
    for m in re.finditer(
            r"^X\((\w+),\s*(\d+),\s*([\w |]+),\s*([\w() |]+?),", text, re.M):
        name, number, senders, links = m.groups()
        if "ON_SUPER_ALL" in links:
            links = " ".join(x for x in LINKS if x.startswith("LINK_SUPER"))
        yield (name, int(number), re.findall(r"ROLE_(\w+)", senders),
               re.findall(r"LINK_\w+", links))


ROWS = list(table())


def row_of(link, sender, name):
    """Which of the messages of that sender on that link it is."""
    mine = [r[0] for r in ROWS if link in r[3] and
            (sender in r[2] or ("WORKER" in r[2] and sender != "SUPER"))]
    return mine.index(name)


def u8(v):
    return struct.pack(">B", v)


def u16(v):
    return struct.pack(">H", v)


def u32(v):
    return struct.pack(">I", v)


def u64(v):
    return struct.pack(">Q", v)


def str8(s):
    s = s.encode() if isinstance(s, str) else s
    return u8(len(s)) + s


def act(where, what):
    return u8(where * 8 + what)


def later(ms):
    """Time passes: at least so much, in steps that the input can say."""
    out = b""
    while ms > 0:
        shift = max(0, min(15, ms.bit_length() - 4))
        v = min(15, max(1, ms >> shift))
        out += act(0, TIME) + u8(shift << 4 | v)
        ms -= v << shift
    return out


def at_once(*acts):
    """They have all been done when the program looks."""
    return act(31, TIME) + u8(len(acts)) + b"".join(acts)


def fails(where, n, why):
    """So many calls; why is a row of stage.c's table."""
    return act(where, RECORD) + u8(n) + u8(why)


def own(which, rest):
    return act(which, OWN) + rest


class End:
    """The other end of a link, at its place among the descriptors."""

    def __init__(self, where, link, sender):
        self.where, self.link, self.sender = where, link, sender

    def body(self, name, body):
        return u8(row_of(self.link, self.sender, name)) + str8(body)

    def __call__(self, name, body=b""):
        if len(body) > 255:
            return self.long(name, len(body), body[:255])
        return act(self.where, MESSAGE) + self.body(name, body)

    def long(self, name, total, body):
        return (act(self.where, LONG) +
                u8(row_of(self.link, self.sender, name)) + u16(total) +
                str8(body))


def stream(where, data):
    out = b""
    for i in range(0, len(data), 255):
        out += act(where, MESSAGE) + str8(data[i:i + 255])
    return out
