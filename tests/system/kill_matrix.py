"""Every worker in every state of a chat, killed, aborted or stopped.

# users: root nobody
# seconds: 300

One table row is one running chat: its role, the state it is brought to, the
worker that is hit, the signal, and whether a terminal or a script is in
front.  All chats of a round are hit first and looked at afterwards, so that
the waiting (a stopped worker has ten seconds to go on) is done for all of
them at once.  Then each must have ended with its exit code and a sentence
that names the worker, nobody is left, the peer's connection is closed and the
terminal is as it was.

The peer is the second implementation, which stops answering where that makes
a state last.  SECCHAT_LONG=1 takes every combination; without it an ordinary
user's are those of a chat that has begun.
"""
import itertools
import os
import select
import shutil
import signal
import socket
import struct
import time

from interop_pair import Pumped
from relay import Relay
from secchat_test import (BIN, ROOT, Suite, Terminal, check, check_equal,
                          clean_up, connect, host, join, main, make_key,
                          pair, pump, same_reports, scratch, skip, wait_gone,
                          wait_until, write_key)

import secchat1 as sc

LONG = bool(os.environ.get("SECCHAT_LONG"))
FAKE = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"),
                    "unit/super")
KILL, STOP, ABRT = signal.SIGKILL, signal.SIGSTOP, signal.SIGABRT
HANG = None             # no signal: it just does nothing
ROUND = 48              # chats at once

# state: the roles that have it, the workers that there are in it.  "ui" is
# secchat-tty or secchat-script.
CHATTING = ("crypto", "net", "ui")
MOVING = ("crypto", "net", "ui", "file")
STATES = {
    "start":     (("host", "join"), ("crypto", "net", "dial", "ui")),
    "dialling":  (("join",), ("crypto", "net", "dial", "ui")),
    "waiting":   (("host",), CHATTING),
    "handshake": (("host", "join"), CHATTING),
    "open":      (("host", "join"), CHATTING),
    "rekey":     (("host", "join"), CHATTING),
    "closing":   (("host", "join"), CHATTING),
    "suspended": (("host", "join"), CHATTING),
    "sending":   (("host", "join"), MOVING),
    "receiving": (("host", "join"), MOVING),
}


