"""Captured net, tty, script, dial and price before the supervisor.

# seconds: 300

Every worker of a session is a stand-in (captured_test.py), most of them
honest, so that the supervisor is what is tested.  Then one of them sends each
message of the table at each boundary of its size, with descriptors that may
not ride and without those that must, what is in no row of the table, and what
is not its to say at that moment; it floods, keeps silent, closes half a link
and dies.  docs/ipc.md says what must be: whoever breaks the table ends the
session with 1 and a sentence that names it, nobody is left, nothing is on
disk, the terminal is as it was.  Whoever asks for prices may lie and die as
it likes: that is an answer.

Each case has a name and is drawn from a seed that is printed; SECCHAT_LONG=1
takes all sizes in all states, without it each message of each role is tried
at a boundary and in a state that the seed chooses, and its own ones at all.
"""
import functools
import os
import re
import select
import socket
import struct

from captured_test import (PATIENCE, SUPER, TYPE, Failures, Session,
                           cases_of, link_between, record,
                           rng_of, run_many, str8)
from secchat_test import SAN, Failed, check, check_equal, main

LONG = bool(os.environ.get("SECCHAT_LONG"))
SEED = os.environ.get("SEED", "1" if not LONG else str(os.getpid()))
ALL = {"crypto", "net", "tty", "script", "dial", "price", "file"}

# docs/ipc.md: what each of them may say to the supervisor, and when.
LATER = ("ready", "chat", "closing", "ending")
FROM_FRONT = ("UI_QUIT", "UI_NAME", "UI_ASK_PRICES", "UI_REDIAL",
              "UI_FILE_SEND", "UI_FILE_ACCEPT", "UI_FILE_STOP")
MAY_SAY = {
    "net": {"READY": ("start",), "NET_COUNTERS": LATER},
    "script": {"READY": ("start",), **dict.fromkeys(FROM_FRONT, LATER),
               "UI_INPUT": ("ending",), "UI_STREAM": LATER},
    "tty": {"READY": ("start",), **dict.fromkeys(FROM_FRONT, LATER),
            "UI_SUSPEND": LATER},
    "dial": {"READY": ("start",), "DIAL_OK": ("asked",),
             "DIAL_FAILED": ("asked",)},
    "price": {"READY": ("start",), "PRICE_ANSWER": ("asked",)},
    "file": {"READY": ("start",),
             **dict.fromkeys(("FILE_HAVE", "FILE_WRITTEN", "FILE_FAILED"),
                             ("given", "has", "writing", "closing",
                              "ending"))},
}
PHASES = {"net": ("start", *LATER), "tty": ("start", *LATER),
          "script": ("start", *LATER), "dial": ("start", "asked", "answered"),
          "file": ("start", "given", "has", "writing", "closing", "ending"),
          "price": ("start", "asked", "answered"),
          "price-dial": ("start", "asked", "answered")}
TAKES_FDS = {"dial", "price", "price-dial"}     # recvmsg; others read
EXIT_INTERNAL, EXIT_NO_PRICES, EXIT_TERM = 1, 10, 143
CRYPTO_INFO = struct.pack(">IBB", 31, 1, 1) + bytes(40) + str8("1.0.18")
CONNECTED, LOST = (bytes([n]) + bytes(4) for n in (1, 3))
WANT_LOOK = b"\1"
DOWNLOADS = "downloads"         # in the folder that nothing may be left in


# ---- a session in which only the supervisor is real ------------------------

