"""Inputs for the fuzzer of the supervisor: what happens at the very moment
when it counts.  Somebody hangs up behind their last words, two die at once,
somebody comes before they are expected, or nobody reads.
"""
from acts import END, FULL, MESSAGE, End, act, at_once, later, own, str8
from acts import u8, u16, u32, u64
from chats import (ACCEPT, CRYPTO, DIAL, FILE, HOST, ID, IDLE, JOINER, JSON,
                   KEEP, KEY, MAKE, NET, PASS, PHRASE, PRICE, PRICE_DIAL,
                   PRICES, SCRIPT, SUPER_LINKS, TTY, VERBOSE, WAIT, WAIT_MS,
                   ask, begun, chat, crypto_end, dial_failed, met, of_file,
                   offered, other, ready, session, state, stderr, tick,
                   worker)
import texts

# Where props are (prepare in super.c).
SIGNALS, TERMINAL, LOG, STDERR = 1, 2, 3, 4
INT, TERM, HUP, STOP, GO_ON = range(5)
NO_TERMINAL, OTHER_WORKER, V6, NEW_TOO = 8, 16, 32, 64


def says(which, name, body=b""):
    """At this moment, without any time for others before it."""
    return own(16 + MESSAGE, u8(which) + End(0, *SUPER_LINKS[which]).body(
        name, body))


def says_ready(which):
    return says(which, "READY", u32(0xff) + u32(0x100) + u8(0))


def hangs_up(which):
    return own(16 + END, u8(which) + u8(0))


def reads_nothing(which, times=250):
    return own(16 + FULL, u8(which) + u8(times))


def killed(which, by=0):
    return own(0, u8(which + 8 * by))


def left(which, status=0):
    return own(1, u8(which + 8 * status))


def stopped(which):
    return own(2, u8(which + 32))


def goes_on(which):
    return own(3, u8(which))


def held(which, by=1):
    """A debugger has it, or lets it go."""
    return own(22, u8(which if by else which + 8))


def signal(n):
    return own(4, u8(n))


def two_signals(a, b):
    return own(23, u8(a + 5 * b))


def info(caps=127, key=0):
    return worker(CRYPTO, "CRYPTO_INFO", u32(caps) + u8(1) + u8(key) + bytes(
        40) + str8("1.0.18"))