class Chat:
    """One row: a suite, and a peer where there is one."""

    def __init__(self, role, state, worker, signum, front):
        self.role, self.state, self.signum = role, state, signum
        self.front = front
        self.worker = front if worker == "ui" else worker
        self.key = os.urandom(32)
        self.peer = self.sock = self.relay = None
        self.bin = BIN
        self.into = None

    def __repr__(self):
        return (f"{self.role} {self.state} {self.worker} "
                f"{self.signum and self.signum.name} {self.front}")

    # -- the suite, with either front end --

    def start(self, addr):
        # What takes crypto's place reads a letter where the secret is.
        coded = (self.state, self.worker) == ("start", "crypto")
        args = [addr] if coded else ["--key", write_key(self.key), addr]
        if self.into:
            args = ["--download-dir", self.into, *args]
        if self.front == "script":
            self.suite = Suite(
                self.role, *args, program=os.path.join(self.bin, "secchat"),
                secret="n" if coded and self.role == "join" else None)
        else:
            self.suite = Terminal(
                [os.path.join(self.bin, "secchat"), self.role,
                 "--accept-intro", "1", *args])

    def wait_addr(self):
        if self.front == "script":
            return self.suite.wait("listening")["addr"]
        port = self.suite.expect(r"Waiting on port (\d+)\.").group(1)
        return "127.0.0.1:" + port

    def wait_connected(self):
        if self.front == "script":
            self.suite.wait("connected")
        else:
            self.suite.expect(r"you \(key file\)> ")

    def leave(self):
        if self.front == "script":
            self.suite.do("quit")
        else:
            self.suite.type("/quit\r")

    def said(self):
        if self.front == "tty":
            return " ".join(self.suite.plain().split())
        return self.suite.stderr() + " ".join(
            str(e.get("msg", "")) for e in self.suite.has("error"))

    # -- the states --

    def reach(self):
        getattr(self, "reach_" + self.state)()
        found = self.suite.wait_workers(self.worker)
        self.everyone = [self.suite.proc, *found.values()]
        self.victim = found[self.worker]

    def reach_start(self):
        """The worker is another program, which never says READY."""
        top = scratch()
        self.bin = os.path.join(top, "bin")
        os.mkdir(self.bin)
        same_reports(top)
        for name in os.listdir(BIN):
            if name.startswith("secchat") and not name.endswith(".c"):
                shutil.copy(os.path.join(BIN, name), self.bin)
        shutil.copy(FAKE, os.path.join(self.bin, "secchat-" + self.worker))
        self.start("127.0.0.1:0" if self.role == "host" else "127.0.0.1:9")

    def reach_dialling(self):
        """A listener that takes nobody any more: SYNs go unanswered."""
        self.sock, self.crowd = full_listener()
        self.start("127.0.0.1:%d" % self.sock.getsockname()[1])
        self.suite.wait_workers("dial", "net", "crypto", self.front)
        if self.front == "script":
            wait_until(lambda: self.suite.has("intro"), "the front end")

    def reach_waiting(self):
        self.start("127.0.0.1:0")
        self.addr = self.wait_addr()
        wait_until(lambda: "dial" not in self.suite.workers(), "dial's end")

    def meet(self, relayed=False):
        """A connection, and at our end nothing said yet."""
        if self.role == "host":
            self.reach_waiting()
            self.relay = Relay(self.addr) if relayed else None
            self.sock = connect(self.relay.addr if relayed else self.addr)
        else:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                addr = "127.0.0.1:%d" % listener.getsockname()[1]
                self.relay = Relay(addr) if relayed else None
                self.start(self.relay.addr if relayed else addr)
                wait_until(lambda: select.select([listener], [], [], 0)[0],
                           "secchat to call")
                self.sock, _ = listener.accept()
        self.sock.settimeout(20)
        role = sc.JOINER if self.role == "host" else sc.HOST
        self.peer = Pumped(self.sock, role, self.key)

    def reach_handshake(self):
        """Half of it, and no more."""
        self.meet()
        if self.role == "host":
            self.peer.send_hello_joiner()
            self.peer.recv_hello_host()
        else:
            self.peer.recv_hello_joiner()

    def reach_open(self, relayed=False):
        self.meet(relayed)
        self.peer.start()
        self.wait_connected()

    def reach_rekey(self):
        """REKEY from both, SWITCH from us, and the peer's never comes."""
        self.reach_open()
        self.peer.send(sc.REKEY, b"\0\0\0\1" + self.peer.e.pk)
        wait_until(self.saw(sc.SWITCH), "SWITCH")

    def reach_closing(self):
        """CLOSE was sent and is not answered."""
        self.reach_open()
        self.leave()
        wait_until(self.saw(sc.CLOSE), "CLOSE")

    def reach_suspended(self):
        """The cable is cut.  A joiner calls again and is hung up on."""
        self.reach_open(relayed=True)
        self.relay.target = None
        self.relay.cut()
        if self.front == "script":
            self.suite.wait("link", state="lost")
        else:
            self.suite.expect("connection lost")

    def reach_sending(self):
        """A file of ours is on its way, and the peer says nothing to it."""
        path = os.path.join(scratch(), "file")
        with open(path, "wb") as f:
            f.truncate(64 << 20)
        self.reach_open()
        self.tell("sendfile", f"/send {path}", path=path)
        wait_until(self.saw(sc.FILE_OFFER), "FILE_OFFER")
        fid = 2 if self.role == "host" else 1
        self.peer.send_numbered(sc.FILE_ACCEPT, struct.pack(">IQ", fid, 0))
        wait_until(self.saw(sc.FILE_DATA), "FILE_DATA")

    def reach_receiving(self):
        """Some of a file has come."""
        self.into = scratch()
        self.reach_open()
        fid = 1 if self.role == "host" else 2
        self.peer.send_numbered(
            sc.FILE_OFFER, struct.pack(">IQB", fid, 100000, 1) + b"x")
        if self.front == "script":
            self.suite.wait("file")
        else:
            self.suite.expect("offers you a file")
        self.tell("accept", f"/accept {fid}", n=fid)
        wait_until(self.saw(sc.FILE_ACCEPT), "FILE_ACCEPT")
        self.peer.send(sc.FILE_DATA, struct.pack(">IQ", fid, 0) + bytes(60000))
        wait_until(self.saw(sc.FILE_ACK), "FILE_ACK")
        check_equal(len(os.listdir(self.into)), 1, "a file on its way")

    def tell(self, what, line, **fields):
        if self.front == "script":
            self.suite.do(what, **fields)
        else:
            self.suite.type(line + "\r")

    def saw(self, kind):
        return lambda: self.peer.recv().kind == kind

    # -- the end --

    def hit(self):
        if self.signum != HANG:
            self.victim.kill(self.signum)

    def code(self):
        # Who waits for an answer gives up before the front end is given up.
        if (self.signum, self.role, self.state) == (
                STOP, "join", "handshake") and self.worker == self.front:
            return 4
        return 1

    def judge(self):
        check_equal(self.suite.wait_exit(60), self.code(), "exit code")
        wait_gone(self.everyone)
        said = self.said()
        if self.signum == STOP:
            check(f"secchat-{self.worker} (process {self.victim.pid}) was "
                  "stopped; it is ended in 10 s unless it goes on" in said,
                  "not told:", said)
        if self.code() == 1:
            what = ("not ready within 20 seconds" if self.signum == HANG else
                    f"signal {int(self.signum)} (")
            check(f"secchat-{self.worker} was" in said and what in said,
                  "not named:", said)
        if self.front == "tty":
            check(self.suite.is_restored(), "the terminal is not restored")
        if self.peer:
            wait_until(self.hung_up, "the end of the connection")
        if self.into:
            check_equal(os.listdir(self.into), [], "half a file is left")

    def hung_up(self):
        try:
            return not self.sock.recv(65536)
        except ConnectionResetError:
            return True

    def end(self):
        if self.relay:
            self.relay.end()
        if self.sock:
            self.sock.close()
        for s in getattr(self, "crowd", ()):
            s.close()
        self.suite.end()