class Play(Session):
    """One chat, brought to a phase; `bad` is the worker that will misbehave.
    Whoever is not `bad` does what it should."""

    def __init__(self, role, front="script", args=(), **kw):
        self.role, self.bad = role, None
        self.may_be_there = []  # files
        addr = "127.0.0.1:0" if role == "host" else "127.0.0.1:9"
        super().__init__(ALL, [
            role, "--accept-intro", "1", *(["--no-input"] if front == "script"
                                           else []),
            "--key", "../key", "--download-dir", DOWNLOADS, *args, addr],
            front, **kw)

    def begin(self):
        crypto = self.worker("crypto")
        crypto.ready()
        crypto.wait("CRYPTO_START")
        crypto.send("CRYPTO_INFO", CRYPTO_INFO)

    def ready(self, name):
        self.worker(name).ready()
        if name == self.front:
            self.worker(name).wait("UI_START")

    def ask_dial(self):
        dial = self.worker("dial")
        dial.ready()
        dial.wait("DIAL_REQUEST")
        return dial

    def connect(self):
        """dial's answer, and net has the socket."""
        self.worker("dial").send(
            "DIAL_OK", str8("127.0.0.1:9") + str8(""), fds=1,
            fd_kind="L" if self.role == "host" else "t")
        self.worker("net").wait(
            "NET_LISTENER" if self.role == "host" else "NET_DIALLED")

    def chat(self):
        """Everybody honest, up to a chat that has begun."""
        self.begin()
        self.ready("net")
        self.ready(self.front)
        self.ask_dial()
        self.connect()
        self.worker("dial").leave()
        self.worker("crypto").send("SESSION", CONNECTED)

    def reach(self, bad, phase):
        """The worker that is to misbehave, in its phase."""
        self.bad = self.reach_phase(bad, phase)
        return self.bad

    def numbers(self):
        """Of our first file, and of theirs."""
        return (1, 2) if self.role == "join" else (2, 1)

    def with_file(self, phase):
        """secchat-file, which runs as soon as there is a file for it."""
        self.chat()
        front, crypto = self.worker(self.front), self.worker("crypto")
        ours, theirs = self.numbers()
        if phase in ("offered", "writing"):
            crypto.send("FILE_OFFERED", struct.pack(">IQ", theirs, 5) +
                        str8("theirs"))
            front.wait("UI_FILE")
        if phase == "writing":
            front.send("UI_FILE_ACCEPT", struct.pack(">I", theirs))
        else:
            with open(os.path.join(self.tree.base, "ours"), "wb") as f:
                f.write(b"12345")
            front.send("UI_FILE_SEND", struct.pack(">I", 1) + b"../ours")
        file = self.worker("file")
        if phase == "start":
            return file
        file.ready()
        file.wait("FILE_WRITE" if phase == "writing" else "FILE_READ")
        if phase in ("has", "closing", "ending"):
            file.send("FILE_HAVE", struct.pack(">I", ours))
            crypto.wait("FILE_OFFER")
        self.finish(phase)
        return file

    def finish(self, phase):
        if phase in ("closing", "ending"):
            self.close()
        if phase == "ending":
            self.worker("crypto").send("CRYPTO_END", bytes(7))
            self.worker(self.front).wait("UI_END")

    def reach_phase(self, bad, phase):
        if bad == "file":
            return self.with_file(phase)
        self.begin()
        for name in ("net", self.front):
            if (name, phase) == (bad, "start"):
                return self.worker(name)
            self.ready(name)
        if (bad, phase) == ("dial", "start"):
            return self.worker("dial")
        dial = self.ask_dial()
        if (bad, phase) == ("dial", "asked"):
            return dial
        self.connect()
        if bad == "dial":
            return dial
        dial.leave()
        if phase == "ready":
            return self.worker(bad)
        self.worker("crypto").send("SESSION", CONNECTED)
        self.finish(phase)
        return self.worker(bad)

    def close(self):
        self.terminate()
        self.worker("crypto").wait("CRYPTO_CLOSE")

    def go_on(self, bad, phase):
        """Everybody honest from here to a chat, whoever was `bad`."""
        if phase != "start" or bad == "file":
            return
        if bad == "net":
            self.ready(self.front)
        elif bad == self.front:
            self.worker(bad).wait("UI_START")
        dial = self.worker("dial") if bad == "dial" else self.ask_dial()
        dial.wait("DIAL_REQUEST") if bad == "dial" else None
        self.connect()
        dial.leave()

    def leave(self, phase):
        """An end in order, by everybody who is still there."""
        crypto, front = self.worker("crypto"), self.worker(self.front)
        if phase not in ("closing", "ending"):
            self.terminate()
            crypto.report_of("CRYPTO_CLOSE")
        if phase != "ending":
            crypto.send("CRYPTO_END", bytes(7))
            front.report_of("UI_END")
        front.leave()
        self.worker("dial").leave()

    def attend(self):
        """The honest ones do what they should, until it has ended."""
        while not self.has_ended(0):
            busy = {s.sock: s for s in self.every if not s.ended}
            for s in busy.values():
                while s.reports:
                    self.duty(s, s.reports.popleft())
            ready = select.select([*busy, self.pidfd], [], [], PATIENCE)[0]
            check(ready, "secchat does not end:", self.said())
            for sock in ready:
                if sock in busy:
                    self.duty(busy[sock], busy[sock].next_report())

    def duty(self, s, r):
        if r is None or r[0] != "R" or s is self.bad:
            return
        kind = struct.unpack(">H", r[4][4:6])[0]
        if kind == TYPE["UI_END"]:
            s.leave()
        elif kind == TYPE["CRYPTO_CLOSE"]:
            s.send_record(record(TYPE["CRYPTO_END"], bytes(7)), wait=False)

    def judge(self, said=None, code=EXIT_INTERNAL, files=()):
        """It ends, and it is told why."""
        self.attend()
        got = self.wait_exit()
        if code is None:        # in order, whatever the reason was
            code = got if got in (0, 6, 130, EXIT_TERM) else EXIT_TERM
        check_equal(got, code, f"exit status; it said {self.said()!r}")
        if said:
            check(re.search(said, self.said()), "not told", repr(said), "but",
                  repr(self.said()))
        check("\033" not in self.said(), "a control character came through")
        for w in self.every:
            check(w.name != "file" or not any(
                b"ours" in r or b"theirs" in r for _, r in w.heard),
                "secchat-file was told a name")
        self.judge_end([*files, *self.may_be_there, self.told_once()])


