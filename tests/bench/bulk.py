"""Files: how fast they move, what processor time that takes, and how long a
line of the chat waits behind one on a slow connection.

Everybody does the same job: a file in memory becomes another file in memory.
Connections stand before the time begins, or, of scp, the time for an empty
file is taken off.
"""
import ctypes
import json
import os
import random
import socket
import stat
import statistics
import subprocess
import threading
import time

from gates import Measured
from latency import Results
from memory import name
from suites import Pair
from world import DEADLINE, Broken, Missing, family, free_port, need, \
    read_line, staying, wait_listening

MIB = 1 << 20
SIZE, SIZE_SHORT = 512 * MIB, 4 * MIB
TICK = os.sysconf("SC_CLK_TCK")


def make_file(bench, called, size):
    """A file of the measured user with bytes that no compression likes."""
    path = bench.world.path(called)
    block = random.Random(size).randbytes(max(1, min(size, MIB)))
    with open(path, "wb") as f:
        for _ in range(size // len(block)):
            f.write(block)
        f.write(block[:size % len(block)])
    return bench.world.own(path)


def cpu_seconds(pids):
    """Used by these processes so far."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        ticks += sum(int(x) for x in fields[11:13])
    return ticks / TICK


class Took:
    def __init__(self, seconds, cpu=None):
        self.seconds, self.cpu = seconds, cpu


# ---- ours ----------------------------------------------------------------

class Files:
    """A pair in a chat; files go from the host to the joiner."""

    def __init__(self, bench, kind=None):
        self.bench = bench
        self.folder = bench.world.mkdir("received-" + (kind or "release"))
        self.pair = Pair(bench.world, "json", kind,
                         ("--download-dir", self.folder))
        self.pids = [p for s in (self.pair.host, self.pair.joiner)
                     for p in family(s.pid)]

    def wait(self, side, state):
        while (e := self.pair.event(side, "file"))["state"] != state:
            if e["state"] in ("failed", "declined", "cancelled"):
                raise Broken(f"the file {e}")
        return e

    def offer(self, path):
        self.pair.command(self.pair.host, do="sendfile", path=path)
        return self.wait(self.pair.joiner, "offered")["n"]

    def workers(self):
        return [p for s in (self.pair.host, self.pair.joiner)
                for p in staying(s.pid)]

    def move(self, path):
        """From the acceptance to its end on both sides."""
        number, size = self.offer(path), os.path.getsize(path)
        cpu, started = cpu_seconds(self.workers()), time.monotonic()
        self.pair.command(self.pair.joiner, do="accept", n=number)
        self.wait(self.pair.joiner, "done")
        self.wait(self.pair.host, "done")
        took = time.monotonic() - started
        cpu = cpu_seconds(self.workers()) - cpu
        self.clear(size)
        return Took(took, cpu)

    def clear(self, size):
        names = os.listdir(self.folder)
        for n in names:
            path = os.path.join(self.folder, n)
            if os.path.getsize(path) != size:
                raise Broken(f"{n} has {os.path.getsize(path)} bytes")
            os.remove(path)
        if len(names) != 1:
            raise Broken(f"received: {names}")

    def close(self):
        self.pair.close()


# ---- theirs --------------------------------------------------------------

def copied(bench, size):
    """Look at the copy and remove it."""
    path = bench.world.path("copy")
    if os.path.getsize(path) != size:
        raise Broken(f"the copy has {os.path.getsize(path)} bytes")
    os.remove(path)


def until_copied(path, size):
    """Polls the copy: its writers are not ours to wait for."""
    deadline = time.monotonic() + 10 * DEADLINE
    while not os.path.exists(path) or os.path.getsize(path) < size:
        if time.monotonic() > deadline:
            raise Broken(f"{path} stands still")
        time.sleep(0.001)


class SshCat:
    """Its processes are asked for their time while all of them are there:
    what sshd leaves behind does not count the time of its children."""

    def __init__(self, bench):
        self.bench, self.sshd = bench, bench.sshd()

    def cpu(self, *clients):
        return cpu_seconds([c.pid for c in clients]) + cpu_seconds(
            family(self.sshd.process.pid))

    def move(self, path):
        copy = self.bench.world.path("copy")
        with open(path, "rb") as f:
            # What goes to cat is held back until the far side is there.
            ssh = self.bench.world.start(
                *self.sshd.ssh(), f"echo here; cat > {copy}",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            read_line(ssh.stdout)
            cpu, started = self.cpu(ssh), time.monotonic()
            pump = self.bench.world.start("cat", stdin=f, stdout=ssh.stdin)
            until_copied(copy, os.path.getsize(path))
            took = time.monotonic() - started
            cpu = self.cpu(ssh, pump) - cpu
        ssh.stdin.close()
        if ssh.wait(DEADLINE) != 0:
            raise Broken(f"ssh: exit status {ssh.returncode}")
        pump.wait(DEADLINE)
        self.bench.world.stop(pump, ssh)
        copied(self.bench, os.path.getsize(path))
        return Took(took, cpu)


TRIES = 5


class Scp:
    def __init__(self, bench):
        self.bench, self.sshd = bench, bench.sshd()
        self.empty = make_file(bench, "empty", 0)

    def seconds(self, path):
        copy = self.bench.world.path("copy")
        started = time.monotonic()
        done = self.bench.world.run(*self.sshd.scp(), path, f"bench:{copy}")
        took = time.monotonic() - started
        if done.returncode != 0:
            raise Broken("scp: " + done.stderr)
        copied(self.bench, os.path.getsize(path))
        return took

    def move(self, path):
        """A small file on a busy machine may take less than an empty one."""
        for _ in range(TRIES):
            took = self.seconds(path) - self.seconds(self.empty)
            if took > 0:
                return Took(took)
        raise Broken(f"scp: an empty file took longer, {TRIES} times")


class Ncat:
    def __init__(self, bench):
        self.bench, self.ncat = bench, need("ncat", "ncat")

    def move(self, path):
        """From the first byte to the end of both."""
        port, world = free_port(), self.bench.world
        copy = world.path("copy")
        with open(copy, "wb") as out:
            there = world.start(self.ncat, "--ssl", "--recv-only", "-l",
                                "127.0.0.1", str(port), stdout=out)
            wait_listening(port)
            here = world.start(self.ncat, "--ssl", "--send-only",
                               "127.0.0.1", str(port),
                               stdin=subprocess.PIPE)
            time.sleep(0.2)         # its handshake is no part of this
            started = time.monotonic()
            with open(path, "rb") as f:
                pump = world.start("cat", stdin=f, stdout=here.stdin)
            # Its end may cut off what it has not sent: it has none.
            until_copied(copy, os.path.getsize(path))
            took = time.monotonic() - started
        world.stop(pump, here, there)
        copied(self.bench, os.path.getsize(path))
        return Took(took)


# ---- the rows ------------------------------------------------------------

PEERS = {"bulk-ssh": (SshCat, "ssh cat"), "file-scp": (Scp, "scp"),
         "bulk-ncat": (Ncat, "ncat --ssl")}


def measure(bench):
    size = SIZE_SHORT if bench.short else SIZE
    path = make_file(bench, "large", size)
    out, contenders, took = Results(), {"ours": Files(bench)}, {}
    contenders["bulk-one"] = Files(bench, "one")
    for key, (kind, _) in PEERS.items():
        try:
            contenders[key] = kind(bench)
        except Missing as e:
            out.missing[key] = str(e)
    if not bench.short:             # pages and buffers that are new
        for c in contenders.values():
            c.move(path)
    for _ in range(bench.rounds):
        for key, c in contenders.items():
            took.setdefault(key, []).append(c.move(path))
    contenders["ours"].close()
    contenders["bulk-one"].close()
    os.remove(path)

    def rate(key):
        return [size / t.seconds / 1e9 for t in took[key]]
    for key, (_, peer) in PEERS.items():
        if key in took:
            out[key] = Measured("GB/s", rate("ours"), rate(key), "file",
                                peer)
    out["bulk-one"] = Measured("GB/s", rate("ours"), rate("bulk-one"),
                               "file", "crypto and net in one process")
    if "bulk-ssh" in took:
        out["cpu-ssh"] = Measured(
            "s/GB", [t.cpu / size * 1e9 for t in took["ours"]],
            [max(t.cpu, 1 / TICK) / size * 1e9 for t in took["bulk-ssh"]],
            "all processes of both sides", "ssh, sshd, cat")
    else:
        out.missing["cpu-ssh"] = out.missing["bulk-ssh"]
    return out


# ---- a line of the chat behind a file ------------------------------------

RATE = 10 * 1000 * 1000 // 8    # bytes a second: 10 Mbit/s
SO_MAX_PACING_RATE = 47
SYS_PIDFD_GETFD = 438


def sockets_of(pid):
    """Copies of the TCP connections of a process."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    for number in os.listdir(f"/proc/{pid}/fd"):
        fd = libc.syscall(SYS_PIDFD_GETFD, process, int(number), 0)
        if fd < 0:
            raise Missing("another process's socket can be made slow "
                          "only by root or in a user namespace")
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            os.close(fd)
            continue
        with socket.socket(fileno=fd) as s:
            try:
                s.getpeername()
            except OSError:
                continue
            if s.family in (socket.AF_INET, socket.AF_INET6):
                yield s
    os.close(process)


def make_slow(pair):
    """Both ends of the connection send 10 Mbit/s from now on."""
    slow = 0
    for suite in (pair.host, pair.joiner):
        for pid in family(suite.pid):
            if name(pid) != "secchat-net":
                continue
            for s in sockets_of(pid):
                s.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, RATE)
                slow += 1
    if slow != 2:
        raise Broken(f"{slow} sockets were made slow")


