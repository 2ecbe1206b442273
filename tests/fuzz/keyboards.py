"""Further inputs for the fuzzers of the two front ends: files, from the path
that is typed to what became of them; what happens when nothing is read any
more; and a chat that ends within a line.
"""
import texts
from acts import (END, FULL, LONG, MOST, act, later, own, str8, stream, u8, u16,
                  u32, u64)
from fronts import (ASCII, CRYPTO_UI, JSON, NASTY, PLAIN, STDIN, STDOUT,
                    SUPER_UI, connected, delivered, link_event, peer,
                    quiet, script_lines, status, text, the_end, typed, ui_start,
                    wire)

SUPER, CRYPTO = 0, 1
INSIDE = 262144

# States of a file, and why it goes no further.
OFFERED, ACCEPTED, MOVING, PAUSED, DONE, STOPPED = range(1, 7)
DECLINED, CANCELLED, MANY, PATH, NONE = 1, 2, 7, 33, 34


def news(fid, ours, state, why=0, size=1000, done=500, words="", path="",
         name="name", ask=0):
    return SUPER_UI("UI_FILE", u32(fid) + u32(ask) + u8(ours) + u8(state) +
                    u8(why) + u64(size) + u64(done) + u64(100) + u32(5) +
                    str8(name) + str8(words) + path.encode())


def offer(fid, **how):
    return news(fid, 0, OFFERED, **how)


def typed_slowly(line, ms=1500):
    """The first letter, and the rest when that has been on the screen."""
    return stream(STDIN, line[:1].encode()) + later(ms) + stream(
        STDIN, line[1:].encode() + b"\r") + later(50)


