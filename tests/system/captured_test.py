# not a test
"""A worker that has been captured: how it is put into a session and what it
can be told to do.

A Tree is a copy of the build tree (hard links) in which tests/captured/
stand_in has the place of some workers.  A Session is one `secchat` of such a
tree; a StandIn is our end of one of its captured workers.  Everything that a
stand-in receives is kept (`heard`), for Search to look through.

Cases come from the message table, which `stand_in --table` prints: a message
that is added to it is tried without a word here.
"""
import base64
import collections
import fcntl
import os
import pty
import random
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time

from secchat_test import (BIN, ROOT, SLOWER, Failed, check, same_reports, skip,
                          write_key)

OBJ = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"))
STAND_IN = os.path.join(OBJ, "captured/stand_in")
PATIENCE = 40 * SLOWER  # seconds for anything; five times what any takes
SUPER = 3               # the descriptor of every worker's link to it

if not os.path.exists(STAND_IN):
    skip(f"{STAND_IN} is not built")


# ---- the message table -----------------------------------------------------

Row = collections.namedtuple("Row", "name type sender links min max fd")
Link = collections.namedtuple("Link", "id a b name")


def read_table():
    text = subprocess.run([STAND_IN, "--table"], capture_output=True,
                          text=True, check=True).stdout
    rows, links, record = [], [], 0
    for line in text.splitlines():
        what, *words = line.split(" ", 4 if line.startswith("link") else -1)
        if what == "row":
            rows.append(Row(words[0], *map(int, words[1:])))
        elif what == "link":
            links.append(Link(*map(int, words[:3]), words[3]))
        else:
            record = int(words[0])
    return rows, links, record


ROWS, LINKS, RECORD_MAX = read_table()
BODY_MAX = RECORD_MAX - 8
TYPE = {r.name: r.type for r in ROWS}
NAME = {r.type: r.name for r in ROWS}
ROLES = {"super": 1, "crypto": 2, "net": 4, "tty": 8, "script": 8, "dial": 16,
         "price": 32, "file": 64}


def link_between(a, b):
    """The link of two roles, by their program's names."""
    ends = {ROLES[a], ROLES[b]}
    return next(x for x in LINKS if {x.a, x.b} == ends)


def record(kind, body=b"", length=None, zero=0):
    return struct.pack(">IHH", 8 + len(body) if length is None else length,
                       kind, zero) + body


def str8(s):
    data = s.encode() if isinstance(s, str) else s
    return bytes([len(data)]) + data


# ---- what can be wrong with a message --------------------------------------

Case = collections.namedtuple("Case", "name type size fds kind what data")
# what: the words of the receiver that finds it, "legal" or "end"


def sizes_of(row):
    """Every boundary of a message's body, by name."""
    sizes = {"0": 0, "min-1": row.min - 1, "min": row.min, "max": row.max,
             "max+1": row.max + 1, "record": BODY_MAX,
             "record+1": BODY_MAX + 1}
    if row.max > row.min:
        sizes["between"] = -1
    return {k: v for k, v in sizes.items() if v >= 0 or k == "between"}


def verdict(row, role, link, size, fds, takes_fds):
    """What the table says of such a message.  A receiver that only reads
    never sees a descriptor; one that takes them looks at their number before
    it looks at the message."""
    if takes_fds and fds > 1:
        return "unexpected control data"
    if not row.sender & ROLES[role]:
        return "wrong sender"
    if not row.links >> link.id & 1:
        return "wrong link"
    if not row.min <= size <= row.max:
        return "wrong size"
    if row.fd and not (fds and takes_fds):
        return "descriptor missing"
    if takes_fds and fds and not row.fd:
        return "unwanted descriptor"
    return "legal"