class Older(Chat):
    """With --legacy.  The peer needs no secret: a connection is a chat, or
    with gcm 16 bytes of salt before it."""

    def __init__(self, *row):
        super().__init__(*row)
        # What takes crypto's place reads a letter where the secret is.
        self.gcm = self.state in ("start", "salt", "open-gcm")

    def start(self, addr):
        if not self.gcm:
            self.start_with(["--key", write_key(self.key), addr])
        elif self.front == "script":
            self.suite = Suite(self.role, "--legacy", "gcm", addr,
                               secret="no", flag="--passphrase-fd",
                               program=os.path.join(self.bin, "secchat"))
        else:
            self.start_with([addr])
            if self.state != "start":
                self.suite.expect(r"[Pp]assphrase.*: ")
                self.suite.type("no\r")

    def start_with(self, args):
        args = ["--legacy", "gcm" if self.gcm else "fernet", *args]
        program = os.path.join(self.bin, "secchat")
        if self.front == "script":
            self.suite = Suite(self.role, *args, program=program)
        else:
            self.suite = Terminal([program, self.role, "--accept-intro", "1",
                                   *args])

    def wait_connected(self):
        if self.front == "script":
            self.suite.wait("connected")
        else:
            self.suite.expect(r"you \(LEGACY: no forward secrecy\)> ")

    def reach(self):
        state = self.state.partition("-")[0]
        getattr(self, "reach_" + state)()
        comm = self.worker[:7] if self.worker == LEGACY else self.worker
        found = self.suite.wait_workers(comm)
        self.everyone = [self.suite.proc, *found.values()]
        self.victim = found[comm]

    def meet(self, relayed=False):
        if self.role == "host":
            self.reach_waiting()
            self.sock = connect(self.addr)
        else:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                self.start("127.0.0.1:%d" % listener.getsockname()[1])
                wait_until(lambda: select.select([listener], [], [], 0)[0],
                           "secchat to call")
                self.sock, _ = listener.accept()
        self.sock.settimeout(20)
        self.peer = self.sock

    def reach_salt(self):
        """It waits for the salt, which does not come."""
        self.meet()

    def reach_open(self, relayed=False):
        self.meet()
        if self.gcm and self.role == "join":
            self.sock.sendall(bytes(16))
        self.wait_connected()

    def reach_closing(self):
        """More was said than a peer who does not read has taken."""
        self.reach_open()
        for _ in range(60):
            self.suite.send("x" * 60000)
        self.suite.do("quit")

    def code(self):
        # Who waits for a salt, or for room to say the last, gives up before
        # a stopped worker is given up.
        if self.signum == STOP:
            return {("salt", self.front): 4,
                    ("closing", "net"): 6}.get((self.state, self.worker), 1)
        return 1


