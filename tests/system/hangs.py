"""A worker that answers one question stands still, or is gone, at every
moment: the chat goes on, who asked is answered, and the next one comes.

# seconds: 200
# short timers

In a copy of the programs a stand-in (tests/unit/price_job.c) lies where
secchat-price or secchat-dial was.  It goes as far as its moment, says so, and
is hit there; then the real one is put back and has to be asked.  All rows are
sides of chats that go on at the same time.
"""
import ctypes
import os
import shutil
import signal

from price_server import PriceServer
from relay import Relay
from secchat_test import (BIN, OBJ, SHORT, Failed, Suite, check, check_equal,
                          host, join, main, make_key, same_reports, scratch,
                          skip, skip_part, wait_gone, wait_until)

STAND_IN = os.path.join(OBJ, "unit/price_job")
# How it is hit: not at all, stopped, killed, or killed while the supervisor
# does not look, which then finds its end of the link and its death at once.
HANG, STOP, KILL, HELD = "hang", "stop", "kill", "held"
EVERY, STANDS = (HANG, STOP, KILL, HELD), (HANG, STOP)

# worker, moment: how it is hit there, and what the answer says when it stands
# still.
MOMENTS = {
    ("price", "s"): (EVERY, "timeout"),         # before READY
    ("price", "r"): (EVERY, "timeout"),         # READY was said
    ("price", "q"): (EVERY, "timeout"),         # it was asked
    ("price", "a"): (EVERY, None),              # it has answered
    ("price", "h"): ((HANG,), "died"),          # it has hung up
    ("price", "b"): ((HANG,), "died"),          # it broke the table
    ("dial", "s"): (EVERY, "connect-timeout"),
    ("dial", "r"): (EVERY, "connect-timeout"),
    ("dial", "q"): (EVERY, "connect-timeout"),
    ("dial", "a"): (STANDS, "timeout"),         # of a price that hears nothing
    ("dial", "h"): ((HANG,), "died"),
    ("dial", "b"): ((HANG,), "died"),
    # between fork and exec, by the supervisor of make inject
    ("dial", "f"): (EVERY, "connect-timeout"),
    ("price", "f"): (EVERY, "timeout"),
}
AT_ONCE = "hb"      # those are ended as soon as they have done it
# A host has started crypto, net, its front end and dial by then, a joiner the
# same; each refresh asks two providers, who are dialled first.
FORKS = {"dial": "secchat fork -1 5 1", "price": "secchat fork -1 6 2"}

server = PriceServer()


