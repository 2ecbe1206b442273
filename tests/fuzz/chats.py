"""Inputs for the fuzzer of the supervisor: what its workers tell it, how they
end, and what people and the system do meanwhile.
"""
import fronts
import texts
from acts import (END, FULL, LONG, MESSAGE, RECORD, TIME, End, act, later,
                  own, str8, u8, u16, u32, u64)

NASTY = fronts.NASTY
CRYPTO, NET, DIAL, TTY, SCRIPT, PRICE_DIAL, PRICE, FILE = range(8)
SUPER_LINKS = {
    CRYPTO: ("LINK_SUPER_CRYPTO", "CRYPTO"), NET: ("LINK_SUPER_NET", "NET"),
    DIAL: ("LINK_SUPER_DIAL", "DIAL"), TTY: ("LINK_SUPER_UI", "UI"),
    SCRIPT: ("LINK_SUPER_UI", "UI"), PRICE_DIAL: ("LINK_SUPER_DIAL", "DIAL"),
    PRICE: ("LINK_SUPER_PRICE", "PRICE"), FILE: ("LINK_SUPER_FILE", "FILE")}


# One act is done each time it waits, and it may wait several times before it
# has got so far that what comes next has somebody to come from.
IDLE = (act(0, TIME) + b"\0") * 5


def worker(which, name, body=b""):
    end = End(0, *SUPER_LINKS[which])
    return IDLE + own(16 + MESSAGE, u8(which) + end.body(name, body))


def ready(which):
    return worker(which, "READY", u32(0xff) + u32(0x100) + u8(0))


def stderr(which, words):
    return IDLE + own(24 + MESSAGE, u8(which) + str8(words))


def session(event, value=0):
    return worker(CRYPTO, "SESSION", u8(event) + u32(value))


def crypto_end(err=0, left=0, peer_left=1):
    return worker(CRYPTO, "CRYPTO_END", u16(err) + u32(left) + u8(peer_left))


def super_begin(options, row, more, has_key=0):
    out = u8(options) + u8(row) + u8(more) + ready(CRYPTO)
    return out + worker(CRYPTO, "CRYPTO_INFO", u32(127) + u8(1) +
                        u8(has_key) + bytes(40) + str8("1.0.18"))


def met(what, name="bob", claimed="Bob"):
    return worker(CRYPTO, "PEER_MET", u8(what) + u8(0) + b"\1" + bytes(31) +
                  b"S" * 50 + str8(name) + str8("S" * 50) + str8(claimed))


def super_chat(options, row, more, joiner, ui, key=0):
    out = super_begin(options, row, more, key)
    if row not in (3, 6):
        out += worker(CRYPTO, "SECRET_READ", u16(0) + u8(3))
    out += ready(NET) + ready(ui) + ready(DIAL)
    out += worker(DIAL, "DIAL_OK", str8("[::]:5000") + str8("192.0.2.1"))
    out += session(1)
    return out if joiner else out + worker(
        NET, "NET_COUNTERS", b"".join(u32(n) for n in range(5)))