def played(f):
    """A case gets a Play, which ends with it."""
    @functools.wraps(f)
    def run(role, front, *args, **kw):
        s = Play(role, front, **kw)
        try:
            f(s, *args)
        finally:
            s.end()
    return run


# ---- the message table -----------------------------------------------------

def expected(role, phase, case):
    """The words of whoever finds it; None: it may do so."""
    if (role, phase) == ("dial", "answered"):
        return None     # it has been hung up on, as a rule
    if case.what == "malformed header":
        return "malformed header|truncated record"
    if case.what != "legal":
        return case.what
    name = case.name.split()[0]
    if name not in MAY_SAY[role]:
        return None if name not in KNOWN else "is not for this program|in state"
    if phase not in MAY_SAY[role][name]:
        return "in state"
    return "legal"


KNOWN = {name for rows in MAY_SAY.values() for name in rows}


WORKERS = ("net", "script", "tty", "dial", "file")


def link_words(role):
    return re.escape(link_between("super", role).name)


@played
def one_case(s, bad, phase, case):
    """Send it, and see how it ends."""
    worker = s.reach(bad, phase)
    worker.send_record(case.data, fds=case.fds)
    words = expected(bad, phase, case)
    if words not in ("legal", None):
        s.judge(f"secchat: ipc {link_words(bad)}: .*({words})")
        return
    # The bytes are random: it may be wrong in itself, but then in order.
    try:
        s.go_on(bad, phase)
        s.leave(phase)
    except Failed:
        if words == "legal" or not s.has_ended(PATIENCE):
            raise
    s.judge(code=judge_random(s, bad, case if words == "legal" else None))


# A call that failed for a reason that there is none is an answer all the same.
WHO = {"net": "net", "dial": "dial|cannot (reach|wait on) .* unknown error",
       "tty": "front end|prices: \\d+",
       "script": "front end|prices: \\d+", "file": "file"}


def judge_random(s, bad, case):
    """What random bytes of a legal size may lead to; no case: or a message of
    which nothing is written down here."""
    s.attend()
    code = s.wait_exit()
    said = s.said()
    ok = {EXIT_TERM: True,
          0: True,
          130: True,
          EXIT_INTERNAL: re.search(f"secchat: .*({WHO[bad]})|"
                                   f"{words(bad)} ended unexpectedly", said),
          4: "cannot reach" in said or "cannot wait" in said or
          "cannot look up" in said,
          6: case and "UI_QUIT" in case.name}
    check(ok.get(code), "exit status", code, "and said", repr(said))
    return code


def table_work(rng, failures):
    """Every case of every role: (name, function)."""
    for bad in WORKERS:
        link = link_between("super", bad)
        for case in cases_of(bad, link, bad in TAKES_FDS, rng, LONG):
            phases = PHASES[bad]
            if not LONG:
                phases = [rng.choice(phases)]
                # What is legal at one time is tried at it, too.
                phases += [p for p in MAY_SAY[bad].get(
                    case.name.split()[0], ())[:1] if p not in phases and
                    case.what == "legal"]
            for phase in phases:
                front = bad if bad in ("tty", "script") else "script"
                role = rng.choice(("host", "join"))
                failures.count(bad)
                yield (f"{bad} {phase} {case.name}", functools.partial(
                    one_case, role, front, bad, phase, case))


def message_table():
    """Every message at every boundary, from each of them."""
    rng = rng_of(SEED, "table")
    failures = Failures("captured", SEED)
    run_many(list(table_work(rng, failures)), failures)
    failures.judge()


# ---- prices: whatever they do is an answer ---------------------------------

class Asking(Session):
    """`secchat prices`, with both of its workers captured."""

    def __init__(self):
        super().__init__(ALL, ["prices", "--prices-url",
                               "https://127.0.0.1:9"])

    def reach(self, bad, phase):
        dial = self.worker("dial")
        if (bad, phase) == ("price-dial", "start"):
            return dial
        dial.ready()
        dial.wait("DIAL_REQUEST")
        if (bad, phase) == ("price-dial", "asked"):
            return dial
        dial.send("DIAL_OK", str8("1.2.3.4:5") + str8(""), fds=1, fd_kind="t")
        if bad == "price-dial":
            return dial
        price = self.worker("price")
        if phase == "start":
            return price
        price.ready()
        price.wait("PRICE_REQUEST")
        if phase == "answered":
            price.send("PRICE_ANSWER", bytes([2]) + bytes(94))
        return price

    def judge(self, codes):
        others_fail(self)
        got = self.wait_exit()
        check(got in codes, "exit status", got, "and said", self.said())
        self.judge_end([self.told_once()])