class Row:
    """One side of a chat, and who of its workers is hit, when and how."""

    def __init__(self, worker, moment, how, programs=SHORT + "/bin"):
        self.worker, self.moment, self.how = worker, moment, how
        self.folder = scratch()
        self.bin = os.path.join(self.folder, "bin")
        os.mkdir(self.bin)
        same_reports(self.folder)
        for name in os.listdir(programs):
            if name.startswith("secchat") and not name.endswith(".c"):
                shutil.copy(os.path.join(programs, name), self.bin)
        self.program = os.path.join(self.bin, "secchat")
        self.real = os.path.join(self.bin, "secchat-" + worker)
        # Landlock knows the files that were there at the start, and nobody
        # needs this one.
        self.other = os.path.join(self.bin, "secchat-tty")
        shutil.copy(STAND_IN, self.other)
        with open(self.other, "ab") as f:
            f.write(moment.encode())
        if moment == "f":
            shutil.copy(SHORT + "/inject/secchat", self.bin)
            with open(self.folder + "/faults", "w", encoding="ascii") as f:
                f.write(FORKS[worker] + "\n")
        self.hit = []
        self.answers = 0        # before the one that is awaited

    def __repr__(self):
        return f"{self.worker}, {self.moment}, {self.how}"

    def start(self, role, *args):
        self.suite = Suite(role, "-v", *args, *server.args(),
                           program=self.program, cwd=self.folder)

    def put_in(self):
        os.link(self.real, self.bin + "/real")
        os.replace(self.other, self.real)

    def put_back(self):
        os.replace(self.bin + "/real", self.real)

    def begin(self):
        self.suite.settled()
        if self.moment != "f":
            self.put_in()
        self.suite.do("prices")

    def found(self):
        """The process that stands still at its moment and has not been hit."""
        s = self.suite
        name = "secchat" if self.moment == "f" else self.worker
        p = s.workers().get(name)
        if p is None or p in self.hit:
            return None
        if self.moment != "f" and \
                s.stderr().count(f"secchat-{self.worker}: here") <= \
                len(self.hit):
            return None
        return p

    def hit_who_is_found(self):
        p = self.found()
        if p:
            self.hit.append(p)
            if self.how == STOP:
                p.kill(signal.SIGSTOP)
            elif self.how == KILL:
                p.kill()
            elif self.how == HELD:
                self.kill_unseen(p)

    def turn(self):
        """Whether there is the right answer; who is found meanwhile is hit."""
        self.hit_who_is_found()
        if self.suite.count["prices"] <= self.answers:
            return False
        if self.why() in self.whys() and (self.hit or self.moment in AT_ONCE):
            return True
        # Where others keep the machine busy a second may be too short, also
        # for the dial before a price.
        self.refresh()
        return False

    def refresh(self):
        self.answers = self.suite.count["prices"]
        self.suite.write('{"do":"prices","what":"refresh"}\n')

    def kill_unseen(self, p):
        """Its end of the link and its end are seen in the same moment."""
        hold(self.suite.proc)
        kill(p)
        self.suite.proc.kill(signal.SIGCONT)

    def why(self):
        e = self.suite.has("prices")[-1]
        return e["failed"]["why"] if "failed" in e else None

    def whys(self):
        why = MOMENTS[self.worker, self.moment][1]
        killed = why and self.how in (KILL, HELD)
        return (why, "died") if killed else (why,)

    def judge(self):
        wait_gone(self.hit)
        check_equal(self.suite.has("error"), [], "errors")

    def works_again(self):
        """The real one, asked until it may be: not before the floor."""
        if self.moment == "f":
            return
        self.put_back()
        self.refresh()
        wait_until(self.has_prices, f"prices for {self}")

    def has_prices(self):
        if self.suite.count["prices"] > self.answers and self.why():
            self.refresh()
        return self.suite.count["prices"] > self.answers


def state(p):
    try:
        return p.status()["State"][0]
    except OSError:
        return "?"


def hold(p):
    p.kill(signal.SIGSTOP)
    wait_until(lambda: state(p) == "T", "a process that was stopped")


def kill(p):
    p.kill()
    wait_until(lambda: state(p) in "Z?", "a process that was killed")


def wait_for_all(rows, what):
    """Until each row's turn has come to its end."""
    left = list(rows)

    def nobody_waits():
        left[:] = [row for row in left if not row.turn()]
        return not left

    try:
        wait_until(nobody_waits, what, 60)
    except Failed as e:
        raise Failed(f"{e}: {left}") from e


def every_moment():
    server.plan = {"coingecko": "cg-simple-ok", "bitfinex": "bitfinex-ok"}
    rows = [Row(worker, moment, how)
            for (worker, moment), (ways, _) in MOMENTS.items()
            for how in ways]
    check_equal(len(rows) % 2, 0, "rows")
    pairs = list(zip(rows[::2], rows[1::2]))
    key = make_key()
    for h, j in pairs:
        h.start("host", "--key", key, "127.0.0.1:0")
        j.start("join", "--key", key, h.suite.wait("listening")["addr"])
    for row in rows:
        row.suite.wait("connected")
        row.begin()
    wait_for_all(rows, "an answer")
    for row in rows:
        row.judge()
        row.works_again()
    for h, j in pairs:
        h.suite.send("still here")
        check_equal(j.suite.wait("message")["text"], "still here", "text")
        h.suite.do("quit")
    for h, j in pairs:
        check_equal((h.suite.wait_exit(), j.suite.wait_exit()), (0, 0), (h, j))
        check_equal(h.suite.has("error") + j.suite.has("error"), [], "errors")