def super_seeds():
    accept, verbose, json, keep, prices, wait = 128, 4, 2, 8, 64, 16
    for row in range(8):
        for role in (0, 1):
            yield (f"row{row}-{role}", super_chat(
                accept | role, row, 0, not role, SCRIPT, row in (3, 6)) +
                   (met(1 + role) + met(3) if row in (4, 5) else b"") +
                   worker(SCRIPT, "UI_NAME", b"carol") +
                   session(2, 1) + crypto_end(0, row))
    for i, what in enumerate((4, 5)):
        yield (f"refused{i}", super_chat(accept | i, 4, 0, not i, SCRIPT) +
               met(what) + crypto_end(0, 0) + later(100))
        yield (f"full{i}", super_chat(
            accept | i, 4 + i, 4, not i, SCRIPT) + own(5, u8(4)) + met(2) +
               met(3) + worker(SCRIPT, "UI_NAME", b"carol") + crypto_end())
    yield ("tty", super_chat(accept | 1, 0, 32, 0, TTY) +
           worker(TTY, "UI_SUSPEND") + own(4, u8(3)) + own(5, u8(1)) +
           worker(TTY, "UI_SUSPEND") + stderr(CRYPTO, b"\x1b[2Jwords\n") +
           worker(TTY, "UI_QUIT", u8(1) + u32(2)) + later(100) +
           crypto_end())
    yield ("redial", super_chat(accept | verbose, 3, 0, 1, SCRIPT, 1) +
           session(3, 600000) + later(2000) + own(1, u8(DIAL)) + ready(DIAL) +
           worker(DIAL, "DIAL_FAILED", u16(3) + u32(111) + u8(0) +
                  str8("192.0.2.1")) + worker(SCRIPT, "UI_REDIAL") +
           own(1, u8(DIAL)) + ready(DIAL) +
           worker(DIAL, "DIAL_OK", str8("h:1") + str8("")) + session(4, 20) +
           session(5, 3000) + crypto_end(20, 3))
    yield ("wait", super_begin(accept | wait | 32, 3, 8, 1) + ready(NET) +
           ready(SCRIPT) + ready(DIAL) + worker(
               DIAL, "DIAL_FAILED", u16(3) + u32(0) + u8(2) + str8("")) +
           later(40000))
    yield ("prices", super_chat(accept | prices | json, 3, 2, 1, SCRIPT, 1) +
           b"".join(worker(SCRIPT, "UI_ASK_PRICES", u8(n)) + later(100)
                    for n in range(1, 7)) + ready(PRICE_DIAL) +
           worker(PRICE_DIAL, "DIAL_OK", str8("h:1") + str8("")) +
           ready(PRICE) + worker(PRICE, "PRICE_ANSWER", texts.price_answer()) +
           own(1, u8(PRICE)) + own(1, u8(PRICE_DIAL)) +
           later(70000) + ready(PRICE_DIAL) +
           worker(PRICE_DIAL, "DIAL_FAILED", u16(2) + u32(0) + u8(2) +
                  str8("")) + later(20000) + crypto_end())
    yield ("keep", super_chat(accept | keep | 1, 3, 0, 0, SCRIPT, 1) +
           crypto_end() + b"".join(own(1, u8(p)) for p in range(5)) +
           super_chat(0, 3, 0, 0, SCRIPT, 1)[3:] + crypto_end())
    yield ("files", super_chat(accept | json, 3, 0, 1, SCRIPT, 1) +
           own(5, u8(0x40)) +
           worker(SCRIPT, "UI_FILE_SEND", u32(1) + b"/etc/hosts") +
           later(10) + ready(FILE) + worker(FILE, "FILE_HAVE", u32(1)) +
           worker(CRYPTO, "FILE_OFFERED", u32(2) + u64(9) + str8(NASTY[:-2])) +
           worker(CRYPTO, "FILE_STATE", u32(1) + u8(2) + u8(0) + u64(3)) +
           worker(SCRIPT, "UI_FILE_ACCEPT", u32(2)) + later(10) +
           worker(FILE, "FILE_HAVE", u32(2)) +
           worker(CRYPTO, "FILE_STATE", u32(2) + u8(3) + u8(0) + u64(9)) +
           worker(FILE, "FILE_WRITTEN", u32(2)) + later(10) +
           worker(CRYPTO, "FILE_STATE", u32(2) + u8(5) + u8(0) + u64(9)) +
           worker(CRYPTO, "FILE_OFFERED", u32(4) + u64(9) + str8("x")) +
           worker(SCRIPT, "UI_FILE_STOP", u32(4) + u8(1)) +
           worker(SCRIPT, "UI_FILE_STOP", u32(1) + u8(2)) + later(10) +
           own(5, u8(0x10)) + worker(SCRIPT, "UI_FILE_SEND", u32(2) + b"~/x") +
           own(5, u8(0x20)) + worker(SCRIPT, "UI_FILE_SEND", u32(3) + b"y") +
           worker(FILE, "FILE_FAILED", u32(1) + u8(3) + u32(5)) +
           crypto_end(0, 1))
    yield ("file-dies", super_chat(accept | 1, 3, 32, 0, TTY, 1) +
           worker(CRYPTO, "FILE_OFFERED", u32(1) + u64(0) + str8("e")) +
           worker(TTY, "UI_FILE_ACCEPT", u32(0) + b"name") + later(10) +
           ready(FILE) + own(0, u8(FILE)) + later(100) + crypto_end())
    for i, how in enumerate((0, 1, 2)):
        for w in (CRYPTO, NET, SCRIPT):
            yield (f"dies{i}-{w}", super_chat(
                accept | 1, 3, 0, 0, SCRIPT, 1) + stderr(w, b"its last\n") +
                   own(how, u8(w + 8)) + later(11000))
    yield ("asks", super_begin(0, 0, 0xa0) + act(2, MESSAGE) + str8(b"?\n") +
           act(2, MESSAGE) + str8(b"\n") + worker(
               CRYPTO, "SECRET_READ", u16(2) + u8(0)))
    for i, sig in enumerate(range(5)):
        yield (f"signal{i}", super_chat(accept | 1, 3, 0, 0, SCRIPT, 1) +
               own(4, u8(sig)) + later(5000))

