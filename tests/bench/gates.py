"""What must be reached: the table, and who says whether it is."""
import statistics

# A ratio is ours against the peer's, round by round; its middle counts.
# "wide" is how a figure is printed.
#
# key, what, unit, "<=" or ">=", gate, stretch
GATES = (
    ("rtt-raw", "round trip vs raw TCP, one processor",
     "x", "<=", 5.5, 4.5),
    ("rtt-ssh", "round trip vs ssh cat",
     "x", "<=", 1.5, 1.2),
    ("rtt-fernet", "round trip vs a Fernet line chat in Python",
     "x", "<=", 0.5, 0.4),
    ("bulk-ssh", "bulk vs ssh cat (chacha20-poly1305)",
     "x", ">=", 1.1, 1.5),
    ("file-scp", "file to file vs scp (chacha20-poly1305)",
     "x", ">=", 1.25, 1.6),
    ("bulk-ncat", "bulk vs ncat --ssl",
     "x", ">=", 0.9, 1.1),
    ("bulk-one", "bulk vs crypto and net in one process",
     "x", ">=", 0.7, 0.85),
    ("cpu-ssh", "processor seconds per GB vs ssh",
     "x", "<=", 1.0, 0.8),
    ("line-p99", "chat line, p99, while a file moves at 10 Mbit/s",
     "ms", "<=", 200, 110),
    ("keys", "a key on the screen, p99, while the peer floods",
     "ms", "<=", 50, 25),
    ("start-ssh", "exec to the first message vs ssh",
     "x", "<=", 0.2, 0.05),
    ("pss", "PSS of one suite in a chat, sum",
     "MB", "<=", 4, 2.5),
    ("growth", "growth beyond filled windows",
     "KiB", "<=", 1024, 256),
    ("stranger", "memory per stranger",
     "KiB", "<=", 4, None),
    ("idle", "wake-ups a second of two idle suites",
     "/s", "<=", 0.2, 0.12),
)
KEYS = tuple(g[0] for g in GATES)


class Measured:
    """ours: a figure a round; peer: the same for a ratio, else None."""

    def __init__(self, unit, ours, peer=None, ours_is="", peer_is="",
                 note=""):
        self.unit, self.ours, self.peer = unit, ours, peer
        self.ours_is, self.peer_is, self.note = ours_is, peer_is, note

    def values(self):
        if self.peer is None:
            return self.ours
        return [a / b for a, b in zip(self.ours, self.peer)]

    def as_json(self):
        out = {"unit": self.unit, "ours": self.ours, "ours_is": self.ours_is,
               "values": self.values(),
               "value": statistics.median(self.values())}
        if self.peer is not None:
            out.update(peer=self.peer, peer_is=self.peer_is)
        if self.note:
            out["note"] = self.note
        return out


def reaches(value, op, limit):
    return value <= limit if op == "<=" else value >= limit


def judge(row):
    """"stretch", "met", "MISSED" or "missing" for a row of the results."""
    if "value" not in row:
        return "missing"
    _, _, _, op, gate, stretch = next(g for g in GATES if g[0] == row["key"])
    if not reaches(row["value"], op, gate):
        return "MISSED"
    return "met" if stretch is None or not reaches(
        row["value"], op, stretch) else "stretch"


def result(key, measured=None, missing=None):
    """A row of the results: a Measured, or why there is none."""
    row = {"key": key, "what": next(g[1] for g in GATES if g[0] == key)}
    row.update(measured.as_json() if measured else {"missing": missing})
    row["verdict"] = judge(row)
    return row


# ---- as people read it ---------------------------------------------------

def figure(value):
    if value is None:
        return "-"
    return f"{value:.{0 if value >= 1000 else 1 if value >= 100 else 2}f}"


def middle(values):
    return figure(statistics.median(values)) if values else "-"


def print_table(rows):
    head = ("what", "ours", "peer", "figure", "spread", "gate", "stretch", "")
    lines = []
    for row in rows:
        _, what, unit, op, gate, stretch = next(
            g for g in GATES if g[0] == row["key"])
        limits = (f"{op} {gate} {unit}",
                  "-" if stretch is None else f"{op} {stretch}")
        if "missing" in row:
            lines.append((what, "-", "-", "-", "-", *limits,
                          "missing: " + row["missing"]))
            continue
        ratio, v = "peer" in row, row["values"]
        lines.append((
            what,
            f"{middle(row['ours'])} {row['unit']}" if ratio else "",
            f"{middle(row['peer'])} {row['unit']}" if ratio else "",
            f"{figure(row['value'])} {unit}",
            f"{figure(min(v))} to {figure(max(v))}", *limits,
            row["verdict"]))
    print_columns(head, lines)


def print_columns(head, lines):
    wide = [max(len(str(x[i])) for x in [head, *lines])
            for i in range(len(head) - 1)]
    for line in [head, *lines]:
        print("  ".join([str(x).ljust(w) for x, w in zip(line, wide)]
                        + [str(line[-1])]).rstrip())
