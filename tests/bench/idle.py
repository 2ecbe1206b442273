"""Two suites on terminals that have nothing to do: what they hold and how
often they wake.  They stand beside all other measurements, so that the time
costs nothing; wake-ups are counted by the kernel for each process."""
import os
import re
import subprocess
import threading
import time

from gates import Measured
from memory import Reader, status, suite_pss
from suites import key, on_terminal
from world import Broken, family, free_port, wait_listening

SECONDS, SHORT = 180.0, 2.0
SETTLE = 5.0            # the first receipts, the first round trip


class Screen(threading.Thread):
    """A secchat on a terminal of its own, whose output is taken."""

    def __init__(self, world, *words):
        super().__init__(daemon=True)
        self.child, self.master = on_terminal(world, *words)
        self.world, self.text, self.bytes = world, "", 0
        self.start()

    def run(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.bytes += len(data)
            self.text = (self.text + data.decode("utf-8", "replace"))[-99999:]

    def plain(self):
        return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_]|\][^\a]*\a)", "",
                      self.text)

    def expect(self, words, seconds=20.0):
        deadline = time.monotonic() + seconds
        while words not in self.plain():
            if time.monotonic() > deadline:
                raise Broken(f"the terminal does not show {words!r} but "
                             f"{self.plain()[-500:]!r}")
            time.sleep(0.005)

    def type(self, text):
        os.write(self.master, text.encode())

    def close(self):
        self.world.stop(self.child)
        os.close(self.master)


def wakes(pids):
    return sum(int(status(p)["voluntary_ctxt_switches"]) for p in pids)


class Idle:
    def __init__(self, bench):
        world, port = bench.world, free_port()
        self.seconds = SHORT if bench.short else SECONDS
        words = ["--key", key(world), "--accept-intro", "1", "--no-prices",
                 f"127.0.0.1:{port}"]
        self.host = Screen(world, "host", *words)
        wait_listening(port)
        self.joiner = Screen(world, "join", *words)
        for s, text in ((self.host, "hello there"),
                        (self.joiner, "hello back")):
            s.expect("connected")
            s.type(text + "\r")
        self.joiner.expect("hello there")
        self.host.expect("hello back")
        time.sleep(0.2 if bench.short else SETTLE)
        self.memory = [sum(suite_pss(s.child).values()) * 1024 / 1e6
                       for s in (self.host, self.joiner)]
        self.parts = suite_pss(self.host.child)
        self.pids = [p for s in (self.host, self.joiner)
                     for p in family(s.child.pid)]
        self.since, self.before = time.monotonic(), wakes(self.pids)

    def pss(self):
        note = ", ".join(f"{k.removeprefix('secchat-')} {v} KiB"
                         for k, v in sorted(self.parts.items()))
        return {"pss": Measured("MB", self.memory, note=note)}

    def idle(self):
        left = self.since + self.seconds - time.monotonic()
        time.sleep(max(0.0, left))
        took = time.monotonic() - self.since
        count = wakes(self.pids) - self.before
        return {"idle": Measured("/s", [count / took],
                                 note=f"{count} in {took:.0f} s")}

    def close(self):
        self.host.close()
        self.joiner.close()