# ---- further stories -----------------------------------------------------

ACCEPT, JSON, VERBOSE, KEEP, WAIT, WAIT_MS, PRICES = 128, 2, 4, 8, 16, 32, 64
HOST, JOINER = 1, 0
(PASS, MAKE, PHRASE, KEY, ID, PAIR, FERNET, GCM) = range(8)


def begun(role=JOINER, row=KEY, options=0, more=0, ui=SCRIPT, other=b""):
    """All of them are there; a joiner is connected, a host waits."""
    key = row in (KEY, FERNET)
    out = u8(ACCEPT | options | role) + u8(row) + u8(more | (
        32 if ui == TTY else 0)) + other + ready(CRYPTO) + worker(
            CRYPTO, "CRYPTO_INFO", u32(127) + u8(1) + u8(key) + bytes(40) +
            str8("1.0.18"))
    if not key:
        out += worker(CRYPTO, "SECRET_READ", u16(0) + u8(0))
    return out + ready(NET) + ready(ui) + ready(DIAL) + worker(
        DIAL, "DIAL_OK", str8("[::]:5000") + str8(""))


def chat(role=JOINER, row=KEY, options=0, more=0, ui=SCRIPT, other=b""):
    return begun(role, row, options, more, ui, other) + session(1)


def ask(ui, name, body=b""):
    return worker(ui, name, body)


def other(what, bits):
    return own(what, u8(bits))


def dial_failed(err, errno=0, eai=0, which=DIAL):
    return ready(which) + worker(which, "DIAL_FAILED", u16(err) + u32(
        errno) + u8(eai) + str8("192.0.2.1"))


def tick(ms=10):
    return IDLE + later(ms)


def state(fid, what, why=0, done=0):
    return worker(CRYPTO, "FILE_STATE", u32(fid) + u8(what) + u8(why) + u64(
        done))


def offered(fid, size=9, name=b"x"):
    return worker(CRYPTO, "FILE_OFFERED", u32(fid) + u64(size) + str8(name))


def of_file(name, fid, more=b""):
    return worker(FILE, name, u32(fid) + more)