def others_fail(s, front=None):
    """Another provider may be asked next: there is no way to it.  Until it
    has ended, or `front` has the answer."""
    while True:
        ready = select.select([s.tree.listener, s.pidfd] + (
            [front.sock] if front else []), [], [], PATIENCE)[0]
        check(ready, "no answer at all")
        if s.tree.listener in ready:
            s.here.pop("dial", None)
            try:
                dial = s.worker("dial")
            except Failed:
                check(s.has_ended(0), "no dial")
                return
            dial.ready()
            dial.report_of("DIAL_REQUEST")
            dial.send("DIAL_FAILED", struct.pack(">HI", 22, 0) + bytes(2))
        elif front and front.sock in ready:
            if struct.unpack(">H", front.report("R")[4][4:6])[0] == TYPE[
                    "UI_PRICES"]:
                return
        else:
            return


def one_price_case(bad, phase, case):
    s = Asking()
    try:
        worker = s.reach(bad, phase)
        worker.send_record(case.data, fds=case.fds)
        may = MAY_SAY[bad.removeprefix("price-")]
        legal = case.what == "legal" and phase in may.get(
            case.name.split()[0], ())
        if legal and phase == "start":
            worker.leave()      # and that is an answer, too
        s.judge((0, EXIT_NO_PRICES) if legal else (EXIT_NO_PRICES,))
    finally:
        s.end()


def price_work(rng, failures):
    for bad in ("price", "price-dial"):
        link = link_between("super", bad.removeprefix("price-"))
        for case in cases_of(bad.removeprefix("price-"), link, True, rng,
                             LONG):
            for phase in (PHASES[bad] if LONG else
                          [rng.choice(PHASES[bad])]):
                failures.count(bad)
                yield (f"{bad} {phase} {case.name}", functools.partial(
                    one_price_case, bad, phase, case))


def price_table():
    """The same from those who are asked for prices."""
    failures = Failures("captured", SEED)
    run_many(list(price_work(rng_of(SEED, "price"), failures)), failures)
    failures.judge()


def in_a_chat(do):
    """A price is asked for in a chat; `do` plays both who are asked."""
    s = Play("join", args=("--prices-url", "https://127.0.0.1:9"))
    try:
        s.chat()
        check(s.worker("dial").gone(PATIENCE), "dial stays")
        front = s.worker("script")
        before = open_files(s, front)
        front.send("UI_ASK_PRICES", WANT_LOOK)
        do(s)
        others_fail(s, front)
        for w in s.every:
            if w.name in ("dial", "price"):
                check(w.gone(PATIENCE), w.name, "is left")
        check_equal(open_files(s, front), before,
                    "descriptors of the supervisor")
        s.leave("chat")
        s.judge(code=EXIT_TERM)
    finally:
        s.end()


def open_files(s, front):
    """Its descriptors, where this user may look at them, when it has been
    round its loop and has collected whoever had ended."""
    for _ in range(2):
        front.send("UI_NAME", b"probe")
        front.wait("UI_NOTE")
    try:
        return len(os.listdir(f"/proc/{s.popen.pid}/fd"))
    except PermissionError:
        return None


def price_in_chat():
    """A chat does not notice, and no descriptor stays behind."""
    def dial_sends(*records, fds=0, early=False):
        def do(s):
            dial = s.next_worker("dial")
            if not early:
                dial.ready()
                dial.wait("DIAL_REQUEST")
            for r in records:
                dial.send_record(r, fds=fds, fd_kind="t")
        return do

    def price_sends(*records, fds=0):
        def do(s):
            ok = record(TYPE["DIAL_OK"], str8("1.2.3.4:5") + str8(""))
            dial_sends(ok, fds=1)(s)
            price = s.worker("price")
            price.ready()
            price.wait("PRICE_REQUEST")
            for r in records:
                price.send_record(r, fds=fds, fd_kind="t")
        return do
    ok = record(TYPE["DIAL_OK"], str8("1.2.3.4:5") + str8(""))
    answer = record(TYPE["PRICE_ANSWER"], bytes(95))
    cases = {
        "DIAL_OK before READY": dial_sends(ok, fds=1, early=True),
        "two descriptors": dial_sends(ok, fds=2),
        "eight descriptors": dial_sends(ok, fds=8),
        "DIAL_OK twice": dial_sends(ok, ok, fds=1),
        "a body that is no address": dial_sends(
            record(TYPE["DIAL_OK"], b"\xff\xff"), fds=1),
        "a header that lies": dial_sends(record(TYPE["DIAL_OK"], ok[8:], 99),
                                         fds=1),
        "an answer with a descriptor": price_sends(answer, fds=1),
        "an answer with eight": price_sends(answer, fds=8),
        "two answers": price_sends(answer, answer),
        "too long": dial_sends(bytes(200000), fds=1),
    }
    run_cases("prices in a chat", {
        name: functools.partial(in_a_chat, do) for name, do in cases.items()})


# ---- ends, silence, half a link --------------------------------------------

