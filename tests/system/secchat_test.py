# not a test
"""What the system tests share: suites, processes, terminals and checks.

A Suite is a running `secchat host` or `secchat join` with --json and pipes.
Nothing here sleeps in order to wait: everything waits for a descriptor with a
deadline.  One loop (`pump`) moves the bytes of all suites at once, so that no
suite stands still because the test looks at another.  What a test started is
ended by its process id when the test ends, whatever happened.
"""
import atexit
import collections
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

from json_test import check_event

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BIN = os.environ.get("SECCHAT_BIN", os.path.join(ROOT, "bin"))
SECCHAT = os.path.join(BIN, "secchat")
# The tree of make TEST_LIMITS=1, for a test that says "# short timers".
SHORT = os.environ.get("SECCHAT_SHORT", os.path.join(ROOT, "build/testlimits"))
OBJ = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"))
SAN = bool(os.environ.get("SECCHAT_SAN"))
# How many times as long the programs of a sanitizer build may take.
SLOWER = int(os.environ.get("SECCHAT_SAN") or 1)
# Seconds for one event; far beyond what any takes, also where forty others
# want the processor.
DEADLINE = 60.0 * SLOWER
# What the programs of a sanitizer build say in each chat.
UNCONFINED = ("secchat: this is a test build: the processes are not "
              "confined\n")

sys.path.insert(0, os.path.join(ROOT, "tests/interop"))

if "SECCHAT_BIN" not in os.environ:     # by hand, without tests/run
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="secchat-state.")
    atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], True)


# ---- checks and the end of a test ----------------------------------------

class Failed(AssertionError):
    pass


def check(cond, *what):
    if not cond:
        raise Failed(" ".join(str(w) for w in what))


def without_notice(text):
    """What a program said beside that it is one of a sanitizer build."""
    return text.replace(UNCONFINED, "") if SAN else text


def brief(value):
    text = repr(value)
    return text if len(text) < 600 else text[:300] + " ... " + text[-200:]


def check_equal(got, want, what=""):
    check(got == want, f"{what}: got {brief(got)}, want {brief(want)}")


def skip(reason):
    """Say why nothing was tested, and leave with 77."""
    print(f"skipped: {reason}", flush=True)
    sys.exit(77)


def skip_part(reason):
    print(f"skipped: {reason}", flush=True)


def left_out():
    """The cases that make no sense with a sanitizer's programs, with why."""
    test = "/".join(os.path.abspath(sys.argv[0])[:-3].split("/")[-2:])
    with open(os.path.join(ROOT, "tests/san/left_out"),
              encoding="utf-8") as f:
        rows = [line.split(None, 2) for line in f if line[0] not in "#\n"]
    return {row[1]: row[2].strip() for row in rows if row[0] == test}


def main(*cases):
    """Run the test functions, or those named on the command line."""
    names = sys.argv[1:]
    without = left_out() if SAN else {}
    failed = 0
    for case in cases:
        if names and case.__name__ not in names:
            continue
        if case.__name__ in without:
            skip_part(without[case.__name__])
            continue
        started = time.monotonic()
        try:
            case()
            word = "ok"
        except Exception:       # one failed case does not hide the next
            traceback.print_exc(file=sys.stdout)
            for s in Suite.living:
                print(s.account())
            failed += 1
            word = "FAILED"
        finally:
            clean_up()
        print(f"{word} {case.__name__} {time.monotonic() - started:.2f} s",
              flush=True)
    sys.exit(1 if failed else 0)


# ---- processes -----------------------------------------------------------

