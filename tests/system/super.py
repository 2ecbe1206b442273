"""What the supervisor gives its workers, what it does when they are captured,
and how it asks the person.

# users: root nobody
# seconds: 120
"""
import os
import stat
import subprocess
import time

from secchat_test import (BIN, DEADLINE, ROOT, SECCHAT, Suite, Terminal,
                          check, check_equal, host, join, main, make_key, pair,
                          scratch, secret_pipe, skip_part, wait_gone,
                          wait_until)

INTRO = "Press Enter to start"
CODE = r"(?i)code[^\n]*: ?$"
FAKE = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"),
                    "unit/super")

# What each process finds at its descriptors from 3 on (secchat/fds.h).
LAYOUT = {
    "crypto": {3: "socket", 4: "socket", 5: "socket", 8: "socket"},
    "net": {3: "socket", 4: "socket"},
    "script": {3: "socket", 4: "socket"},
}


def kinds(proc):
    """Descriptor: kind, from /proc."""
    out = {}
    for fd in os.listdir(f"/proc/{proc.pid}/fd"):
        target = os.readlink(f"/proc/{proc.pid}/fd/{fd}")
        out[int(fd)] = target.split(":")[0]
    return out


def descriptors():
    """Exactly those of the table, and nothing of anybody else."""
    if os.geteuid() != 0:
        skip_part("only root may look at a worker's descriptors")
        return
    h, j = pair(["--key", make_key()])
    for s in (h, j):
        s.settled()
        for name, proc in s.workers().items():
            got = kinds(proc)
            check_equal(got.pop(2), "pipe", f"{name}: stderr")
            in_out = {got.pop(0), got.pop(1)}
            check_equal(in_out, {"pipe"} if name == "script" else
                        {"/dev/null"}, f"{name}: stdin and stdout")
            if name == "net":   # what came over its link: sockets, a few
                check(set(got.values()) == {"socket"} and len(got) <= 6, got)
                got = {fd: got[fd] for fd in (3, 4)}
            check_equal(got, LAYOUT[name], name)


def environment():
    """What workers know of the environment; nothing for crypto and net."""
    if os.geteuid() != 0:
        skip_part("only root may read a worker's environment")
        return
    env = {"SECRET_THING": "swordfish", "LANG": "C.UTF-8", "TERM": "xterm"}
    h = host("--key", make_key(), env=env)
    for name, proc in h.workers().items():
        words = proc.read("environ").split(b"\0")
        names = {w.split(b"=")[0].decode() for w in words if w}
        allowed = {"TERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "NO_COLOR",
                   "VTE_VERSION", "XTERM_VERSION"}
        check(names <= (allowed if name == "script" else set()), name, names)


def captured_workers():
    """A worker that breaks the message table ends the session; so does one
    that is never ready.  Nobody is left, and the words say who it was."""
    if not os.path.exists(FAKE):
        skip_part(f"{FAKE} is not built")
        return
    for letter, said in (
            ("h", "malformed header"), ("t", "unknown type"),
            ("w", "wrong sender"), ("s", "wrong size"),
            ("m", "SECRET_READ in state"), ("r", "READY in state"),
            ("e", "secchat-crypto ended unexpectedly (status 3)"),
            ("x", "secchat-crypto ended unexpectedly (status 3)"),
            ("n", "secchat-crypto was not ready within 20 seconds")):
        s = captured(letter)
        check_equal(s.wait_exit(), 1, letter)
        check(said in s.stderr(), letter, s.stderr())
        check("\033" not in s.stderr(), "a control character came through")
        if letter == "e":
            check("It last said: own" in s.stderr(), s.stderr())
            check("secchat-net:" not in s.stderr().replace(
                "secchat-crypto: secchat-net:", ""), "forged", s.stderr())
        check(all(len(line) <= 600 for line in s.stderr().splitlines()),
              "a line without end")
        check_equal(fakes(), [], "left behind")