STATES = [(bad, phase) for bad in WORKERS for phase in PHASES[bad]
          if phase != "ending"]
ONCE = ("chat", "has")


def words(bad):
    return "secchat-" + bad


def front_of(bad):
    return bad if bad in ("tty", "script") else "script"


def run_cases(group, cases):
    """A dictionary of functions."""
    Failures("captured", SEED).run(group, cases)


@played
def dies(s, bad, phase, how):
    worker = s.reach(bad, phase)
    how(worker)
    named = f"{words(bad)} (ended unexpectedly|was killed|could not be)"
    s.judge(named, code=8 if how is exits_8 else EXIT_INTERNAL)


def exits_0(w):
    w.leave(0)


def exits_8(w):
    """As if it could not be confined."""
    w.leave(8)


def is_killed(w):
    w.kill()


def in_a_record(w):
    """The head of a record that promises more, and the end."""
    w.send_record(record(TYPE["READY"], bytes(4), length=17), wait=False)
    w.leave(3)


def with_words(w):
    """Last words that would be somebody else's."""
    w.order("W", data=b"secchat: \033[2Jall is well\nsecchat-crypto: \xff" +
            b"x" * 5000 + b"\n" + b"secchat: \x9b31mnothing\n" * 200)
    w.leave(3)


@played
def keeps_the_end(s):
    """Told why the chat is over, it leaves with an error: nobody has shown
    it, so it is said."""
    front = s.reach("tty", "chat")
    s.worker("crypto").kill()
    front.wait("UI_END")
    front.leave(1)
    s.judge("secchat-crypto was killed by signal 9")


INSIDE = 1 << 18        # of UI_START's flags


@played
def leaves_stdin(s, said):
    """--keep: the next front end passes over the rest of a line, unless the
    one before it has said that there is none."""
    s.chat()
    s.worker("crypto").send("CRYPTO_END", bytes(6) + b"\1")
    front = s.worker("script")
    front.wait("UI_END")
    if said:
        front.send("UI_INPUT", said)
    front.leave()
    s.here.clear()
    s.begin()
    s.worker("net").ready()
    front = s.worker("script")
    front.ready()
    flags = struct.unpack(">I", front.wait("UI_START")[:4])[0]
    check_equal(flags & INSIDE, 0 if said == b"\0" else INSIDE, said)
    check_equal("did not say where" in s.said(), not said, s.said())
    s.terminate()
    s.judge(code=None)


def deaths():
    """Exit, signal, half a record: told who, and nobody is left."""
    cases = {}
    rng = rng_of(SEED, "deaths")
    for how in (exits_0, exits_8, is_killed, with_words):
        for bad, phase in STATES:
            if (bad, phase) == ("dial", "answered") or (
                    not LONG and phase != "start" and rng.random() < .5):
                continue
            cases[f"{bad} {phase} {how.__name__}"] = functools.partial(
                dies, rng.choice(("host", "join")), front_of(bad), bad, phase,
                how)
    for bad, phase in STATES:
        if (bad, phase) != ("dial", "answered"):    # it may go then
            cases[f"{bad} {phase} half a record"] = functools.partial(
                breaks_off, "join", front_of(bad), bad, phase)
    cases["tty keeps the end"] = functools.partial(keeps_the_end, "join", "tty")
    for said in (b"", b"\0", b"\1"):
        cases[f"script says {said.hex()} of stdin"] = functools.partial(
            leaves_stdin, "host", "script", said, args=("--keep",))
    run_cases("deaths", cases)


@played
def breaks_off(s, bad, phase):
    in_a_record(s.reach(bad, phase))
    s.judge(f"{words(bad)} ended unexpectedly|ipc {link_words(bad)}: ")


@played
def hangs_up(s, bad, phase, how):
    """It closes its link, or half of it, or says nothing at length 0, and
    stays: it is ended, and that is told."""
    worker = s.reach(bad, phase)
    worker.stay()
    how(worker)
    answered = (bad, phase) == ("dial", "answered")
    if answered:        # dial may go: what it said was its answer
        s.leave("ready")
    s.judge(None if answered else words(bad),
            EXIT_TERM if answered else EXIT_INTERNAL)


def writes_no_more(w):
    w.shut()


def writes_nothing(w):
    w.send_record(b"", wait=False)


def closes(w):
    w.order("C")


def shuts_both(w):
    w.shut(how=2)


def hang_ups():
    cases = {}
    for bad, phase in STATES:
        for how in (writes_no_more, writes_nothing, closes, shuts_both):
            if LONG or how is writes_no_more or phase in ONCE:
                cases[f"{bad} {phase} {how.__name__}"] = functools.partial(
                    hangs_up, "join", front_of(bad), bad, phase, how)
    run_cases("hang ups", cases)


