"""Inputs for the fuzzers of what the peer says: handshakes, frames, engines.

A story for tests/fuzz/engine is a list of what people, the network, the clock
and a peer that breaks rules do to two engines; `tests/fuzz/engine.c` reads it.
"""
from acts import ROWS, str8, u8, u16, u32, u64

(STEP, RUN, SAY, WAIT, CUT, CONNECT, ASK, VERIFY, QUIT, FRAME, PLAIN, HARM,
 GARBAGE, SIBLING, HOLD, RESTART, FILE, SET) = range(18)
HOST = 128

# How a chat begins: the first byte.
KEY, PASS, ID, PAIR, CODE = 0, 1, 2, 3, 5
KNOWN, ACCEPT, WRONG = 8 + 16 + 32, 64, 128

# What a program is started with, and what takes long to come (SET).
(START_FLAGS, OWN_NAME, REKEY_MSGS, REKEY_MS, UI_BUSY, SUPER_BUSY, FILE_FULL,
 FAILURES, MUCH_SENT, BE, KNOWS, EXPECTS, LIE, CREDIT) = range(14)
LIE_TYPE, LIE_ACK, LIE_FLAGS, LIE_SHORT = range(250, 254)

# Frames, and what a forged one's header and number are.
(OPEN, ACK, PING, PONG, REKEY, SWITCH, CLOSE, CLOSE_ACK) = range(1, 9)
MSG, OFFER, ACCEPTED, CANCEL, DATA, FILE_END, FILE_ACK = (
    0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25)
LONG, NUMBER, EPOCH, ACK_ALL, PLACE, ACK_NONE = 1, 2, 4, 8, 0x10, 0x20

LINK = {"SUPER": 0, "UI": 1, "NET": 2, "FILE": 3}
RUN_ = u8(RUN)


def step(n=1):
    return u8(STEP) * n


def say(who, n):
    return u8(who | SAY) + u16(n)


def wait(ms):
    out = b""
    while ms > 0:
        shift = max(0, min(15, ms.bit_length() - 4))
        v = min(15, max(1, ms >> shift))
        out += u8(WAIT) + u8(shift << 4 | v)
        ms -= v << shift
    return out


def cut(why=2):
    return u8(CUT) + u8(why - 1)


def half_cut(who):
    """The other side sees nothing of it."""
    return u8(who | CUT) + b"\x81"


def connect(beside=0):
    return u8(CONNECT | (64 if beside else 0))


def ask(who, what):
    """0 new keys, 1 status, 2 nothing of /wire, 3 all of it."""
    return u8(who | ASK) + u8(what)


def verify(who, how):
    """0 wrong digits, 1 the right ones, 2 one's own, 4 the question."""
    return u8(who | VERIFY) + u8(how)


def leave(who):
    return u8(who | QUIT)


def hold(who):
    """The front end confirms nothing any more, or again."""
    return u8(who | HOLD)


def stall(who=0):
    """Nor does the network move; twice: it does again."""
    return u8(who | HOLD | 64)


def still():
    """The network alone."""
    return stall() + hold(0)


def frame(who, kind, body=b"", how=0, more=0):
    return u8(who | FRAME) + u8(kind) + u8(how | more << 6) + str8(
        body[:255])


def forged_long(who, kind, how, n):
    return u8(who | FRAME) + u8(kind) + u8(how | LONG) + u8(0) + u16(n)


def harm(who, at, how, value=1):
    return u8(who | HARM) + u16(at) + u8(how) + u8(value)


def lose(who):
    """All that is on its way from there."""
    return harm(who, 0xffff, 1)


def start_with(who, what, n=1, more=b""):
    return u8(who | SET) + u8(what) + u8(n) + more


def lie(who, what, value=1):
    return start_with(who, LIE, what, u8(value))


def restart(who, how):
    return u8(who | RESTART) + u8(how)


def row(name):
    return [r[0] for r in ROWS].index(name)


def sibling(who, link, name, body=b"", length=0):
    return (u8(who | SIBLING) + u8(LINK[link]) + u8(row(name)) +
            u8(len(body)) + u16(length) + body)


def files(who, what, n=0, shift=0):
    """0 offer, 1 some steps, 2 hold, 3 take, 4 stop."""
    return u8(who | FILE) + u8((shift << 4) + (what - (shift << 4)) % 5) + (
        u8(n))


def hello(mode=2, suite=1, version=1, sel=0, zero=0):
    return (b"SECCHAT" + u8(version) + u8(mode) + u8(suite) + u8(sel) +
            u8(zero) + bytes(range(32)))


def refuse(reason):
    return b"SECCHAT\0" + u8(reason) + b"\1\0\0"


def conn_open(who, n, inbound, limited=0, addr="h"):
    return sibling(who, "NET", "CONN_OPEN", u32(n) + u8(inbound) + u8(
        limited) + str8(addr))


def frame_in(who, n, data):
    return sibling(who, "NET", "FRAME_IN", (u32(n) + data)[:255],
                   4 + len(data))


def lost(who, n, why=1):
    return sibling(who, "NET", "CONN_LOST", u32(n) + u8(why))


BEGIN = {"key": KEY, "pass": PASS, "code": CODE, "id": ID + KNOWN,
         "pair": PAIR, "new": ID + ACCEPT, "wrong": PASS + WRONG,
         "stranger": ID}