def unconfined_worker():
    """A worker whose sandbox cannot be had does not serve without: its exit
    status is the program's."""
    if not os.path.exists(FAKE):
        skip_part(f"{FAKE} is not built")
        return
    if os.uname().machine != "x86_64":
        skip_part("where the loader is has been written down for x86-64 only")
        return
    for what in ("k" + os.path.join(BIN, "secchat-crypto"), "k/no/such/file"):
        s = captured(what)
        lacks_seccomp = not what.endswith("file")
        check_equal(s.wait_exit(), 8 if lacks_seccomp else 1, what)
        said = s.stderr()
        check(("secchat-crypto could not be confined" in said) ==
              lacks_seccomp, said)
        check("It last said: sandbox: seccomp: " in said or
              not lacks_seccomp, said)
        check_equal(fakes(), [], "left behind")


def fakes():
    """Captured workers of this test (another user's runs beside it) that are
    still running."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if (os.getsid(int(pid)) == os.getsid(0) and
                    os.readlink(f"/proc/{pid}/exe") == FAKE):
                found.append(pid)
        except OSError:
            pass
    return found


def captured(letter):
    r = secret_pipe(letter)
    s = Suite("join", "-v", "--crypto-worker", FAKE, "--code-fd", str(r),
              "127.0.0.1:1", json_mode=False, extra=[r])
    os.close(r)
    return s


def stubborn_worker():
    """One that ignores the end is killed after two seconds."""
    if not os.path.exists(FAKE):
        skip_part(f"{FAKE} is not built")
        return
    s = captured("i")
    workers = s.wait_workers("super")
    wait_until(lambda: "is ready" in s.stderr(), "READY")
    started = time.monotonic()
    s.proc.kill(15)
    check_equal(s.wait_exit(), 143, "supervisor")
    wait_gone(workers.values())
    check(time.monotonic() - started < 8, "took too long")


def introduction():
    """q, end of input and Ctrl-C: 7, and nothing was started but crypto.
    Enter is remembered, by number, in a private file."""
    state = scratch()
    env = {"XDG_STATE_HOME": state}
    command = [SECCHAT, "join", "127.0.0.1:1"]
    for key in ("q\n", "\x04", "\x03"):
        t = Terminal(command, env=env)
        t.expect(INTRO)
        check_equal(set(t.workers()), {"crypto"}, "processes")
        t.type(key)
        check_equal(t.wait_exit(), 7, repr(key))
        check(t.is_restored(), "terminal")
        check("Nothing was sent" in t.plain(), t.plain())
    t = Terminal(command, env=env)
    t.expect(INTRO)
    t.type("?\n")
    t.expect("(?s)scrollback.*" + INTRO)
    t.type("\n")
    t.expect(CODE)
    t.type("\x03")
    check_equal(t.wait_exit(), 130, "Ctrl-C at the prompt")
    path = os.path.join(state, "secchat/intro")
    with open(path, encoding="ascii") as f:
        check_equal(f.read(), "1\n", "the number")
    check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "its mode")
    t = Terminal(command, env=env)
    t.expect(CODE)
    check(INTRO not in t.plain(), "asked again")
    t.type("\x03")
    t.wait_exit()
    with open(path, "w", encoding="ascii") as f:
        f.write("0\n")
    t = Terminal(command, env=env)
    t.expect(INTRO)
    t.type("q\n")
    check_equal(t.wait_exit(), 7, "another number asks again")


def mistyped_codes():
    """What is no code is asked for again, three times in all."""
    t = Terminal([SECCHAT, "join", "--accept-intro", "1", "127.0.0.1:1"])
    for n in range(3):
        wait_until(lambda n=n: t.read(0.02) or len(t.plain().split(
            "ode from")) == n + 2, "the prompt")
        t.type("foo\n")
    check_equal(t.wait_exit(), 5, "exit code")
    check(t.is_restored(), "terminal")


def missing_key_file():
    """At a terminal it is offered to make one; Enter alone leaves."""
    path = os.path.join(scratch(), "secret.key")
    command = [SECCHAT, "host", "--accept-intro", "1", "--key", path,
               "127.0.0.1:0"]
    t = Terminal(command)
    t.expect("Make one now")
    t.type("\n")
    check_equal(t.wait_exit(), 3, "exit code")
    check(not os.path.exists(path), "made without consent")
    t = Terminal(command)
    t.expect("Make one now")
    t.type("yes\n")
    t.expect("Waiting on port")
    check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "its mode")
    t.type("\x03")
    check_equal(t.wait_exit(), 130, "Ctrl-C while waiting")
    check(t.is_restored(), "terminal")


def keep():
    """--keep: one chat after the other on one port, with a new code and new
    processes; the old code is worth nothing."""
    h = host("--keep")
    codes, pids = [], set()
    for n in range(3):
        listening = h.has("listening")[-1]
        check_equal(listening["addr"], h.addr, "address")
        check_equal(h.has("intro")[-1]["chat"], n + 1, "chat")
        codes.append(listening["code"])
        workers = {p.pid for p in h.workers().values()}
        check(not workers & pids, "a process was kept")
        pids |= workers
        j = join(h, secret=codes[-1])
        j.wait("connected")
        j.send("hello")
        j.wait("delivered")
        j.do("quit")
        check_equal(j.wait_exit(), 0, "joiner")
        h.wait("end")
        h.wait("listening")
    check_equal(len(set(codes)), 3, "codes")
    j = join(h, secret=codes[0])
    check_equal(j.wait_exit(), 5, "an old code")
    h.do("quit")
    check_equal(h.wait_exit(), 0, "host")


def keep_key():
    """The same key file serves every chat."""
    key = make_key()
    h = host("--keep", "--key", key)
    for _ in range(2):
        j = join(h, "--key", key)
        j.wait("connected")
        j.do("quit")
        check_equal(j.wait_exit(), 0, "joiner")
        h.wait("end")
        h.wait("listening")
    h.proc.kill(15)
    check_equal(h.wait_exit(), 143, "host")


def log_file():
    """Events with the time; no text, no code; private; appended."""
    path = os.path.join(scratch(), "log")
    h = host("--log", path)
    code = h.has("listening")[0]["code"]
    j = join(h, secret=code)
    j.wait("connected")
    j.send("the text itself")
    j.wait("delivered")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    with open(path, encoding="utf-8") as f:
        log = f.read()
    check("started secchat-net" in log and "connected" in log, log)
    check("the text itself" not in log and code not in log, "a secret")
    check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "its mode")


def blocked_signals():
    """What was blocked before exec is heard of all the same: the end of a
    worker and the wish to leave."""
    blocked = ("env", "--block-signal")
    key = make_key()
    h = host("--keep", "--key", key, within=blocked)
    h.wait_workers("net")["net"].kill(9)
    check_equal(h.wait_exit(), 1, "a dead worker")
    check("There was no chat yet." in h.stderr(), h.stderr())
    h = host("--key", key, within=blocked)
    j = join(h, "--key", key, within=blocked)
    j.wait("connected")
    h.proc.kill(15)
    check_equal((h.wait_exit(), j.wait_exit()), (143, 0), "exit codes")
    done = subprocess.run([*blocked, SECCHAT, "prices", "--prices-url",
                           "https://127.0.0.1:1"], check=False,
                          capture_output=True, timeout=DEADLINE)
    check_equal(done.returncode, 10, "prices")


def nohup():
    """A SIGHUP that is ignored before it begins stays so; else it ends it."""
    key = make_key()
    for within in (("env", "--ignore-signal=HUP"), ()):
        h = host("--key", key, within=within)
        h.proc.kill(1)
        if within:
            j = join(h, "--key", key)
            j.wait("connected")
            j.do("quit")
            check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
        else:
            check_equal(h.wait_exit(), 143, "host")


main(descriptors, environment, captured_workers, unconfined_worker,
     stubborn_worker, introduction, mistyped_codes, missing_key_file, keep,
     keep_key, log_file, blocked_signals, nohup)