def many(story, n):
    """So often, in as few waits as can be."""
    return at_once(*[story] * 15) * (n // 15)


def unread(which, story, n=600):
    """Their queue gets full of answers, since they read none."""
    return b"".join(reads_nothing(which) + many(story, 15) + tick()
                    for _ in range(n // 15))


# What its front end is told each time.
CALLED = says(CRYPTO, "SESSION", u8(4) + u32(23))


def early(row=KEY, options=0, role=JOINER, more=0, bits=0):
    """Crypto is there and has what it needs; nobody else is."""
    out = u8(ACCEPT | options | role) + u8(row | bits) + u8(more) + ready(
        CRYPTO) + info(key=row == KEY)
    return out if row == KEY else out + worker(
        CRYPTO, "SECRET_READ", u16(0) + u8(0))


def others(ui=SCRIPT):
    return ready(NET) + ready(ui) + ready(DIAL)


def dial_ok():
    return worker(DIAL, "DIAL_OK", str8("h:1") + str8(""))


def call_moments():
    # Nobody has asked it to wait, and it is lost before it was made.
    for options in (0, WAIT, WAIT | WAIT_MS):
        for event in (3, 4):
            yield f"lost-early{options}-{event}", early(
                options=options) + session(event, 23) + others(
                    ) + dial_failed(23, 111) + tick(70000) + crypto_end()
            yield f"lost-first{options}-{event}", begun(
                options=options) + session(event, 23) + tick(1500) + left(
                    DIAL) + dial_failed(23, 111) + tick(70000) + crypto_end()
            yield f"never-first{options}-{event}", begun(
                options=options) + session(event, 23) + tick(1500) + left(
                    DIAL) + ready(DIAL) + dial_ok() + tick(
                        70000) + crypto_end()
        for err in (23, 24, 21):
            yield f"patient{options}-{err}", early(
                options=options) + others() + worker(
                    DIAL, "DIAL_FAILED", u16(err) + u32(111) + u8(
                        0) + str8("")) + tick(1100) + left(DIAL) + (
                            dial_failed(err, 111) + left(DIAL) + tick(
                                2100)) * 3 + ready(DIAL) + dial_ok(
                                    ) + tick(40000) + crypto_end()
        yield f"call-lasts{options}", early(options=options) + others(
            ) + worker(DIAL, "DIAL_FAILED", u16(23) + u32(111) + u8(
                0) + str8("")) + tick(1100) + left(DIAL) + ready(
                    DIAL) + tick(35000) + IDLE * 30 + tick() + crypto_end()
        yield f"dial-dies{options}", early(options=options) + others(
            ) + killed(DIAL) + tick(1100) + crypto_end()
        yield f"dial-gone{options}", early(options=options) + others(
            )[:-13] + left(DIAL) + tick(1100) + crypto_end()
        yield f"no-dial{options}", early(options=options) + ready(
            NET) + IDLE + at_once(says_ready(SCRIPT), other(12, 1)) + tick(
                1100) + crypto_end()
    for role in (HOST, JOINER):
        for options in (0, WAIT):
            story = early(role=role, options=options) + others()
            yield f"silent-dial{role}-{options}", story + tick(
                61000) + tick() + crypto_end()
            yield f"held-dial{role}-{options}", story + held(DIAL) + tick(
                61000) + tick(2100) + tick(9000) + held(
                    DIAL, 0) + tick() + crypto_end()
            yield f"stopped-dial{role}-{options}", story + stopped(
                DIAL) + tick(1000) + goes_on(DIAL) + dial_ok() + stopped(
                    DIAL) + goes_on(DIAL) + crypto_end()
            start = early(role=role, options=options) + ready(NET) + ready(
                SCRIPT)
            yield f"slow-dial{role}-{options}", start + held(DIAL) + tick(
                21000) + tick(3000) + held(DIAL, 0) + tick() + crypto_end()
            yield f"stops-dial{role}-{options}", start + stopped(
                DIAL) + tick(9000) + goes_on(DIAL) + others(
                    )[-13:] + tick() + crypto_end()
            yield f"no-more-dial{role}-{options}", start + IDLE + at_once(
                says_ready(DIAL), hangs_up(DIAL)) + tick(
                    3000) + crypto_end()
            yield f"over-dial{role}-{options}", start + worker(
                CRYPTO, "CRYPTO_END", u16(0) + u32(0) + u8(0)) + tick()
    yield "unix", early(more=16) + others() + dial_ok() + crypto_end()
    for errno in (1, 73, 81):
        yield f"said{errno}", early() + others() + worker(
            DIAL, "DIAL_FAILED", u16(23) + u32(errno) + u8(0) + str8(""))
    yield "silent-again", chat() + session(3, 600000) + tick(1100) + left(
        DIAL) + ready(DIAL) + tick(61000) + tick() + crypto_end()
    # The front end reads nothing, not even that it is called again.
    yield "unread-calls", chat() + unread(SCRIPT, CALLED) + tick(
        5000) + crypto_end()


def stop_moments():
    for w in (CRYPTO, NET, SCRIPT, TTY, DIAL):
        ui = TTY if w == TTY else SCRIPT
        story = early(KEY, 0, JOINER, 32 if ui == TTY else 0)
        for before in (u8(ACCEPT) + u8(KEY) + u8(
                32 if ui == TTY else 0), story, story + ready(NET), story +
                       ready(NET) + ready(ui)):
            yield f"stops-early{w}-{len(before)}", before + IDLE + stopped(
                w) + tick(9000) + goes_on(w) + tick(21000) + crypto_end()
    for how in (b"", act(TERMINAL, FULL) + u8(250), at_once(
            act(TERMINAL, FULL) + u8(250), act(TERMINAL, END) + u8(1))):
        yield f"stopped-screen{len(how)}", chat(ui=TTY) + how + stopped(
            TTY) + tick(3000) + goes_on(TTY) + tick() + crypto_end()
    # Ctrl-Z: no front end any more, no shell, a shell that ends the job.
    suspend = says(TTY, "UI_SUSPEND")
    for shell in range(4):
        story = chat(ui=TTY, other=other(5, shell))
        yield f"suspend-gone{shell}", story + at_once(
            suspend, hangs_up(TTY)) + tick() + crypto_end()
        yield f"stop-gone{shell}", story + at_once(
            signal(STOP), hangs_up(TTY)) + tick() + crypto_end()
        for n, first in enumerate((
                goes_on(NET), two_signals(GO_ON, TERM), two_signals(
                    GO_ON, GO_ON), signal(TERM), signal(STOP))):
            yield f"suspend-{shell}-{n}", story + at_once(
                goes_on(NET), first, suspend) + tick() + crypto_end()
            yield f"suspend-late-{shell}-{n}", story + at_once(
                goes_on(NET), goes_on(NET), first, suspend) + tick(
                    ) + crypto_end()
        for n, one in enumerate((suspend, signal(STOP), signal(GO_ON))):
            yield f"unread-stop{shell}-{n}", story + unread(TTY, CALLED) + (
                reads_nothing(TTY) + tick() + one) * 60 + crypto_end()
    for bits in (0, 2):
        yield f"stop-typing{bits}", u8(ACCEPT) + u8(PHRASE) + u8(0) + other(
            15, bits) + ready(CRYPTO) + info() + IDLE + signal(
                STOP) + tick() + worker(
                    CRYPTO, "SECRET_READ", u16(0) + u8(0)) + tick()
    yield "stop-anew", chat(HOST, KEY, KEEP, 0, TTY) + crypto_end(
        ) + b"".join(left(p) for p in range(6)) + tick() + ready(
            CRYPTO) + signal(STOP) + tick() + signal(GO_ON) + tick(
                ) + info(key=1) + crypto_end()


def end_moments():
    for ui in (SCRIPT, TTY):
        for role in (HOST, JOINER):
            story = chat(role, ui=ui, options=VERBOSE)
            for a in (CRYPTO, NET, ui):
                for b in (CRYPTO, NET, ui):
                    for by in (0, 5):
                        yield f"both-die{ui}-{role}-{a}-{b}-{by}", story + (
                            at_once(killed(a, by), killed(b))) + tick(
                                3000) + crypto_end()
                    yield f"both-end{ui}-{role}-{a}-{b}", story + at_once(
                        left(a, 3), killed(b)) + tick(3000) + crypto_end()
                    yield f"gone-twice{ui}-{role}-{a}-{b}", story + at_once(
                        left(a, 3), left(b, 2)) + tick(3000) + crypto_end()
            for code in (0, 10, 25):
                yield f"front-knows{ui}-{role}-{code}", story + crypto_end(
                    code) + left(ui, 6) + tick(3000)
                yield f"front-counts{ui}-{role}-{code}", story + crypto_end(
                    code) + worker(ui, "UI_QUIT", u8(1) + u32(2)) + left(
                        ui, 6) + tick(3000)
                yield f"front-adds{ui}-{role}-{code}", story + crypto_end(
                    code) + worker(ui, "UI_QUIT", u8(1) + u32(2)) + left(
                        ui) + tick(3000)
            yield f"crypto-mute{ui}-{role}", story + at_once(hangs_up(
                CRYPTO), signal(TERM)) + tick(9000)
            yield f"held-end{ui}-{role}", story + b"".join(
                held(p) for p in range(8)) + crypto_end() + tick(3000) * 4
            yield f"held-hung{ui}-{role}", story + held(NET) + hangs_up(
                NET) + tick(2100) + tick(2100) + tick(9000) + crypto_end()
    for w, name in enumerate((b"crypto", b"net", b"dial", b"tty", b"script")):
        ui = TTY if w == TTY else SCRIPT
        for options in (0, JSON, VERBOSE):
            yield f"own-name{w}-{options}", chat(
                ui=ui, options=options) + stderr(
                    w, b"secchat-" + name + b":x\nsecchat-" + name +
                    b": y\nsecchat-" + name + b"z\n\x1b\n") + tick(
                        ) + crypto_end()


def secret_moments():
    again = worker(CRYPTO, "SECRET_READ", u16(16) + u8(0)) + IDLE
    gone = left(CRYPTO) + tick()
    for row in (PASS, PHRASE):
        for bits in (0, NO_TERMINAL, OTHER_WORKER):
            start = u8(ACCEPT) + u8(row | bits) + u8(128)
            more = ready(CRYPTO) + info()
            yield f"again{row}-{bits}", start + (more + again + gone) * 4
            yield f"no-again{row}-{bits}", start + more + IDLE + at_once(
                says(CRYPTO, "SECRET_READ", u16(16) + u8(0)), other(
                    12, 1)) + gone + tick()
            read = worker(CRYPTO, "SECRET_READ", u16(0) + u8(0))
            for end in range(28, 48):
                wrong = start + more + read + others() + dial_ok(
                    ) + crypto_end(end) + b"".join(
                        left(p) for p in range(6)) + tick(3000) + more
                for err in (16, 20):
                    yield f"retries{row}-{bits}-{end}-{err}", (
                        wrong + worker(CRYPTO, "SECRET_READ", u16(err) + u8(
                            0)) + gone + more)
    for row in (MAKE, ID):
        for bits in (0, NO_TERMINAL, NEW_TOO, OTHER_WORKER):
            yield f"started{row}-{bits}", early(
                row, bits=bits, role=HOST) + others() + dial_ok() + killed(
                    CRYPTO, 0)
    for caps in (0, 127 - 32, 127):
        yield f"caps{caps}", u8(ACCEPT) + u8(KEY) + u8(1) + ready(
            CRYPTO) + info(caps, 1) + tick()


def known_moments():
    start = u8(ACCEPT) + u8(ID) + u8(0)
    full = reads_nothing(CRYPTO) + tick()
    for n, end in enumerate((b"", killed(CRYPTO), hangs_up(CRYPTO), signal(
            TERM), left(NET), b"".join(reads_nothing(CRYPTO) for _ in range(
                9)), tick(3000))):
        for more in (0, 4):
            yield f"crowd-unread{n}-{more}", u8(ACCEPT) + u8(ID) + u8(
                more) + ready(CRYPTO) + other(13, 8 + 16) + full + info(
                    ) + tick() + end + tick() + worker(
                        CRYPTO, "SECRET_READ", u16(0) + u8(0)) + tick()
    for bits in (0, V6):
        story = early(ID, bits=bits)
        for what in (1, 2, 3):
            yield f"met-early{bits}-{what}", story + met(
                what) + others() + met(what) + tick() + crypto_end()
            yield f"met-new{bits}-{what}", story + other(13, 1) + met(
                what) + others() + other(13, 1) + met(what) + tick(
                    ) + crypto_end()
            yield f"met-late{bits}-{what}", story + others() + dial_ok(
                ) + session(1) + killed(NET) + other(13, 1) + met(
                    what) + other(13, 1) + met(what) + tick(9000)
            yield f"met-crowd{bits}-{what}", story + others() + dial_ok(
                ) + other(13, 1) + other(13, 2 + 8) + met(what) + tick(
                    ) + crypto_end()
            yield f"met-unread{bits}-{what}", story + others() + dial_ok(
                ) + unread(SCRIPT, CALLED) + other(13, 1) + met(
                    what) + crypto_end()
        for n in (20, 30, 40, 60):
            yield f"met-nobody{bits}-{n}", early(
                ID, bits=bits, more=32) + others(TTY) + dial_ok() + unread(
                    TTY, CALLED) + (reads_nothing(TTY) + tick() + signal(
                        GO_ON)) * n + other(13, 1) + reads_nothing(
                            TTY) + met(2) + crypto_end()
    yield "verified-from", start + other(13, 16) + ready(CRYPTO) + info(
        ) + tick()


def price_moments():
    want = ask(SCRIPT, "UI_ASK_PRICES", u8(2))
    dial = ready(PRICE_DIAL)
    there = dial + worker(PRICE_DIAL, "DIAL_OK", str8("h:1") + str8(""))
    good = worker(PRICE, "PRICE_ANSWER", texts.price_answer())
    gone = left(PRICE) + left(PRICE_DIAL) + tick()
    yield "prices-early", early(options=PRICES) + session(1) + tick() + (
        dial + killed(PRICE_DIAL) + tick(999)) * 9 + others()
    for bits in (1, 2, 4):
        yield f"no-price{bits}", chat() + want + dial + IDLE + at_once(
            says(PRICE_DIAL, "DIAL_OK", str8("h:1") + str8("")), other(
                12, bits)) + tick(9000) + crypto_end()
    for ms in (9000, 10500, 11000, 12500):
        yield f"price-late{ms}", chat() + want + there + tick(
            ms) + ready(PRICE) + tick() + good + gone + crypto_end()
        yield f"price-held{ms}", chat() + want + there + held(PRICE) + tick(
            ms) + ready(PRICE) + tick() + good + left(PRICE_DIAL) + tick(
                3000) + left(PRICE) + tick(9000) + held(
                    PRICE, 0) + tick() + crypto_end()
    yield "price-unread", chat() + unread(
        SCRIPT, CALLED) + reads_nothing(SCRIPT) + want + there + ready(
            PRICE) + reads_nothing(SCRIPT) + good + reads_nothing(
                SCRIPT) + gone + tick(9000) + crypto_end()
    want_ = ask(TTY, "UI_ASK_PRICES", u8(2))
    for n in (20, 60):
        yield f"price-nobody{n}", chat(ui=TTY) + unread(TTY, CALLED) + (
            reads_nothing(TTY) + tick() + signal(GO_ON)) * n + (
                reads_nothing(TTY) + want_ + there + reads_nothing(
                    TTY) + ready(PRICE) + good + gone + tick(
                        9000)) + crypto_end()
    yield "price-stays", chat() + want + there + ready(PRICE) + good + left(
        PRICE_DIAL) + tick() + left(PRICE) + tick() + crypto_end()
    for w in (PRICE_DIAL, PRICE):
        yield f"price-stops{w}", chat() + want + (there if w == PRICE
                                                  else b"") + stopped(
            w) + tick() + goes_on(w) + tick() + there + gone + crypto_end()
    for status, http in ((1, 429), (2, 503), (2, 404), (3, 200), (9, 0)):
        yield f"other-provider{status}-{http}", chat(other=other(
            14, 4)) + (want + there + ready(PRICE) + worker(
                PRICE, "PRICE_ANSWER", texts.price_answer(
                    status, http, (texts.FREE,) * 4, 30)) + gone + tick(
                        61000)) * 5 + crypto_end()


def file_moments():
    def send(n, path=b"/x"):
        return ask(SCRIPT, "UI_FILE_SEND", u32(n) + path)

    def stop(n, why):
        return says(SCRIPT, "UI_FILE_STOP", u32(n) + u8(why))

    there = other(5, 0x40)
    one = chat(other=there) + send(1) + tick() + ready(FILE) + tick()
    take = offered(2) + tick() + ask(SCRIPT, "UI_FILE_ACCEPT", u32(2))
    comes = chat() + take + tick() + ready(FILE) + tick() + of_file(
        "FILE_HAVE", 2) + state(2, 3, 0, 5) + tick()
    for name in ("FILE_HAVE", "FILE_WRITTEN", "FILE_FAILED"):
        yield f"not-given-{name}", one + offered(2) + tick() + of_file(
            name, 2, u8(2) + u32(0) if name == "FILE_FAILED" else b"")
    yield "too-large", comes + of_file("FILE_FAILED", 2, u8(5) + u32(
        27)) + tick() + crypto_end()
    yield "both-fail", comes + send(1) + tick() + of_file(
        "FILE_HAVE", 1) + state(1, 3, 0, 0) + tick() + crypto_end(10)
    yield "rows", chat(other=there) + send(1) + send(2) + ready(
        FILE) + tick() + IDLE + stop(1, 2) + tick() + send(3) + send(
            4) + tick() + crypto_end()
    for end in (hangs_up(CRYPTO), says(CRYPTO, "CRYPTO_END", u16(0) + u32(
            0) + u8(0)), killed(CRYPTO)):
        for story, n, why in ((chat() + offered(2), 2, 1), (one + of_file(
                "FILE_HAVE", 1), 1, 2)):
            yield f"stop-{n}-{end.hex()[:20]}", story + tick() + at_once(
                stop(n, why), end) + tick(3000) + crypto_end()
    yield "offered-early", early() + session(1) + offered(2) + others(
        ) + dial_ok() + tick() + crypto_end()
    yield "offered-only", early() + session(1) + offered(2) + crypto_end()
    yield "offered-again", chat(HOST, KEY, KEEP) + crypto_end() + b"".join(
        left(p) for p in range(6)) + tick() + ready(CRYPTO) + info(
            key=1) + session(1) + offered(1) + tick() + crypto_end()
    yield "offered-none", chat() + offered(0)
    yield "full-table", chat() + unread(SCRIPT, stop(99, 1)) + send(
        1) + offered(2) + tick() + crypto_end()
    yield "full-crypto", chat() + unread(CRYPTO, says(
        CRYPTO, "FILE_OFFERED", u32(2) + u64(9) + str8("x")), 15)
    most = b"".join(says(CRYPTO, "FILE_OFFERED", u32(2 * n) + u64(
        9) + str8("x")) for n in range(1, 16))
    much = b"".join(reads_nothing(CRYPTO) + at_once(*[says(
        CRYPTO, "FILE_OFFERED", u32(2 * n + 1000) + u64(9) + str8(
            "x")) for n in range(15 * k, 15 * k + 15)]) + tick()
                    for k in range(100))
    yield "unread-offers", chat(other=there) + most + much + IDLE + stop(
        2, 1) + send(1) + tick() + ready(FILE) + tick() + of_file(
            "FILE_HAVE", 1) + IDLE + stop(1, 2) + tick() + crypto_end()
    for bits in (16, 16 + 32, 16 + 64, 64, 128):
        for size in (9, 5000, 1 << 40, 1 << 62):
            yield f"room{bits}-{size}", chat(other=other(15, bits)) + take + (
                offered(4, size)) + tick() + ask(
                    SCRIPT, "UI_FILE_ACCEPT", u32(4)) + tick() + crypto_end()
        yield f"no-disk{bits}", chat(other=other(15, bits) + other(
            5, 4)) + take + tick() + crypto_end()
        yield f"beside{bits}", chat(other=other(15, bits)) + other(
            14, 64) + send(1) + tick() + crypto_end()
    yield "late-send", chat() + killed(NET) + send(1) + tick()
    yield "slowest", chat() + offered(2, 1 << 62) + tick() + ask(
        SCRIPT, "UI_FILE_ACCEPT", u32(2)) + tick() + ready(
            FILE) + tick() + of_file("FILE_HAVE", 2) + state(
                2, 3, 0, 1) + tick(1000) + state(2, 3, 0, 3) + tick(
                    1000) + state(2, 3, 0, 6) + tick(1000) + crypto_end()
    for path in (b"", b"~/" + b"x" * 240, b"\xef\xbf\xbd", b"/\xef\xbf\xbd"):
        yield f"no-path{len(path)}", chat(other=other(5, 0x20)) + send(
            1, path) + tick() + crypto_end()
    for as_ in (b".", b"..", b".a"):
        yield f"as{len(as_)}", chat() + offered(2) + tick() + ask(
            SCRIPT, "UI_FILE_ACCEPT", u32(2) + as_) + tick() + crypto_end()
    for n, name in enumerate((
            b"a\x1cb", b"a" * 225 + b".tar.gz", b"a" * 200 + b"\xc3\xa9" * 20,
            b"e" + b"\xcc\x81" * 124, b"ab.txt", b"AZ09az_.-\xc3\xa9 x",
            b"a" * 120 + b".png", b"noend" * 30, b"a.tar.gz")):
        for bits in (0, 8):
            yield f"called{n}-{bits}", chat(other=other(15, bits)) + offered(
                2, 9, name[:240]) + tick() + ask(
                    SCRIPT, "UI_FILE_ACCEPT", u32(2)) + tick() + ready(
                        FILE) + tick() + of_file("FILE_HAVE", 2) + state(
                            2, 3, 0, 9) + tick() + of_file(
                                "FILE_WRITTEN", 2) + tick() + crypto_end()


def all_moments():
    for part in (call_moments, stop_moments, end_moments, secret_moments,
                 known_moments, price_moments, file_moments):
        yield from part()


SEEDS = {"super+": all_moments}
