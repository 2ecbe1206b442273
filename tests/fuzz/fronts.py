"""Inputs for the fuzzers of the two front ends: what siblings tell them, and
what people type.
"""
import texts
from acts import (END, FULL, LONG, MOST, End, act, later, own, str8, stream,
                  u8, u16, u32, u64)

SUPER_UI = End(0, "LINK_SUPER_UI", "SUPER")
CRYPTO_UI = End(1, "LINK_UI_CRYPTO", "CRYPTO")
STDIN, STDOUT = 2, 3
JSON, PLAIN, ASCII, CODE_COMES = 1, 32, 16, 128
TERMIOS = 60


def ui_start(flags, role=1, mode=1, host="", saved=0):
    return SUPER_UI("UI_START", u32(flags) + u8(role) + u8(mode) + u32(1) +
                    u8(1) + str8("SHA256:" + "a" * 43) + u16(saved) +
                    bytes(saved) + str8(host) + u32(1))


def connected(mode=1, suite=1, verified=0, name="bob"):
    return CRYPTO_UI("CONNECTED", u8(mode) + u8(suite) + u8(verified) +
                     u32(0) + str8("192.0.2.1:5000") + str8(name))


def text(n, words):
    words = words.encode() if isinstance(words, str) else words
    return CRYPTO_UI("TEXT", u64(n) + words)


def listening():
    return SUPER_UI("UI_LISTENING", str8("[::]:5000") + u16(5000) +
                    str8("192.0.2.1"))


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
    out += SUPER_UI("UI_PRICES", texts.price_table()) + later(20)
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
    b'{"do":"send","text":"\\ud83d\\ude00\\u202e"}', b'',
    b'{"do":"send","text":"x","chat":1}', b'{"do":"send","ref":"a","text":"x",'
    b'"chat":2}', b'{"do":"status","chat":0}']


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

# ---- further stories -----------------------------------------------------

MODES = (1, 2, 3, 4, 8, 9)


def typed(*lines):
    return b"".join(stream(STDIN, line.encode() + b"\r") + later(100)
                    for line in lines)


def quiet(flags=0, mode=1, role=1, saved=TERMIOS, name="", world=0):
    """Somebody is there, and nothing was said."""
    return (u8(world) + ui_start(flags, role=role, mode=mode, saved=saved) +
            listening() + connected(mode, name=name) + later(20))