@played
def is_silent(s, bad, phase):
    """Nothing is heard of it.  Before READY it has twenty seconds; later it is
    left alone, and so is the wish to leave obeyed without its help."""
    worker = s.reach(bad, phase)
    worker.stay()
    if phase == "start":
        s.judge(f"{words(bad)} was not ready within 20 seconds")
        return
    s.terminate()
    if phase == "closing":      # who has taken CRYPTO_CLOSE answers it
        s.worker("crypto").send("CRYPTO_END", bytes(7))
    s.judge(code=None)


def silence():
    cases = {f"{bad} {phase}": functools.partial(
        is_silent, rng_of(SEED, bad).choice(("host", "join")), front_of(bad),
        bad, phase)
        for bad, phase in STATES if LONG or phase in ("start", "asked", *ONCE)}
    run_cases("silence", cases)


# ---- what is well formed, and a lie ----------------------------------------

def u32(*numbers):
    return struct.pack(f">{len(numbers)}I", *numbers)


# A joiner, whose own file is 1 and the other person's 2; "": it goes on.
LIES = (
    ("file", "given", "FILE_HAVE", u32(1), ""),
    ("file", "given", "FILE_HAVE", u32(0), ""),
    ("file", "given", "FILE_HAVE", u32(99), ""),
    ("file", "has", "FILE_HAVE", u32(1), "has file 1, says it again"),
    ("file", "offered", "FILE_HAVE", u32(2), "has file 2, which it was not"),
    ("file", "writing", "FILE_HAVE", u32(2), ""),
    ("file", "given", "FILE_WRITTEN", u32(1), "has written file 1"),
    ("file", "has", "FILE_WRITTEN", u32(1), "has written file 1"),
    ("file", "offered", "FILE_WRITTEN", u32(2), "has written file 2"),
    ("file", "has", "FILE_WRITTEN", u32(3), ""),
    ("file", "given", "FILE_FAILED", u32(1) + b"\0" + u32(0), "because of 0"),
    ("file", "given", "FILE_FAILED", u32(1) + b"\xff" + u32(0), "of 255"),
    ("file", "has", "FILE_FAILED", u32(1) + b"\3" + u32(0xffffffff), ""),
    ("file", "has", "FILE_FAILED", u32(7) + b"\3" + u32(5), ""),
    ("file", "offered", "FILE_FAILED", u32(2) + b"\5" + u32(0),
     "fails with file 2, which it was not given"),
    ("net", "chat", "NET_COUNTERS", b"\xff" * 20, ""),
    ("script", "chat", "UI_STREAM", b"\1" + u32(0xffffffff), ""),
    ("script", "chat", "UI_STREAM", b"\xff" + u32(5), ""),
    ("script", "chat", "UI_QUIT", b"\0" + u32(0), ""),
    ("script", "chat", "UI_QUIT", b"\xff" + u32(0xffffffff), ""),
    ("script", "chat", "UI_ASK_PRICES", b"\0", "prices: 0 is wanted"),
    ("script", "chat", "UI_ASK_PRICES", b"\7", "prices: 7 is wanted"),
    ("script", "chat", "UI_ASK_PRICES", b"\xff", "prices: 255 is wanted"),
    ("tty", "chat", "UI_FILE_SEND", u32(0) + b"x", "without a name"),
    ("tty", "chat", "UI_FILE_ACCEPT", u32(0), ""),
    ("tty", "chat", "UI_FILE_ACCEPT", u32(2) + b"\0" * 255, ""),
    ("tty", "chat", "UI_FILE_STOP", u32(0) + b"\0", "because of 0"),
    ("tty", "chat", "UI_FILE_STOP", u32(0xffffffff) + b"\1", ""),
    ("tty", "chat", "UI_SUSPEND", b"", ""),
    ("dial", "asked", "DIAL_FAILED", b"\0\x16" + b"\xff" * 5 + b"\0", ""),
    ("dial", "asked", "DIAL_FAILED", b"\xff" * 7 + b"\0", "cannot reach"),
    ("dial", "asked", "DIAL_FAILED", bytes(8), "cannot reach"),
    ("dial", "asked", "DIAL_FAILED", bytes(7) + b"\x09", "malformed"),
)


@played
def lies(s, bad, phase, message, body, said):
    s.reach(bad, phase).send(message, body)
    if said:
        s.judge("secchat: .*" + said)
    elif bad == "dial":
        s.judge("cannot (reach|look up) 127.0.0.1", code=4)
    else:
        s.leave(phase)
        s.judge(code=None)


def well_formed_lies():
    cases = {f"{i} {bad} {message}": functools.partial(
        lies, "join", front_of(bad), bad, phase, message, body, said)
        for i, (bad, phase, message, body, said) in enumerate(LIES)}
    for kind in "0pwusltLcd":
        for role in ("host", "join"):
            cases[f"dial's descriptor {kind} {role}"] = functools.partial(
                passes, role, "script", kind)
    cases["paths"] = functools.partial(paths, "join", "script")
    cases["names of files"] = functools.partial(names, "join", "script")
    cases["names of people"] = name_of_people
    run_cases("lies", cases)


