# not a test
"""Reads tests/data/attacks.tsv."""
import os

from secchat_test import ROOT


def decode(field):
    """The notation of the file, as its first lines explain it."""
    data = b""
    while field:
        if field[0] == "\\":
            data, field = data + bytes([int(field[2:4], 16)]), field[4:]
        elif field[0] == "{":
            code, field = field[1:].split("}", 1)
            data += chr(int(code, 16)).encode()
        elif field[0] == "(":
            group, field = field[1:].split(")", 1)
            times, part = group.split("*", 1)
            data += int(times) * decode(part)
        else:
            data, field = data + field[0].encode(), field[1:]
    return data


def read_attacks():
    """(name, bytes) of every row."""
    with open(os.path.join(ROOT, "tests/data/attacks.tsv"),
              encoding="ascii") as f:
        rows = [line.rstrip("\n").split("\t") for line in f
                if not line.startswith("#")]
    return [(name, decode(text)) for _, name, text, _ in rows]