LEGACY = "crypto-legacy"
WITH_LEGACY = (LEGACY, "net", "ui")
# No format here resumes or answers CLOSE; closing is what waits to be sent.
OLDER = {
    "start":       (("host", "join"), (LEGACY,)),
    "waiting":     (("host",), WITH_LEGACY),
    "salt":        (("join",), WITH_LEGACY),
    "open-fernet": (("host", "join"), WITH_LEGACY),
    "open-gcm":    (("host", "join"), WITH_LEGACY),
    "closing":     (("host", "join"), WITH_LEGACY),
}


def full_listener():
    """One that takes nobody any more, and those that it has taken."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    crowd = [socket.socket() for _ in range(4)]
    for s in crowd:
        s.setblocking(False)
        s.connect_ex(listener.getsockname())
    return listener, crowd


def run(rows, kind=Chat):
    """Hit all, then judge all; who fails is named, and the rest goes on."""
    failed = []
    while rows:
        chats = []
        for row in itertools.islice(rows, ROUND):
            chat = kind(*row)
            try:
                chat.reach()
                chat.hit()
                chats.append(chat)
            except AssertionError as e:
                failed.append(f"{chat}: {e}")
        if not chats:
            break
        for chat in chats:
            try:
                chat.judge()
            except AssertionError as e:
                failed.append(f"{chat}: {e}; it said: {chat.said()}")
            chat.end()
        clean_up()
    check(not failed, f"{len(failed)} failed:\n" + "\n".join(failed))


def every_row(signals, fronts):
    for state, (roles, workers) in STATES.items():
        if state != "open" and os.geteuid() != 0 and not LONG:
            continue
        for row in itertools.product(roles, (state,), workers, signals,
                                     fronts):
            # dial's own ten seconds end before anybody else's.
            if (state, row[3]) != ("dialling", STOP) or row[2] == "dial":
                yield row


def killed():
    """kill -9: at a pipe every row, at a terminal its own worker."""
    rows = every_row([KILL], ["script", "tty"] if LONG else ["script"])
    run(rows)
    if not LONG:
        run(r for r in every_row([KILL], ["tty"]) if r[2] == "ui")


def aborted():
    """An assertion that fails, in the place of a signal from outside."""
    run(r for r in every_row([ABRT], ["script", "tty"])
        if LONG or (r[1] == "open" and r[4] == "script"))


def stopped():
    """Told at once, and ended when it does not go on."""
    run(r for r in every_row([STOP], ["script", "tty"])
        if LONG or r[4] == "script" or r[1] == "open")


def hanging():
    """A worker that runs and never says that it is ready."""
    run(r for r in every_row([HANG], ["script", "tty"])
        if r[1] == "start" and (LONG or r[4] == "script"))


def older_rows(signals, fronts):
    for state, (roles, workers) in OLDER.items():
        for row in itertools.product(roles, (state,), workers, signals,
                                     fronts):
            # A terminal takes no such heap of lines at once.
            if state != "closing" or row[4] == "script":
                yield row


def older_formats():
    """The same with who stands in crypto's place, and whoever is beside it."""
    run((r for r in older_rows([KILL, ABRT, STOP], ["script", "tty"])
         if LONG or (r[3] == KILL and (r[4] == "script" or r[2] == "ui")) or
         (r[1].startswith("open") and r[2] == LEGACY and r[4] == "script")),
        Older)
    run(((role, "start", LEGACY, HANG, "script")
         for role in ("host", "join")), Older)


def supervisor_killed():
    """Everybody leaves at the end of file, in every state."""
    for signum in (KILL, ABRT) if LONG else (KILL,):
        supervisor_hit(signum)


def supervisor_hit(signum):
    chats = []
    for state, (roles, _) in STATES.items():
        for role, front in itertools.product(roles, ("script", "tty")):
            if not LONG and state != "open" and (
                    front == "tty" or os.geteuid() != 0):
                continue
            c = Chat(role, state, "net", signum, front)
            c.reach()
            everyone = [c.suite.proc, *c.suite.workers().values()]
            c.suite.proc.kill(signum)
            chats.append((c, everyone))
    for c, everyone in chats:
        wait_gone(everyone, 20)
        if c.front == "tty":
            check(c.suite.is_restored(), c, "the terminal is not restored")
        if c.peer:
            wait_until(c.hung_up, f"{c}: the end of the connection")
        c.end()