@played
def passes(s, kind):
    """What dial hands over goes to net, whatever it is, and stops nobody."""
    s.reach("dial", "asked").send(
        "DIAL_OK", str8("\x1b[2J") + str8("\xff"), fds=1, fd_kind=kind)
    s.worker("net").wait("NET_LISTENER" if s.role == "host" else "NET_DIALLED")
    s.leave("ready")
    s.judge(code=None)


FILE_STOPPED, WHY_PATH = 6, 33


@played
def paths(s):
    """A captured front end may name any path; what is no file, and our own
    keys, are refused, and nobody waits for a pipe."""
    s.chat()
    base = s.tree.base
    os.link(os.path.join(base, "key"), os.path.join(base, "hard"))
    os.symlink("key", os.path.join(base, "soft"))
    os.mkfifo(os.path.join(base, "fifo"))
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(os.path.join(base, "sock"))
    front = s.worker("script")
    refused = [b"../key", b"../hard", b"../soft", base.encode() + b"/./key",
               b"../fifo", b"../sock", b".", b"/", b"/dev/zero", b"/dev/tty",
               b"/dev/stdin", b"a\0b", b"x" * 4096, b"/" * 4096, b"nothing",
               b"~nobody/x", b"\xff\xfe", b"/proc/self/fd/0",
               b"/proc/self/fd/1", b"/proc/self/exe/x"]
    for n, path in enumerate(refused, 1):
        front.send("UI_FILE_SEND", u32(n) + path)
        body = front.wait("UI_FILE")
        fid, ask, ours, state, why = struct.unpack(">IIBBB", body[:11])
        check_equal((fid, ask, ours, state, why),
                    (0, n, 1, FILE_STOPPED, WHY_PATH), path)
        if path.endswith((b"key", b"hard", b"soft")):
            check(b"holds a key of this chat" in body, path, body)
    check(not select.select([s.tree.listener], [], [], 0)[0], "another worker")
    sock.close()
    s.leave("chat")
    s.judge(code=None)


NAMES = (b"..", b".", b".bashrc", b"-rf", b"\x1b[2Jx", b"a\nb", b"\xff\xfe",
         b"y" * 255, b"~root", b" ", b"..\\x", b"\xe2\x80\xaegpj.exe",
         b"good name.txt")


def wait_stopped(front, fid):
    """UI_FILE that refuses what was asked of this file; what is said of
    others before it is passed over."""
    for _ in range(100):
        body = front.wait("UI_FILE")
        about, _, _, state = struct.unpack(">IIBB", body[:10])
        if (about, state) == (fid, FILE_STOPPED):
            return
    raise Failed(f"file {fid} is not refused")


@played
def names(s):
    """Names, the peer's by crypto and the person's by a captured front end:
    each offer becomes one file in the folder that shows itself, and what a
    person may not call it is refused first."""
    s.chat()
    front, crypto = s.worker("script"), s.worker("crypto")
    fid, file = 2, None
    for name, by_peer in [(n, p) for n in NAMES for p in (True, False)]:
        crypto.send("FILE_OFFERED", struct.pack(">IQ", fid, 0) + str8(
            name if by_peer else b"x"))
        front.wait("UI_FILE")
        front.send("UI_FILE_ACCEPT", u32(fid) + (b"" if by_peer else name))
        if not by_peer and name != NAMES[-1]:
            wait_stopped(front, fid)
            front.send("UI_FILE_ACCEPT", u32(fid))
        file = s.worker("file")
        if fid == 2:
            file.ready()
        file.wait("FILE_WRITE")
        file.send("FILE_HAVE", u32(fid))
        crypto.wait("FILE_TAKE")
        file.send("FILE_WRITTEN", u32(fid))
        crypto.wait("FILE_KEPT")
        fid += 2
    for path in (b"a/b", b"/etc/passwd", b"../up"):
        crypto.send("FILE_OFFERED", struct.pack(">IQ", fid, 0) + b"\1x")
        front.send("UI_FILE_ACCEPT", u32(fid) + path)
        fid += 2
    s.may_be_there = s.tree.files()
    folder = os.path.join(s.tree.home, DOWNLOADS)
    check_equal({os.path.dirname(f) for f in s.may_be_there}, {folder},
                "folders")
    found = [os.path.basename(f) for f in s.may_be_there]
    check_equal(len(found), 2 * len(NAMES), "files")
    for name in found:
        check(name.isprintable() and name[0] not in ".-~ ", "a file called",
              repr(name))
    s.leave("chat")
    s.judge(code=None)


PRINT = b"SHA256:" + b"A" * 43
PEOPLE = (b"a\nb", b"..", b"../x", b"\x1b]0;x\x07", b"\xff", b"'", b'"',
          b"\0x", b" x", b"x" * 64, b"-", b"#", b"bob\ndeadbeef", b"carol")