def file_chats():
    """Host's files have even numbers; here the joiner is ours: 1, 3, ..."""
    send = b"".join(ask(SCRIPT, "UI_FILE_SEND", u32(n) + b"/etc/hosts")
                    for n in (1, 2)) + tick() + ready(FILE) + tick()
    take = offered(2) + tick() + ask(SCRIPT, "UI_FILE_ACCEPT", u32(2)) + (
        tick() + ready(FILE) + tick())
    have = chat(other=other(5, 0x40)) + send + of_file("FILE_HAVE", 1)
    begun_ = {"none": chat(), "sent": chat(other=other(5, 0x40)) + send,
              "had": have, "moves": have + state(1, 3, 0, 5) + tick(),
              "offered": chat() + offered(2), "two": chat() + offered(
                  2) + offered(4), "taken": chat() + take,
              "comes": chat() + take + of_file("FILE_HAVE", 2) + state(
                  2, 3, 0, 5) + tick()}
    for name, story in begun_.items():
        for fid in (0, 1, 2, 3, 77):
            for why in (1, 2, 3):
                yield f"stop-{name}-{fid}-{why}", story + ask(
                    SCRIPT, "UI_FILE_STOP", u32(fid) + u8(why)) + tick(
                        ) + crypto_end()
            for as_ in (b"", b"a/b", b"other"):
                yield f"accept-{name}-{fid}-{len(as_)}", story + ask(
                    SCRIPT, "UI_FILE_ACCEPT", u32(fid) + as_) + tick(
                        ) + crypto_end()
            for what in range(8):
                for why, done in ((0, 0), (2, 1), (7, 9), (32, 0), (99, 0),
                                  (0, 1 << 50)):
                    if what not in (0, 7) or why == 0:
                        yield (f"state-{name}-{fid}-{what}-{why}-{done}",
                               story + state(fid, what, why, done) + tick(
                                   300) + state(fid, what, why, done) +
                               crypto_end())
            yield f"have-{name}-{fid}", story + of_file(
                "FILE_HAVE", fid) + tick() + crypto_end()
            yield f"written-{name}-{fid}", story + of_file(
                "FILE_WRITTEN", fid) + tick() + state(
                    fid, 5, 0, 9) + tick() + crypto_end()
            yield f"unkept-{name}-{fid}", story + other(5, 4) + of_file(
                "FILE_WRITTEN", fid) + tick() + crypto_end(0, 0)
            for why in (2, 3, 4, 5, 6, 7):
                for error in (0, 28):
                    yield (f"failed-{name}-{fid}-{why}-{error}", story +
                           of_file("FILE_FAILED", fid, u8(why) + u32(
                               error)) + tick() + crypto_end())
            for size in (9, 1 << 63):
                yield f"offer-{name}-{fid}-{size}", story + offered(
                    fid, size) + tick() + crypto_end()
        for end in (own(0, u8(FILE)), own(1, u8(FILE)), own(0, u8(CRYPTO)),
                    act(0, END) + u8(0), crypto_end(10, 1),
                    own(16 + END, u8(FILE) + u8(0)) + later(3000),
                    own(16 + END, u8(SCRIPT) + u8(0)) + later(3000),
                    own(4, u8(1)), ask(SCRIPT, "UI_QUIT", u8(1) + u32(0))):
            yield f"ends-{name}-{end.hex()[:24]}", story + end + tick(
                ) + crypto_end()
        yield f"full-{name}", story + own(
            16 + FULL, u8(FILE) + u8(200)) + own(
                16 + FULL, u8(CRYPTO) + u8(200)) + own(
                    16 + FULL, u8(SCRIPT) + u8(200)) + b"".join(
                        ask(SCRIPT, "UI_FILE_STOP", u32(n) + u8(
                            2 - n % 2)) + ask(
                                SCRIPT, "UI_FILE_SEND", u32(9) + b"/x")
                        for n in range(4)) + tick(500) + crypto_end()
        yield f"rates-{name}", story + b"".join(
            state(fid, 3, 0, n) + tick(700) for n in range(9)
            for fid in (1, 2)) + state(1, 4, 0, 9) + tick(300) + state(
                1, 3, 0, 9) + state(1, 5, 0, 1000000) + tick(
                    ) + crypto_end()
        yield f"slow-{name}", story + state(1, 3, 0, 1) + tick(
            5000000) + state(1, 3, 0, 2) + tick(300) + state(
                1, 3, 0, 3) + tick(300) + crypto_end()
    for i, path in enumerate((b"~/x", b"~x", b"/\0", b"rel", b"~", b"/" +
                              b"x" * 240, b"./-a", b"a/.b", b"/d/")):
        for behind in (0, 1, 2, 4, 8, 9):
            yield f"path{i}-{behind}", chat(other=other(
                5, behind << 4)) + ask(
                    SCRIPT, "UI_FILE_SEND", u32(1) + path) + tick(
                        ) + ready(FILE) + tick() + crypto_end()
    end = End(0, *SUPER_LINKS[SCRIPT])
    row = end.long("UI_FILE_SEND", 4100, u32(1) + b"~/x")[1:]
    yield "path-long", chat() + IDLE + own(
        16 + LONG, u8(SCRIPT) + row) + tick() + crypto_end()
    for error in range(8):
        for what in (8, 16):
            yield f"open{what}-{error}", chat(
                other=other(12, what | error << 5)) + ask(
                    SCRIPT, "UI_FILE_SEND", u32(1) + b"/x") + tick(
                        ) + crypto_end()
    yield "secret-file", chat() + other(14, 64) + ask(
        SCRIPT, "UI_FILE_SEND", u32(1) + b"/x") + tick() + crypto_end()
    yield "no-name", chat() + ask(SCRIPT, "UI_FILE_SEND", u32(0) + b"/x")
    yield "numbers-end", chat() + other(15, 4) + b"".join(ask(
        SCRIPT, "UI_FILE_SEND", u32(n) + b"/x") + tick() for n in (1, 2)
    ) + crypto_end()
    yield "early-file", begun(HOST) + ask(
        SCRIPT, "UI_FILE_SEND", u32(1) + b"/x") + tick() + crypto_end()
    yield "late-file", chat() + crypto_end() + ask(
        SCRIPT, "UI_FILE_SEND", u32(1) + b"/x") + offered(2)
    yield "legacy-file", chat(row=FERNET) + ask(
        SCRIPT, "UI_FILE_SEND", u32(1) + b"/x") + tick() + crypto_end()
    yield "no-files", (chat()).replace(u32(127), u32(127 - 16)) + ask(
        SCRIPT, "UI_FILE_SEND", u32(1) + b"/x") + tick() + crypto_end()
    yield "many-files", chat(other=other(5, 0x40)) + b"".join(
        ask(SCRIPT, "UI_FILE_SEND", u32(n) + b"/x") for n in range(
            1, 50)) + tick() + ready(FILE) + tick() + crypto_end()
    yield "many-offers", chat() + b"".join(
        offered(2 * n) for n in range(1, 20)) + tick() + b"".join(ask(
            SCRIPT, "UI_FILE_ACCEPT", u32(2 * n)) for n in range(
                1, 20)) + tick() + ready(FILE) + tick() + crypto_end()
    yield "many-refusals", chat() + own(
        16 + FULL, u8(SCRIPT) + u8(255)) + b"".join(ask(
            SCRIPT, "UI_FILE_STOP", u32(99) + u8(1)) for n in range(
                70)) + tick() + crypto_end()
    yield "no-file-worker", chat(other=other(5, 0x40)) + other(
        12, 1) + ask(SCRIPT, "UI_FILE_SEND", u32(1) + b"/x") + tick(
            ) + crypto_end()
    for i, name in enumerate((
            b"a\\b", b"..", b".-~ x", b"x   y  ", b"", b"/", b"x." + b"y" * 40,
            b".x", b"x", b"a" * 210 + b".txt", b"a" * 230, b"a" * 200 +
            b". b c", b"\xe4\xb8\xad" * 80 + b".\xe4\xb8", b"x\x1b[2J",
            b"\xff" * 80, "\u202e".encode() * 60, b"e" + b"\xcc\x81" * 120,
            b"e" + b"\xcc\x81" * 110 + b".txt", b"  x", b"x\t\ny",
            b"a" * 215 + b"." + b"y" * 20, b"a" * 215 + b".\xc3\xa9",
            b"a" * 230 + b". ", b"." + b"x" * 220)):
        yield f"name{i}", chat() + offered(
            2, 9, name[:240]) + tick() + ask(
                SCRIPT, "UI_FILE_ACCEPT", u32(2) + name[:240]) + tick(
                    ) + crypto_end()