def goes_on():
    """Stopped, and going on in time: so does the chat, either side."""
    h, j = pair(["--key", make_key()])
    for s in (h, j):
        for name, proc in s.workers().items():
            proc.kill(STOP)
            wait_until(lambda s=s, name=name: f"secchat-{name} (process" in
                       s.stderr() and "was stopped" in s.stderr(), "a word")
            proc.kill(signal.SIGCONT)
            wait_until(lambda s=s, proc=proc: f"(process {proc.pid}) goes on"
                       in s.stderr(), "another word")
            h.send(f"after {name} of {s.role}")
            j.wait("message", text=f"after {name} of {s.role}")
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")


def supervisors_stopped_while_suspended():
    """Nobody calls and nobody gives up meanwhile; then it is resumed."""
    key = ["--key", make_key()]
    h = host(*key)
    r = Relay(h.addr)
    j = join(r.addr, *key)
    for s in (h, j):
        s.wait("connected")
    r.target = None
    r.cut()
    for s in (h, j):
        s.wait("link", state="lost")
        s.proc.kill(STOP)
        s.send(f"{s.role} to nobody")
    r.target = h.addr
    for s in (h, j):
        s.proc.kill(signal.SIGCONT)
    j.do("retry")
    h.wait("message", text="join to nobody")
    j.wait("message", text="host to nobody")
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")
    r.end()


# ---- prices --------------------------------------------------------------

class Asking:
    """A chat of which one side asks for a price and hears nothing."""

    def __init__(self, role, worker, signum, port):
        self.worker, self.signum, self.hit = worker, signum, []
        self.sides = pair(["--key", make_key(),
                           "--prices-url", f"https://127.0.0.1:{port}"])
        self.asks = self.sides[role != "host"]

    def answered(self):
        """Whoever does it is hit, and so is who stands in."""
        p = self.asks.workers().get(self.worker)
        if p and p not in self.hit:
            self.hit.append(p)
            p.kill(self.signum)
        return self.asks.has("prices")

    def judge(self):
        check(self.hit and "failed" in self.asks.has("prices")[0],
              self.worker, self.asks.has("prices"))
        wait_gone(self.hit)
        h, j = self.sides
        h.send("still here")
        check_equal(j.wait("message")["text"], "still here", "text")
        check_equal(h.has("error") + j.has("error"), [], "errors")
        h.do("quit")
        check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")


def asking():
    """A price that hangs, by a server that takes nobody (dial) or says
    nothing (price), and who asks for it hit: the chat is none the worse."""
    if os.geteuid() != 0 and not LONG:
        return
    full, crowd = full_listener()
    mute = socket.create_server(("127.0.0.1", 0), backlog=64)
    ports = {"dial": full.getsockname()[1], "price": mute.getsockname()[1]}
    signals = (KILL, ABRT, STOP) if LONG else (KILL, ABRT)
    chats = [Asking(role, worker, signum, ports[worker])
             for role, worker, signum in itertools.product(
                 ("host", "join"), ports, signals)]
    # All at once, when all are there: a dial hangs for five seconds, in which
    # it has to be found.
    for chat in chats:
        chat.asks.do("prices")
    wait_until(lambda: all([chat.answered() for chat in chats]),
               "an answer to each", 90)
    for chat in chats:
        chat.judge()
    for s in (full, mute, *crowd):
        s.close()


# ---- all at once ---------------------------------------------------------

def whole_job_stopped():
    """While the supervisor is stopped itself, nobody's ten seconds pass."""
    h, j = pair(["--key", make_key()])
    net = h.workers()["net"]
    net.kill(STOP)
    wait_until(lambda: "was stopped" in h.stderr(), "a word")
    h.proc.kill(STOP)
    until = time.monotonic() + 11       # longer than WORKER_STOPPED
    while time.monotonic() < until:
        pump(until - time.monotonic())
    h.proc.kill(signal.SIGCONT)
    h.do("status")
    h.wait("status")
    net.kill(signal.SIGCONT)
    wait_until(lambda: "goes on" in h.stderr(), "another word")
    h.send("still here")
    check_equal(j.wait("message")["text"], "still here", "text")
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")


if not os.path.exists(FAKE):
    skip(f"{FAKE} is not built")
main(killed, aborted, stopped, hanging, older_formats, supervisor_killed,
     goes_on, supervisors_stopped_while_suspended, asking,
     *([whole_job_stopped] if LONG else []))