def name_of_people():
    """What a captured front end calls somebody: the file of those who are
    remembered stays one line for each."""
    s = Session(ALL, ["join", "--accept-intro", "1", "--no-input", "--id",
                      "--accept-new", "127.0.0.1:9"])
    try:
        crypto = s.worker("crypto")
        crypto.ready()
        crypto.wait("CRYPTO_START")
        crypto.send("CRYPTO_INFO", CRYPTO_INFO)
        crypto.wait("READ_SECRET")
        crypto.send("SECRET_READ", bytes(3))
        for name in ("net", "script", "dial"):
            s.worker(name).ready()
        front, dial = s.worker("script"), s.worker("dial")
        dial.wait("DIAL_REQUEST")
        dial.send("DIAL_OK", str8("127.0.0.1:9") + str8(""), fds=1,
                  fd_kind="t")
        dial.leave()
        crypto.send("SESSION", CONNECTED)
        crypto.send("PEER_MET", b"\2\0" + b"k" * 32 + PRINT + str8("") +
                    str8("") + str8("bob"))
        front.wait("UI_NAMED")
        for name in PEOPLE:
            front.send("UI_NAME", name)
            front.wait("UI_NOTE")
            path = os.path.join(s.tree.home, "DATA/secchat/peers")
            with open(path, "rb") as f:
                head, *lines = f.read().split(b"\n")[:-1]
            check_equal(head, b"secchat peers 1", "its first line")
            check(len(lines) == 1 and re.fullmatch(
                rb"[0-9a-f]{64} unverified \S+ \S+ [^\0-\x1f/\\'\"\x7f]+",
                lines[0]), name, "made", lines)
        check(lines[0].endswith(b"carol"), lines)
        s.terminate()
        crypto.report_of("CRYPTO_CLOSE")
        crypto.send("CRYPTO_END", bytes(7))
        front.report_of("UI_END")
        front.leave()
        check_equal(s.wait_exit(), EXIT_TERM, s.said())
    finally:
        s.end()


# ---- floods ----------------------------------------------------------------

GROWTH_KB = 700         # 16 KiB of queue each, and pages touched at first
FLOOD = 200000
LOG_MAX = 16 << 20


def rss_kb(s):
    """What the supervisor has in memory, where this user may look."""
    with open(f"/proc/{s.popen.pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


@played
def floods(s, bad, data, reads):
    """As fast as it can: memory is bounded, the others are heard, and who
    wants to leave can."""
    worker = s.reach(bad, "chat")
    before = rss_kb(s)
    if not reads:
        worker.quiet(SUPER)
    worker.send_record(data, times=FLOOD // (
        1 if LONG or bad == "net" and reads else 10), wait=False)
    crypto = s.worker("crypto")
    for _ in range(20):
        crypto.send("SESSION", b"\2" + bytes(4))
    if bad == "net":
        s.worker("script").send("UI_NAME", b"probe")
        s.worker("script").wait("UI_NOTE")
    worker.report("D", 5 * PATIENCE)
    grown = rss_kb(s) - before
    # A sanitizer keeps what was freed.
    check(SAN or grown < GROWTH_KB, "grown by", grown, "KiB")
    size = os.path.getsize(os.path.join(s.tree.base, "log"))
    check(size < LOG_MAX + 1024, "a log of", size, "bytes")
    if bad == "net" and reads:
        check(size > LOG_MAX, "a log of only", size, "bytes")
    s.terminate()
    crypto.report_of("CRYPTO_CLOSE")
    crypto.send("CRYPTO_END", bytes(7))
    worker.quiet(SUPER, False)
    s.judge(code=None)


@played
def floods_stderr(s):
    """Each of these has an answer on stderr, which nobody reads: who wants to
    leave can."""
    worker = s.reach("script", "chat")
    worker.send_record(record(TYPE["UI_NAME"], b"x"), times=20000)
    s.bad = None
    s.terminate()
    s.judge(code=None)


def flood():
    cases = {"stderr": functools.partial(floods_stderr, "join", "script",
                                         reads_stderr=False)}
    for bad, kind, body in (
            ("net", "NET_COUNTERS", bytes(20)), ("tty", "UI_REDIAL", b""),
            ("script", "UI_REDIAL", b""), ("tty", "UI_NAME", b"x" * 64),
            ("tty", "UI_ASK_PRICES", b"\5"), ("tty", "UI_SUSPEND", b""),
            ("script", "UI_ASK_PRICES", b"\6")):
        for reads in (True, False):
            cases[f"{bad} {kind} {'reads' if reads else 'does not read'}"] = (
                functools.partial(floods, "join", front_of(bad), bad,
                                  record(TYPE[kind], body), reads,
                                  args=("--log", "../log", "--no-prices")))
    run_cases("floods", cases)


if __name__ == "__main__":
    main(message_table, well_formed_lies, price_table, price_in_chat, deaths,
         hang_ups, silence, flood)