def call_chats():
    errors = (0, 1, 5, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)
    for role in (HOST, JOINER):
        story = begun(role)
        before = story[:story.rindex(IDLE + own(16 + MESSAGE, u8(DIAL)))]
        before = before[:before.rindex(IDLE + own(16 + MESSAGE, u8(DIAL)))]
        for err in errors:
            for errno, eai in ((0, 0), (111, 0), (99, 0), (13, 0), (98, 0),
                               (0, 2)):
                yield f"call{role}-{err}-{errno}-{eai}", before + dial_failed(
                    err, errno, eai) + tick()
            yield (f"patient{role}-{err}", u8(before[0] | WAIT | WAIT_MS) +
                   before[1:] + dial_failed(err) + tick(2000) + dial_failed(
                       err, 111) + tick(40000))
        for end in (crypto_end(), own(0, u8(CRYPTO)), own(1, u8(DIAL)),
                    own(4, u8(0)), tick(6000), ready(DIAL) + crypto_end(),
                    ready(DIAL) + own(0, u8(DIAL)), ready(DIAL) + own(
                        16 + END, u8(DIAL) + u8(0)) + tick(3000)):
            yield f"call-ends{role}-{end.hex()[-24:]}", before + end + tick()
        yield f"no-dial{role}", before[:3] + other(12, 0) + before[3:]
    again = session(3, 600000) + tick(2000)
    for ui in (SCRIPT, TTY):
        for role in (HOST, JOINER):
            story = chat(role, ui=ui, options=VERBOSE)
            for event in range(7):
                yield f"session{role}-{ui}-{event}", story + session(
                    event, 5) + tick(1000) + crypto_end()
            yield f"redial-now{role}-{ui}", story + ask(
                ui, "UI_REDIAL") + session(3, 9) + ask(
                    ui, "UI_REDIAL") + tick() + ask(
                        ui, "UI_REDIAL") + crypto_end()
            for answer in (dial_failed(23, 111), dial_failed(21, 0, 2),
                           ready(DIAL) + worker(
                               DIAL, "DIAL_OK", str8("h:1") + str8("")),
                           own(0, u8(DIAL)), crypto_end(10, 2), tick(9000),
                           own(4, u8(1)), session(4, 23), session(5, 9)):
                yield (f"redial{role}-{ui}-{answer.hex()[-20:]}", story +
                       again + own(1, u8(DIAL)) + answer + tick(3000) +
                       answer + session(5, 3000) + tick() + session(
                           3, 9) + crypto_end(10, 1))
    yield "redial-gone", chat() + own(16 + END, u8(SCRIPT) + u8(0)) + again
    yield "redial-fails", chat() + own(1, u8(DIAL)) + other(
        12, 1) + again + tick(3000)
    for left in (0, 1, 2):
        for err in tuple(range(0, 80, 3)) + (10, 23, 24, 26, 40, 41, 42, 43,
                                             44, 45, 46, 47, 48, 49, 50):
            yield f"ends{left}-{err}", chat(ui=TTY if err % 2 else SCRIPT) + (
                crypto_end(err, left, err % 2)) + tick()


