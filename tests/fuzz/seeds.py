#!/usr/bin/python3
"""Inputs to begin with for the fuzzers of whole programs: seeds.py [FOLDER].

An input is a list of acts (tests/fuzz/stage).  What a message looks like is
taken from the table in include/secchat/ipc_msgs.h, so that these follow it;
what stands in tests/fuzz/corpus besides was found by the fuzzers.
"""
import os
import re
import struct
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# What can happen, as in stage.c.
MESSAGE, LONG, RECORD, FULL, MOST, END, TIME, OWN = range(8)

LINKS = {"LINK_SUPER_CRYPTO": ("SUPER", "CRYPTO"),
         "LINK_SUPER_NET": ("SUPER", "NET"),
         "LINK_SUPER_UI": ("SUPER", "UI"),
         "LINK_SUPER_DIAL": ("SUPER", "DIAL"),
         "LINK_SUPER_PRICE": ("SUPER", "PRICE"),
         "LINK_SUPER_FILE": ("SUPER", "FILE"),
         "LINK_UI_CRYPTO": ("UI", "CRYPTO"),
         "LINK_CRYPTO_NET": ("CRYPTO", "NET"),
         "LINK_CRYPTO_FILE": ("CRYPTO", "FILE")}


def table():
    """Name, number, senders and links of every message, in order."""
    with open(os.path.join(ROOT, "include/secchat/ipc_msgs.h"),
              encoding="utf-8") as f:
        text = f.read()
    for m in re.finditer(
            r"^X\((\w+),\s*(\d+),\s*([\w |]+),\s*([\w() |]+?),", text, re.M):
        name, number, senders, links = m.groups()
        if "ON_SUPER_ALL" in links:
            links = " ".join(x for x in LINKS if x.startswith("LINK_SUPER"))
        yield (name, int(number), re.findall(r"ROLE_(\w+)", senders),
               re.findall(r"LINK_\w+", links))


ROWS = list(table())


def row_of(link, sender, name):
    """Which of the messages of that sender on that link it is."""
    mine = [r[0] for r in ROWS if link in r[3] and
            (sender in r[2] or ("WORKER" in r[2] and sender != "SUPER"))]
    return mine.index(name)


def u8(v):
    return struct.pack(">B", v)


def u16(v):
    return struct.pack(">H", v)


def u32(v):
    return struct.pack(">I", v)


def u64(v):
    return struct.pack(">Q", v)


def str8(s):
    s = s.encode() if isinstance(s, str) else s
    return u8(len(s)) + s


def act(where, what):
    return u8(where * 8 + what)


def later(ms):
    """Time passes: at least so much, in steps that the input can say."""
    out = b""
    while ms > 0:
        shift = max(0, min(15, ms.bit_length() - 4))
        v = min(15, max(1, ms >> shift))
        out += act(0, TIME) + u8(shift << 4 | v)
        ms -= v << shift
    return out


def own(which, rest):
    return act(which, OWN) + rest


class End:
    """The other end of a link, at its place among the descriptors."""

    def __init__(self, where, link, sender):
        self.where, self.link, self.sender = where, link, sender

    def body(self, name, body):
        return u8(row_of(self.link, self.sender, name)) + str8(body)

    def __call__(self, name, body=b""):
        if len(body) > 255:
            return self.long(name, len(body), body[:255])
        return act(self.where, MESSAGE) + self.body(name, body)

    def long(self, name, total, body):
        return (act(self.where, LONG) +
                u8(row_of(self.link, self.sender, name)) + u16(total) +
                str8(body))


def stream(where, data):
    out = b""
    for i in range(0, len(data), 255):
        out += act(where, MESSAGE) + str8(data[i:i + 255])
    return out


# ---- the front ends ------------------------------------------------------

SUPER_UI = End(0, "LINK_SUPER_UI", "SUPER")
CRYPTO_UI = End(1, "LINK_UI_CRYPTO", "CRYPTO")
STDIN, STDOUT = 2, 3
JSON, PLAIN, ASCII, CODE_COMES = 1, 32, 16, 128
TERMIOS = 60


def ui_start(flags, role=1, mode=1, host="", saved=0):
    return SUPER_UI("UI_START", u32(flags) + u8(role) + u8(mode) + u32(1) +
                    u8(1) + str8("SHA256:" + "a" * 43) + u16(saved) +
                    bytes(saved) + str8(host))


def connected(mode=1, suite=1, verified=0, name="bob"):
    return CRYPTO_UI("CONNECTED", u8(mode) + u8(suite) + u8(verified) +
                     u32(0) + str8("192.0.2.1:5000") + str8(name))


def text(n, words):
    words = words.encode() if isinstance(words, str) else words
    return CRYPTO_UI("TEXT", u64(n) + words)