def more_tty_seeds():
    for mode in MODES:
        for flags in (0, CODE_COMES, 256, 512, 65536, 16384 + 4096):
            for where in ("192.0.2.1", "127.0.0.1", "::1", "2001:db8::1",
                          "[::1]", ""):
                yield (f"waits{mode}-{flags}-{len(where)}", b"\0" + ui_start(
                    flags, mode=mode, saved=TERMIOS) + SUPER_UI(
                        "UI_LISTENING", str8("[::]:5001") + u16(
                            5000 + len(where) % 2) + str8(where)) +
                       CRYPTO_UI("CODE", b"lusab-babad") * (flags == 128) +
                       CRYPTO_UI("ATTEMPT", u32(1)) + later(100) +
                       connected(mode, name="") + later(20) + the_end())
        yield (f"names{mode}", quiet(0, mode) + typed(
            "/name carol", "/name " + "x" * 70, "/name", "/keys") + peer(
                1, 0) + typed("/keys", "/verify") + peer(1, 1) + the_end())
    for flags in (0, 16384, 131072, 8192, 8):
        yield f"lacks{flags}", quiet(flags) + typed(
            "/verify", "/send x", "/help", "/s", "/send", "/acc",
            " /send x", "/files") + stream(STDIN, b"/s\t\t") + later(
                20) + stream(STDIN, b"x" * 65) + the_end()
    # Digits as people type them.
    yield "digits", quiet() + typed("/verify") + verify(1) + typed(
        "123 456", "12-34-56", "1234567", "12a456", "", "/keys") + verify(
            1) + typed("123456") + verify(3, 1) + typed(
                "123456", "123:56") + verify(3, 2) + typed("") + the_end()
    yield "digits-lost", quiet() + link_event(2, 3, 9000) + typed(
        "/verify", "/rekey", "/retry") + the_end()
    for role in (0, 1):
        for why in range(7):
            yield (f"lost{role}-{why}", quiet(role=role) + typed(
                "/retry", "one", "two") + link_event(2, why, 60000) + typed(
                    "/retry", "/status", "three") + SUPER_UI(
                        "UI_RETRY", u32(2) + u32(900) + str8("why")) + later(
                            99) + typed("/retry") + link_event(
                                4, 0, 70000 * why) + later(99) + delivered(
                                    2) + text(1, "now") + later(9000) +
                   delivered(3) + the_end())
    for n in (0, 1, 2, 3):
        yield (f"waiting{n}", quiet(world=0) + link_event(2, 1, 9000) +
               typed(*["text"] * n) + link_event(4, 0, 99) + later(99) + (
                   delivered(n) if n else b"") + later(9000) + the_end())
        yield (f"waiting-told{n}", quiet() + link_event(2, 1, 9000) + typed(
            *["text"] * n) + link_event(4, 0, 99) + later(20) + text(
                1, "theirs") + later(99) + the_end())
        yield (f"begun-anew{n}", quiet() + typed(*["text"] * n) + stream(
            STDIN, b"half a l") + link_event(2, 1, 9) + CRYPTO_UI(
                "RESTARTED", u32(n)) + later(200) + connected() + later(
                    20) + typed("ine", "", "/verify") + text(1, "a") + verify(
                        1) + CRYPTO_UI("RESTARTED", u32(0)) + later(
                            200) + connected() + the_end())
        yield (f"begun-stalled{n}", quiet() + typed(*["x" * 200] * 9 * n) +
               act(STDOUT, FULL) + u8(200) + act(1, FULL) + u8(99) +
               CRYPTO_UI("RESTARTED", u32(n)) + later(500) + connected() +
               later(900) + the_end())
    yield "again-connected", quiet() + connected()
    yield "text-skipped", quiet() + text(2, "a")
    yield "too-far", quiet() + CRYPTO_UI("DELIVERED", u64(7))
    yield "told-less", quiet() + typed("a", "b") + delivered(2) + delivered(1)
    yield "unasked", quiet() + status() * 3
    yield "twice-asked", quiet() + typed("/status", "/status") + status(
        ) + status() + the_end()
    yield "late", quiet() + typed("a") + later(40000) + delivered(
        1) + later(99) + status() + the_end()
    for why in range(8):
        yield f"new-keys{why}", quiet() + CRYPTO_UI(
            "REKEYED", u32(2) + u8(why)) + later(20) + the_end()
        yield f"verify-state{why}", quiet() + verify(why)
        yield f"note{why}", quiet() + SUPER_UI(
            "UI_NOTE", u8(why)) + SUPER_UI("UI_NOTE", u8(
                why) + b"a note") + the_end()
    yield "notes-stalled", quiet() + act(STDOUT, FULL) + u8(250) + SUPER_UI(
        "UI_NOTE", u8(1) + b"x" * 250) * 90 + later(2000) + the_end()
    yield "prices-stalled", quiet() + act(STDOUT, FULL) + u8(250) + text(
        1, "x" * 240) + b"".join(text(n, "x" * 240) for n in range(
            2, 60)) + (SUPER_UI("UI_PRICES", texts.price_table()) + later(
                20)) * 60 + later(2000) + the_end()
    for i, table in enumerate((
            texts.price_table(1, 15), texts.price_table(2, 8 + 1),
            texts.price_table(2, 8 + 2), texts.price_table(0, 2, reason=2),
            texts.price_table(2, 9, ((3, 5, 0, 0, 0),) * 4),
            texts.price_table(2, 9, ((3, 5, 0, -1, 0),) * 4),
            texts.price_table(2, 9, ((1, 5, 0, 0, 0),) * 4),
            texts.price_table(2, 9, ((0, 0, 0, 0, 0),) * 4), b"\xff")):
        yield (f"prices{i}", quiet() + SUPER_UI("UI_PRICES", table) + later(
            99) + typed("$", "/prices", "/prices  auto   on", "/prices " +
                        "x" * 60) + SUPER_UI("UI_PRICES", table) + later(
                            99) + the_end())
    yield "long-sentence", quiet() + SUPER_UI(
        "UI_END", u8(0) + u32(0) + u16(600) + u16(4))
    yield "frames", quiet(0, 3, name='"|--\u2500\u2502\u257f\u2580-') + peer(
        0, 0, "\u2500\u257f\u2580|" + "\u4e2d" * 12) + typed(
            "/name \u2500\u2580\xe9", "/name " + "\u4e2d" * 30) + the_end()
    yield "named-nothing", quiet(0, 3) + SUPER_UI("UI_NAMED", u8(1) + b"\xff")
    for n in range(4):
        story = quiet() + typed(*["a text"] * n) + b"".join(
            file_news(2 * i + 1, 1, 3) for i in range(n // 2))
        for keys in (b"y", b"Y", b"n", b"N", b"x", b"yn", b"\x1b[A", b"/"):
            yield (f"leave{n}-{keys.hex()}", story + typed("/quit") + stream(
                STDIN, keys) + later(50) + stream(STDIN, b"y") + later(
                    50) + typed("/quit", "/quit") + the_end())
    for files in (0, 1, 2):
        for texts_ in (0, 1, 2):
            yield (f"leave-files{files}-{texts_}", quiet() + b"".join(
                file_news(2 * i + 1, i % 2, 3) + later(9)
                for i in range(files)) + typed(*["t"] * texts_) + typed(
                    "/quit") + stream(STDIN, b"n") + later(50) + typed(
                        "/quit", "/quit") + the_end())
            yield (f"plain-leave{files}-{texts_}", quiet(PLAIN) + b"".join(
                file_news(2 * i + 1, i % 2, 3) + later(9)
                for i in range(files)) + stream(STDIN, b"t\n" * texts_) +
                   later(50) + stream(STDIN, b"/quit\n") + later(
                       50) + stream(STDIN, b"x\n") + later(50) + stream(
                           STDIN, b"/quit\n") + later(50) + stream(
                               STDIN, b"n\n") + later(50) + stream(
                                   STDIN, b"/quit\n") + later(50) + stream(
                                       STDIN, b"y\n") + later(50) + the_end())
    for keys in (b"q\n", b"Q\n", b"x\n", b"qq\n", b"\n", b"\x03"):
        yield (f"plain-waits{keys.hex()}", b"\0" + ui_start(
            PLAIN, saved=TERMIOS) + listening() + stream(STDIN, keys) +
               later(50) + the_end())
    for keys in (b"q", b"Q", b"xq", b"x\rq", b"\x1a", b"\x03", b"\x1b[I"):
        yield (f"tty-waits{keys.hex()}", b"\0" + ui_start(
            0, saved=TERMIOS) + listening() + b"".join(
                stream(STDIN, bytes([k])) + later(50) for k in keys) +
               the_end())
    yield "plain-begun", quiet(PLAIN) + stream(STDIN, b"half") + later(
        50) + stream(STDIN, b" more\n\n\tx\x01\xff\n") + later(50) + the_end()
    # Texts, and what one may do with them.
    said = quiet() + text(1, NASTY) + text(2, "x" * 200) + later(20) + typed(
        "one", "two")
    for line in ("/more", "/more 1", "/more 9", "/more x", "/more 0",
                 "/more 1x", "/more 99999999999", "/raw", "/raw 2", "/raw 9",
                 "/raw -", "/history", "/history find one",
                 "/history find\tzz", "/history findx", "/history x",
                 "/history find", "/drop", "/drop 1", "/drop 9", "/drop x",
                 "/retry", "/wire on", "/wire off", "/wire", "/wire x",
                 "/notify x", "/clear now", "/help me", "/x" * 20,
                 "/" + "x" * 300, "/", "//", "$$$", "   ", " /nosuch",
                 "/ver", "/v", "/zzz", "/hepl", "/re", "/qu", "/\u4e2d"):
        for before, name in ((said, "said"), (quiet(), "none")):
            yield (f"line-{name}-{line.encode().hex()[:40]}", before + typed(
                line) + later(200) + typed("") + stream(
                    STDIN, b" ") + later(50) + the_end())
        yield (f"line-lost-{line.encode().hex()[:40]}", said + link_event(
            2, 1, 9000) + typed(*["wait"] * 12) + typed(line, "/drop 5",
                                                        "/drop") + the_end())
        yield (f"line-stalled-{line.encode().hex()[:40]}", said + act(
            STDOUT, FULL) + u8(255) + act(0, FULL) + u8(255) + act(
                1, FULL) + u8(255) + b"".join(
                    text(n, "x" * 250) for n in range(3, 40)) + typed(
                        *["/retry"] * 5, line, line) + the_end())
    many = quiet() + act(STDIN, LONG) + u16(299) + str8(b"x\r") + later(99)
    yield "drops", many + typed("/drop", "/drop 290", "/drop 1", "/drop 290",
                                "/drop x", "/drop") + the_end()
    yield "drops-stalled", many + act(STDOUT, FULL) + u8(255) + b"".join(
        text(n, "x" * 250) for n in range(1, 40)) + typed(
            "/drop", "/clear", "/help", "/quit") + the_end()
    yield "slip", quiet() + typed(" /quit", "", "$x", "$$", "/") + the_end()
    yield "verifying", quiet() + typed("/verify") + verify(1) + typed(
        "/keys", "12/456", "1234 5", "") + the_end()
    yield "long-command", quiet() + stream(STDIN, b"/") + act(
        STDIN, LONG) + u16(30) + str8(b"x" * 200) + stream(
            STDIN, b"\r") + later(99) + the_end()
    yield "plain-answers", quiet(PLAIN) + b"".join(
        stream(STDIN, line) + later(50) for line in (
            b"\n", b"t\n", b"/quit\n", b"yes\n", b"\n", b"y\n")) + the_end()
    yield "word-signs", quiet() + stream(
        STDIN, "\u00d7 \u00f7 \u3001\uff0c\uff0e \u3020 \xe9a".encode() +
        b"\x1bb" * 9 + b"\x1bf" * 9 + b"\x18\x15\x18\x0a\x1bd") + later(
            99) + the_end()
    yield "answers-typed", quiet() + typed("t", "/quit") + stream(
        STDIN, b"\xc3\xa9") + later(50) + stream(STDIN, b"y") + later(
            50) + typed("", "/quit") + stream(
                STDIN, b"ay") + later(50) + the_end()
    yield "history", quiet() + b"".join(
        text(n, f"text {n}") for n in range(1, 60)) + later(99) + typed(
            "/history", "/history find 7", "/history find nothing") + the_end(
                )
    for words in ("/", "/h", "/ver", "/verify ", "/prices ", "/prices r",
                  "/prices auto ", "/prices auto o", "/prices auto on ",
                  "/prices bar on x", "/prices x ", "/prices au o",
                  "/accept ", "/accept 1 ", "/accept 1 a", "/accept 9 ",
                  "/accept 1 as ", "/cancel ", "/cancel 3", "/decline ",
                  "/wire ", "/wire o", "/wire on", "/notify of", "/zz",
                  "/wire zz", "/nosuch x", "/name ", "/send ", "/s", "/c",
                  "/prices   auto  of", "/" + "x" * 130):
        for files in (b"", file_news(1, 0, 1), file_news(
                1, 0, 1) + file_news(3, 1, 3) + file_news(5, 0, 1)):
            yield (f"tab-{words.encode().hex()[:40]}-{len(files)}", quiet() +
                   files + later(20) + stream(
                       STDIN, words.encode() + b"\t") + later(50) + stream(
                           STDIN, b"\t") + later(50) + the_end())
    yield "tab-lines", quiet() + stream(
        STDIN, b"/a\x1b\rb\t\x1b[D\x1b[D\t") + later(50) + the_end()
    for line in ("/accept", "/accept 1", "/accept 1 as x", "/accept as x",
                 "/accept x", "/decline", "/decline 3", "/cancel",
                 "/cancel 3", "/cancel 1", "/send /x", "/send", "/rekey",
                 "/status", "/keys"):
        for n, files in enumerate((b"", file_news(1, 0, 1), file_news(
                1, 0, 1) + file_news(3, 0, 1), file_news(1, 1, 3), file_news(
                    1, 0, 3) + file_news(3, 1, 3))):
            yield (f"file-{line.encode().hex()[:30]}-{n}", quiet() + files +
                   later(20) + typed(line) + CRYPTO_UI(
                       "REKEYED", u32(1) + u8(1)) + later(20) + CRYPTO_UI(
                           "REKEYED", u32(2) + u8(1)) + later(
                               9000) + the_end())
    sealed = quiet() + typed("/wire on", "/wire on", "one")
    for body in (u64(1) + u32(274) + bytes(64), u64(1) + u32(64) + bytes(64),
                 u64(1) + u32(10) + bytes(64), u64(9) + u32(9), u64(1)):
        yield f"wire{len(body)}-{body[8:12].hex()}", sealed + CRYPTO_UI(
            "WIRE", body) + delivered(1) + later(99) + typed(
                "two") + delivered(2) + the_end()
    for keys in (b"\x18", b"\x18\x05", b"\x18x", b"\x1bOP", b"\x1bO",
                 b"\x1b[1;5C", b"\x1b[1;C", b"\x1b[;5C", b"\x1b[1;x",
                 b"\x1b[27;2;13~", b"\n", b"\x1b\n", b"\x0a",
                 b"\x1b[200~" + b"x" * 200, b"a\x1f\x1f", b"\x17", b"\x1by",
                 b"ab\x15\x19\x1by", b"a b\x17\x17\x19\x1by\x1by",
                 b"\xc3\x97\xc3\xb7 \xe3\x80\x81\xef\xbc\x8c \x17\x17\x17",
                 b"\xe2\x81\xa6a\xe2\x81\xa9\x1b[D\x1b[D\x1b[C\x1b[C",
                 b"\x1b[13;2u", b"\x1b[<0;1;1M", b"\x1bx", b"\x1b\x1b"):
        yield f"keys-{keys.hex()[:40]}", quiet() + stream(
            STDIN, keys) + later(700) + stream(STDIN, keys + b"\r") + later(
                99) + the_end()
    yield "paste-much", quiet() + stream(STDIN, b"\x1b[200~") + act(
        STDIN, LONG) + u16(700) + str8(b"x" * 200) + later(99) + stream(
            STDIN, b"\x1b[201~\r") + later(99) + the_end()
    yield "type-much", quiet() + act(STDIN, LONG) + u16(700) + str8(
        b"x" * 200) + later(99) + stream(STDIN, b"y\r") + later(
            99) + the_end()
    yield "wait-much", quiet() + link_event(2, 1, 90000) + (act(
        STDIN, LONG) + u16(300) + str8(b"x" * 200) + stream(
            STDIN, b"\r") + later(99)) * 20 + the_end()
    # What is typed before the new size is certain.
    for keys in (b"one\r", b"a\x1ab\r", b"x" * 250, b"\x1b[200~a\rb",
                 b"/quit\r"):
        for end in (b"", act(STDIN, END) + u8(0), act(STDIN, END) + u8(1)):
            yield (f"held-{keys[:9].hex()}-{len(end)}{end[-1:].hex()}",
                   quiet() + own(0, u8(40)) + later(5) + stream(
                       STDIN, keys) + later(20) + stream(
                           STDIN, b"two\rthree\r") + later(9) + end + later(
                               500) + the_end())
    yield "held-many", quiet() + own(0, u8(40)) + later(5) + stream(
        STDIN, b"x") * 300 + later(500) + the_end()
    yield "held-much", quiet() + own(0, u8(40)) + later(5) + (act(
        STDIN, LONG) + u16(20) + str8(b"x" * 200) + later(1)) * 8 + later(
            500) + the_end()
    for wide in (12, 20, 40, 79, 200):
        for flags in (0, ASCII, PLAIN):
            yield (f"wide{wide}-{flags}", u8(0) + own(0, u8(wide)) +
                   quiet(flags)[1:] + typed("/help", "/status", "/prices") +
                   status() + file_news(1, 0, 1) + lost_and_back() +
                   the_end())


def script_lines(*lines):
    return stream(STDIN, b"".join(line.encode() + b"\n" for line in lines))


def more_script_seeds():
    for flags in (JSON, 0, PLAIN):
        for mode in MODES + (7,):
            yield (f"mode{flags}-{mode}", quiet(flags, mode, saved=0) +
                   script_lines('{"do":"status"}') + later(20) + CRYPTO_UI(
                       "STATUS", u8(1) + u8(mode) + u32(1) + u32(0) +
                       u32(0xffffffff)) + the_end())
        for link in range(7):
            for retry in (b"", SUPER_UI(
                    "UI_RETRY", u32(1) + u32(9) + str8("why")), SUPER_UI(
                        "UI_RETRY", u32(1) + u32(9) + str8(""))):
                yield (f"link{flags}-{link}-{len(retry)}", quiet(
                    flags, saved=0, role=0) + script_lines(
                        '{"do":"status"}') + later(20) + link_event(
                            2, 1, 9) + retry + later(20) + CRYPTO_UI(
                                "STATUS", u8(link) + u8(1) + u32(1) + u32(
                                    0) + u32(5)) + script_lines(
                                        '{"do":"retry"}') + later(
                                            20) + the_end())
                yield (f"event{flags}-{link}-{len(retry)}", quiet(
                    flags, saved=0) + retry + link_event(
                        link, link, 5) + retry + link_event(
                            4, 0, 5) + the_end())
        for state in range(6):
            yield (f"digits{flags}-{state}", quiet(flags, saved=0) +
                   script_lines('{"do":"verify"}',
                                '{"do":"verify","digits":"123456"}') + later(
                                    20) + verify(state) + the_end())
            yield f"note{flags}-{state}", quiet(flags, saved=0) + SUPER_UI(
                "UI_NOTE", u8(state) + b"note") + the_end()
            yield f"keys{flags}-{state}", quiet(flags, saved=0) + CRYPTO_UI(
                "REKEYED", u32(1) + u8(state)) + the_end()
        for error in (1, 4, 10, 11, 20, 33, 40, 50, 60, 70, 79, 80, 90, 999):
            yield f"remark{flags}-{error}", quiet(flags, saved=0) + CRYPTO_UI(
                "REMARK", u16(error) + u32(2)) + the_end()
        for n in (0, 2):
            yield f"anew{flags}-{n}", quiet(flags, saved=0) + script_lines(
                *['{"do":"send","text":"x"}'] * n) + later(20) + link_event(
                    2, 1, 9) + CRYPTO_UI("RESTARTED", u32(n)) + the_end()
        yield f"less{flags}", quiet(flags, saved=0) + script_lines(
            "a", '{"do":"send","text":"x"}') + later(20) + delivered(
                1) + delivered(1)
        yield f"sent{flags}", quiet(flags | 4096, saved=0) + script_lines(
            "a", '{"do":"send","text":"x"}') + later(20) + delivered(
                1) + the_end()
        yield f"stalled{flags}", quiet(flags, saved=0) + act(
            STDOUT, FULL) + u8(250) + b"".join(CRYPTO_UI.long(
                "TEXT", 65000, u64(n) + b"x") for n in range(1, 20)) + (
                    SUPER_UI("UI_NOTE", u8(1) + b"x") * 9) + later(
                        99) + the_end()
        yield f"long{flags}", quiet(flags, saved=0) + act(
            STDIN, LONG) + u16(3000) + str8(b"x" * 250) + later(
                99) + stream(STDIN, b"\n") + later(99) + the_end()
        yield f"failed{flags}", quiet(flags, saved=0) + act(
            STDIN, END) + u8(1) + later(99) + the_end()
        yield f"quits{flags}", quiet(flags, saved=0) + script_lines(
            '{"do":"quit"}', '{"do":"quit"}', '{"do":"status"}') + later(
                99) + act(STDIN, END) + u8(0) + later(99) + the_end()
        yield f"behind{flags}", b"\0" + ui_start(flags) + script_lines(
            *SCRIPT_EARLY) + later(99) + connected() + the_end()


SCRIPT_EARLY = ('{"do":"verify"}', '{"do":"rekey"}',
                '{"do":"name","name":"x"}', '{"do":"status"}',
                '{"do":"retry"}', '{"do":"accept","n":1}',
                '{"do":"send","text":"x"}')


def all_tty_seeds():
    yield from tty_seeds()
    yield from more_tty_seeds()


def all_script_seeds():
    yield from script_seeds()
    yield from more_script_seeds()


SEEDS = {"tty": all_tty_seeds, "script": all_script_seeds}