def cases_of(role, link, takes_fds, rng, every):
    """Every row of the table as this role may send it on this link, and what
    is in no row.  `every`: also each size of what is not its to send."""
    for row in ROWS:
        own = row.sender & ROLES[role] and row.links >> link.id & 1
        sizes = sizes_of(row)
        chosen = (list(sizes) if own or every else [rng.choice(list(sizes))])
        for name in chosen:
            yield make_case(row, role, link, name, sizes[name], row.fd,
                            takes_fds, rng)
        if own or every:
            for fds in (0, 1, 2, 3, 8):
                if fds != row.fd:
                    yield make_case(row, role, link, f"{fds} fds", row.min,
                                    fds, takes_fds, rng)
    yield from out_of_table(role, rng)


def make_case(row, role, link, name, size, fds, takes_fds, rng):
    if size < 0:
        size = rng.randrange(row.min, row.max + 1)
    body = rng.randbytes(size)
    what = verdict(row, role, link, size, fds, takes_fds)
    return Case(f"{row.name} {name}", row.type, size, fds, "0", what,
                record(row.type, body))


def out_of_table(role, rng):
    def case(name, what, data):
        return Case(name, None, len(data), 0, "0", what, data)
    known = set(NAME)
    gaps = [t for t in range(256) if t not in known and (
        t + 1 in known or t - 1 in known)]
    for kind in (0, *rng.sample(gaps, 4), 255, 256, 0x7fff, 0x8000, 0xffff):
        yield case(f"type {kind}", "unknown type", record(kind))
    # One of its own, so that nothing else is wrong with it.
    own = next(r for r in ROWS if r.sender & ROLES[role])
    body = bytes(own.min)
    for name, length, zero in (
            ("longer", 9 + own.min, 0), ("shorter", 7 + own.min, 0),
            ("of nothing", 0, 0), ("endless", 0xffffffff, 0),
            ("with a one", None, 1), ("with ones", None, 0xffff)):
        yield case(f"header {name}", "malformed header",
                   record(own.type, body, length, zero))
    for n in (1, 2, 4, 7):
        yield case(f"{n} bytes", "malformed header", rng.randbytes(n))
    yield case("head alone, and no length", "malformed header", bytes(8))
    for n in (RECORD_MAX + 1, 2 * RECORD_MAX, 200000):
        yield case(f"{n} bytes of noise", "malformed header",
                   rng.randbytes(n))


# ---- a copy of the build tree ----------------------------------------------

def place(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)


class Tree:
    """Programs of the build tree, some of them captured."""

    def __init__(self, captured, programs=BIN):
        self.base = tempfile.mkdtemp(prefix="captured.")
        os.chmod(self.base, 0o711)
        self.bin = os.path.join(self.base, "bin")
        self.home = os.path.join(self.base, "home")
        os.mkdir(self.bin)
        os.mkdir(self.home, 0o700)
        same_reports(self.base)
        for name in os.listdir(programs):
            worker = name.removeprefix("secchat-")
            if name.startswith("secchat") and "." not in name:
                place(STAND_IN if worker in captured else
                      os.path.join(programs, name),
                      os.path.join(self.bin, name))
        self.key = os.urandom(32)
        write_key(self.key, os.path.join(self.base, "key"))
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=32)
        with open(os.path.join(self.bin, "port"), "w", encoding="ascii") as f:
            f.write(str(self.listener.getsockname()[1]))

    def env(self):
        env = {k: os.environ[k] for k in ("PATH", "LANG") if k in os.environ}
        env.update(HOME=self.home, TMPDIR=self.home, TERM="xterm-256color",
                   LANG="C.UTF-8")
        for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
            env[f"XDG_{kind}_HOME"] = os.path.join(self.home, kind)
        return env

    def files(self):
        return sorted(os.path.join(d, f) for d, _, names in
                      os.walk(self.home) for f in names)

    def remove(self):
        self.listener.close()
        shutil.rmtree(self.base, ignore_errors=True)


# ---- our end of a captured worker ------------------------------------------

class Stillborn(Exception):
    """It was ended before it could say a word."""