def listening():
    return SUPER_UI("UI_LISTENING", str8("[::]:5000") + u16(5000) +
                    str8("192.0.2.1"))


def price_table():
    with open(os.path.join(ROOT, "tests/fuzz/corpus/price_record/table"),
              "rb") as f:
        return f.read()


def peer(known, verified, name="bob"):
    return CRYPTO_UI("PEER", u8(known) + u8(verified) + b"S" * 50 +
                     b"1" * 60 + str8(name) + str8("Bob"))


def link_event(event, why=0, ms=0):
    return CRYPTO_UI("LINK_EVENT", u8(event) + u8(why) + u32(ms))


NASTY = ("\033[2J\033]0;x\007\u202egnp.exe\u2069 e\u0301\u0301\u0301 "
         "\U0001f469\u200d\U0001f680 \u4e2d\u6587\t|").encode() + b"\xff\xc3"


def status():
    return CRYPTO_UI("STATUS", u8(1) + u8(1) + u32(0) + u32(0) +
                     u32(20)) + later(20)


def delivered(n):
    return CRYPTO_UI("DELIVERED", u64(n)) + later(20)


def verify(state, left=3):
    return CRYPTO_UI("VERIFY", u8(state) + u8(left) + b"123456") + later(20)


def wire(n):
    return CRYPTO_UI("WIRE", u64(n) + u32(274) + bytes(range(64)))


def chat(flags, keys, saved=TERMIOS, after=b""):
    """A chat; keys: what is typed, after: what comes of it."""
    out = ui_start(flags, saved=saved) + listening()
    if flags & CODE_COMES:
        out += CRYPTO_UI("CODE", b"lusab-babad")
        out += CRYPTO_UI("ATTEMPT", u32(3)) + CRYPTO_UI("CODE", b"babad-lusab")
    out += SUPER_UI("UI_NOTE", u8(1) + b"a note") + connected()
    out += peer(1, 0) + SUPER_UI("UI_NAMED", u8(1) + b"bob")
    out += text(1, "hello") + text(2, NASTY) + later(20)
    out += stream(STDIN, keys) + later(100) + after
    out += CRYPTO_UI("REKEYED", u32(1) + u8(4))
    out += CRYPTO_UI("REMARK", u16(10) + u32(2)) + later(20)
    out += SUPER_UI("UI_PRICES", price_table()) + later(20)
    return out


def file_news(fid, ours, state, why=0, words="", path="/d/name", ask=0):
    return SUPER_UI("UI_FILE", u32(fid) + u32(ask) + u8(ours) + u8(state) +
                    u8(why) + u64(1000) + u64(500) + u64(100) + u32(5) +
                    str8("name") + str8(words) + path.encode())


def file_story():
    out = b""
    for ours in (0, 1):
        fid = 1 + ours
        for state in range(1, 6):
            out += file_news(fid, ours, state) + later(300)
        for why in (1, 2, 3, 4, 5, 6, 7, 32, 33, 34):
            out += file_news(fid + 2 * why, ours, 1) + file_news(
                fid + 2 * why, ours, 6, why, "words") + later(20)
    return out + file_news(0, 1, 6, 33, "there is no such file", "", 1)


def lost_and_back():
    return (link_event(2, 1, 600000) + later(1000) +
            SUPER_UI("UI_RETRY", u32(1) + u32(1000) + str8("refused")) +
            later(1000) + SUPER_UI("UI_RETRY", u32(1) + u32(0) + str8("")) +
            link_event(4, 0, 2000) + later(3000))


def the_end(code=0, left=0):
    return (SUPER_UI("UI_END", u8(code) + u32(left) + u16(4) + b"over" +
                     u16(4) + b"next"))


TTY_COMMANDS = [
    "/help", "/quit", "/status", "/verify", "/name carol", "/keys", "/rekey",
    "/raw 1", "/more 1", "/history", "/drop", "/notify off", "/prices",
    "/prices refresh", "/prices auto on", "/prices bar on", "/wire on",
    "/wire off", "/retry", "//slash", "$", "$$", "/nosuch", " /quit", "/send x",
    "/clear", "/v\t", "/prices a\t", "/raw", "/wire", "/notify", "/drop all",
    "/show", "/about", "/version", "/peers", "/paste", "/bar",
    "/send /etc/hosts", "/accept", "/accept 1 name", "/decline", "/files",
    "/cancel 1", "/stop 1", "/decline 1"]