# A joiner whose connection was lost, and the dial that calls again: moment,
# how it is hit, whose limits count, and what is said of that call.
SILENT = "secchat-dial did not answer within 5 seconds"
CALLS = (
    ("s", HANG, SHORT + "/bin", "secchat-dial was not ready within 5 seconds"),
    ("s", KILL, BIN, "secchat-dial was killed by signal 9 (KILL)"),
    ("r", HANG, SHORT + "/bin", SILENT),
    ("q", HANG, SHORT + "/bin", SILENT),
    ("q", KILL, BIN, "secchat-dial was killed by signal 9 (KILL)"),
    ("q", STOP, BIN, "secchat-dial gave no answer"),
    ("h", HANG, BIN, "secchat-dial gave no answer"),
    # it has answered, and stays
    ("n", HANG, SHORT + "/bin", "something happened that should not"),
)


class Call(Row):
    """A joiner of a chat through a relay, and its dial."""

    def __init__(self, moment, how, programs, why):
        super().__init__("dial", moment, how, programs)
        self.said = why
        key = make_key()
        self.host = host("--key", key)
        self.relay = Relay(self.host.addr)
        self.start("join", "--key", key, self.relay.addr)

    def cut(self):
        for s in (self.host, self.suite):
            s.wait("connected")
        self.suite.settled()
        self.put_in()
        self.relay.cut()

    def turn(self):
        """Whether a call came to nothing, for the right reason.  Then there
        is a dial that works, since not everybody waits long for it."""
        self.hit_who_is_found()
        whys = [e["why"] for e in self.suite.has("link")
                if e["state"] == "retry" and "why" in e]
        check(set(whys) <= {self.said}, self, whys)
        if whys:
            self.put_back()
        return bool(whys)

    def judge(self):
        """The chat goes on."""
        h, j = self.host, self.suite
        h.wait("link", state="resumed")
        j.send("still here")
        check_equal(h.wait("message")["text"], "still here", "text")
        h.do("quit")
        check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")
        check_equal(h.has("error") + j.has("error"), [], "errors")
        self.relay.end()


def calls():
    """Whatever becomes of the dial that calls again, that call has come to
    nothing, and the next one follows."""
    rows = [Call(*row) for row in CALLS]
    for row in rows:
        row.cut()
    wait_for_all(rows, "calls that fail")
    for row in rows:
        row.judge()


def first_call():
    """Asked, and silent: where nobody calls again that is the end, and said."""
    key = make_key()
    rows = {"host": Row("dial", "q", HANG), "join": Row("dial", "q", HANG)}
    for role, row in rows.items():
        row.put_in()
        row.start(role, "--key", key, "127.0.0.1:" + ("0", "9")[role == "join"])
    for role, row in rows.items():
        check_equal(row.suite.wait_exit(60), 4, f"{role}: exit code")
        said = row.suite.has("error")[-1]["msg"]
        check(said.endswith(SILENT) and said.startswith("cannot "), role, said)


PTRACE_SEIZE = 0x4206


def held_by_a_debugger():
    """A debugger that looks elsewhere keeps the dead from their parent: the
    chat ends without them."""
    if os.geteuid() != 0:
        skip_part("only root may trace a worker")
        return
    key = make_key()
    h = host("--key", key)
    j = join(h, "--key", key)
    for s in (h, j):
        s.wait("connected")
    net = j.workers()["net"]
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long] * 4
    if ptrace(PTRACE_SEIZE, net.pid, 0, 0) < 0:
        skip_part("no process may be traced here")
        return
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    check_equal(os.waitpid(net.pid, 0)[0], net.pid, "net's end")


if not os.path.exists(STAND_IN):
    skip(f"{STAND_IN} is not built")
main(every_moment, calls, first_call, held_by_a_debugger)
