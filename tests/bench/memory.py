"""What processes hold: PSS of a suite, growth, strangers."""
import os
import socket
import threading
import time

from gates import Measured
from suites import Pair
from world import Missing, family, staying


def status(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return dict(line.rstrip("\n").split(":\t", 1)
                    for line in f if ":\t" in line)


def kib(pid, field):
    return int(status(pid)[field].split()[0])


def name(pid):
    return status(pid)["Name"]


def pss(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            return next(int(x.split()[1]) for x in f if x.startswith("Pss:"))
    except PermissionError:
        raise Missing("PSS of a protected process can be read only by root "
                      "or in a user namespace") from None


def suite_pss(suite):
    """Kilobytes of a suite, by program."""
    return {name(p): pss(p) for p in family(suite.pid)}


# ---- growth --------------------------------------------------------------

class Reader(threading.Thread):
    """Reads and counts lines, or stands still."""

    def __init__(self, fd):
        super().__init__(daemon=True)
        self.fd, self.lines, self.ended = fd, 0, False
        self.flows = threading.Event()
        self.flows.set()
        self.start()

    def run(self):
        while True:
            self.flows.wait()
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                data = b""
            if not data:
                self.ended = True
                return
            self.lines += data.count(b"\n")


def feed(fd, line, count, patience=60.0):
    """Write so many lines; less when nothing is taken for so long.  Returns
    how many."""
    os.set_blocking(fd, False)
    left, moved = line * count, time.monotonic()
    while left and time.monotonic() - moved < patience:
        try:
            left = left[os.write(fd, left[:1 << 16]):]
            moved = time.monotonic()
        except BlockingIOError:
            time.sleep(0.002)
    # A line that was begun is written to its end by the next call.
    begun = len(left) % len(line)
    feed.rest = left[:begun]
    return count - len(left) // len(line)


def wait_lines(reader, count, seconds=120):
    deadline = time.monotonic() + seconds
    while reader.lines < count and not reader.ended:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{reader.lines} of {count} lines")
        time.sleep(0.002)


class Growth:
    """Resident memory of all processes against a moment."""

    def __init__(self, *suites):
        self.pids = [p for s in suites for p in staying(s.pid)]
        self.names = {p: name(p) for p in self.pids}
        self.begin()

    def look(self):
        return {p: kib(p, "VmRSS") for p in self.pids}

    def begin(self):
        self.before = self.look()

    def most(self):
        """KiB of the one that grew most, and who that is."""
        now = self.look()
        return max((now[p] - self.before[p], self.names[p])
                   for p in self.pids)


SMALL, LARGE = 100, 60000
PATIENCE = 0.3


def flood(bench):
    """A line of both sizes again and again: the first part fills what there
    is to fill, the second must not make anybody larger."""
    few = bench.short
    pair = Pair(bench.world)
    there, here = Reader(pair.joiner.stdout.fileno()), pair.host.stdin
    sizes = ((SMALL, 300 if few else 3000), (LARGE, 40 if few else 300))

    def part(times):
        for size, count in sizes:
            for _ in range(times):
                before = there.lines
                feed(here.fileno(), b"x" * (size - 1) + b"\n", count)
                wait_lines(there, before + count)

    part(1)
    grown = Growth(pair.host, pair.joiner)
    part(2 if few else 5)
    most = grown.most()
    pair.close()
    return most


def stall(bench):
    """The reader stands still until everybody is full; then everything
    flows, and it stands still again: nobody is larger."""
    pair = Pair(bench.world)
    reader, fd = Reader(pair.joiner.stdout.fileno()), pair.host.stdin.fileno()
    line, fed, grown = b"x" * 1999 + b"\n", 0, None
    for _ in range(2 if bench.short else 3):
        reader.flows.clear()
        fed += feed(fd, line, 20000, PATIENCE)
        rest = feed.rest
        if grown is None:
            grown = Growth(pair.host, pair.joiner)
        else:
            most = grown.most()
        reader.flows.set()
        if rest:
            feed(fd, rest, 1)
        wait_lines(reader, fed)
    pair.close()
    return most


def growth(bench):
    values, who = [], []
    for _ in range(1 if bench.short else 2):
        for what in (flood, stall):
            most, process = what(bench)
            values.append(float(max(0, most)))
            who.append(f"{what.__name__}: {process} {most} KiB")
    m = Measured("KiB", values, note="; ".join(who))
    m.values = lambda: [max(values)]
    return {"growth": m}


# ---- strangers -----------------------------------------------------------

STRANGERS = 4           # as many as may be half open at once
WORDS = bytes(44)       # as long as a HELLO


def strangers(bench):
    """Anonymous memory of a host with four strangers, less without."""
    from suites import key, tree        # not a pair: nobody joins
    from world import free_port, wait_listening
    values = []
    for _ in range(1 if bench.short else bench.rounds):
        port = free_port()
        host = bench.world.start(
            tree(bench.world) + "/secchat", "host", "--key",
            key(bench.world), "--accept-intro", "1", "--no-input",
            f"127.0.0.1:{port}", stdin=-1)
        wait_listening(port)
        time.sleep(0.2)
        pids = family(host.pid)
        before = sum(kib(p, "RssAnon") for p in pids)
        there = [socket.create_connection(
            ("127.0.0.1", port), source_address=(f"127.0.0.{2 + i}", 0))
            for i in range(STRANGERS)]
        for s in there:
            s.sendall(WORDS[:20])
        time.sleep(0.3)
        after = sum(kib(p, "RssAnon") for p in pids)
        values.append((after - before) / STRANGERS)
        for s in there:
            s.close()
        bench.world.stop(host)
    return {"stranger": Measured("KiB", values)}