def known_chats():
    for role in (HOST, JOINER):
        for row in (ID, PAIR, KEY):
            for more in (0, 4):
                story = chat(role, row, 0, more)
                for what in range(7):
                    yield f"met{role}-{row}-{more}-{what}", story + met(
                        what) + tick(9) + met(what) + tick(11000) + met(
                            what) + crypto_end(0, 0)
                    for err in (40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
                                51, 52, 53, 54, 55, 56, 57, 58, 59, 60):
                        if what in (4, 5):
                            yield (f"turned{role}-{row}-{more}-{what}-{err}",
                                   story + met(what) + crypto_end(err))
                for bits in (0, 1, 2, 4, 5, 6):
                    for what in (1, 2, 3):
                        yield (f"people{role}-{row}-{more}-{bits}-{what}",
                               story + other(13, bits) + met(what) + met(
                                   3) + other(13, bits & 1) + ask(
                                       SCRIPT, "UI_NAME", b"carol") + ask(
                                           SCRIPT, "UI_NAME", b"a/b") + ask(
                                               SCRIPT, "UI_NAME", b"bob") +
                               other(5, 4) + ask(
                                   SCRIPT, "UI_NAME", b"dave") + met(
                                       2) + crypto_end())
    yield "unread-people", begun(row=ID, other=other(5, 8)) + tick()
    yield "addressed", begun(row=ID, other=other(13, 4)) + tick()
    yield "v6", chat(row=ID) + met(2) + crypto_end()
    for n in (30, 31, 32, 33, 34):
        # Crypto reads nothing: its queue is full of people.
        yield f"unread-crypto{n}", u8(ACCEPT) + u8(ID) + u8(0) + ready(
            CRYPTO) + own(16 + FULL, u8(CRYPTO) + u8(250)) + worker(
                CRYPTO, "CRYPTO_INFO", u32(127) + u8(1) + u8(1) + bytes(
                    40) + str8("1.0.18")) + tick(9) + crypto_end()