class Proc:
    """One process, held by a pidfd, so that its number cannot be reused
    under us."""

    def __init__(self, pid):
        self.pid = pid
        self.fd = os.pidfd_open(pid)
        self.last_name = "?"

    def __del__(self):
        if hasattr(self, "fd"):
            os.close(self.fd)

    @property
    def name(self):
        """Its program's name, "secchat" between fork and exec."""
        try:
            with open(f"/proc/{self.pid}/comm", encoding="utf-8") as f:
                self.last_name = f.read().strip()
        except OSError:
            pass
        return self.last_name

    def __repr__(self):
        return f"{self.name}[{self.pid}]"

    def kill(self, signum=signal.SIGKILL):
        try:
            signal.pidfd_send_signal(self.fd, signum)
        except ProcessLookupError:
            pass

    def gone(self, seconds=0.0):
        """Whether it has ended (collected by its parent or not)."""
        ready, _, _ = select.select([self.fd], [], [], max(0.0, seconds))
        return bool(ready)

    def status(self):
        """/proc/PID/status as a dictionary."""
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as f:
            return dict(line.rstrip("\n").split(":\t", 1)
                        for line in f if ":\t" in line)

    def rss_kb(self):
        return int(self.status()["VmRSS"].split()[0])

    def read(self, name):
        """A file of /proc/PID, or None where this user may not."""
        try:
            with open(f"/proc/{self.pid}/{name}", "rb") as f:
                return f.read()
        except OSError:
            return None