def chats():
    for name, how in BEGIN.items():
        yield (f"chat-{name}", u8(how) + RUN_ + b"".join(
            say(who, n) for n in (1, 300, 5000, 65000) for who in (0, HOST)) +
               RUN_ + verify(0, 4) + verify(HOST, 4) + verify(0, 2) +
               verify(0, 1) + verify(HOST, 1) + RUN_ + ask(0, 0) + RUN_ +
               ask(0, 3) + say(0, 5) + RUN_ + leave(0) + RUN_)
        yield (f"resume-{name}", u8(how) + RUN_ + say(0, 9) + cut() +
               say(HOST, 5) + connect() + RUN_ + wait(34000) + connect() +
               RUN_ + restart(HOST, how) + connect() + RUN_ + say(0, 4) +
               RUN_ + ask(0, 1))
        yield (f"beside-{name}", u8(how) + RUN_ + say(0, 9) + connect(1) +
               RUN_ + say(0, 9) + RUN_)
        for n in range(1, 9):
            # Behind so many steps the cable is cut, or people leave.
            yield (f"cut-{name}{n}", u8(how) + step(n) + cut(1) + wait(
                1000) + connect() + step(n) + cut(2) + connect() + RUN_ +
                   say(0, 3) + cut(3) + connect() + step(n) + cut(1) +
                   connect() + RUN_ + ask(0, 1))
            yield f"left-{name}{n}", u8(how) + step(n) + leave(
                0) + leave(HOST) + RUN_ + wait(4000)
            yield (f"patient-{name}{n}", u8(how) + start_with(
                0, START_FLAGS, 2) + step(n) + cut(n % 3 + 1) + connect() +
                   step(n) + connect() + step(n + 1) + connect() + RUN_)
    for k in range(1, 11):
        # The same again, where a session has been lost.
        for who in (0, HOST):
            yield (f"anew{k}-{who}", b"\0" + RUN_ + say(0, 9) + say(
                HOST, 9) + restart(who, 0) + connect() + step(k) + sibling(
                    HOST - who, "UI", "UI_SEND", b"late") + sibling(
                        HOST - who, "UI", "UI_SHOWN", u64(1)) + sibling(
                            HOST - who, "UI", "UI_REKEY") + sibling(
                                HOST - who, "UI", "UI_VERIFY") + RUN_)
        yield (f"leaves-again{k}", b"\0" + RUN_ + cut() + connect() + step(
            k) + leave(0) + leave(0) + still() + wait(5000))
        yield (f"leaves-files{k}", b"\0" + RUN_ + cut() + connect() + step(
            k) + leave(0) + sibling(0, "SUPER", "FILE_OFFER", u32(1) + u64(
                9) + str8("n")))
        for end in (cut(1), leave(HOST) + cut(1), RUN_, frame_in(
                HOST, 1, bytes(272)) + conn_open(HOST, 9, 1) + frame_in(
                    HOST, 9, hello()), still() + wait(30000)):
            yield (f"paused{k}-{end.hex()[:12]}", b"\0" + RUN_ + say(
                0, 3) + RUN_ + half_cut(0) + connect(1) + step(k) + end +
                   RUN_)
        yield (f"left-behind{k}", b"\0" + RUN_ + half_cut(0) + leave(
            HOST) + connect(1) + step(k) + cut(1))
        yield (f"paused-file{k}", b"\0" + RUN_ + files(
            HOST, 0, 200, 10) + RUN_ + files(HOST, 2) + files(0, 3) + RUN_ +
               half_cut(0) + connect(1) + step(k) + files(HOST, 2) + files(
                   0, 1, 1))


def identities():
    for mode in (ID + KNOWN, ID + ACCEPT, PAIR):
        for who in (0, HOST):
            # Oneself, somebody else than expected, a name that is taken.
            yield (f"self{mode}-{who}", u8(mode) + start_with(
                who, BE, 0 if who else 1) + connect() + RUN_)
            yield f"expects{mode}-{who}", u8(mode) + start_with(
                who, EXPECTS, 7) + RUN_
            yield (f"taken{mode}-{who}", u8(mode & ~KNOWN | ACCEPT) +
                   start_with(who, KNOWS, 7) + start_with(
                       HOST - who, OWN_NAME) + RUN_ + wait(9000))
            for name in (0, 2):
                yield (f"untaken{mode}-{who}-{name}",
                       u8(mode & ~KNOWN | ACCEPT) + start_with(
                           who, KNOWS, 7) + start_with(
                               HOST - who, OWN_NAME, name) + RUN_)
            yield (f"named{mode}-{who}", u8(mode) + start_with(
                who, OWN_NAME) + RUN_ + verify(who, 4) + verify(who, 1))
            yield (f"another{mode}-{who}", u8(mode) + RUN_ + cut() + restart(
                who, mode) + start_with(who, BE, 2) + connect() + RUN_)
            yield (f"again{mode}-{who}", u8(mode) + step(5) + cut(1) +
                   connect() + frame_in(0, 2, refuse(4)) + connect() + step(
                       5) + cut(1) + connect() + frame_in(0, 4, refuse(4)))
    for n in range(3, 9):
        for mode in (ID + KNOWN, KEY):
            yield (f"refused{n}-{mode}", u8(mode) + step(n) + cut(2) +
                   connect() + frame_in(0, 2, refuse(4)) + connect() + step(
                       n) + cut(2) + connect() + frame_in(0, 4, refuse(4)))
            yield (f"waits{n}-{mode}", u8(mode) + step(n) + cut(2) + wait(
                700000))