def stop_chats():
    for ui in (SCRIPT, TTY):
        for shell in range(4):
            story = chat(ui=ui, other=other(5, shell))
            for acts in ((3,), (4,), (3, 4), (4, 4), (3, 3), (0,), (3, 0),
                         (0, 1), (1,), (2,), (0, 0)):
                for asked in (b"", ask(ui, "UI_SUSPEND") if ui == TTY
                              else b""):
                    yield (f"stops{ui}-{shell}-{acts}-{len(asked)}"
                           .replace(" ", ""), story + b"".join(
                               own(4, u8(n)) + IDLE for n in acts) + asked +
                           tick() + asked + own(4, u8(1)) * (
                               shell == 3) + tick() + crypto_end())
        yield f"early-stop{ui}", u8(ACCEPT) + u8(PHRASE) + u8(
            32 if ui == TTY else 0) + ready(CRYPTO) + own(4, u8(3)) + worker(
                CRYPTO, "CRYPTO_INFO", u32(127) + u8(1) + u8(0) + bytes(
                    40) + str8("1.0.18")) + tick() + own(
                        4, u8(3)) + tick() + own(4, u8(4)) + tick() + worker(
                            CRYPTO, "SECRET_READ", u16(0) + u8(0)) + tick()
    workers = (CRYPTO, NET, DIAL, SCRIPT, TTY, FILE)
    for w in workers:
        ui = TTY if w == TTY else SCRIPT
        for role in (HOST, JOINER):
            for when, story in (("early", begun(role, ui=ui)[:60]), (
                    "open", chat(role, ui=ui, options=VERBOSE)), (
                        "file", chat(role, ui=ui, other=other(
                            5, 0x40)) + ask(ui, "UI_FILE_SEND", u32(
                                1) + b"/x") + tick() + ready(FILE) + tick(
                                    )), ("over", chat(role, ui=ui) +
                                         crypto_end())):
                for how in range(5):
                    yield (f"stopped{w}-{role}-{when}-{how}", story + own(
                        2, u8(w + 8 * how)) + tick() + own(
                            2, u8(w + 8 * how)) + tick(5000) + own(
                                3, u8(w)) * (how % 2) + own(4, u8(4)) * (
                                    how == 2) + tick(12000) + own(
                                        3, u8(w)) + tick(9000) + crypto_end())
                    yield (f"killed{w}-{role}-{when}-{how}", story + stderr(
                        w, b"secchat-net: its words\nsecchat-x\nother: x\n"
                        if how % 2 else b"") + own(0, u8(w + 8 * how)) + tick(
                            ) + crypto_end(0, how))
                for status in (0, 1, 2, 6, 8, 3):
                    yield (f"left{w}-{role}-{when}-{status}", story + own(
                        1, u8((w + 8 * status) & 255)) + tick() + own(
                            0, u8(CRYPTO)) * (status == 1) + crypto_end())
                yield (f"hangs{w}-{role}-{when}", story + own(
                    16 + END, u8(w) + u8(0)) + tick(4000) + own(
                        0, u8(NET)) + tick() + crypto_end())
                yield (f"full{w}-{role}-{when}", story + own(
                    16 + FULL, u8(w) + u8(90)) + tick() + session(
                        3, 9) * 9 + tick(9000) + crypto_end())
    for bits in range(16):
        yield f"other-worker{bits}", chat(
            other=other(14, bits)) + stderr(
                CRYPTO, b"words\n" * (bits & 1)) + own(0, u8(CRYPTO))
        yield (f"other-worker-again{bits}", u8(ACCEPT) + u8(PHRASE) + u8(
            128) + other(14, bits) + other(15, bits >> 2) + ready(
                CRYPTO) + worker(CRYPTO, "CRYPTO_INFO", u32(127) + u8(1) + u8(
                    0) + bytes(40) + str8("1.0.18")) + worker(
                        CRYPTO, "SECRET_READ", u16(16 + bits % 4) + u8(
                            0)) + own(1, u8(CRYPTO)) + tick() + ready(
                                CRYPTO) + worker(
                                    CRYPTO, "CRYPTO_INFO", u32(127) + u8(
                                        1) + u8(0) + bytes(40) + str8(
                                            "1.0.18")) + worker(
                CRYPTO, "SECRET_READ", u16(16 + bits % 4) + u8(0)) + own(
                    1, u8(CRYPTO)) + tick() + ready(CRYPTO) + worker(
                        CRYPTO, "CRYPTO_INFO", u32(127) + u8(1) + u8(
                            0) + bytes(40) + str8("1.0.18")) + worker(
                                CRYPTO, "SECRET_READ", u16(17) + u8(0)))
    for at in range(1, 12):
        story = begun(JOINER, ui=TTY if at % 2 else SCRIPT)
        parts = story.split(IDLE)
        for bits in (1, 2, 4):
            yield f"system{at}-{bits}", IDLE.join(
                parts[:at]) + IDLE + other(12, bits) + IDLE.join(
                    [b""] + parts[at:]) + crypto_end()
        for end in (own(4, u8(0)), own(4, u8(1)), crypto_end(30), own(
                0, u8(CRYPTO)), ask(SCRIPT, "UI_QUIT", u8(3) + u32(0)), ask(
                    SCRIPT, "UI_QUIT", u8(2) + u32(1)), tick(9000), worker(
                        CRYPTO, "SECRET_READ", u16(16) + u8(0))):
            for flags in (0, JSON, 64):
                yield (f"cut{at}-{flags}-{end.hex()[-16:]}", u8(
                    parts[0][0] | (flags & JSON)) + parts[0][1:2] + u8(
                        parts[0][2] | (flags & 64)) + parts[0][3:] + b"".join(
                            IDLE + p for p in parts[1:at]) + IDLE + end +
                       tick(500) + end)
    for why in range(6):
        for role in (HOST, JOINER):
            for left in (0, 1, 3):
                for after in (crypto_end(0, left), tick(9000), own(
                        1, u8(SCRIPT + 8 * 6)) + crypto_end(),
                              crypto_end(0, 0) + own(1, u8(SCRIPT + 8 * 6))):
                    yield (f"quits{why}-{role}-{left}-{after.hex()[-12:]}",
                           chat(role) + ask(SCRIPT, "UI_QUIT", u8(why) + u32(
                               left)) + tick() + after + tick(2000))
                    yield (f"quits-early{why}-{role}-{left}-"
                           f"{after.hex()[-12:]}", begun(role) + ask(
                               SCRIPT, "UI_QUIT", u8(why) + u32(left)) +
                           tick() + after)
    # Standard streams that fail, and where standard input was left.
    for fd in (0, 1, 2):
        for error in (0, 5, 28, 32):
            for end in (ask(SCRIPT, "UI_QUIT", u8(2) + u32(fd)),
                        crypto_end(0, fd)):
                yield (f"stream{fd}-{error}-{end.hex()[-8:]}", chat(
                    options=JSON * (fd == 1)) + ask(
                        SCRIPT, "UI_STREAM", u8(fd) + u32(error)) + end +
                       tick() + ask(SCRIPT, "UI_STREAM", u8(1 - fd % 2) + u32(
                           error)) + crypto_end())
    for inside in (0, 1, 2):
        yield f"input{inside}", chat(HOST, options=8) + crypto_end() + ask(
            SCRIPT, "UI_INPUT", u8(inside)) + b"".join(
                own(1, u8(p)) for p in range(5)) + begun(HOST)[3:] + crypto_end(
                    )
    yield "no-pq", begun(more=1)
    yield "no-name-either", chat(row=ID) + met(1) + own(
        16 + RECORD, u8(SCRIPT) + u8(0) + str8(u32(8) + u16(47) + u16(0)))
    yield "locked", begun().replace(u32(127) + u8(1), u32(127) + u8(0))


