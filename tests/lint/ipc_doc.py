#!/usr/bin/python3
"""The message table of docs/ipc.md is the one of include/secchat/ipc_msgs.h.

    ipc_doc.py --check   compare (the exit status says whether they agree)
    ipc_doc.py --write   put the header's table into the document
"""
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
HEADER = os.path.join(TOP, "include/secchat/ipc_msgs.h")
LIMITS = os.path.join(TOP, "include/secchat/limits.h")
DOC = os.path.join(TOP, "docs/ipc.md")
BEGIN, END = "<!-- messages: begin -->\n", "<!-- messages: end -->\n"

NAMES = {"SUPER": "supervisor", "CRYPTO": "crypto", "NET": "net",
         "UI": "front end", "DIAL": "dial", "WORKER": "every worker",
         "PRICE": "price", "FILE": "file"}


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def limits():
    """The constants of limits.h as numbers."""
    values = {}
    body = strip_comments(open(LIMITS).read())
    for name, expr in re.findall(r"(\w+)\s*=\s*([^,]+),", body):
        values[name] = eval(expr, {"__builtins__": {}}, values)
    return values


def rows():
    text = open(HEADER).read().replace("\\\n", "\n")
    values = limits()
    what = []
    for line in text.splitlines():
        comment = re.match(r"/\*\s*(.*?)\s*\*/\s*$", line)
        if comment:
            what.append(comment.group(1))
            continue
        m = re.match(r"X\((\w+),\s*(\d+), (ROLE_\w+),\s*(.*),\s*(\S[^,]*),"
                     r"\s*(\S[^,]*),\s*([01])\)", line)
        if not m:
            what = []
            continue
        name, number, sender, links, low, high, fd = m.groups()
        low = eval(low, {"__builtins__": {}}, values)
        high = eval(high, {"__builtins__": {}}, values)
        yield {"name": name, "number": int(number),
               "from": NAMES[sender[5:]],
               "to": other_ends(sender[5:], links),
               "size": str(low) if low == high else f"{low} to {high}",
               "fd": "yes" if fd == "1" else "",
               "body": body_text(what)}
        what = []


def body_text(what):
    """The comment above the row, without the heading of its group."""
    text = [w for w in what
            if not re.match(r"(supervisor|front end|crypto) - ", w)
            and not w.startswith("every worker")]
    return " ".join(text).replace("|", "\\|")


def other_ends(sender, links):
    if "ALL" in links:
        return "supervisor"
    out = []
    for a, b in re.findall(r"LINK_([A-Z]+)_([A-Z]+)", links):
        out.append(NAMES[b if a == sender else a])
    return ", ".join(out)


def table():
    out = ["| number | message | from | to | body bytes | descriptor "
           "| body |\n",
           "|---|---|---|---|---|---|---|\n"]
    for r in rows():
        out.append("| {number} | {name} | {from} | {to} | {size} | {fd} "
                   "| {body} |\n"
                   .format(**r))
    return "".join(out)


def main():
    text = open(DOC).read()
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    new = table()
    if sys.argv[1:] == ["--write"]:
        open(DOC, "w").write(head + BEGIN + new + END + tail)
    elif sys.argv[1:] == ["--check"]:
        if old != new:
            print("docs/ipc.md and include/secchat/ipc_msgs.h disagree; "
                  "run tests/lint/ipc_doc.py --write and read the difference")
            return 1
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
