"""From a key to the screen while the other side floods: a letter is typed at
a terminal that shows the flood, and the time counts until the frame that has
it in the line being typed has been read off the terminal."""
import os
import random
import select
import statistics
import subprocess
import time

from bulk import p99
from gates import Measured
from suites import key, on_terminal, tree
from world import Broken, free_port, wait_listening

KEYS, SHORT = 1000, 10
APART = (0.02, 0.06)    # seconds between two keys of a quick typist
LINE = "small letters alone, so that what is typed is found"
ROW = 20                # letters; then the line is emptied
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KILL_LINE = b"\x15"     # Ctrl-U


class Typist:
    """A host at a terminal, which is read all the time."""

    def __init__(self, bench):
        world, port = bench.world, free_port()
        words = ["--key", key(world), "--accept-intro", "1",
                 f"127.0.0.1:{port}"]
        self.world = world
        self.host, self.master = on_terminal(world, "host", "--no-prices",
                                             *words)
        wait_listening(port)
        self.yes = world.start("/usr/bin/yes", LINE, stdout=subprocess.PIPE)
        self.joiner = world.start(
            os.path.join(tree(world), "secchat"), "join", "--no-input", *words,
            stdin=self.yes.stdout)
        self.bytes, self.typed = 0, 0

    def read(self, seconds):
        """What the terminal shows within that time, once."""
        if not select.select([self.master], [], [], max(0.0, seconds))[0]:
            return b""
        data = os.read(self.master, 65536)
        self.bytes += len(data)
        return data

    def read_until(self, words, seconds=20.0):
        seen, deadline = b"", time.monotonic() + seconds
        while words not in seen:
            if time.monotonic() > deadline:
                raise Broken(f"the terminal does not show {words!r} but "
                             f"{seen[-500:]!r}")
            seen = seen[-len(words):] + self.read(0.1)

    def rest(self):
        """As long as a person's fingers do."""
        until = time.monotonic() + random.uniform(*APART)
        while (left := until - time.monotonic()) > 0:
            self.read(left)

    def key(self):
        """Milliseconds of one.  A row of the same letter is longer than any
        before, and of another letter than the row before it."""
        column = self.typed % ROW
        letter = LETTERS[self.typed // ROW % len(LETTERS)].encode()
        if column == 0 and self.typed > 0:
            os.write(self.master, KILL_LINE)
        self.rest()
        self.typed += 1
        began = time.monotonic()
        os.write(self.master, letter)
        self.read_until(letter * (column + 1))
        return (time.monotonic() - began) * 1e3

    def play(self, count):
        """The times, and KB of paint a second meanwhile."""
        before, began = self.bytes, time.monotonic()
        times = [self.key() for _ in range(count)]
        return times, (self.bytes - before) / (time.monotonic() - began) / 1e3

    def close(self):
        self.world.stop(self.joiner, self.yes, self.host)
        os.close(self.master)


def measure(bench):
    values, notes = [], []
    for _ in range(1 if bench.short else min(bench.rounds, 5)):
        t = Typist(bench)
        try:
            t.read_until(LINE.encode())
            times, paint = t.play(SHORT if bench.short else KEYS)
        finally:
            t.close()
        values.append(p99(times))
        notes.append(f"{statistics.median(times):.1f}, {p99(times):.1f}, "
                     f"{max(times):.1f} ({paint:.0f} KB/s)")
    return {"keys": Measured("ms", values, note="p50, p99, longest, and what "
                             "the terminal was written meanwhile: "
                             + "; ".join(notes))}
