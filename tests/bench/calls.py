"""System calls of each process: of a round trip, and of a frame of a file.

strace counts them, one process at a time, since it makes what it watches
slow.  It attaches from outside, which only root may: nobody else can trace a
worker.
"""
import os
import signal
import subprocess
import time

from bulk import Files, MIB, make_file
from gates import print_columns
from latency import SecchatFront
from memory import name
from world import DEADLINE, Broken, Missing, family, need, on_one_cpu

FRAME = 65495                   # bytes of a file in one (FILE_CHUNK_MAX)
WAITS = ("poll", "ppoll", "restart_syscall")
TAKES = ("read", "recvmsg", "pread64")
GIVES = ("write", "writev", "sendto", "sendmsg", "pwrite64")
WATCHED = ("secchat-script", "secchat-tty", "secchat-file", "secchat-crypto",
           "secchat-net", "secchat")


class Traced:
    """with Traced(pid, path) as t: ...; then t.calls() has what was done."""

    def __init__(self, pid, path):
        self.pid, self.path = pid, path

    def __enter__(self):
        self.strace = subprocess.Popen(
            [need("strace", "strace"), "-c", "-p", str(self.pid), "-o",
             self.path], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + DEADLINE
        while not self.attached():
            if self.strace.poll() is not None:
                raise Missing("strace may not watch a worker: root may")
            if time.monotonic() > deadline:
                raise Broken("strace does not attach")
            time.sleep(0.01)
        return self

    def attached(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            return f"TracerPid:\t{self.strace.pid}\n" in f.read()

    def __exit__(self, *_):
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait(DEADLINE)

    def calls(self):
        """{name: (calls, of them failed)}"""
        found = {}
        with open(self.path, encoding="ascii") as f:
            for line in f:
                words = line.split()
                if len(words) < 5 or not words[3].isdigit() or \
                        words[-1] == "total":
                    continue
                failed = int(words[4]) if len(words) == 6 else 0
                found[words[-1]] = (int(words[3]), failed)
        os.remove(self.path)
        return found


def columns(calls, count):
    """Waiting, taking, giving, everything else, all; of them in vain."""
    def of(kinds):
        return sum(n for k, (n, _) in calls.items() if k in kinds) / count
    known = WAITS + TAKES + GIVES
    rest = sum(n for k, (n, _) in calls.items() if k not in known) / count
    total = sum(n for n, _ in calls.values()) / count
    vain = sum(bad for _, bad in calls.values()) / count
    return tuple(f"{x:.2f}" for x in (
        of(WAITS), of(TAKES), of(GIVES), rest, total, vain))


def workers(suite):
    """Those that stay: what only dials is gone soon."""
    found = []
    for pid in sorted(family(suite.pid)):
        try:
            if name(pid) in WATCHED:
                found.append(pid)
        except FileNotFoundError:
            continue
    return found


def each(bench, sides, count, work):
    """A line for every process of both sides that has something to do."""
    lines = []
    for side, suite in sides:
        for pid in workers(suite):
            with Traced(pid, bench.world.path("strace")) as t:
                work()
            calls = columns(t.calls(), count)
            if float(calls[4]) > 0.1:
                lines.append((f"{name(pid)}, {side}", *calls, ""))
    return ("process", "waits", "takes", "gives", "other", "all",
            "in vain", ""), lines


def measure(bench):
    trips = 200 if bench.short else 2000
    with on_one_cpu():
        line = SecchatFront(bench)
    print(f"\nSystem calls of a round trip, of {trips}:", flush=True)
    print_columns(*each(bench, (("joiner", line.pair.joiner),
                                ("host", line.pair.host)), trips,
                        lambda: line.play(trips)))
    line.close()
    size = (4 if bench.short else 128) * MIB
    path, files = make_file(bench, "counted", size), Files(bench)
    files.move(path)                # secchat-file is there
    print(f"\nSystem calls of a frame of a file, of {size // FRAME}:",
          flush=True)
    print_columns(*each(bench, (("sender", files.pair.host),
                                ("receiver", files.pair.joiner)),
                        size / FRAME, lambda: files.move(path)))
    files.close()
    os.remove(path)