class Events(threading.Thread):
    """When which text came."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.came, self.states = stream, {}, []
        self.start()

    def run(self):
        for line in self.stream:
            e, now = json.loads(line), time.monotonic()
            if e["ev"] == "message":
                self.came[e["text"]] = now
            elif e["ev"] == "file":
                self.states.append((e["state"], e["n"]))

    def until(self, there, seconds=DEADLINE):
        deadline = time.monotonic() + seconds
        while not there():
            if time.monotonic() > deadline:
                raise Broken("waited in vain; files: "
                             f"{self.states[-3:]}")
            time.sleep(0.001)


def lines_behind_a_file(bench, count):
    """Milliseconds of each line: those that go with the file, and those
    against it."""
    pair = Pair(bench.world, "json", options=(
        "--download-dir", bench.world.mkdir("received-slow")))
    make_slow(pair)
    seconds = count * 0.4 + 5
    path = make_file(bench, "slow-file", int(seconds * RATE))
    host, joiner = (Events(os.fdopen(os.dup(s.stdout.fileno()), "rb"))
                    for s in (pair.host, pair.joiner))
    pair.command(pair.host, do="sendfile", path=path)
    joiner.until(lambda: joiner.states)
    pair.command(pair.joiner, do="accept", n=joiner.states[0][1])
    joiner.until(lambda: any(s == "progress" for s, _ in joiner.states))
    took, rnd = ([], []), random.Random(1)
    for i in range(count):
        for way, (s, there) in enumerate(((pair.host, joiner),
                                          (pair.joiner, host))):
            text = f"line {i} of {way}"
            started = time.monotonic()
            pair.command(s, do="send", text=text)
            there.until(lambda: text in there.came)
            took[way].append((there.came[text] - started) * 1000)
        time.sleep(rnd.uniform(0.01, 0.05))
    if any(s == "done" for s, _ in joiner.states):
        raise Broken("the file was through before the last line")
    pair.close()
    os.remove(path)
    return took


def p99(values):
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def slow_line(bench):
    count, values, notes = 5 if bench.short else 100, [], []
    for _ in range(1 if bench.short else min(bench.rounds, 5)):
        ways = lines_behind_a_file(bench, count)
        values.append(max(p99(w) for w in ways))
        notes.append(" / ".join(f"{statistics.median(w):.0f}, {p99(w):.0f}"
                                for w in ways))
    return {"line-p99": Measured("ms", values, note="p50, p99 with the file "
                                 "/ against it: " + "; ".join(notes))}