TTY_KEYS = [
    b"hello\r", b"one\x0atwo\r", b"\x1b[200~pasted\ntext\x1b[201~\r",
    b"abc\x01\x05\x02\x06\x0b\x19\x1a\x15\x17\x14", b"\x12quer\x12\x12\x07",
    b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F\x1b[3~\x1b[5~\x1b[6~",
    b"\x1bb\x1bf\x1bd\x1by\x1b\x7f\x1b.", b"\x03\x03", b"\x04", b"\x1a",
    b"\x0c", b"\x1b[I\x1b[O", "\u4e2d\u0301\U0001f469".encode() + b"\r", b"y",
    b"n", b"q", b"123456\r", b"\x1f\x1f", b"\xff\xfe", b"\x1b", b"\x09"]


def tty_seeds():
    for i, command in enumerate(TTY_COMMANDS):
        yield (f"command{i}", b"\0" + chat(0, command.encode() + b"\r") +
               the_end())
    for i, keys in enumerate(TTY_KEYS):
        yield (f"keys{i}", b"\0" + chat(0, b"first\r" + keys,
                                        after=delivered(1)) + the_end())
    yield ("status", b"\0" + chat(0, b"", after=status() + stream(
        STDIN, b"/status\r") + later(50) + status()) + the_end())
    for state in (2, 3, 4):
        yield (f"verify{state}", b"\0" + chat(
            0, b"/verify\r", after=verify(1) + stream(
                STDIN, b"12345\r123 456\r") + later(50) + verify(
                    state, 1)) + peer(1, 1) + stream(
                        STDIN, b"/verify\r\r/keys\r") + later(50) + verify(
                            1) + verify(3, 0) + the_end())
    yield ("sealed", b"\0" + chat(0, b"/wire on\r", after=stream(
        STDIN, b"one\rtwo\r") + later(50) + wire(1) + wire(2) + delivered(
            2)) + the_end())
    yield ("again", b"\0" + chat(0, b"one\rtwo\r", after=delivered(1)) +
           b"".join(stream(STDIN, c + b"\r") + later(100) for c in (
               b"/more 1", b"/more 99", b"/more x", b"/raw 2", b"/raw 3",
               b"/raw", b"/history", b"/history 2", b"/drop", b"/history",
               b"/notify", b"/notify off", b"/notify on")) + the_end())
    yield ("tabs", b"\0" + chat(0, b"") + b"".join(
        stream(STDIN, w + b"\x15") + later(50) for w in (
            b"/\t", b"/h\t", b"/ver\t", b"/prices \t", b"/prices r\t",
            b"/prices auto \t", b"/notify o\t", b"/wire o\t", b"/zz\t",
            b"x\t", b"/help\t\t", b"/prices bar on\t")) + the_end())
    yield ("asked", b"\0" + chat(0, b"one\r\x04") + stream(STDIN, b"n") +
           later(50) + stream(STDIN, b"/quit\r") + later(50) + delivered(1) +
           the_end())
    for flags in (0, ASCII, PLAIN, CODE_COMES, 256, 512, 1024, 2048,
                  4096 + 8192 + 16384 + 32768 + 65536):
        for mode in (1, 3):
            yield (f"flags{flags}-{mode}", u8(mode) + chat(
                flags, b"hi\r") + lost_and_back() + text(3, "again") +
                   the_end(8, 1))
    start = b"\x02" + ui_start(0, role=0, host="host.example", saved=TERMIOS)
    yield "joiner", start + lost_and_back() + connected() + the_end()
    yield "gone", start + stream(STDIN, b"q") + act(0, END) + u8(0)
    yield ("restarted", b"\0" + chat(0, b"one\rtwo\r") + link_event(2, 2, 1) +
           CRYPTO_UI("RESTARTED", u32(1)) + later(20) + connected() +
           stream(STDIN, b"three\r\r") + later(50) + text(1, "new") +
           the_end(0, 1))
    yield ("stopped", b"\0" + chat(0, b"\x1a") +
           SUPER_UI("UI_RESUME", u8(1)) + later(20) +
           SUPER_UI("UI_PAUSE", u8(0)) + later(20) +
           SUPER_UI("UI_RESUME", u8(0)) + later(20) +
           SUPER_UI("UI_PAUSE", u8(1)) + SUPER_UI("UI_RESUME", u8(0)) +
           the_end())
    yield ("sizes", b"\x02" + chat(0, b"long " * 20 + b"\r") +
           own(0, u8(10)) + later(500) + own(1, u8(5) + u8(30)) + later(500) +
           own(2, u8(60)) + later(500) + stream(STDIN, b"x" * 100) +
           later(20) + own(0, u8(20)) + later(500) + the_end())
    yield ("files", b"\0" + chat(0, b"/send a\r/send b\r") + file_story() +
           stream(STDIN, b"/files\r") + later(20) + file_news(51, 0, 1) +
           stream(STDIN, b"/accept\r/decline\r/cancel 51\r\x04") +
           later(20) + the_end())
    yield ("long", b"\0" + chat(0, b"") +
           CRYPTO_UI.long("TEXT", 60000, u64(3) + b"many words ") +
           later(20) + stream(STDIN, b"/more\r q") + later(20) +
           stream(STDIN, b"/raw 3\r     q") + later(100) +
           act(STDOUT, FULL) + u8(40) +
           CRYPTO_UI.long("TEXT", 20000, u64(4) + b"\n") + later(100) +
           the_end())
    yield ("flood", b"\0" + chat(0, b"") + b"".join(
        text(n, f"{n}") for n in range(3, 60)) + later(100) + the_end())
    yield ("many", b"\0" + chat(0, b"line\r" * 40) +
           b"".join(delivered(n) for n in (3, 10, 39)) +
           stream(STDIN, b"\x04y") +
           later(100) + the_end())


SCRIPT_LINES = [
    b'{"do":"send","ref":"a1","text":"hi"}', b'{"do":"status"}',
    b'{"do":"rekey"}', b'{"do":"verify"}', b'{"do":"verify","digits":"123456"}',
    b'{"do":"retry"}', b'{"do":"prices"}',
    b'{"do":"prices","what":"auto on"}', b'{"do":"name","name":"carol"}',
    b'{"do":"quit"}', b'{"do":"nosuch"}', b'not json', b'{"do":1}',
    b'{"do":"sendfile","path":"/etc/hosts","ref":"f"}',
    b'{"do":"accept","n":1}', b'{"do":"accept","n":1,"as":"x"}',
    b'{"do":"decline","n":1}', b'{"do":"cancel","n":1}',
    b'{"do":"send","text":"\\ud83d\\ude00\\u202e"}', b'']


def script_seeds():
    after = {0: delivered(1), 1: status(), 3: verify(1) + verify(2),
             4: verify(1) + verify(3) + verify(4), 7: status()}
    for i, line in enumerate(SCRIPT_LINES):
        yield (f"json{i}", b"\0" + chat(
            JSON, line + b"\n", 0, after.get(i, b"")) + lost_and_back() +
               link_event(2, 3) + stream(STDIN, SCRIPT_LINES[5] + b"\n" +
                                         SCRIPT_LINES[1] + b"\n") +
               later(20) + link_event(1) + the_end())
    yield ("plain", b"\xa1" + chat(PLAIN, b"one\ntwo\n\nthree", 0) +
           act(STDIN, END) + u8(0) + later(100) + delivered(4) +
           later(20000) + the_end())
    yield ("terminal", b"\xa0" + chat(PLAIN, b"one\n", 0) + the_end())
    yield ("code", b"\0" + chat(JSON | CODE_COMES, b"", 0) + the_end(5))
    yield ("lacking", b"\0" + chat(JSON | 4096 * 31, b"", 0) + the_end(5))
    yield ("restarted", b"\0" + chat(JSON, SCRIPT_LINES[0] + b"\n", 0) +
           link_event(2, 2, 1) + CRYPTO_UI("RESTARTED", u32(0)) + later(20) +
           connected() + stream(STDIN, SCRIPT_LINES[0] + b"\n") +
           later(50) + the_end(8, 1))
    yield ("stalled", b"\0" + chat(JSON, b"", 0) + act(STDOUT, FULL) +
           u8(200) + CRYPTO_UI.long("TEXT", 65000, u64(3) + b"x") +
           text(4, "y") + act(STDOUT, MOST) + u8(100) + the_end())
    yield ("files", b"\0" + chat(JSON, b"".join(
        line + b"\n" for line in SCRIPT_LINES[14:19]), 0) + file_story() +
           the_end())
    yield ("plainfiles", b"\0" + chat(PLAIN, b"", 0) + file_story() +
           the_end())
    yield ("unread", b"\0" + chat(JSON, b"", 0) + act(STDOUT, END) + u8(1) +
           text(3, "y") + the_end())
    yield ("much", b"\0" + chat(PLAIN, b"", 0) + act(STDIN, LONG) +
           u16(4000) + str8(b"a line of text\n") + later(100) +
           act(STDIN, END) + u8(0) + the_end(8, 3))


# ---- net -----------------------------------------------------------------

SUPER_NET = End(0, "LINK_SUPER_NET", "SUPER")
CRYPTO_NET = End(1, "LINK_CRYPTO_NET", "CRYPTO")
LISTENER, STRANGER = 2, 3


def expect(conn, framing, most, allowed=()):
    return CRYPTO_NET("EXPECT", u32(conn) + u8(framing) + u32(most) +
                      u8(len(allowed)) + b"".join(u32(v) for v in allowed))


def on_conn(name, conn, rest=b""):
    return CRYPTO_NET(name, u32(conn) + rest)


def caller(n):
    return act(LISTENER, MESSAGE) + u8(n)


def net_seeds():
    begin = SUPER_NET("NET_LISTENER")
    hello = (caller(1) + expect(1, 1, 44) + stream(STRANGER, bytes(44)) +
             on_conn("FRAME_OUT", 1, bytes(44)))
    live = (begin + hello + on_conn("CONN_PROMOTE", 1) +
            expect(1, 2, 65535, (272, 1040)))
    frame = u16(272) + bytes(272)
    frame_out = on_conn("FRAME_OUT", 1, frame[:255])
    yield "silent", begin + caller(1) + expect(1, 1, 44) + later(6000)
    yield "garbage", live + stream(STRANGER, u16(7) + b"garbage")
    yield "frames", live + stream(STRANGER, frame * 3) + on_conn(
        "FRAME_OUT", 1, frame)
    yield "closed", live + on_conn("CONN_CLOSE", 1, u8(0)) + act(
        STRANGER, END) + u8(0)
    yield "reset", live + stream(STRANGER, frame[:100]) + act(
        STRANGER, END) + u8(1)
    yield "failed", b"".join(
        begin * (n == 1) + caller(1) + expect(n, 1, 44) +
        stream(STRANGER, bytes(44)) + on_conn("CONN_CLOSE", n, u8(1)) +
        later(50) + act(STRANGER, END) + u8(0) for n in range(1, 8))
    yield "crowd", begin + b"".join(
        caller(n) + expect(n, 1, 44) + stream(STRANGER + n - 1, b"x") +
        later(300) for n in range(1, 9)) + later(8000)
    yield ("stalled", live + act(STRANGER, FULL) + u8(100) + b"".join(
        CRYPTO_NET.long("FRAME_OUT", 60000, u32(1)) for _ in range(15)) +
           later(1000) + on_conn("CONN_CLOSE", 1, u8(0)) + later(4000))
    yield ("dialled", SUPER_NET("NET_DIALLED", str8("192.0.2.1:5000")) +
           expect(1, 3, 1000) + stream(2, u32(3) + b"abc") +
           on_conn("CONN_PROMOTE", 1) + act(1, FULL) + u8(30) +
           stream(2, (u32(100) + bytes(100)) * 5) + act(1, END) + u8(0))
    yield ("bulk", live + on_conn("BULK_OUT", 1, bytes(200)) * 3 + frame_out +
           act(STRANGER, FULL) + u8(20) + on_conn(
               "BULK_OUT", 1, bytes(200)) * 2 + frame_out * 3 + later(1000))
    yield "leaves", live + act(0, END) + u8(0) + later(100)


# ---- the supervisor ------------------------------------------------------

CRYPTO, NET, DIAL, TTY, SCRIPT, PRICE_DIAL, PRICE, FILE = range(8)
SUPER_LINKS = {
    CRYPTO: ("LINK_SUPER_CRYPTO", "CRYPTO"), NET: ("LINK_SUPER_NET", "NET"),
    DIAL: ("LINK_SUPER_DIAL", "DIAL"), TTY: ("LINK_SUPER_UI", "UI"),
    SCRIPT: ("LINK_SUPER_UI", "UI"), PRICE_DIAL: ("LINK_SUPER_DIAL", "DIAL"),
    PRICE: ("LINK_SUPER_PRICE", "PRICE"), FILE: ("LINK_SUPER_FILE", "FILE")}


def worker(which, name, body=b""):
    end = End(0, *SUPER_LINKS[which])
    return own(16 + MESSAGE, u8(which) + end.body(name, body))


def ready(which):
    return worker(which, "READY", u32(0xff) + u32(0x100) + u8(0))


def stderr(which, words):
    return own(24 + MESSAGE, u8(which) + str8(words))


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
           ready(PRICE) + worker(PRICE, "PRICE_ANSWER", open(os.path.join(
               ROOT, "tests/fuzz/corpus/price_record/answer"),
               "rb").read()) + own(1, u8(PRICE)) + own(1, u8(PRICE_DIAL)) +
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


# ---- dial ----------------------------------------------------------------

def dial_seeds():
    end = End(0, "LINK_SUPER_DIAL", "SUPER")

    def request(what, host):
        return end("DIAL_REQUEST", u8(what) + u16(5000) + str8(host))

    def proxy(kind, host):
        return end("DIAL_PROXY", u8(kind) + u16(1080) + str8(host))

    reply = b"\5\0" + b"\5\0\0\1" + bytes(6)
    yield "name", request(1, "host.example") + b"\2\1\0" + b"\0" * 8
    yield "many", request(1, "host.example") + b"\5" + b"\1" * 5 + (
        b"\0\2" + later(300)) * 5 + b"\4\5\6"
    yield "scope", request(1, "fe80::1%2") + b"\0\2" + b"\0" * 4
    yield "slow", request(1, "192.0.2.1") + b"\1\0\0\2" + later(20000)
    yield "none", request(1, "host.example") + b"\xc0"
    yield "listen", request(2, "") + b"\0" * 12
    yield "listen6", request(2, "::1") + b"\1\1\0" + b"\0" * 8
    yield "busy", request(2, "") + b"\0\x08" + b"\0\x08"
    for i, r in enumerate((reply, b"\5\0\5\0\0\3\4name\0\1", b"\5\0\5\1\0\1",
                           b"\5\0\5\0\0\4" + bytes(18), b"\4\0", b"\5\xff",
                           b"\5\0\4\0\0\1\0", b"\5\0\5\0\0\7\0",
                           b"\5\0\5\0\0\3\xff" + bytes(257))):
        yield (f"socks{i}", proxy(2, "/run/proxy") + request(
            1, "host.example") + b"\0\0" + act(0, TIME) + b"\1" +
               stream(1, r))
    yield "tor", proxy(1, "127.0.0.1") + request(1, "2001:db8::1") + (
        b"\1\0\0\0") + stream(1, reply)


# ---- file ----------------------------------------------------------------

def file_seeds():
    sup = End(0, "LINK_SUPER_FILE", "SUPER")
    crypto = End(1, "LINK_CRYPTO_FILE", "CRYPTO")

    def disk(what, *values):
        return own(what, b"".join(u8(v) for v in values))

    def read(fid, size):
        return sup("FILE_READ", u32(fid) + u64(size))

    def write(fid, size):
        return sup("FILE_WRITE", u32(fid) + u64(size))

    def want(fid, at, n):
        return crypto("FILE_WANT", u32(fid) + u64(at) + u32(n))

    def store(fid, at, n):
        return crypto.long("FILE_STORE", 12 + n, u32(fid) + u64(at) + b"x")

    begin = disk(0, 100, 10)
    size = 100 << 10
    yield "read", begin + read(1, size) + want(1, 0, 65495) + want(
        1, 65495, size - 65495) + sup("FILE_DROP", u32(1)) + want(1, 0, 1)
    yield "write", begin + write(2, 3000) + store(2, 0, 1000) + store(
        2, 1000, 2000) + write(4, 0) + store(4, 0, 1)
    for i, change in enumerate((disk(1, 1), disk(2, 1), disk(2, 2),
                                disk(3, 1), disk(0, 1, 1))):
        yield f"changed{i}", begin + read(1, size) + change + want(
            1, 0, 1000) + read(3, size)
    for i, change in enumerate((disk(4, 1), disk(4, 2), disk(5, 1),
                                disk(5, 2), disk(6, 3))):
        yield f"failed{i}", change + write(2, 3000) + store(2, 0, 3000)
    yield "many", begin + b"".join(
        read(2 * n + 1, size) + write(2 * n + 2, 9) for n in range(9))
    yield "stalled", begin + read(1, size) + act(1, FULL) + u8(9) + want(
        1, 0, 60000) * 5 + act(0, FULL) + u8(9) + write(2, 0) * 2 + act(
        1, END) + u8(0)
    yield "too-far", begin + read(1, size) + want(1, size, 1)


# ---- two engines ---------------------------------------------------------

(STEP, RUN, SAY, WAIT, CUT, CONNECT, ASK, VERIFY, QUIT, FRAME, PLAIN_, HARM,
 GARBAGE, SIBLING, HOLD, RESTART, FILE_) = range(17)
HOST = 128


def frame(who, kind, body=b"", how=0):
    return u8(who | FRAME) + u8(kind) + u8(how) + str8(body)


def engine_seeds():
    def say(who, n):
        return u8(who | SAY) + u16(n)

    run = u8(RUN)
    begin = {"key": 0, "pass": 1, "code": 5, "id": 2 + 24 + 32, "pair": 3,
             "new": 2 + 64, "wrong": 1 + 128, "stranger": 2}
    for name, how in begin.items():
        yield (f"chat-{name}", u8(how) + run + b"".join(
            say(who, n) for n in (1, 300, 5000, 65000) for who in (0, HOST)) +
               run + u8(VERIFY) + u8(4) + u8(HOST | VERIFY) + u8(4) +
               u8(VERIFY) + u8(1) + u8(HOST | VERIFY) + u8(1) + run +
               u8(ASK) + u8(0) + run + u8(ASK) + u8(3) + say(0, 5) + run +
               u8(QUIT) + run)
        yield (f"resume-{name}", u8(how) + run + say(0, 9) + u8(CUT) + u8(1) +
               say(HOST, 5) + u8(CONNECT) + run + u8(WAIT) + u8(0xd4) +
               u8(CONNECT) + run + u8(HOST | RESTART) + u8(how) +
               u8(CONNECT) + run + say(0, 4) + run)
    yield "beside", b"\0" + run + say(0, 9) + u8(64 | CONNECT) + run + say(
        0, 9) + run
    yield "rekeys", b"\0" + run + (say(0, 3) + say(HOST, 3) + run) * 30
    yield "wrong-digits", b"\0" + run + u8(VERIFY) + u8(4) + run + (
        u8(VERIFY) + u8(0)) * 4 + run
    bodies = {0x01: bytes(53), 0x02: b"", 0x03: u64(1), 0x04: u64(1),
              0x05: u32(1) + bytes(32), 0x06: u32(1), 0x07: bytes(9),
              0x08: b"", 0x10: b"text", 0x20: u32(1) + u64(9) + b"\1n",
              0x21: u32(1) + u64(0), 0x22: u32(1) + b"\1",
              0x23: u32(1) + u64(0) + b"data", 0x24: u32(1) + u64(4),
              0x25: u32(1) + u64(4)}
    for kind, body in bodies.items():
        for how in (0, 2, 4):
            yield (f"frame{kind:02x}-{how}", b"\0" + run + say(0, 2) +
                   frame(HOST, kind, body, how) + run)
    yield "plain", b"\0" + run + u8(PLAIN_) + u8(0) + str8(b"\x10\0\xff") + run
    for how in range(5):
        yield (f"harm{how}", b"\0" + run + say(0, 2) + u8(HARM) + u16(30) +
               u8(how) + u8(1) + run + say(0, 3) + u8(HARM) + u16(0) + u8(4) +
               u8(0) + run + u8(CONNECT) + run)
    def files(who, what, n):
        return u8(who | FILE_) + u8(what) + u8(n)

    for size, shift in ((0, 0), (9, 0), (200, 10), (255, 16)):
        yield (f"file-{size}-{shift}", b"\0" + run + files(
            0, shift << 4 & 0xf0 | (5 - (shift << 4 & 0xf0) % 5) % 5, size) +
               run + files(HOST, 3, 0) + files(0, 1, 100) + say(0, 9) + run +
               files(HOST, 2, 0) + files(0, 1, 40) + u8(CUT) + u8(1) +
               u8(CONNECT) + run + files(HOST, 2, 0) + files(0, 1, 200) +
               run + u8(ASK) + u8(0) + files(0, 1, 200) + run)
    yield "file-declined", b"\0" + run + files(0, 0, 9) + run + files(
        HOST, 4, 0) + run + files(HOST, 0, 99) + run + files(
        0, 3, 1) + files(HOST, 4, 1) + run
    yield "files", b"\0" + run + (files(0, 160, 40) + files(
        HOST, 160, 30) + run) * 9 + files(0, 3, 1) + files(
        HOST, 3, 0) + files(0, 1, 250) + run
    yield "garbage", b"\0" + u8(GARBAGE) + str8(bytes(60)) + run
    for link, sender in (("LINK_SUPER_CRYPTO", "SUPER"),
                         ("LINK_UI_CRYPTO", "UI"), ("LINK_CRYPTO_NET", "NET"),
                         ("LINK_CRYPTO_FILE", "FILE")):
        place = ("LINK_SUPER_CRYPTO", "LINK_UI_CRYPTO", "LINK_CRYPTO_NET",
                 "LINK_CRYPTO_FILE").index(link)
        for i, row in enumerate(ROWS):
            if link in row[3] and sender in row[2]:
                yield (f"sibling-{row[0].lower()}", b"\0" + run + u8(SIBLING) +
                       u8(place) + u8(i) + u8(8) + u16(0) + u32(1) + u32(1) +
                       run)
    yield "held", b"\0" + run + u8(HOST | HOLD) + say(0, 9) * 3 + run + u8(
        HOST | HOLD) + run + u8(64 | HOLD) + say(0, 9) + u8(WAIT) + u8(0xff)


# ---- words ---------------------------------------------------------------

def options_seeds():
    lines = [
        (0, "5001"), (0, "127.0.0.1:5001 --id --pair --name bob"),
        (0, "[::1]:5001 --passphrase --keep --json --no-input"),
        (0, "--passphrase-fd 0 --quiet --verbose --plain --ascii"),
        (1, "192.0.2.10:5000 --code-fd 0 --log /l --accept-intro 1"),
        (1, "[2001:db8::1]:5000 --key k --rekey-every 20,10m --wait=30s"),
        (1, "fe80::1%eth0 --key=k --proxy socks5://h:1 --no-prices"),
        (1, "h --proxy socks5:/run/tor --prices --prices-every 60"),
        (1, "h --legacy fernet --key k"), (1, "h --legacy gcm --passphrase"),
        (1, "h --prices-url https://p.example:8443/x --ca-file /c"),
        (1, "-qv -- h"), (1, "--help"), (1, "h --wait 30s"), (1, "h --nosuch"),
        (2, "--watch --json --prices-every=5m --colors eastern"),
        (2, "--colors blue-orange --prices-url https://h/ --ascii"),
        (0, "--config /c --pq --accept-new --id"), (1, "h -x --keyy"),
        (0, "--crypto-worker /w --no-color"), (1, "http://h/"),
    ]
    for i, (command, words) in enumerate(lines):
        yield f"line{i}", u8(command) + b"\0".join(
            w.encode() for w in words.split())


def price_http_seeds():
    folder = os.path.join(ROOT, "tests/fuzz/corpus/price")
    names = [n for n in sorted(os.listdir(folder)) if len(n) < 40]
    kind = b"application/json"

    def answer(status, body, *headers):
        lines = [b"HTTP/1.1 " + status, b"Content-Type: " + kind,
                 b"Content-Length: %d" % len(body), *headers]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    for name in names[:12]:
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        yield "ok-" + name, u8(data[0] % 3) + answer(b"200 OK", data[1:])
    yield "busy", b"\0" + answer(b"429 Too Many", b"", b"Retry-After: 30")
    yield "moved", b"\1" + answer(b"301 Moved", b"", b"Location: /x")
    yield "error", b"\2" + answer(b"503 No", b"{}",
                                  b"Retry-After: Fri, 01 Jan 2027 00:00:00 GMT")
    yield "none", b"\x08" + answer(b"204 No Content", b"")
    yield "packed", b"\x10" + answer(b"200 OK", b"{}",
                                     b"Content-Encoding: gzip")
    yield "type", b"\x20HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nx"
    yield "chunks", (b"\x40HTTP/1.1 200 OK\r\nContent-Type: application/json;"
                     b" charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"2\r\n{}\r\n0\r\n\r\n")
    yield "short", b"\0HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"
    yield "old", b"\0HTTP/0.9 200 OK\r\n\r\n{}"
    yield "none-at-all", b"\0"
    yield "gone", b"\x80" + answer(b"200 OK", b"{}")
    yield "continue", b"\0HTTP/1.1 100 Continue\r\n\r\n" + answer(
        b"200 OK", b"{}")
    yield "long", b"\0HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 12000 + b"\r\n"


def audit_seeds():
    status = (b"Name:\tsecchat-net\nTracerPid:\t0\nCapInh:\t0000000000000000\n"
              b"CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
              b"CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n"
              b"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t2\n")
    limits = (b"Limit                     Soft Limit           Hard Limit\n"
              b"Max core file size        0                    0\n"
              b"Max open files            16                   16\n"
              b"Max file size             0                    0\n"
              b"Max processes             0                    unlimited\n")
    smaps = (b"00400000-00401000 rw-p 00000000 00:00 0    [heap]\n"
             b"VmFlags: rd wr mr mw me ac lo dd\n"
             b"7f0000000000-7f0000001000 rw-s 00000000 00:01 9 /secretmem\n"
             b"VmFlags: rd wr\n7fff0000-7fff1000 r--p 0 00:00 0 [vvar]\n"
             b"VmFlags: rd\n")
    maps = (b"00400000-00401000 r-xp 00000000 fe:01 7  /bin/secchat-net\n"
            b"7f0000000000-7f0000001000 r-xp 00000000 fe:01 8  "
            b"/lib/libc.so.6\n7f0000002000-7f0000003000 r-xp 0 fe:01 9 "
            b"/lib/libevil.so (deleted)\n")
    dev = b"Inter-|\n face |\n    lo: 0\n  eth0: 0\n"
    for i, files in enumerate((
            (status, limits), (limits, status), (smaps, maps), (maps, smaps),
            (dev, b"12 13 14 "), (b"secchat-net\n", status),
            (b"", b"\0" * 40), (status, smaps, maps, limits, dev),
            (b"pipe:[1]", b"socket:[2]", b"/dev/null", b"/etc/passwd"))):
        yield f"files{i}", b"".join(u8(i) + u16(len(f)) + f for f in files)


SEEDS = {"tty": tty_seeds, "script": script_seeds, "net": net_seeds,
         "super": super_seeds, "dial": dial_seeds, "engine": engine_seeds,
         "file": file_seeds,
         "options": options_seeds, "price_http": price_http_seeds,
         "audit": audit_seeds}


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
        ROOT, "tests/fuzz/corpus")
    for name, seeds in SEEDS.items():
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for seed, data in seeds():
            with open(os.path.join(folder, name, seed), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