def child_pids(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


def wait_gone(procs, seconds=DEADLINE):
    """All of them have ended within the time."""
    deadline = time.monotonic() + seconds
    for p in procs:
        check(p.gone(deadline - time.monotonic()), p, "is still running")


def wait_until(predicate, what, seconds=DEADLINE, step=0.005):
    """For the few facts that no descriptor announces: look every 5 ms."""
    deadline = time.monotonic() + seconds
    while not predicate():
        check(time.monotonic() < deadline, "waited in vain for", what)
        pump(step)


# ---- files and secrets ---------------------------------------------------

def scratch():
    """A private folder, gone at the end of the case."""
    path = tempfile.mkdtemp(prefix="case.")
    scratch.made.append(path)
    return path


scratch.made = []


def same_reports(folder):
    """Copies in FOLDER/bin report where the programs themselves do."""
    if SAN:
        os.symlink(os.path.join(os.path.dirname(BIN), "reports"),
                   os.path.join(folder, "reports"))


def make_key(path=None):
    """A key file as `secchat keygen` makes it."""
    path = path or os.path.join(scratch(), "secret.key")
    done = subprocess.run([SECCHAT, "keygen", path], capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    check_equal(done.returncode, 0, "keygen: " + done.stderr)
    return path


def write_key(key, path=None):
    """A key file with these 32 bytes, without the help of secchat."""
    import base64
    path = path or os.path.join(scratch(), "secret.key")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as f:
        f.write(base64.urlsafe_b64encode(key) + b"\n")
    return path


def pipe_holds(f):
    """Bytes that were written to a pipe and not read yet."""
    left = bytearray(4)
    fcntl.ioctl(f, termios.FIONREAD, left)
    return int.from_bytes(left, sys.byteorder)


def pipe_of(data):
    """The reading end of a pipe that holds these bytes."""
    r, w = os.pipe()
    os.write(w, data)
    os.close(w)
    return r


def secret_pipe(text):
    """The same with one line."""
    return pipe_of(text.encode() + b"\n")


# ---- suites --------------------------------------------------------------

class Suite:
    """secchat host or join with --json on pipes.

    secret: a text that is passed by --code-fd (or --passphrase-fd, when
    flag says so) through a pipe.  extra: descriptors to pass on, by number.
    within: words of a command that becomes it.
    program: another secchat than the one that was built.  cwd: where it runs.
    """
    living = []

    def __init__(self, role, *args, secret=None, flag="--code-fd", env=None,
                 json_mode=True, extra=(), program=None, within=(), cwd=None):
        command = [*within, program or SECCHAT, role,
                   "--accept-intro", "1", "--no-input"]
        command += ["--json"] if json_mode else []
        fds = list(extra)
        if secret is not None:
            fds.append(secret_pipe(secret))
            command += [flag, str(fds[-1])]
        self.command = command + list(args)
        self.role = role
        self.popen = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, pass_fds=fds, cwd=cwd,
            env={**os.environ, **(env or {})})
        if secret is not None:
            os.close(fds[-1])
        self.start_reading(json_mode)
        self.proc = Proc(self.popen.pid)
        self.seen = {}          # pid: Proc, every child there ever was
        Suite.living.append(self)

    def start_reading(self, json_mode):
        self.json_mode = json_mode
        self.events = []        # every event so far
        self.count = collections.Counter()      # of each kind
        self.inbox = []         # those that nobody has waited for yet
        self.lines = []         # stdout, when it is not JSON
        self.paused = False     # True: leave stdout alone
        self.raw = b""          # a line of stdout that is not complete
        self.err = b""
        self.out = bytearray()  # for stdin
        self.last_seq = 0
        self.stdin_open = self.stdout_open = self.stderr_open = True
        for f in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            os.set_blocking(f.fileno(), False)

    # -- talking --

    def do(self, what, **fields):
        self.write(json.dumps({"do": what, **fields}) + "\n")

    def send(self, text, ref=None):
        fields = {"text": text} if ref is None else {"text": text, "ref": ref}
        self.do("send", **fields)

    def write(self, data):
        """For stdin: now if it takes it, else while others wait."""
        waits = bool(self.out)
        self.out += data if isinstance(data, bytes) else data.encode()
        if not waits and self.stdin_open:
            give_stdin(self)

    def close_stdin(self):
        wait_until(lambda: not self.out or not self.stdin_open,
                   "stdin to be taken")
        if self.stdin_open:
            self.popen.stdin.close()
            self.stdin_open = False

    def stdin_read(self):
        """Wait until it has read what was written."""
        wait_until(lambda: not self.out and not pipe_holds(self.popen.stdin),
                   "stdin to be read")

    def wait(self, ev, seconds=DEADLINE, **fields):
        """The next event of this kind (and with these fields) that nobody
        has had yet; others stay for later."""
        deadline = time.monotonic() + seconds
        while True:
            for i, e in enumerate(self.inbox):
                if e.get("ev") == ev and all(
                        e.get(k) == v for k, v in fields.items()):
                    return self.inbox.pop(i)
            left = deadline - time.monotonic()
            check(left > 0, self.role, "waited in vain for", ev, fields)
            check(self.stdout_open, self.role, "ended before", ev, fields)
            pump(left)

    def has(self, ev, **fields):
        return [e for e in self.events if e.get("ev") == ev and all(
            e.get(k) == v for k, v in fields.items())]

    def wait_count(self, ev, n, seconds=DEADLINE):
        def enough():
            have = self.count[ev]
            check(have >= n or self.stdout_open, self.role, "ended after",
                  have, "of", n, "events", ev)
            return have >= n
        wait_until(enough, f"{n} events {ev}", seconds)

    def wait_line(self, pattern, seconds=DEADLINE):
        """For stdout without --json."""
        wait_until(lambda: any(re.search(pattern, x) for x in self.lines),
                   f"a line {pattern}", seconds)

    def wait_exit(self, seconds=DEADLINE):
        """The exit status, when everything it printed has been read."""
        deadline = time.monotonic() + seconds
        while self.stdout_open or self.stderr_open:
            left = deadline - time.monotonic()
            check(left > 0, self.role, "does not end")
            pump(left)
        check(self.proc.gone(deadline - time.monotonic()), self.role,
              "does not end")
        return self.popen.wait()

    def loses_the_link(self):
        """Its connection is gone without a goodbye: it waits, and leaves
        at once when asked to: with 0, or 6 for what was not delivered."""
        self.wait("link", state="lost")
        self.do("quit")
        check_equal(self.wait_exit(), 6 if self.events[-1]["undelivered"]
                    else 0, self.role + ": exit status")

    def stderr(self):
        return without_notice(self.err.decode("utf-8", "backslashreplace"))

    def account(self):
        """What is known of it, for the output of a failed test."""
        tail = self.events[-8:] if self.json_mode else self.lines[-8:]
        return (f"--- {' '.join(self.command)}\n    exit status "
                f"{self.popen.poll()}, {len(self.events)} events, the last: "
                + "\n      ".join(str(e)[:300] for e in tail)
                + f"\n    stderr: {self.stderr()[-2000:]}")

    # -- its processes --

    def workers(self):
        """Its children now, by program name without the "secchat-".  Once
        it has been collected its number may be somebody else's."""
        gone = self.popen.returncode is not None
        for pid in [] if gone else child_pids(self.popen.pid):
            if pid not in self.seen:
                try:
                    self.seen[pid] = Proc(pid)
                except ProcessLookupError:
                    pass
        return {p.name.removeprefix("secchat-"): p
                for p in self.seen.values() if not p.gone()}

    def everyone(self):
        return [self.proc, *self.workers().values()]

    def wait_workers(self, *names):
        wait_until(lambda: set(names) <= set(self.workers()),
                   f"the workers {names}")
        return self.workers()

    def settled(self):
        """Wait for the end of dial, which outlives its answer by a moment."""
        wait_until(lambda: "dial" not in self.workers(), "the end of dial")

    def end(self):
        """End it by force, and close what is open."""
        try:
            self.workers()
        except OSError:
            pass
        for p in [self.proc, *self.seen.values()]:
            if not p.gone():
                p.kill()
        self.popen.wait()
        for f in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            try:
                f.close()
            except OSError:
                pass
        if self in Suite.living:
            Suite.living.remove(self)


def take_stdout(s):
    try:
        data = os.read(s.popen.stdout.fileno(), 1 << 18)
    except BlockingIOError:
        return
    if not data:
        s.stdout_open = False
    *lines, s.raw = (s.raw + data).split(b"\n")
    for line in lines:
        if not s.json_mode:
            s.lines.append(line.decode("utf-8", "backslashreplace"))
            continue
        event = json.loads(line)
        check_event(event)
        check_equal(event["v"], 1, f"v of {line!r}")
        check(event.get("seq") == s.last_seq + 1, "seq jumps at", line)
        # With --keep the next chat counts from 1 again.
        s.last_seq = 0 if event["ev"] == "end" else event["seq"]
        s.events.append(event)
        s.count[event["ev"]] += 1
        s.inbox.append(event)


def take_stderr(s):
    try:
        data = os.read(s.popen.stderr.fileno(), 1 << 16)
    except BlockingIOError:
        return
    if not data:
        s.stderr_open = False
    s.err += data


def give_stdin(s):
    try:
        n = os.write(s.popen.stdin.fileno(), s.out[:1 << 16])
        del s.out[:n]
    except BlockingIOError:
        pass
    except BrokenPipeError:
        s.popen.stdin.close()
        s.stdin_open = False
        s.out.clear()


others = []     # whoever else moves bytes while we wait: see pump


def pump(seconds):
    """Move bytes between the test and all its suites, once, waiting at most
    so long for something to move.  Each of `others` names what it wants to
    read and write, and until when it can wait, and is served each time."""
    reading, writing = {}, {}
    now = time.monotonic()
    wanted = [o.wants(now) for o in others]
    for r, w, when in wanted:
        reading.update((f.fileno(), f) for f in r)
        writing.update((f.fileno(), f) for f in w)
        seconds = min(seconds, when - now)
    for s in Suite.living:
        if s.stdout_open and not s.paused:
            reading[s.popen.stdout.fileno()] = (take_stdout, s)
        if s.stderr_open:
            reading[s.popen.stderr.fileno()] = (take_stderr, s)
        if s.stdin_open and s.out:
            writing[s.popen.stdin.fileno()] = s
    ready, free, _ = select.select(list(reading), list(writing), [],
                                   max(0.0, seconds))
    for fd in ready:
        if isinstance(reading[fd], tuple):
            take, s = reading[fd]
            take(s)
    for fd in free:
        if isinstance(writing[fd], Suite):
            give_stdin(writing[fd])
    if others:
        now, ready = time.monotonic(), {reading[fd] for fd in ready}
        for o in list(others):
            o.serve(ready, now)


def host(*args, addr="127.0.0.1:0", **kw):
    """A host, and the address that it waits on (None: it was not reached)."""
    s = Suite("host", *args, addr, **kw)
    s.addr = s.wait("listening")["addr"]
    s.settled()
    return s


def join(s, *args, **kw):
    return Suite("join", *args, s if isinstance(s, str) else s.addr, **kw)


def pair(args, **kw):
    """A host and a joiner with the same options, connected."""
    h = host(*args, **kw)
    j = join(h, *args, **kw)
    h.wait("connected")
    j.wait("connected")
    j.settled()
    return h, j


def port_of(addr):
    host_part, port = addr.rsplit(":", 1)
    return host_part.strip("[]"), int(port)


# ---- terminals -----------------------------------------------------------

class Terminal:
    """A command on a pseudo terminal of its own, as its session leader."""
    living = []

    def __init__(self, command, rows=24, cols=80, env=None, fds=()):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))
        self.saved = termios.tcgetattr(slave)
        self.popen = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, pass_fds=fds,
            start_new_session=True, env={**os.environ, **(env or {})},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave = slave      # kept, so that its settings can be read
        self.proc = Proc(self.popen.pid)
        self.seen = {}
        self.text = ""
        os.set_blocking(self.master, False)
        Terminal.living.append(self)

    def type(self, text):
        os.write(self.master, text.encode())

    def read(self, seconds):
        if select.select([self.master], [], [], max(0.0, seconds))[0]:
            try:
                self.text += os.read(self.master, 65536).decode(
                    "utf-8", "replace")
            except OSError:     # EIO: everybody has closed it
                pass

    def plain(self):
        """What was written, without escape sequences."""
        return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|[@-Z\\-_]|\][^\a]*\a)", "",
                      self.text)

    def expect(self, pattern, seconds=DEADLINE):
        """Wait until the text written so far holds the pattern."""
        deadline = time.monotonic() + seconds
        while not (m := re.search(pattern, self.plain())):
            left = deadline - time.monotonic()
            check(left > 0, "the terminal does not show", pattern, "but",
                  repr(self.plain()[-1500:]))
            self.read(left)
            pump(0)
        return m

    def wait_exit(self, seconds=DEADLINE):
        deadline = time.monotonic() + seconds
        while not self.proc.gone():
            check(time.monotonic() < deadline, "does not end:",
                  repr(self.plain()[-1500:]))
            self.read(0.02)
            pump(0)
        self.drain(deadline)
        return self.popen.wait()

    def drain(self, deadline):
        """All that was written has been read.  The kernel passes it on some
        time after it was written, so that it may come when the writer is gone
        already: what we write behind it comes last."""
        mark = f"\x1b_{os.getpid()}.{self.proc.pid}\x1b\\"
        fd = os.open(os.ttyname(self.slave),
                     os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            os.write(fd, mark.encode())
        except BlockingIOError:         # Ctrl-S: nothing more comes
            return
        finally:
            os.close(fd)
        while mark not in self.text:
            left = deadline - time.monotonic()
            check(left > 0, "the terminal does not pass on", mark)
            self.read(left)
        self.text = self.text.replace(mark, "")

    workers = Suite.workers
    wait_workers = Suite.wait_workers

    def is_restored(self):
        return termios.tcgetattr(self.slave) == self.saved

    def end(self):
        try:
            self.workers()
        except OSError:
            pass
        for p in [self.proc, *self.seen.values()]:
            if not p.gone():
                p.kill()
        self.popen.wait()
        for fd in (self.master, self.slave):
            os.close(fd)
        Terminal.living.remove(self)


# ---- strangers -----------------------------------------------------------

def connect(addr, seconds=DEADLINE):
    return socket.create_connection(port_of(addr), timeout=seconds)


def read_to_end(sock, limit=1 << 20):
    """Everything until end of file; a reset counts as one."""
    data = b""
    while len(data) < limit:
        try:
            more = sock.recv(65536)
        except ConnectionResetError:
            return data
        if not more:
            return data
        data += more
    return data


# ---- the end -------------------------------------------------------------

def clean_up():
    for s in [*Suite.living, *Terminal.living]:
        s.end()
    while scratch.made:
        shutil.rmtree(scratch.made.pop(), ignore_errors=True)


atexit.register(clean_up)