def pasted(times, piece):
    """Long enough to be read in many turns, each of which takes an act."""
    return act(STDIN, LONG) + u16(times - 1) + str8(piece) + later(1) * (
        times * len(piece) // 4096 + 2) + later(1500)


# ---- paths, quoted -------------------------------------------------------

PATHS = (
    # quotes around all of it
    "''", '""', "'a'", '"a"', "'", '"', "'a", "a'", "'a\"", "'it'\\''s.txt'",
    "'ab'c'", "'a'b'cdef'", "'a\\b c'", '"a\\"b\\\\c\\$d\\`e\\f"', '"a\\"',
    "'a'\\''", "'\\'",
    # backslashes
    "a\\ b", "a\\b", "a\\1", "a\\{", "a\\~", "a\\@", "a\\\u00e9", "a\\", "\\",
    "a\\'b\\\"", "\\\\",
    # parts, as a shell writes what is not UTF-8
    "'caf'$'\\351''.txt'", "$'\\x4f\\x4F\\x6a\\xg'", "$'\\101\\n\\q'",
    "$'\\777'", "$'\\0'", "$'\\x'", "$'\\8'", "$'\\:'", "$'\\/'", "$'\\G'",
    "$'\\xfF\\x0'", "$'\\400'", "$'\\12345'", "$'\\`'", "$'a", "$'a\\",
    "$'a\\'", "'a", "'a'$'b", "'a'$'b'c\\d\\", "'a'$'b' c", "'a'$'b'\\ c",
    "\"a\"$'b'", "\"a\\\"b\"$'c'\"d\\e\"", "\"a\\b$'c'", "$'a'\"b\\", "$'a'\"b",
    "$'a'b\"c\"'d'", "a$'b'", "$\"a\"$'b'", "$x$'b'", "$'b'$", "'a\\b'$'c'",
    "\"$'a\"", "$'\\e\\a\\?\\\"'")


def path_seeds():
    for i, path in enumerate(PATHS):
        yield f"path{i}", quiet() + typed("/send " + path) + the_end()
        yield (f"name{i}", quiet() + offer(1) + later(2000) + typed(
            "/accept 1 as " + path) + the_end())
    yield "path-tab", quiet(PLAIN) + stream(
        STDIN, b"/send 'a'$'b'\tc\n") + later(50) + stream(
            STDIN, b"/accept\t1\tas\tx\n/history find\tx\n/accept 1\tx\n"
            ) + later(50) + the_end()
    yield "path-ascii", quiet(ASCII) + typed("/send \u00e9", "/send   x ") + (
        news(0, 1, STOPPED, PATH, ask=2) + later(9) + the_end())
    yield "path-long", quiet() + stream(STDIN, b"/send ") + act(
        STDIN, LONG) + u16(40) + str8(b"x" * 101) + later(50) + stream(
            STDIN, b"\r") + later(50) + the_end()
    for long in (b"x" * 248, b"'" + b"x" * 240 + b"'$'" + b"y" * 7):
        for more in (b"", b"z" * 99 + b"'"[:long[:1] == b"'"]):
            yield (f"name-long{len(long)}-{len(more)}", quiet() + offer(
                1) + later(2000) + stream(STDIN, b"/accept 1 as ") + stream(
                    STDIN, long + more + b"\r") + later(50) + the_end())
    for line in ("/accept 0", "/accept 99999999999", "/accept 1x",
                 "/accept 1 x", "/accept 1 asx", "/accept 1 as", "/accept as",
                 "/decline x", "/decline 1 x", "/cancel x", "/cancel 1 2",
                 "/decline 7", "/cancel 7", "/accept 7", "/decline 5"):
        files = offer(1) + offer(3) + news(5, 0, MOVING) + news(7, 1, OFFERED)
        yield (f"number-{line.replace('/', '').replace(' ', '_')}", quiet() +
               files + later(2000) + typed(line) + the_end())
        yield (f"one-{line.replace('/', '').replace(' ', '_')}", quiet() +
               offer(1) + later(2000) + typed(line) + the_end())


# ---- which offer is meant ------------------------------------------------

def offers_seeds():
    gone = news(1, 0, STOPPED, CANCELLED)
    for flags in (0, PLAIN):
        end = b"\n" if flags else b"\r"

        def line(words, end=end):
            return stream(STDIN, words + end) + later(50)

        for word in (b"/accept", b"/decline", b"/accept as x"):
            name = f"{flags}-{word[1:5].decode()}{len(word)}"
            yield f"meant-old{name}", quiet(flags) + offer(1) + later(
                3000) + line(word) + the_end()
            yield f"meant-new{name}", quiet(flags) + offer(1) + later(
                99) + line(word) + the_end()
            yield f"meant-other{name}", quiet(flags) + offer(1) + offer(
                3) + later(3000) + gone + later(200) + stream(
                    STDIN, word[:3]) + later(2000) + line(
                        word[3:]) + the_end()
            yield f"meant-late{name}", quiet(flags) + stream(
                STDIN, word[:3]) + later(500) + offer(1) + later(
                    2000) + line(word[3:]) + the_end()
            yield f"meant-long-ago{name}", quiet(flags) + offer(1) + offer(
                3) + gone + later(5000) + line(b"a text") + later(
                    3000) + line(word) + line(word) + the_end()
            yield f"meant-again{name}", quiet(flags) + offer(1) + line(
                b"a text") + later(3000) + gone + offer(3) + later(
                    3000) + line(word) + later(9) + line(word) + the_end()
    yield "meant-back", quiet() + news(1, 0, MOVING) + offer(1) + later(
        9) + typed("/accept") + the_end()
    # Taken back over and over: only counted.
    for flags in (0, PLAIN):
        back = b"".join(offer(n) + news(n, 0, STOPPED, CANCELLED) + later(20)
                        for n in range(1, 20))
        yield f"back{flags}", quiet(flags) + back + later(
            60000) + offer(21) + the_end()
        yield f"back-unseen{flags}", quiet(flags) + b"".join(
            news(n, 0, STOPPED, CANCELLED) + later(20)
            for n in range(1, 9)) + the_end()
    yield "back-stopping", quiet() + offer(1) + later(2000) + typed(
        "/decline 1") + news(1, 0, STOPPED, CANCELLED) + offer(
            3) + later(2000) + typed("/decline 3") + news(
                3, 0, STOPPED, DECLINED) + the_end()


# ---- what becomes of them ------------------------------------------------

SIZES = (0, 1, 999, 1000, 5 << 20, 3 << 53, (1 << 63) - 1)


def becomes_seeds():
    for ours in (0, 1):
        for size in SIZES:
            for ms in (0, 500, 5000, 60000):
                yield (f"done{ours}-{size}-{ms}", quiet() + news(
                    1, ours, OFFERED, size=size, done=0) + later(9) + news(
                        1, ours, MOVING, size=size, done=size // 2) + later(
                            ms) + news(1, ours, DONE, size=size, done=size,
                                       path="/d/x" * (ms > 0)) + the_end())
        for why in (1, 2, 3, 4, 5, 6, 7, 8, 31, 32, 33, 34, 99):
            for words in ("", "words"):
                for flags in (0, PLAIN):
                    end = news(1, ours, STOPPED, why, words=words)
                    name = f"{ours}-{why}-{len(words)}-{flags}"
                    yield f"over{name}", quiet(flags) + news(
                        1, ours, OFFERED) + later(9) + end + the_end()
                    yield f"over-moving{name}", quiet(flags) + news(
                        1, ours, MOVING) + later(9) + end + the_end()
                    yield f"over-unseen{name}", quiet(flags) + end + (
                        later(9)) + the_end()
                    yield f"over-wanted{name}", quiet(flags) + news(
                        1, ours, OFFERED) + later(2000) + stream(
                            STDIN, b"/cancel 1" + (
                                b"\n" if flags else b"\r")) + later(
                                    9) + end + the_end()
                    yield f"over-end{name}", quiet(flags) + news(
                        1, ours, MOVING) + later(9) + stream(
                            STDIN, b"/quit\n" if flags else b"/quit\r"
                            ) + stream(STDIN, b"y") + later(
                                9) + end + the_end()
        for flags in (0, PLAIN):
            yield f"quarters{ours}-{flags}", quiet(flags) + b"".join(
                news(1, ours, MOVING, done=n * 100) + later(ms)
                for n in range(11) for ms in (100, 6000)) + stream(
                    STDIN, b"/status\n" if flags else b"/status\r") + later(
                        50) + status() + the_end()
        yield f"status{ours}", quiet() + b"".join(
            news(2 * n + ours + 1, (n + ours) % 2, s) for n, s in enumerate(
                (OFFERED, MOVING, PAUSED, ACCEPTED))) + later(9) + typed(
                    "/status") + status() + the_end()
        yield f"rekeys{ours}", quiet() + news(1, ours, MOVING) + news(
            3, ours, MOVING) + later(9) + b"".join(
                CRYPTO_UI("REKEYED", u32(n) + u8(3)) for n in (1, 2)
                ) + later(9) + news(1, ours, DONE) + later(9) + news(
                    3, ours, DONE) + later(9) + news(5, ours, MOVING) + later(
                        9) + CRYPTO_UI("REKEYED", u32(3) + u8(3)) + later(
                            9) + news(5, ours, STOPPED, 2) + the_end()
        yield f"quick{ours}", quiet(PLAIN) + b"".join(
            news(1, ours, MOVING, done=n * 300) + later(1000)
            for n in range(4)) + the_end()
        yield f"other-way{ours}", quiet() + news(1, ours, OFFERED) + news(
            1, 1 - ours, MOVING)
        yield f"other-way-none{ours}", quiet() + news(
            1, ours, OFFERED) + news(1, 1 - ours, STOPPED, NONE) + the_end()
    for wide in (20, 63, 80):
        for flags in (0, PLAIN):
            yield f"narrow{wide}-{flags}", b"\0" + own(0, u8(wide)) + quiet(
                flags)[1:] + offer(1) + news(3, 1, OFFERED) + later(
                    9) + news(1, 0, DONE) + news(3, 1, STOPPED, 1) + the_end()
    for why in (MANY, PATH, NONE, 1):
        for words in ("", "there is none"):
            for n, line in enumerate(("/send x", "/send  x", "/send x ")):
                for ask in (0, 1, 2):
                    yield (f"refused{why}-{len(words)}-{n}-{ask}",
                           quiet() + typed(line) + news(
                               0, 1, STOPPED, why, words=words, ask=ask) +
                           later(9) + the_end())
    yield "too-many", quiet() + b"".join(
        news(n, n % 2, MOVING) for n in range(1, 40))
    for n, bad in enumerate((
            news(1, 2, OFFERED), news(1, 0, 0), news(1, 0, 7), news(
                1, 0, OFFERED, size=1 << 63), news(1, 0, OFFERED, size=1),
            news(0, 1, OFFERED), news(1, 0, DONE, path="a\0b"))):
        yield f"senseless{n}", quiet() + bad
        yield f"senseless-json{n}", quiet(JSON, saved=0) + bad


# ---- nobody reads --------------------------------------------------------

def nobody_reads(notes=150):
    """Until the terminal takes something again there is no room for a line."""
    out = b""
    for n in range(1, 4):
        out += act(STDOUT, FULL) + u8(255) + CRYPTO_UI.long(
            "TEXT", 60000, u64(n) + b"x")
    for _ in range(notes):
        out += act(STDOUT, FULL) + u8(255) + SUPER_UI.long(
            "UI_NOTE", 513, b"\x85\xc2")
    return out


def stuffed(*acts):
    return b"".join(act(STDOUT, FULL) + u8(255) + one for one in acts)


def room_seeds():
    said = quiet() + typed("one", "two") + news(1, 1, MOVING) + news(
        2, 0, OFFERED) + news(4, 0, MOVING) + later(2000)
    lines = [stream(STDIN, word + b"\r") + later(9) for word in (
        b"/status", b"/drop", b"/history", b"/clear", b"/retry", b"/verify",
        b"/send x", b"/more", b"/raw", b"/wire on", b"/prices", b"text",
        b"/nosuch", b"\x0c", b"\x03", b"/quit", b"y")]
    told = [news(n, ours, state, why) + later(9)
            for n, ours, state, why in (
                (0, 1, STOPPED, 33), (6, 0, OFFERED, 0), (3, 1, OFFERED, 0),
                (4, 0, MOVING, 0), (4, 0, STOPPED, 2), (2, 0, STOPPED, 2),
                (1, 1, STOPPED, NONE), (1, 1, DONE, 0), (8, 0, STOPPED, 2),
                (9, 1, DONE, 0), (10, 0, STOPPED, 2), (12, 0, STOPPED, 2),
                (14, 0, STOPPED, 2), (16, 0, STOPPED, 2))] + [
        SUPER_UI("UI_NOTE", u8(2) + b"note") + later(9),
        SUPER_UI("UI_PRICES", texts.price_table()) + later(9),
        SUPER_UI("UI_RETRY", u32(1) + u32(9) + str8("why")) + later(9),
        SUPER_UI("UI_NAMED", u8(1) + b"eve") + later(9)]
    yield "stuffed-told", said + nobody_reads() + stuffed(
        *told) + later(9000) + the_end()
    for ending in (act(SUPER, END) + u8(0), the_end() + act(SUPER, END) + u8(
            0)):
        yield f"stuffed-gone{len(ending)}", said + nobody_reads() + stuffed(
            *told) + ending + stuffed(b"", b"", b"") + later(9000)
    for i, line in enumerate(lines):
        yield f"stuffed-line{i}", said + nobody_reads() + stuffed(
            line) + later(9000) + the_end()
    yield "stuffed-status", said + typed("/status") + nobody_reads() + stuffed(
        status()) + later(9000) + the_end()
    for n in (20, 40, 50, 55, 60):
        yield f"stuffed-lost{n}", quiet(ASCII) + link_event(
            2, 1, 90000) + typed(*["\xe9" * 120] * 50) + nobody_reads(
                n) + stuffed(link_event(2, 2, 1), CRYPTO_UI(
                    "RESTARTED", u32(1)), later(99), stream(
                        STDIN, b"x\r") + later(9), connected(), later(
                            99), stream(STDIN, b"\r")) + later(
                                9000) + the_end()
    yield "search-ascii", quiet(ASCII) + typed("\xe9") + stream(
        STDIN, b"\x12\xc3\xa9") + later(99) + the_end()
    yield "stuffed-anew", said + nobody_reads() + stuffed(
        link_event(2, 2, 1), CRYPTO_UI("RESTARTED", u32(1)), later(99),
        connected()) + later(9000) + the_end()
    lost = said + link_event(2, 1, 90000) + typed(*["wait"] * 30)
    yield "waits-listed", lost + typed("/drop", "/drop 20", "/drop 2", (
        "/drop 99")) + the_end()

    def unread(where, *words):
        return b"".join(act(where, FULL) + u8(255) + stream(
            STDIN, word + b"\r") + later(1) for word in words)

    # The supervisor does not read: one path, then what is small.
    path = stream(STDIN, b"/send ") + pasted(32, b"x" * 128)
    full = path + unread(SUPER, b"")
    for name, more in (
            ("send", (b"/send x",)), ("prices", (b"/prices",) * 60),
            ("files", (b"/prices",) * 50 + (b"/accept 2", b"/decline 2",
                                            b"/cancel 1", b"/accept 2 as x")),
            ("name", (b"/prices",) * 52 + (b"/name carol",)),
            ("retry", (b"/prices",) * 60 + (b"/retry",))):
        yield f"super-{name}", quiet(0, 3, role=0) + offer(2) + news(
            1, 1, MOVING) + later(2000) + link_event(
                2, 1, 9000) * (name == "retry") + full + unread(
                    SUPER, *more) + the_end()
    # Crypto does not read: one text, then what is small.
    long = act(CRYPTO, FULL) + u8(255) + pasted(512, b"x" * 127)
    yield "crypto-wire", quiet() + long + unread(
        CRYPTO, b"", *[b"/wire on"] * 100) + act(CRYPTO, FULL) + u8(
            255) + link_event(2, 2, 1) + CRYPTO_UI(
                "RESTARTED", u32(1)) + later(99) + connected() + the_end()
    waits = quiet() + long + unread(CRYPTO, b"") + long + unread(
        CRYPTO, b"", *[b"wait"] * 30)
    for n in (1, 30):
        yield f"drops{n}", quiet() + long + unread(
            CRYPTO, b"") + long + unread(CRYPTO, b"", *[b"wait"] * n) + unread(
                CRYPTO, b"/drop", b"/drop 3", b"/drop 3", b"/drop 1") + (
                    the_end())
    yield "drops-stuffed", waits + nobody_reads(138) + unread(
        CRYPTO, b"/drop") + the_end()
    yield "wire-again", quiet() + typed("/wire on", "/wire", "/wire x", (
        "one")) + wire(1) + delivered(1) + the_end()
    # The line is full, and something is to go into it.
    much = pasted(1024, b"x" * 128)
    half = pasted(520, b"x" * 128)
    rest = pasted(502, b"x" * 128)
    yield "line-full", quiet() + half + stream(
        STDIN, b"\x15") + later(9) + stream(STDIN, b"\x19") + later(
            9) + stream(STDIN, b"\x19") + later(9) + stream(
                STDIN, b"\x1by") + later(9) + the_end()
    yield "line-full-tab", quiet() + stream(STDIN, b"/prices re") + later(
        99) + half + rest + stream(STDIN, b"x" * 170) + later(
            1500) + b"".join(stream(STDIN, b) + later(9) for b in (
            b"\x01", b"\x06" * 10, b"\t", b"\r")) + the_end()
    # Texts that are too long, with and without /send.
    for flags in (0, 131072):
        for how in (much, half, stream(STDIN, b"\x1b[200~") + much + stream(
                STDIN, b"\x1b[201~") + later(99)):
            yield f"too-long{flags}-{how[1]}-{how[2]}", quiet(
                flags) + how + stream(STDIN, b"\r") + later(99) + the_end()
    text_ = pasted(511, b"y" * 128)
    yield "backlog-full", quiet() + link_event(2, 1, 90000) + (
        text_ + stream(STDIN, b"\r") + later(9)) * 40 + the_end()


# ---- names, and words that are typed -------------------------------------

def words_seeds():
    for n, name in enumerate((
            'a"b', "a|b", "a--b", "-a-", "\u2502\u2500", "\u257f\u2580\u24ff",
            "x" * 64, "|" * 60, "\u2500" * 21, "you", "bob you", "bo b",
            "o'hara",
            "\u0301", "b\u0301b", "a.b. c", "a. b", "a..b", "a.-b", "a.",
            "a .", "\u01c5\u02b0", "\u2126", "\u00aa", "\ufb01", "-bob")):
        yield (f"called{n}", quiet(0, 3, name=name) + peer(
            1, 0, name) + later(9) + the_end())
        yield (f"named{n}", quiet(0, 3) + typed("/name " + name) + SUPER_UI(
            "UI_NAMED", u8(1) + name.encode()) + later(9) + the_end())
        yield (f"file-name{n}", quiet() + offer(1, name=name) + later(
            99) + typed("/accept") + later(9) + news(
                1, 0, DONE, path="/d/" + name, name=name) + the_end())
    yield "said-one", quiet() + text(1, "one") + later(9) + typed(
        "/history", "/history find on", "/history find zz") + the_end()
    yield "said-much", quiet() + b"".join(
        text(n, f"a {n}") for n in range(1, 50)) + later(9) + typed(
            "/history find a", "/history") + the_end()
    yield "joined-slowly", b"\0" + ui_start(
        0, role=0, host="h", saved=60) + later(15000) + connected() + the_end()
    yield "greets-anew", quiet(role=0) + link_event(2, 2, 1) + CRYPTO_UI(
        "RESTARTED", u32(0)) + later(200) + connected() + later(
            9) + the_end()
    yield "leaving-connected", b"\0" + ui_start(0, saved=60) + stream(
        STDIN, b"q") + later(9) + connected() + later(9) + the_end()
    yield "status-twice", quiet() + later(9) + typed(
        "/status", "/status", "/status") + status() * 3 + the_end()
    yield "anew-text", quiet() + typed("a") + stream(STDIN, b"b") + (
        link_event(2, 2, 1)) + CRYPTO_UI("RESTARTED", u32(1)) + stream(
            STDIN, b"c\r") + later(99) + stream(STDIN, b"\r") + connected(
                ) + typed("", "") + the_end()
    yield "answered-late", quiet() + typed("t", "/quit") + stream(
        STDIN, b"a") + later(50) + stream(STDIN, b"\x03") + later(
            50) + stream(STDIN, b"y") + later(50) + the_end()
    yield "prices-off", quiet() + typed(
        "/prices  bar  on", "/prices " + "x y" * 20, "/prices auto off") + (
            SUPER_UI("UI_PRICES", texts.price_table()) + later(9)) * 2 + (
                the_end())
    for words in ("/accept 1 as", "/-", "/9", "/prices A", "/accept 1~",
                  "/accept ", "/accept 10",
                  "/cancel 99", "/notify o", "/c", "/a", "/r", "/h", "/"):
        many = b"".join(offer(n) for n in range(100000001, 100000017))
        yield f"tab-many-{words[1:].replace(' ', '_')}", quiet(
            ) + many + later(9) + stream(
                STDIN, words.encode() + b"\t") + later(9) + the_end()
    # What one types is one change, as long as it is one word.
    for n, keys in enumerate((
            b"ab\x1f\x1fc\x1f", b"a\x01b\x01c\x1f\x1f", b"\x15a\x19\x1by",
            b"a\x15b\x15\x19\x1by\x1by\x1by", b"\x18\x15", b"\x18\x1b[A",
            b"\x18\r", b"\x18\x03", b"\x18\xc3\xa9", b"\x1b[1;D", b"\x1b[1;",
            b"\x1b[;D", b"\x1b[1;9D", b"\x1b[1;:D")):
        yield f"change{n}", quiet() + b"".join(
            stream(STDIN, bytes([k])) + later(9) for k in keys) + later(
                700) + the_end()
        yield f"change-at-once{n}", quiet() + stream(STDIN, keys) + later(
            700) + the_end()


def tty_seeds():
    for part in (path_seeds, offers_seeds, becomes_seeds, room_seeds,
                 words_seeds):
        yield from part()


# ---- programs ------------------------------------------------------------

def script_seeds():
    send = '{"do":"send","ref":"r","text":"x"}'
    for flags in (JSON, 0, PLAIN):
        for inside in (0, INSIDE):
            for n, data in enumerate((
                    b"", b"\n", b"rest of it\n", b"rest", b"rest\nhalf",
                    b"rest\n" + send.encode() + b"\nhalf", b"a\0b\n\xff\n",
                    b'{"do":"quit"}\nhalf', b"x\n" * 20 + b"half")):
                start = quiet(flags | inside, saved=0)
                name = f"{flags}-{inside}-{n}"
                yield f"inside{name}", start + stream(
                    STDIN, data) + later(20) + the_end()
                yield f"inside-first{name}", b"\0" + ui_start(
                    flags | inside) + stream(STDIN, data) + later(
                        20) + the_end()
                yield f"inside-eof{name}", start + stream(
                    STDIN, data) + later(20) + act(STDIN, END) + u8(
                        0) + later(20) + the_end()
        # Nobody reads, and then it is over: lines that had no turn.
        for more in (b"half", b'{"do":"quit"}\nhalf', b"x" * 255,
                     b'{"do":"nosuch"}\n' * 9, b"\n"):
            for n in (1, 60):
                for drains in (0, 1):
                    end = the_end(0, 0) + (b"" if drains else act(
                        STDOUT, FULL) + u8(255))
                    yield (f"unread{flags}-{len(more)}-{n}-{drains}", quiet(
                        flags, saved=0) + act(STDOUT, FULL) + u8(
                            255) + CRYPTO_UI.long(
                                "TEXT", 65000, u64(1) + b"\x01") * 1 +
                           CRYPTO_UI.long("TEXT", 65000, u64(2) + b"\x01") +
                           stream(STDIN, more * n) + end + (
                               act(STDOUT, FULL) + u8(255) + later(
                                   9)) * 40 * (1 - drains))
        yield f"long-line{flags}", quiet(flags, saved=0) + (act(
            STDIN, LONG) + u16(3000) + str8(b"x" * 250)) + later(
                99) + stream(STDIN, b"\n") + later(99) + the_end()
        yield f"quit-twice{flags}", quiet(flags, saved=0) + script_lines(
            send, '{"do":"quit"}', send) + act(STDIN, END) + u8(1) + later(
                99) + the_end()
        yield f"gone-quit{flags}", quiet(flags, saved=0) + act(
            STDOUT, END) + u8(1) + later(20) + script_lines(
                send, '{"do":"quit"}') + act(STDIN, END) + u8(0) + later(
                    99) + the_end()
        yield f"quit-gone{flags}", quiet(flags, saved=0) + script_lines(
            '{"do":"quit"}') + later(20) + act(STDOUT, END) + u8(1) + text(
                1, "x") + later(20) + the_end()
        for link in range(1, 5):
            yield f"retry{flags}-{link}", quiet(
                flags, role=0, saved=0) + link_event(
                    link, 1, 9) + script_lines('{"do":"retry"}') + later(
                        20) + the_end()
    for n, data in enumerate((b"x" * 255, NASTY)):
        yield f"too-long{n}", quiet(JSON, saved=0) + (act(
            STDIN, LONG) + u16(2200) + str8(data)) + later(
                1) * 90 + stream(STDIN, b"\n{}\n") + later(99) + the_end()
    # It is over while a command waits for room.
    stall = act(STDOUT, FULL) + u8(255)
    stalled = quiet(JSON, saved=0) + b"".join(stall + CRYPTO_UI.long(
        "TEXT", 65000, u64(n) + b"\1") for n in (1, 2)) + b"".join(
            stall + SUPER_UI.long("UI_NOTE", 513, b"\1") for _ in range(120))
    for n, more in enumerate((
            b'{"do":"quit"}\n', b'{"do":"nosuch"}\n', b"{}\n" * 80,
            b'{"do":"quit"}\nx\n', b"{}\nhalf", b'{"do":"send","text":"x"}\n')):
        for late in (0, 1):
            begun = stalled + stall + stream(STDIN, more) + later(9) + stall
            yield f"over{n}-{late}", begun + the_end() + (
                stall * late + later(4000)) * 9
            yield f"over-gone{n}-{late}", begun + stream(
                STDIN, more) + stall + the_end() + act(SUPER, END) + u8(
                    0) + (stall * late + later(4000)) * 9
            yield f"over-crypto{n}-{late}", begun + act(
                CRYPTO, END) + u8(0) + stall + later(9) + the_end() + (
                    stall * late + later(4000)) * 9
            yield f"over-drains{n}-{late}", begun + the_end() + act(
                STDOUT, FULL) + u8(2) + act(STDOUT, MOST) + u8(
                    255) + later(20) * 400 + stall * late


SEEDS = {"tty+": tty_seeds, "script+": script_seeds}