def price_chats():
    asks = [ask(SCRIPT, "UI_ASK_PRICES", u8(n)) for n in range(8)]
    dial = ready(PRICE_DIAL)
    there = dial + worker(PRICE_DIAL, "DIAL_OK", str8("h:1") + str8("")) + (
        ready(PRICE))
    good = worker(PRICE, "PRICE_ANSWER", texts.price_answer())
    gone = own(1, u8(PRICE)) + own(1, u8(PRICE_DIAL)) + tick()
    for bits in (0, 1, 2, 4, 32, 2 + 4 + 32):
        story = chat(options=PRICES * (bits & 1), other=other(14, bits))
        for n in (1, 2, 3, 5):
            first = story + asks[n] + tick()
            ends = {"good": there + good + gone + tick(99) + asks[2] + tick(
                31000) + asks[n] + there + good + gone,
                    "broken": there + worker(
                        PRICE, "PRICE_ANSWER", b"\xff" * 95) + gone,
                    "twice": there + good + good + tick(),
                    "unasked": good + tick() + asks[1],
                    "silent": there + tick(15000) + tick(3000),
                    "slow-dial": tick(6000) + gone,
                    "dead": own(0, u8(PRICE_DIAL)) + tick() + gone,
                    "dead-price": there + own(0, u8(PRICE)) + tick() + gone,
                    "hangs": own(16 + END, u8(PRICE_DIAL) + u8(0)) + tick(
                        3000) + gone,
                    "price-hangs": there + own(16 + END, u8(PRICE) + u8(
                        0)) + tick(3000) + gone,
                    "record": own(16 + RECORD, u8(PRICE_DIAL) + u8(0) + str8(
                        b"wrong")) + tick() + gone,
                    "many": dial * 6 + gone,
                    "wrong-row": worker(PRICE_DIAL, "DIAL_FAILED", bytes(
                        8)) + gone,
                    "over": there + crypto_end(),
                    "leaving": there + good + crypto_end() + gone,
                    "stays": there + good + tick(9000),
                    "stopped": there + own(2, u8(PRICE + 32)) + tick(
                        15000) + gone,
                    "full": own(16 + FULL, u8(SCRIPT) + u8(250)) + (
                        session(3, 9) + session(5, 9)) * 50 + there + good +
                    tick(999) + gone,
                    "signal": there + own(4, u8(1)),
                    "no-spawn": other(12, 1) + tick()}
            for err in (0, 1, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30):
                ends[f"dial{err}"] = dial_failed(
                    err, 0, 0, PRICE_DIAL) + gone + tick(9000)
            for status, http in ((1, 429), (2, 401), (2, 403), (2, 404),
                                 (2, 451), (2, 503), (3, 200), (0, 200)):
                ends[f"answer{status}-{http}"] = (there + worker(
                    PRICE, "PRICE_ANSWER", texts.price_answer(
                        status, http, (texts.FREE,) * 4, 30)) + gone + tick(
                            31000)) * 3
            for name, end in ends.items():
                yield (f"prices{bits}-{n}-{name}", first + end + tick(
                    ) + crypto_end())
    yield "no-spawn-prices", chat() + other(12, 1) + asks[1] + tick(
        ) + crypto_end()
    yield "early-prices", begun(HOST)[:-60] + asks[1] + tick() + there + good
    yield "every-ask", chat() + b"".join(asks[1:7]) + tick()
    yield "wrong-ask", chat() + asks[7]
    yield "no-ask", chat() + asks[0]


def all_super_seeds():
    yield from super_seeds()
    for part in (file_chats, call_chats, known_chats, stop_chats,
                 price_chats):
        yield from part()


SEEDS = {"super": all_super_seeds}