class StandIn:
    def __init__(self, sock):
        self.sock = sock
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reports = collections.deque()
        self.heard = []         # (link, record): all that it was ever sent
        self.ended = False
        hello = self.next_report()
        if hello is None:
            raise Stillborn
        name, pid = hello[4].decode().split()
        self.name, self.pid = name.removeprefix("secchat-"), int(pid)
        try:
            self.pidfd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            raise Stillborn from None

    def exactly(self, n):
        data = b""
        while len(data) < n:
            try:
                more = self.sock.recv(n - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            data += more
        return data

    def next_report(self, seconds=PATIENCE):
        """(what, link, n, count, bytes), or None: it has ended."""
        self.sock.settimeout(seconds)
        head, data = self.exactly(12), None
        if head is not None:
            what, link, n, _, count, length = struct.unpack(">cBBBII", head)
            data = self.exactly(length)
        if data is None:        # it may have ended in the middle of one
            self.ended = True
            return None
        what = what.decode()
        if what == "R":
            self.heard.append((link, data))
        return what, link, n, count, data

    def report(self, wanted, seconds=PATIENCE):
        """The next report of this kind; others wait.  None: it has ended."""
        until = time.monotonic() + seconds
        for i, r in enumerate(self.reports):
            if r[0] in wanted:
                del self.reports[i]
                return r
        while not self.ended:
            left = until - time.monotonic()
            check(left > 0, self.name, "waits in vain for", wanted)
            try:
                r = self.next_report(max(left, 0.001))
            except TimeoutError:
                check(False, self.name, "waits in vain for", wanted)
            if r is None or r[0] in wanted:
                return r
            self.reports.append(r)
        return None

    def wait(self, kind, link=SUPER, seconds=PATIENCE):
        """The body of the next record of this type on a link."""
        if isinstance(kind, str):
            kind = TYPE[kind]
        until = time.monotonic() + seconds
        while True:
            r = self.report("RE", until - time.monotonic())
            if r and r[0] == "E" and r[1] != link:
                continue
            check(r is not None and r[0] == "R", self.name, "was left before",
                  NAME.get(kind, kind))
            _, where, _, _, data = r
            if where == link and struct.unpack(">H", data[4:6])[0] == kind:
                return data[8:]

    def report_of(self, kind):
        """Read on to a record of this type, or to the end."""
        while r := self.report("RE"):
            if r[0] == "E" and r[1] == SUPER or r[0] == "R" and struct.unpack(
                    ">H", r[4][4:6])[0] == TYPE[kind]:
                return

    def order(self, what, link=SUPER, n=0, kind="0", count=0, data=b""):
        try:
            self.sock.sendall(struct.pack(
                ">cBBcII", what.encode(), link, n, kind.encode(), count,
                len(data)) + data)
        except (BrokenPipeError, ConnectionResetError):
            self.ended = True

    def send(self, kind, body=b"", link=SUPER, fds=0, fd_kind="0"):
        if isinstance(kind, str):
            kind = TYPE[kind]
        self.send_record(record(kind, body), link, fds, fd_kind)

    def send_record(self, data, link=SUPER, fds=0, fd_kind="0", times=1,
                    wait=True):
        """Sent, or nobody is there any more."""
        self.order("S", link, fds, fd_kind, times, data)
        return self.report("D") if wait else None

    def ready(self):
        self.send("READY", bytes(9))

    def shut(self, link=SUPER, how=socket.SHUT_WR):
        self.order("H", link, how)

    def quiet(self, link, on=True):
        self.order("P", link, int(on))

    def stay(self):
        self.order("T")

    def leave(self, code=0):
        self.order("X", count=code)

    def file(self, fd):
        """What is in a file that it was handed."""
        self.order("K", fd)
        return self.report("K")[4]

    def kill(self, signum=signal.SIGKILL):
        try:
            signal.pidfd_send_signal(self.pidfd, signum)
        except ProcessLookupError:
            pass

    def gone(self, seconds):
        return bool(select.select([self.pidfd], [], [], seconds)[0])

    def drain(self):
        """Read what is left, to the end of the process."""
        while not self.ended:
            try:
                self.next_report(PATIENCE)
            except TimeoutError:
                break

    def end(self):
        self.kill()
        self.sock.close()
        os.close(self.pidfd)


# ---- a session with captured workers ---------------------------------------

class Session:
    """secchat, from a tree of its own.  front: "script" or "tty"."""

    def __init__(self, captured, args, front="script", reads_stderr=True):
        self.tree = Tree(captured)
        self.front = front
        self.here = {}
        self.every = []         # also those that have ended
        self.master = None
        command = [os.path.join(self.tree.bin, "secchat"), *args]
        stdin = out = subprocess.PIPE
        self.reads_stderr = threading.Event()
        if reads_stderr:
            self.reads_stderr.set()
        if front == "tty":
            self.master, slave = pty.openpty()
            fcntl.ioctl(slave, termios.TIOCSWINSZ,
                        struct.pack("HHHH", 24, 80, 0, 0))
            self.saved = termios.tcgetattr(slave)
            self.slave = stdin = out = slave
            command = ["setsid", "-c", *command]
        else:
            command[2:2] = ["--json"]
        self.popen = subprocess.Popen(
            command, stdin=stdin, stdout=out, stderr=subprocess.PIPE,
            cwd=self.tree.home, env=self.tree.env())
        self.pidfd = os.pidfd_open(self.popen.pid)
        self.texts = {"out": b"", "err": b""}
        self.readers = [threading.Thread(
            target=self.collect, args=(name, f), daemon=True)
            for name, f in (("out", self.popen.stdout),
                            ("err", self.popen.stderr)) if f]
        if front == "tty":
            self.readers.append(threading.Thread(
                target=self.collect_tty, daemon=True))
        for t in self.readers:
            t.start()

    def collect(self, name, f):
        if name == "err":
            self.reads_stderr.wait()
        while data := os.read(f.fileno(), 65536):
            self.texts[name] += data

    def collect_tty(self):
        try:
            while data := os.read(self.master, 65536):
                self.texts["out"] += data
        except OSError:
            pass

    def worker(self, name, seconds=PATIENCE):
        """The next captured worker of this name that starts."""
        until = time.monotonic() + seconds
        while name not in self.here:
            left = until - time.monotonic()
            if self.has_ended(0):
                raise Failed(f"{name} was never started: exit status "
                             f"{self.wait_exit()}: {self.said()}")
            check(left > 0, name, "was never started:", self.said())
            if not select.select([self.tree.listener, self.pidfd], [], [],
                                 left)[0]:
                continue
            if not select.select([self.tree.listener], [], [], 0)[0]:
                continue
            sock, _ = self.tree.listener.accept()
            try:
                s = StandIn(sock)
            except Stillborn:
                sock.close()
                continue
            self.here.setdefault(s.name, s)
            self.every.append(s)
        return self.here[name]

    def next_worker(self, name):
        self.here.pop(name, None)
        return self.worker(name)

    def has_ended(self, seconds):
        return bool(select.select([self.pidfd], [], [], seconds)[0])

    def wait_exit(self, seconds=PATIENCE):
        """Its exit status, all output read; negative: by a signal."""
        check(self.has_ended(seconds), "secchat does not end:", self.said())
        self.reads_stderr.set()
        code = self.popen.wait()
        if self.front == "tty" and self.slave >= 0:
            os.close(self.slave_kept())
        for t in self.readers:
            t.join(PATIENCE)
        return code

    def slave_kept(self):
        self.restored = termios.tcgetattr(self.slave) == self.saved
        slave, self.slave = self.slave, -1
        return slave

    def said(self):
        return self.texts["err"].decode("utf-8", "backslashreplace")

    def terminate(self, signum=signal.SIGTERM):
        try:
            signal.pidfd_send_signal(self.pidfd, signum)
        except ProcessLookupError:
            pass

    def told_once(self):
        """The one file that may be written: that it was said who is asked for
        prices."""
        return os.path.join(self.tree.home, "STATE/secchat/prices")

    def judge_end(self, files=()):
        """Nobody left, nothing on disk, the terminal as it was."""
        for s in self.every:
            check(s.gone(PATIENCE), s.name, "is left behind")
        left = [f for f in self.tree.files() if f not in files]
        check(not left, "on disk:", left)
        if self.front == "tty":
            check(self.restored, "the terminal is not restored")

    def end(self):
        self.terminate(signal.SIGKILL)
        self.reads_stderr.set()
        for s in self.every:
            s.end()
        self.popen.wait()
        if self.front == "tty":
            if self.slave >= 0:
                os.close(self.slave)
        for t in self.readers:
            t.join(PATIENCE)
        for f in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if f:
                f.close()
        if self.master is not None:
            os.close(self.master)
        os.close(self.pidfd)
        self.tree.remove()


# ---- the search for what nobody may have -----------------------------------

WINDOW = 16


def forms(secret):
    """A secret as it may turn up: itself, as text, in three alignments."""
    yield "raw", secret
    yield "hex", secret.hex().encode()
    yield "HEX", secret.hex().upper().encode()
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + secret)
        # Only characters that are made of the secret's bits alone.
        yield "base64", text[(shift * 8 + 5) // 6:len(text) - 4]
        yield "base64url", text[(shift * 8 + 5) // 6:len(text) - 4].replace(
            b"+", b"-").replace(b"/", b"_")


class Search:
    """Needles, and haystacks they must not be in."""

    def __init__(self):
        self.needles = {}       # window: name

    def add(self, name, secret):
        secret = secret.encode() if isinstance(secret, str) else secret
        if len(secret) < WINDOW:        # a text: as it is
            self.needles[secret] = name
            return
        for form, data in forms(secret):
            for i in range(len(data) - WINDOW + 1):
                piece = data[i:i + WINDOW]
                if len(set(piece)) > 3:         # not padding
                    self.needles[piece] = f"{name} ({form})"
        if len(self.needles) > 1:
            self.pattern = None

    def find(self, data):
        """Names of what is in these bytes."""
        found = {name for piece, name in self.needles.items()
                 if len(piece) != WINDOW and piece in data}
        table = self.needles
        for i in range(len(data) - WINDOW + 1):
            name = table.get(data[i:i + WINDOW])
            if name:
                found.add(name)
        return found


# ---- many cases at once ----------------------------------------------------

def rng_of(seed, name):
    return random.Random(f"{seed} {name}")


class Failures:
    """What went wrong, with the command that does it again."""

    def __init__(self, test, seed):
        self.test, self.seed = test, seed
        self.lock = threading.Lock()
        self.lines = []
        self.tried = collections.Counter()

    def count(self, group):
        with self.lock:
            self.tried[group] += 1

    def add(self, name, why):
        with self.lock:
            self.lines.append(
                f"FAILED {name}\n    {why}\n    again: SEED={self.seed} "
                f"CASE='{name}' python3 tests/system/{self.test}.py")

    def run(self, group, cases, threads=8):
        """A dictionary of functions."""
        for _ in cases:
            self.count(group)
        run_many([(f"{group}: {name}", f) for name, f in cases.items()], self,
                 threads)
        self.judge()

    def judge(self):
        print(f"SEED={self.seed}", dict(self.tried), flush=True)
        check(not self.lines, f"{len(self.lines)} failed\n" +
              "\n".join(self.lines[:40]))


def run_many(work, failures, threads=8):
    """Call each of `work`, (name, function), some at a time."""
    only = os.environ.get("CASE")
    todo = collections.deque((n, f) for n, f in work
                             if only is None or n == only)

    def serve():
        while True:
            try:
                name, f = todo.popleft()
            except IndexError:
                return
            started = time.monotonic()
            try:
                f()
            except Exception as e:      # one case does not hide the next
                failures.add(name, re.sub(r"\s+", " ", f"{e!r}")[:1500])
            if os.environ.get("TIMES"):
                print(f"{time.monotonic() - started:.2f} s {name}")
    pool = [threading.Thread(target=serve) for _ in range(threads)]
    for t in pool:
        t.start()
    for t in pool:
        t.join()