def doors():
    for reason in range(7):
        for flags in (0, 2):
            yield (f"refuse{reason}-{flags}", b"\0" + start_with(
                0, START_FLAGS, flags) + frame_in(0, 1, refuse(reason)))
    for name, how in BEGIN.items():
        for state, before in (("early", b""), ("live", RUN_),
                              ("lost", RUN_ + cut())):
            for i, words in enumerate((
                    hello(), hello(version=2), hello(mode=1), hello(suite=2),
                    hello(mode=4), hello(mode=3), hello(mode=16), bytes(44),
                    hello(zero=1), hello()[:10], hello(mode=16, suite=2))):
                for limited in (0, 1):
                    yield (f"door-{name}-{state}{i}-{limited}", u8(how) +
                           before + conn_open(HOST, 5, 1, limited) +
                           frame_in(HOST, 5, words) + conn_open(HOST, 6, 1) +
                           frame_in(HOST, 6, words) + frame_in(
                               HOST, 5, bytes(96)) + lost(HOST, 5))
    # While a session waits, a place is left for who goes on with it.
    six, four = "[2001:db8:0:1::1]:50", "192.0.2.1:5000"
    for i, addrs in enumerate((
            (six, six, six), (four, four, four), (six, four, "192.0.2.2:1"),
            (six, "[2001:db8:0:2::1%2]:50", four), ("[x]:1", "[x]:1", "x"),
            [f"192.0.2.{n}:5000" for n in range(9)])):
        yield f"places{i}", b"\0" + RUN_ + cut() + conn_open(
            HOST, 4, 1) + b"".join(
                conn_open(HOST, n, 1, addr=a) + frame_in(HOST, n, hello())
                for n, a in enumerate(addrs, 5)) + connect() + RUN_
    yield "places-resume", b"\0" + RUN_ + cut() + b"".join(
        conn_open(HOST, n, 1, addr=four) + frame_in(HOST, n, hello(mode=how))
        for n, how in ((5, 16), (6, 2), (7, 2))) + connect() + RUN_
    for n in (1, 2):
        for mode in (PASS + WRONG, CODE + WRONG, PAIR + WRONG):
            yield (f"limit{n}-{mode}", u8(mode) + start_with(
                HOST, FAILURES, n) + RUN_ + connect() + RUN_)
    for mode in (PASS, CODE, PAIR):
        yield (f"guess{mode}", u8(mode) + RUN_ + cut() + restart(
            0, mode | WRONG) + connect() + RUN_ + start_with(
                HOST, FAILURES, 2) + restart(0, mode | WRONG) + connect(
                    ) + RUN_)
    yield "same-number", b"\0" + conn_open(HOST, 1, 1)
    yield "wrong-way", b"\0" + conn_open(HOST, 9, 0)
    yield "cut-short", b"\0" + sibling(
        HOST, "NET", "CONN_OPEN", u32(9) + b"\1\0\x40")
    yield "crowd", b"\0" + b"".join(conn_open(HOST, n, 1) for n in range(
        2, 9))
    yield "called-twice", b"\0" + conn_open(0, 2, 0) + RUN_ + conn_open(
        0, 3, 0)
    yield "no-number", b"\0" + frame_in(HOST, 0, b"")
    yield "never-was", b"\0" + frame_in(HOST, 77, b"")
    yield "over", b"\0" + RUN_ + leave(0) + RUN_ + wait(4000) + b"".join(
        frame_in(who, 1, b"x") + lost(who, 1) + conn_open(
            who, 9, who // HOST) + b"".join(sibling(who, "UI", name, body)
            for name, body in (("UI_SEND", b"x"), ("UI_SHOWN", u64(0)),
                               ("UI_STATUS", b""), ("UI_REKEY", b""),
                               ("UI_VERIFY", b""), ("UI_RESTARTED", b""))) +
        sibling(who, "SUPER", "CRYPTO_CLOSE", b"\1") + sibling(
            who, "SUPER", "FILE_OFFER", u32(1 + who // HOST) + u64(1) +
            str8("n")) + sibling(who, "NET", "CREDIT", u32(1) + u32(1)) +
        sibling(who, "NET", "BULK_CREDIT", u32(1) + u32(1))
        for who in (0, HOST))
    for n in range(2, 8):
        yield f"trial-short{n}", b"\0" + step(n) + frame_in(
            HOST, 1, b"x" * 10) + RUN_
        yield f"trial-wrong{n}", b"\0" + step(n) + frame_in(
            HOST, 1, bytes(272)) + RUN_
        yield f"trial-busy{n}", b"\0" + step(n) + conn_open(
            HOST, 2, 1) + frame_in(HOST, 2, hello()) + RUN_
        yield f"trial-silent{n}", b"\0" + step(n) + still() + wait(20000)
        yield f"trial-credit{n}", b"\0" + step(n) + sibling(
            HOST, "NET", "CREDIT", u32(1) + u32(1))
    yield "probe", b"\0" + RUN_ + still() + b"".join(
        conn_open(HOST, n, 1) + frame_in(HOST, n, hello()) for n in (2, 3)
    ) + wait(16000) + conn_open(HOST, 4, 1) + frame_in(HOST, 4, hello())


def opens():
    """What the keys' holder may write into its OPEN, and what not."""
    places = {"r": 0, "rx": 39, "rx-far": 33, "tx": 47, "tx-far": 41,
              "caps": 51, "nick": 52, "type": LIE_TYPE, "ack": LIE_ACK,
              "flags": LIE_FLAGS, "short": LIE_SHORT}
    for who in (0, HOST):
        for name, at in places.items():
            for value in (1, 2, 3, 0x10):
                one = lie(who, at, value)
                yield (f"open-{name}{value}-{who}", b"\0" + one + RUN_)
                yield (f"reopen-{name}{value}-{who}", b"\0" + RUN_ + say(
                    0, 3) + say(HOST, 3) + RUN_ + wait(100) + cut() + one +
                       connect() + RUN_)
        for at, name in ((53, "nul"), (54, "letter"), (55, "none")):
            for value in (ord("b"), ord("o"), 0x80):
                yield (f"open-{name}{value}-{who}", u8(ID + ACCEPT) +
                       start_with(who, OWN_NAME) + lie(who, at, value) +
                       RUN_)


def frames():
    bodies = {OPEN: bytes(53), ACK: b"", PING: u64(1), PONG: u64(1),
              REKEY: bytes(32), SWITCH: b"", CLOSE: b"\0" + u64(1),
              CLOSE_ACK: b"", MSG: b"text", OFFER: u32(1) + u64(9) + b"\1n",
              ACCEPTED: u32(1) + u64(0), CANCEL: u32(1) + b"\1",
              DATA: u32(1) + u64(0) + b"data", FILE_ACK: u32(1) + u64(4),
              FILE_END: u32(1) + u64(4)}
    for kind, body in bodies.items():
        for how in (0, NUMBER, EPOCH, EPOCH | 64, NUMBER | 64, ACK_NONE,
                    ACK_ALL | 0x10):
            for before in (0, 1, 2, 3):
                yield (f"frame{kind:02x}-{how}-{before}", b"\0" + RUN_ + say(
                    0, 2) + say(HOST, 2) + (b"", RUN_, leave(0) + leave(
                        HOST) + step(), RUN_ + wait(100))[before] + frame(
                            HOST, kind, body, how) + RUN_)
    yield "no-text", b"\0" + RUN_ + frame(HOST, MSG, b"\xff", NUMBER) + RUN_
    yield "number-0", b"\0" + RUN_ + frame(HOST, MSG, u64(0)) + RUN_
    yield "number-far", b"\0" + RUN_ + frame(HOST, MSG, u64(900)) + RUN_
    yield "pong", b"\0" + RUN_ + still() + wait(61000) + frame(
        HOST, PONG, u64(1)) + still() + RUN_
    yield "close-wrong", b"\0" + RUN_ + frame(
        HOST, CLOSE, b"\0" + u64(9)) + RUN_
    yield "close-digits", b"\0" + RUN_ + frame(
        HOST, CLOSE, b"\1" + u64(1)) + RUN_ + wait(4000)
    for kind in (CLOSE_ACK, PING, ACK, MSG, CLOSE):
        yield (f"left-{kind}", b"\0" + RUN_ + leave(HOST) + frame(
            HOST, kind, bodies[kind]) + RUN_)
        yield (f"leaving-{kind}", b"\0" + RUN_ + leave(0) + frame(
            HOST, kind, bodies[kind]) + RUN_)
        yield (f"held-left-{kind}", b"\0" + RUN_ + hold(0) + say(
            HOST, 9) + RUN_ + leave(HOST) + leave(0) + frame(
                HOST, CLOSE_ACK) + frame(HOST, kind, bodies[kind]) + RUN_)
        yield (f"both-left-{kind}", b"\0" + RUN_ + leave(HOST) + leave(
            0) + step() + frame(HOST, kind, bodies[kind]) + frame(
                HOST, CLOSE_ACK) + frame(HOST, CLOSE_ACK) + RUN_)
    rekey = frame(HOST, REKEY, bytes(31) + b"\1", EPOCH, 1)
    yield "rekey-0", b"\0" + RUN_ + frame(
        HOST, REKEY, bytes(32), EPOCH, 1) + RUN_
    yield "rekey-twice", b"\0" + RUN_ + rekey + rekey + RUN_
    for n in (0, 1, 2):
        yield (f"switch-{n}", b"\0" + RUN_ + still() + ask(0, 0) + frame(
            HOST, SWITCH, b"", EPOCH, n) + still() + RUN_)
        yield (f"rekey-switch-{n}", b"\0" + RUN_ + still() + ask(0, 0) +
               rekey + frame(HOST, SWITCH, b"", EPOCH, n) + frame(
                   HOST, SWITCH, b"", EPOCH, n) + still() + RUN_)
    yield "full", b"\0" + RUN_ + hold(HOST) + say(0, 65000) * 16 + RUN_ + (
        forged_long(0, MSG, NUMBER, 65499)) + RUN_
    yield "plain", b"\0" + RUN_ + u8(PLAIN) + u8(0) + str8(
        b"\x10\0\xff") + RUN_
    for how in range(5):
        yield (f"harm{how}", b"\0" + RUN_ + say(0, 2) + harm(
            0, 30, how) + RUN_ + say(0, 3) + harm(0, 0, 4, 0) + RUN_ +
               connect() + RUN_)
    yield "garbage", b"\0" + u8(GARBAGE) + str8(bytes(60)) + RUN_


def long_ones():
    """What only many texts, or much time, bring about."""
    yield "rekeys", b"\0" + RUN_ + (say(0, 3) + say(HOST, 3) + RUN_) * 30
    yield "rekey-often", b"\0" + b"".join(
        start_with(who, REKEY_MSGS, 1) for who in (0, HOST)) + RUN_ + (
            say(0, 3) + say(HOST, 3)) * 10 + RUN_
    yield "rekey-time", b"\0" + start_with(0, REKEY_MS, 9) + RUN_ + say(
        0, 3) + wait(2000) + say(0, 3) + wait(2000)
    yield "rekey-bytes", b"\0" + RUN_ + start_with(
        0, MUCH_SENT) + say(0, 3) + RUN_
    yield "rekey-busy", b"\0" + RUN_ + start_with(0, UI_BUSY) + ask(
        0, 0) + RUN_ + ask(0, 3) + say(0, 3) + RUN_ + start_with(
            0, UI_BUSY, 0) + RUN_
    yield "attempts-busy", u8(PASS + WRONG) + start_with(
        HOST, UI_BUSY) + start_with(HOST, SUPER_BUSY) + RUN_ + start_with(
            HOST, UI_BUSY, 0) + wait(2000)
    yield "rekey-unanswered", b"\0" + RUN_ + wait(100) + still() + ask(
        HOST, 0) + b"".join(wait(4000) + lose(HOST) + still() + frame(
            0, PING, u64(n)) + step() + lose(HOST) + still()
            for n in range(9)) + wait(9000)
    for n in range(1, 5):
        yield (f"switch-twice{n}", b"\0" + RUN_ + wait(100) + ask(
            0, 0) + start_with(0, CREDIT, 0) + step(n) + ask(0, 0) + frame(
                HOST, SWITCH, b"", EPOCH) + frame(
                    HOST, SWITCH, b"", EPOCH, 1) + RUN_)
    yield "rekey-stalled", b"\0" + RUN_ + still() + say(0, 1) * 20 + ask(
        0, 0) * 2 + wait(100) + say(HOST, 1) * 20 + ask(HOST, 0) + still() + (
            RUN_)
    yield "batches", b"\0" + RUN_ + say(0, 1) * 64 + RUN_ + say(
        0, 1) * 64 + RUN_ + say(0, 3000) * 64 + RUN_ + say(0, 1) * 200
    yield "window-file", b"\0" + RUN_ + files(HOST, 0, 9) + RUN_ + hold(
        HOST) + say(0, 1) * 256 + RUN_ + files(0, 3) + RUN_ + files(
            0, 1, 9) + hold(HOST) + RUN_
    yield "window", b"\0" + RUN_ + hold(HOST) + say(0, 1) * 256 + RUN_ + (
        files(0, 0, 1)) + RUN_ + hold(HOST) + RUN_
    yield "too-many", b"\0" + RUN_ + still() + b"".join(
        sibling(0, "UI", "UI_SEND", b"x") for _ in range(258))
    yield "too-much", b"\0" + RUN_ + still() + b"".join(
        sibling(0, "UI", "UI_SEND", b"x", 65499) for _ in range(17))
    yield "close-behind", b"\0" + RUN_ + still() + leave(0) + say(
        0, 5) + still() + RUN_
    yield "left-behind", b"\0" + RUN_ + still() + say(0, 9) * 30 + leave(
        HOST) + still() + RUN_
    yield "quit-stalled", b"\0" + RUN_ + say(0, 9) + still() + leave(
        0) + leave(0) + wait(5000)
    yield "quit-held", b"\0" + RUN_ + hold(HOST) + say(0, 9) + RUN_ + leave(
        0) + step(2) + leave(HOST) + RUN_ + hold(HOST) + RUN_
    yield "quit-held-too", b"\0" + RUN_ + hold(0) + hold(HOST) + say(
        0, 9) + say(HOST, 9) + RUN_ + leave(0) + leave(HOST) + RUN_ + wait(
            1000) + hold(0) + RUN_ + hold(HOST) + RUN_
    yield "quit-behind", b"\0" + RUN_ + still() + say(0, 9) * 30 + leave(
        0) + leave(HOST) + wait(100) + still() + ask(HOST, 0) + RUN_
    yield "idle", b"\0" + RUN_ + wait(400000)
    yield "silent", b"\0" + RUN_ + say(0, 1) + still() + wait(700000)
    yield "wrong-digits", b"\0" + RUN_ + verify(0, 4) + RUN_ + verify(
        0, 0) * 4 + RUN_ + wait(4000)
    yield "own-digits", b"\0" + RUN_ + verify(0, 4) + RUN_ + verify(0, 2)
    yield "digits-lost", b"\0" + RUN_ + cut() + verify(0, 4) + ask(0, 1)
    yield "held", b"\0" + RUN_ + hold(HOST) + say(0, 9) * 3 + RUN_ + hold(
        HOST) + RUN_ + stall() + say(0, 9) + u8(WAIT) + u8(0xff)


def siblings():
    run = RUN_
    for link, sender in (("SUPER", "SUPER"), ("UI", "UI"), ("NET", "NET"),
                         ("FILE", "FILE")):
        full = {"SUPER": "LINK_SUPER_CRYPTO", "UI": "LINK_UI_CRYPTO",
                "NET": "LINK_CRYPTO_NET", "FILE": "LINK_CRYPTO_FILE"}[link]
        for name, _, senders, links in ROWS:
            if full in links and sender in senders:
                for state, before in (("early", b""), ("live", run),
                                      ("lost", run + cut())):
                    yield (f"sibling-{state}-{name.lower()}", b"\0" + before +
                           sibling(HOST, link, name, u32(1) + u32(1)) + run)
    yield "shows-less", b"\0" + run + say(0, 3) + run + sibling(
        HOST, "UI", "UI_SHOWN", u64(0))
    yield "shows-more", b"\0" + run + sibling(HOST, "UI", "UI_SHOWN", u64(5))
    yield "no-utf8", b"\0" + run + sibling(HOST, "UI", "UI_SEND", b"\xff")
    yield "digits-3", b"\0" + run + sibling(HOST, "UI", "UI_VERIFY", b"123")
    yield "credit", b"\0" + run + sibling(
        HOST, "NET", "CREDIT", u32(1) + u32(90))
    yield "credit-other", b"\0" + run + sibling(
        HOST, "NET", "CREDIT", u32(1) + u32(0)) + conn_open(
            HOST, 2, 1) + sibling(HOST, "NET", "CREDIT", u32(2) + u32(1))


def file_stories():
    run = RUN_
    for size, shift in ((0, 0), (9, 0), (200, 10), (255, 15)):
        yield (f"file-{size}-{shift}", b"\0" + run + files(
            0, 0, size, shift) + run + files(HOST, 3) + files(
                0, 1, 100) + say(0, 9) + run + files(HOST, 2) + files(
                    0, 1, 40) + cut() + connect() + run + files(
                        HOST, 2) + files(0, 1, 200) + run + ask(
                            0, 0) + files(0, 1, 200) + run)
    yield "file-declined", b"\0" + run + files(0, 0, 9) + run + files(
        HOST, 4) + run + files(HOST, 0, 99) + run + files(
            0, 3, 1) + files(HOST, 4, 1) + run
    yield "files", b"\0" + run + (files(0, 0, 40, 10) + files(
        HOST, 0, 30, 10) + run) * 9 + files(0, 3, 1) + files(
            HOST, 3) + files(0, 1, 250) + run
    yield "file-many", b"\0" + run + files(0, 0, 9) * 16 + run + b"".join(
        files(HOST, 3, n) for n in range(16)) + files(0, 1, 250) + run
    move = files(0, 0, 200, 12) + run + files(HOST, 3)
    for n in (0, 3, 10, 40):
        for end in (files(0, 4), files(HOST, 4), leave(0), leave(HOST),
                    cut() + files(0, 4), cut() + files(HOST, 4),
                    files(HOST, 2) + files(0, 1, 99) + files(HOST, 4) +
                    run + files(HOST, 2), start_with(HOST, FILE_FULL) +
                    files(0, 1, 9), connect(1), restart(0, 0) + connect(),
                    start_with(0, SUPER_BUSY) + files(0, 4) + wait(999) +
                    start_with(0, SUPER_BUSY, 0), still() + wait(999) +
                    still() + wait(99), ask(0, 0), say(0, 60000) * 17):
            yield (f"moves{n}-{end.hex()[:20]}", b"\0" + run + move + files(
                0, 1, n) + end + files(0, 1, 90) + run + wait(300) + connect(
                    ) + run + files(0, 1, 200) + wait(1000))
    # Empty ones are taken when they are kept.
    for n in range(1, 9):
        kept = files(HOST, 0, 9) + run + files(0, 3) + files(0, 1, n)
        yield f"stored{n}", b"\0" + run + kept + still() + files(
            0, 1, 2) + sibling(0, "FILE", "FILE_STORED", u32(2) + u64(9))
        yield f"stored-late{n}", b"\0" + run + kept + sibling(
            0, "FILE", "FILE_STORED", u32(2) + u64(9))
        yield (f"taken-late{n}", b"\0" + run + files(HOST, 0, 200, 8) + run +
               still() + files(0, 3) + files(0, 1, n) + cut() + still() +
               connect() + run + files(0, 1, 90))
    empty = files(0, 0, 0) + run + sibling(
        HOST, "SUPER", "FILE_TAKE", u32(1))
    yield "empty-lost", b"\0" + run + empty + cut() + connect() + run
    yield "empty-stop", b"\0" + run + empty + start_with(
        HOST, SUPER_BUSY) + sibling(
            HOST, "SUPER", "FILE_STOP", u32(1) + b"\2") * 2 + run
    busy = start_with(HOST, SUPER_BUSY)
    for i, end in enumerate((files(0, 4), leave(HOST), leave(0), files(
            HOST, 4), restart(0, 0) + connect())):
        yield f"busy-offer{i}", b"\0" + run + busy + files(
            0, 0, 9) + run + end + say(0, 3) + run
        yield (f"busy-done{i}", b"\0" + run + files(0, 0, 9) + run + files(
            HOST, 3) + busy + files(0, 1, 20) + end + say(0, 3) + run)
        yield (f"busy-stopped{i}", b"\0" + run + files(0, 0, 9) + run + busy +
               files(0, 4) + run + files(0, 0, 9) + end + say(0, 3) + run)
    yield "wants", b"\0" + run + files(0, 2) + move + run + (
        cut() + connect() + run) * 5 + files(0, 2) + files(0, 1, 50)
    yield "cancelled-held", b"\0" + run + files(0, 2) + move + run + files(
        HOST, 4) + run + files(0, 2) + files(0, 1, 50)
    yield "leaves-files", b"\0" + run + move + still() + say(
        HOST, 1) * 30 + leave(HOST) + files(0, 1, 5) + still() + run
    yield "place", b"\0" + run + files(HOST, 0, 255, 15) + run + files(
        0, 2) + files(0, 3) + files(0, 1, 250) + b"".join(
            forged_long(HOST, DATA, PLACE, 65000) + run for _ in range(18))
    yield "place-short", b"\0" + run + files(0, 2) + files(
        HOST, 2) + files(HOST, 0, 9) + run + files(0, 3) + run + frame(
            HOST, DATA, b"x" * 99, PLACE) + run
    yield "notes", b"\0" + run + b"".join(frame(
        HOST, OFFER, u64(n) + u32(2 * n) + u64(9) + b"\1n", ACK_NONE) +
        step() + (sibling(0, "SUPER", "FILE_STOP", u32(2 * n) + b"\1")
                  if n < 66 else b"") + lose(0)
        for n in range(1, 70)) + b"".join(
        sibling(0, "SUPER", name, body) for name, body in (
            ("FILE_TAKE", u32(134)), ("FILE_OFFER", u32(1) + u64(9) +
                                      str8("n"))))
    yield "notes-own", b"\0" + run + files(0, 0, 9) + run + b"".join(frame(
        HOST, OFFER, u64(n) + u32(2 * n) + u64(9) + b"\1n", ACK_NONE) +
        step() + sibling(0, "SUPER", "FILE_STOP", u32(2 * n) + b"\1") +
        lose(0) for n in range(1, 68)) + sibling(
            0, "SUPER", "FILE_STOP", u32(1) + b"\2")
    yield "file-slow", b"\0" + run + move + b"".join(
        still() + files(0, 1, 4) + wait(60) + still() + files(0, 1, 2)
        for _ in range(30)) + files(0, 1, 250)
    yield "file-quick", b"\0" + run + files(0, 0, 255, 15) + run + files(
        HOST, 3) + b"".join(files(0, 1, 1) + wait(1) for _ in range(40))
    yield "file-busy", b"\0" + run + start_with(HOST, SUPER_BUSY) + files(
        0, 0, 9) + run + files(0, 4) + run + start_with(
            HOST, SUPER_BUSY, 0) + run
    # What the peer may not say of files.  The host's first file has number
    # 2, the joiner's 1; the host forges.
    mine, theirs = u32(2), u32(1)
    begun = {
        "none": b"",
        "asked": files(HOST, 0, 200, 8) + files(0, 0, 200, 8) + run,
        "open": files(HOST, 0, 200, 8) + files(0, 0, 200, 8) + run + files(
            0, 3, 0) + files(0, 3, 1) + files(HOST, 3, 0) + files(
                HOST, 3, 1) + files(0, 1, 2),
        "held": files(HOST, 0, 200, 8) + files(0, 0, 200, 8) + run + files(
            0, 2) + files(HOST, 2) + files(0, 3, 0) + files(
                0, 3, 1) + files(HOST, 3, 0) + files(HOST, 3, 1) + run,
        "over": files(HOST, 0, 9) + files(0, 0, 9) + run + files(
            0, 4, 0) + files(0, 4, 1) + run,
        "kept": files(HOST, 0, 9) + files(0, 0, 9) + run + files(
            0, 3, 0) + files(0, 3, 1) + files(HOST, 3, 0) + files(
                HOST, 3, 1) + files(0, 1, 40)}
    for state, before in begun.items():
        for fid, whose in ((mine, "mine"), (theirs, "theirs"),
                           (u32(8), "new"), (u32(9), "never"),
                           (u32(1 << 31), "far"), (u32(0), "zero")):
            for kind, bodies in (
                    (OFFER, (fid + u64(9) + b"\1n", fid + u64(1 << 63) +
                             b"\1n", fid + u64(9) + b"\1\xff",
                             fid + u64(9) + b"\5n")),
                    (ACCEPTED, (fid + u64(0), fid + u64(9),
                                fid + u64(1 << 40), fid)),
                    (CANCEL, tuple(fid + u8(n) for n in range(1, 9)) + (
                        fid,)),
                    (FILE_END, (fid + u64(9), fid + u64(200 << 8), fid))):
                for i, body in enumerate(bodies):
                    yield (f"says-{state}-{whose}-{kind:x}{i}", b"\0" + run +
                           before + frame(HOST, kind, body, NUMBER) + run)
            for i, body in enumerate((
                    fid + u64(0) + b"data", fid + u64(0) + bytes(240),
                    fid + u64(7) + b"data", fid + u64(9) + b"x",
                    fid + u64(0) + b"x" * 9, fid)):
                yield (f"data-{state}-{whose}{i}", b"\0" + run + before +
                       frame(HOST, DATA, body) + run)
            for i, at in enumerate((0, 9, 200 << 8, 1 << 40)):
                yield (f"ack-{state}-{whose}{i}", b"\0" + run + before +
                       frame(HOST, FILE_ACK, fid + u64(at)) + run)
        for i, body in enumerate((mine + u64(0), mine + u64(1 << 40),
                                  theirs + u64(0), theirs + u64(0) + b"x",
                                  u32(77) + u64(0))):
            if len(body) > 12:
                yield f"chunk-{state}{i}", b"\0" + run + before + sibling(
                    0, "FILE", "FILE_CHUNK", body) + run
                continue
            for name in ("FILE_STORED", "FILE_CHUNK", "FILE_CHUNK"):
                yield (f"disk-{state}-{name}{i}", b"\0" + run + before +
                       sibling(0, "FILE", name, body) + run)
        for fid in (0, 1, 2, 3, 4, 5):
            for name, body in (("FILE_TAKE", b""), ("FILE_KEPT", b""),
                               ("FILE_STOP", b"\1"),
                               ("FILE_OFFER", u64(9) + str8("n")),
                               ("FILE_OFFER", u64(9) + str8(b"\xff")),
                               ("FILE_OFFER", u64(9) + b"\x40n")):
                yield (f"asks-{state}-{name}{len(body)}{body[-1:].hex()}"
                       f"-{fid}", b"\0" + run + before + sibling(
                           0, "SUPER", name, u32(fid) + body) + run)
        yield f"bulk-{state}", b"\0" + run + before + sibling(
            0, "NET", "BULK_CREDIT", u32(1) + u32(9))
    for when, before in (("early", b""), ("lost", run + cut()),
                         ("leaving", run + still() + leave(0))):
        yield f"offers-{when}", b"\0" + before + sibling(
            0, "SUPER", "FILE_OFFER", u32(1) + u64(9) + str8("n"))
    yield "offers-17", b"\0" + run + b"".join(sibling(
        0, "SUPER", "FILE_OFFER", u32(2 * n + 1) + u64(9) + str8("n"))
        for n in range(17))
    yield "stops-many", b"\0" + run + still() + b"".join(
        sibling(0, "SUPER", "FILE_OFFER", u32(2 * n + 1) + u64(9) +
                str8("n")) + sibling(0, "SUPER", "FILE_STOP", u32(
                    2 * n + 1) + b"\2") for n in range(70))
    yield "offers-many", b"\0" + run + b"".join(frame(
        HOST, OFFER, u32(2 * n) + u64(9) + b"\1n", NUMBER, min(n - 1, 3))
        for n in range(1, 5)) + run
    yield "peer-offers-17", b"\0" + run + files(HOST, 0, 9) * 16 + run + (
        frame(HOST, OFFER, u32(90) + u64(9) + b"\1n", NUMBER)) + run


def engine_seeds():
    for part in (chats, identities, doors, opens, frames, long_ones,
                 siblings, file_stories):
        yield from part()


# ---- what a captured sibling writes --------------------------------------

def record(link, how, name, body):
    number = {r[0]: r[1] for r in ROWS}.get(name, 0)
    body = u16(number) + body
    return u8(link) + u8(how | 1) + u16(len(body)) + body


def crypto_start(role, mode, suite, source):
    return record(0, 0, "CRYPTO_START", u8(role) + u8(mode) + u8(suite) + u8(
        source) + u8(0) + u32(5) + u32(6) + str8("bob"))


def secret(how, data):
    return u8(0) + u8(how) + u16(len(data)) + data


def ipc_seeds():
    key = b"A" * 43 + b"="
    read = record(0, 0, "READ_SECRET", b"")
    for mode in (0, 1, 2, 3, 4, 9):
        for source in range(7):
            yield (f"start{mode}-{source}", b"\2" + crypto_start(
                1, mode, 1, source) + read * 2)
    yield "start-role", b"\2" + crypto_start(2, 2, 1, 1)
    yield "start-suite", b"\2" + crypto_start(1, 2, 3, 1)
    yield "start-pq", b"\2" + crypto_start(1, 2, 2, 1)
    yield "start-no-suite", b"\2" + crypto_start(1, 2, 0, 1)
    yield "start-early", b"\2" + secret(2, key) + read
    for i, data in enumerate((key, key + b"\n", b"short", b"")):
        yield f"key{i}", b"\2" + crypto_start(1, 2, 1, 1) + secret(
            2, data) + secret(2, b"")
        yield (f"identity{i}", b"\2" + crypto_start(1, 3, 1, 5) + read * (
            i == 2) + secret(4, data) + secret(4, b"") + record(
                0, 0, "PEER_KNOWN", b"\1" + bytes(32) + str8("eve")) + read)
    for mode in (1, 4):
        for source in (2, 3, 4):
            for i, line in enumerate((
                    b"lusab-babad\n", b"wrong\n", b"\n", b"x" * 1030,
                    b"a passphrase\n", b"\xff\n", b"p\n")):
                yield (f"line{mode}-{source}-{i}", b"\2" + crypto_start(
                    1, mode, 1, source) + secret(4, key) + secret(
                        4, b"") + read + secret(2, line) + secret(
                            2, b"") + read)
    yield ("people", b"\2" + crypto_start(1, 3, 1, 5) + secret(
        4, key) + secret(4, b"") + b"".join(record(
            0, 0, "PEER_KNOWN", b"\0" + u16(n) + bytes(30) + str8("n"))
            for n in range(258)))
    yield "people-key", b"\2" + crypto_start(1, 2, 1, 1) + record(
        0, 0, "PEER_KNOWN", b"\0" + bytes(32) + str8("n"))
    # Every row at both ends of every link, with and without descriptors.
    for way in (8, 16):
        for fds in range(4):
            for end in (0, 0x80):
                for link in range(9):
                    yield (f"way{way}-{fds}-{end}-{link}", b"\0" + b"".join(
                        record(link, way | fds << 5 | end, r[0], b"")
                        for r in ROWS[::5]) if way == 16 else b"\0" + record(
                            link, way | fds << 5 | end, ROWS[-1][0], b""))
        for name, size in (("NET_LISTENER", 0), ("DIAL_OK", 2),
                           ("CONN_OPEN", 7), ("FRAME_IN", 70000),
                           ("NOSUCH", 0), ("CODE", 90)):
            for fds in range(4):
                for link in (0, 1, 3, 7):
                    for end in (0, 0x80):
                        yield (f"size{way}-{name}-{fds}-{link}-{end}",
                               b"\0" + record(link, way | fds << 5 | end,
                                              name, bytes(min(
                                                  size, 60000))))
        yield f"header{way}", b"\0" + b"".join(
            u8(0) + u8(way | fds << 5) + u16(len(data)) + data
            for fds in range(4) for data in (
                b"x", u32(8) + u16(1) + u16(1), u32(9) + u16(1) + u16(0)))
    for body in (b"x", u32(8) + u16(1) + u16(1), u32(9) + u16(1) + u16(0)):
        yield f"head-{body.hex()}", b"\0\0\0" + u16(len(body)) + body
    for name, link in (("READY", 0), ("FRAME_IN", 0), ("TEXT", 1),
                       ("CREDIT", 2), ("NET_LISTENER", 0)):
        yield f"wrong-{name}", b"\1" + record(link, 0, name, b"")


# ---- handshakes, frames, secrets -----------------------------------------

def hello_seeds():
    rids = b"\6" + bytes(15) + b"\x08" + bytes(15)
    for bits in range(256):
        mode = (0, 1, 2, 3, 4, 5, 16, 16)[bits >> 1 & 7]
        for sel in (0, 1, 2):
            yield (f"how{bits}-{sel}", u8(bits) + hello(
                mode, 1 + (bits >> 7), sel=sel) + rids + bytes(range(200)))
    yield "other-rids", b"\x8d"[:0] + u8(13) + hello(16) + rids[16:] + (
        rids[:16]) + bytes(99)
    yield "no-rids", u8(13) + hello(16) + bytes(99)


def frame_seeds():
    yield "too-long", b"\x10" + b"x" * 66000
    for kind in range(0x28):
        yield f"kind{kind:02x}", u8(kind) + u64(1) + b"rest"
    for size in (272, 1040, 4112, 16400, 65535):
        yield f"sealed{size}", bytes(size)


def secrets_seeds():
    key = b"A" * 43 + b"="
    yield "padded", b"A" * 42 + b"=="
    for end in (b"\n", b"\r\n", b"\rx", b"x", b"\n\n", b"\r\n\n"):
        yield "key" + end.hex(), key + end


SEEDS = {"engine": engine_seeds, "ipc": ipc_seeds, "hello": hello_seeds,
         "frame": frame_seeds, "secrets": secrets_seeds}
