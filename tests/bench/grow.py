"""How cost grows: with messages, with lines on the screen, with files.

Cost is processor time of processes, which is what the work takes on a machine
that does other things too; of files also the time.
"""
import os
import time

from bulk import Files, MIB, make_file
from gates import print_columns
from idle import Screen
from memory import Reader, feed, kib, name, wait_lines
from suites import Pair, key, tree
from world import family, free_port, staying, wait_listening

LINE = b"x" * 63 + b"\n"


def nanoseconds(pids):
    """Processor time so far."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total


def messages(bench):
    """What a text costs after so many; all processes of both sides."""
    steps = (10, 100) if bench.short else (10, 100, 1000, 10000, 100000)
    probe = 10 if bench.short else 1000
    pair, sent, lines = Pair(bench.world), 0, []
    pids = [p for s in (pair.host, pair.joiner) for p in staying(s.pid)]
    reader = Reader(pair.joiner.stdout.fileno())

    def send(count):
        nonlocal sent
        feed(pair.host.stdin.fileno(), LINE, count)
        sent += count
        wait_lines(reader, sent)
        time.sleep(0.1)             # the receipts

    send(probe)                     # pages that are touched for once
    first = sent
    for step in steps:
        send(first + step - sent if first + step > sent else 0)
        before = nanoseconds(pids)
        send(probe)
        cost = (nanoseconds(pids) - before) / probe / 1000
        lines.append((step, f"{cost:.1f}",
                      sum(kib(p, "VmRSS") for p in pids), ""))
    pair.close()
    return ("texts before", "us a text, both sides",
            "KiB resident, both sides", ""), lines


def screen(bench):
    """What a line that comes costs the front end on a terminal after so many
    lines, and how many bytes it writes for one; one line at a time."""
    steps = (10, 100) if bench.short else (10, 100, 1000, 5000)
    probe = 5 if bench.short else 50
    port = free_port()
    words = ["--key", key(bench.world), "--accept-intro", "1",
             "--no-prices", f"127.0.0.1:{port}"]
    host = Screen(bench.world, "host", *words)
    wait_listening(port)
    joiner = bench.world.start(tree(bench.world) + "/secchat", "join",
                               *words, "--no-input", stdin=-1, bufsize=0)
    host.expect("connected")
    tty = next(p for p in family(host.child.pid) if name(p) == "secchat-tty")
    sent, lines = 0, []
    for step in steps:
        feed(joiner.stdin.fileno(), LINE, step - sent - 1)
        os.set_blocking(joiner.stdin.fileno(), True)
        joiner.stdin.write(b"that was line %d\n" % step)
        host.expect(f"that was line {step}", 120)
        sent, before, written = step, nanoseconds([tty]), host.bytes
        for i in range(probe):
            joiner.stdin.write(b"probe %d.%d\n" % (step, i))
            host.expect(f"probe {step}.{i}")
            sent += 1
        cost = (nanoseconds([tty]) - before) / probe / 1000
        lines.append((step, f"{cost:.0f}",
                      f"{(host.bytes - written) / probe:.0f}",
                      kib(tty, "VmRSS"), ""))
    host.close()
    bench.world.stop(joiner)
    return ("lines before", "us a line, secchat-tty", "bytes a line",
            "KiB resident", ""), lines


def files(bench):
    """From the acceptance to the end on both sides."""
    sizes = (1 << 10, MIB) if bench.short else (
        1 << 10, 64 << 10, MIB, 16 * MIB, 256 * MIB, 1024 * MIB, 4096 * MIB)
    pair, lines = Files(bench), []
    for size in sizes:
        path = make_file(bench, "growing", size)
        took = sorted((pair.move(path) for _ in range(
            1 if bench.short or size > 256 * MIB else 5)),
            key=lambda t: t.seconds)
        os.remove(path)
        t = took[len(took) // 2]
        lines.append((
            words(size), f"{t.seconds * 1000:.1f}",
            f"{size / t.seconds / 1e6:.1f}",
            f"{t.cpu / size * 1e9:.2f}" if t.cpu > 0.05 else "-",
            "{} {}".format(*max((kib(p, "VmRSS"), name(p))
                                for p in pair.workers())), ""))
    pair.close()
    return ("file", "ms", "MB/s", "processor s/GB", "largest process, KiB",
            ""), lines


def words(size):
    for unit, much in (("GiB", 1 << 30), ("MiB", MIB), ("KiB", 1 << 10)):
        if size >= much:
            return f"{size // much} {unit}"
    return str(size)


def measure(bench):
    for what in (messages, screen, files):
        says = " ".join(what.__doc__.split()).rstrip(".")
        print(f"\n{says}:", flush=True)
        print_columns(*what(bench))
