"""Inputs for the fuzzers of records and texts: prices, settings, people, the
older formats.
"""
import base64
import hmac

from acts import ROWS, u8, u16, u32, u64

# Prices: a coin is whether it has a price and a change, and both.
BTC = (3, 650001, -1, 124, 1767225600)
FREE = (0, 0, 0, 0, 0)
(VALUES, FAILED, AUTO, BAR, SLOWED, OTHER, ASKING, SAMPLE) = (
    1 << n for n in range(8))
NEVER = 0xffffffff


def quote(coin):
    has, digits, exp, change, when = coin
    return (u8(has) + u64(digits) + u8(exp & 0xff) +
            u32(change & 0xffffffff) + u64(when))


def price_table(show=0, flags=VALUES, coins=(BTC,) * 4, reason=0, http=0,
                also=0, also_http=0, ages=(1, 1, 1, 1), future=0, samples=9,
                provider=0, after=60):
    return (u8(show) + u8(flags) + u8(provider) + u8(reason) + u8(0) +
            u16(http) + u8(also) + u8(2) + u16(also_http) + u32(5) +
            u32(after) + u32(300) + u8(0) + b"".join(
                quote(c) + u32(a) + u8(future) for c, a in zip(coins, ages)) +
            u8(samples) + bytes(n % 9 for n in range(96)))


def price_answer(status=0, http=200, coins=(BTC,) * 4, wait=0):
    return u8(status) + u16(http) + u32(wait) + b"".join(
        quote(c) for c in coins)


COINS = [BTC, FREE, (1, 99999999999, 1, 0, 9), (3, 1, 0, -550, 9),
         (3, 12345678, -9, 0, 9), (3, 123456, -3, 1, 9), (3, 1, -12, 1, 9),
         (3, 999999999999999999, -7, 100000, 9), (3, 5, 3, -1, 9),
         (2, 0, 0, 7, 9)]
WRONG = [(3, 0, 0, 0, 0), (0, 5, 0, 0, 0), (1, 5, 0, 9, 0), (4, 0, 0, 0, 0),
         (3, 10 ** 19, 0, 0, 0), (1, 5, 0, 0, 1 << 60), (1, 5, 100, 0, 0),
         (3, 5, 0, -0x80000000, 0), (3, 5, 0, 0x7fffffff, 0)]


def price_record_seeds():
    for flags in (0, VALUES, VALUES | BAR, BAR, VALUES | FAILED | BAR, FAILED,
                  VALUES | AUTO, VALUES | AUTO | ASKING | SLOWED,
                  VALUES | AUTO | FAILED, VALUES | OTHER | SAMPLE,
                  FAILED | ASKING, 255):
        for show in (0, 1, 2):
            yield f"flags{flags}-{show}", price_table(show, flags)
            yield f"again{flags}-{show}", price_table(
                show, flags, after=0, reason=2, http=503, also=2,
                also_http=500, samples=1)
            yield f"never{flags}-{show}", price_table(
                show, flags, after=NEVER, reason=2, http=200, also=3,
                samples=0, future=1)
    for n in range(len(COINS)):
        four = tuple(COINS[(n + i) % len(COINS)] for i in range(4))
        for show in (0, 1):
            yield f"coins{n}-{show}", price_table(
                show, VALUES | BAR, four, ages=(NEVER, 9999, 0, 601),
                provider=n % 3)
            yield f"one{n}-{show}", price_table(
                show, VALUES | BAR, (COINS[n],) * 4, ages=(NEVER,) * 4)
        yield f"answer{n}", price_answer(coins=four)
    for i, coin in enumerate(WRONG):
        yield f"wrong{i}", price_table(coins=(coin, BTC, FREE, FREE))
        yield f"wrong-answer{i}", price_answer(coins=(coin, BTC, FREE, FREE))
    for at, value in ((0, 3), (2, 9), (3, 99), (4, 9), (7, 9), (8, 99),
                      (23, 9), (132, 60), (133, 99)):
        table = bytearray(price_table())
        table[at] = value
        yield f"unsound{at}", bytes(table)
    yield "failed", price_answer(1, 429, (FREE,) * 4, 30)
    yield "failed-prices", price_answer(1)
    yield "none", price_answer(0, 200, (FREE,) * 4)
    yield "status", price_answer(99, 0, (FREE,) * 4)
    yield "short", price_table()[:-1]
    yield "long", price_answer() + b"x"


# ---- the older formats ---------------------------------------------------

# What happens to such an engine, told by two bytes and more.
(ANY, GOOD, GOOD_, LONG_ONE, REKEY, SAY, SHOWN, CREDIT, ASK, WAIT_, CLOSE,
 NET) = range(12)
FERNET_FILE = b"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="


def happens(what, n=0, more=b""):
    return u8(what) + u8(n) + more


def says(link, name, body=b"", length=0):
    """Which link: 0 the supervisor's, 1 the front end's, 2 net's."""
    number = [r[0] for r in ROWS].index(name)
    return happens(NET, 201 + link, u8(number) + u16(length) + u8(
        len(body)) + body)


def legacy_seeds():
    end = bytes(18)
    hosts = {"gcm-host": 7, "gcm-joiner": 6, "fernet-host": 9,
             "fernet-joiner": 8}
    first = happens(ANY) + happens(WAIT_, 100)
    for name, kind in hosts.items():
        stories = {
            "talk": (happens(SAY, 9) + happens(GOOD, 4, b"text") + happens(
                CREDIT, 9) + happens(SHOWN)) * 9,
            "flood": (happens(GOOD, 1, b"x")) * 70,
            "unshown-flood": happens(GOOD, 1, b"x") * 260,
            "much": happens(LONG_ONE, 250) * 30,
            "two-pieces": u8(LONG_ONE + 120) + u8(255) + u8(SAY + 120) + u8(
                255) + happens(CREDIT, 9),
            "keys-short": happens(ANY, 14, b"__REKEY__abcde"),
            # In one round, in which the front end is not served yet.
            "keys-again": happens(REKEY, 5) + u8(GOOD + 240) + u8(
                1) + b"x" + u8(REKEY + 240) + u8(6) + happens(GOOD, 1, b"x"),
            "keys-asked": happens(REKEY, 5) + u8(ASK + 240) + u8(
                1) + happens(GOOD, 1, b"x") + happens(SAY, 3),
            "keys-used-up": (happens(ASK, 1) + happens(CREDIT, 9)) * 9 + (
                happens(REKEY, 5) + happens(WAIT_, 9)),
            "keys-said": happens(REKEY, 5) + u8(SAY + 240) + u8(
                3) + u8(GOOD + 240) + u8(1) + b"x" + u8(REKEY + 240) + u8(
                    7) + happens(WAIT_, 20) + happens(CREDIT, 9),
            "unshown": happens(LONG_ONE, 250) * 9 + happens(SHOWN),
            "stalled": happens(SAY, 9) * 40 + happens(WAIT_, 200),
            "long": happens(SAY, 255) * 9 + happens(CREDIT, 200) + (
                happens(SAY, 255)),
            "odd": u8(SAY + 12 * 5) + u8(250) + happens(CREDIT, 99),
            "keys": (happens(ASK, 1) + happens(SAY, 3) + happens(
                CREDIT, 9)) * 9,
            "their-keys": (happens(REKEY, 5) + happens(SAY, 3) + happens(
                GOOD, 1, b"x") + happens(CREDIT, 9)) * 9,
            "crossed": happens(SAY, 3) + happens(REKEY, 5) + happens(
                ASK, 1) + happens(REKEY, 6) + happens(SAY, 3) + happens(
                    REKEY, 7) + happens(WAIT_, 90) + happens(SAY, 1),
            "flood-keys": happens(REKEY, 8) * 20,
            "mixed-keys": (happens(REKEY, 8) + happens(ASK, 1) + happens(
                SAY, 1) + u8(GOOD + 12) + u8(1) + b"x") * 12,
            "count": (happens(GOOD, 1, b"x")) * 21 + happens(
                WAIT_, 9) + happens(SAY, 2),
            "own-count": (happens(SAY, 1) + happens(CREDIT, 9)) * 45,
            "bad": happens(ANY, 0) + happens(ANY, 3, b"abc") * 5 + happens(
                ANY, 40, bytes(40)) * 5 + happens(REKEY, 251) + happens(
                    GOOD, 1, b"\xff") + happens(GOOD, 0) + happens(
                        WAIT_, 99) * 3,
            "asks": happens(ASK, 0) + happens(ASK, 1) + happens(
                ASK, 2) + happens(WAIT_, 91) + happens(ASK, 2) + happens(
                    WAIT_, 90),
            "leaves": happens(SAY, 3) + happens(CLOSE, 251) + happens(
                CLOSE, 252) + happens(WAIT_, 250),
            "leaves-behind": happens(SAY, 3) * 40 + happens(CLOSE, 251) + (
                happens(WAIT_, 250)),
            "second": happens(NET, 251) + happens(CLOSE, 251) + happens(
                NET, 251)}
        for why in range(5):
            stories[f"lost{why}"] = happens(SAY, 3) + u8(NET) + u8(
                254) + happens(NET, 251)
        for state, before in (("", first), ("early-", b"")):
            for story, acts in stories.items():
                yield f"{name}-{state}{story}", u8(kind) + before + acts + end
            for link, row, body, length in (
                    (2, "CONN_OPEN", u32(1) + b"\0\0\1a", 0),
                    (2, "CONN_OPEN", u32(5) + b"\0\0\1a", 0),
                    (2, "FRAME_IN", u32(0), 0), (2, "FRAME_IN", u32(9), 0),
                    (2, "FRAME_IN", u32(1) + b"x", 0),
                    (2, "FRAME_IN", u32(1), 20), (2, "CREDIT", u32(
                        1) + u32(99), 0), (2, "CREDIT", u32(7), 0),
                    (2, "CONN_LOST", u32(1) + b"\1", 0),
                    (2, "CONN_LOST", u32(1) + b"\2", 0),
                    (2, "CONN_LOST", u32(1) + b"\4", 0),
                    (2, "CONN_LOST", u32(0) + b"\4", 0),
                    (2, "BULK_CREDIT", u32(1), 0),
                    (1, "UI_SEND", b"\xff", 0), (1, "UI_SEND", b"x", 65000),
                    (1, "UI_SHOWN", u64(99), 0), (1, "UI_STATUS", b"", 0),
                    (1, "UI_REKEY", b"", 0), (1, "UI_WIRE", b"\1", 0),
                    (1, "UI_RESTARTED", b"", 0), (1, "UI_VERIFY", b"", 0),
                    (0, "CRYPTO_START", bytes(14), 0),
                    (0, "READ_SECRET", b"", 0), (0, "CRYPTO_CLOSE", b"", 0),
                    (0, "PEER_KNOWN", b"", 0), (0, "FILE_OFFER", b"", 0)):
                one = says(link, row, body, length)
                for n, more in (("", one), ("-twice", one + one), (
                        "-over", happens(CLOSE, 251) + happens(
                            WAIT_, 250) + one), ("-gone", says(
                                2, "CONN_LOST", u32(1) + b"\1") + one),
                                ("-leaving", happens(SAY, 3) * 40 + happens(
                                    CLOSE, 251) + one)):
                    yield (f"{name}-{state}{row.lower()}{n}-"
                           f"{body.hex()[:20]}{length}", u8(
                               kind) + before + more + end)
        yield f"{name}-filled", u8(kind) + first + says(
            1, "UI_SEND", b"x", 65000) * 40 + end
        yield f"{name}-many", u8(kind) + first + says(
            1, "UI_SEND", b"x") * 280 + end
        yield f"{name}-other-conn", u8(kind) + first + happens(
            NET, 251) + says(2, "CONN_LOST", u32(2) + b"\1") + says(
                2, "FRAME_IN", u32(2), 20) + says(
                    2, "CREDIT", u32(2) + u32(1)) + end
    # The secret.
    for how in range(4):
        for role, mode, suite, source in (
                (1, 8, 1, 1), (0, 9, 1, 3), (2, 8, 1, 1), (0, 8, 2, 1),
                (0, 8, 1, 3), (0, 9, 1, 1), (0, 2, 1, 1), (0, 9, 1, 2)):
            for i, secret in enumerate((
                    FERNET_FILE, FERNET_FILE + b"\n", FERNET_FILE[:40],
                    b"a passphrase\n", b"\n", "caf\xe9\n".encode(),
                    "\u4e2d\n".encode(), b"\xff\n", b"x" * 1100, b"")):
                yield (f"start{how}-{role}{mode}{suite}{source}-{i}", u8(
                    255) + u8(how) + u8(role) + u8(mode) + u8(suite) + u8(
                        source) + bytes(10) + secret)
    # As functions.
    for i, text in enumerate((
            b"", b"AAAA", b"AA==", b"AAA=", b"AB==", b"AAB=", b"A===",
            b"AAAAA", b"AA=A", b"A\xffAA", b"AAAA====", b"AA==AAAA")):
        yield f"base64-{i}", u8(10) + text + (b"" if text else b"")
    for end_ in (b"", b"\n", b"\r", b"\r\n", b"x", b"xx", b"\n\n", b"x\n",
                 b"\r\r", b"\r\n\n"):
        yield "key-" + end_.hex(), u8(2) + FERNET_FILE + end_
    for text in (b"A" * 42 + b"==", FERNET_FILE[:-2] + b"==", b"!" * 44,
                 FERNET_FILE[:-1] + b"A",
                 b"x" * 43):
        yield "key-" + text[-4:].hex(), u8(2) + text
    for text in (b"x", "\xe9".encode(), "\u4e2d".encode(), b"\xff", b""):
        yield "pass-" + text.hex(), u8(11) + text
    yield "short", u8(11)
    # Under a key of zeros, which the fuzzer has: whoever holds the key may
    # seal anything.  This block opens to zeros, so what opens is the IV.
    block = bytes.fromhex("66e94bd4ef8a2c3b884cfa59ca342b2e")
    for i, (version, iv, sealed) in enumerate((
            (0x80, b"\x10" * 16, block), (0x81, b"\x10" * 16, block),
            (0x80, b"\x10" * 16, block + b"x"), (0x80, bytes(16), block),
            (0x80, b"\x11" * 16, block), (0x80, bytes(15) + b"\2", block),
            (0x80, bytes(14) + b"\1\1", block))):
        token = u8(version) + u64(1) + iv + sealed
        yield f"token{i}", u8(3) + base64.urlsafe_b64encode(
            token + hmac.digest(bytes(16), token, "sha256"))


# ---- words ---------------------------------------------------------------

def config_seeds():
    values = ("yes", "no", "x", "", "~/a", "~", "/a", "a/b", "9", "-1", "5m",
              "20,10m", "h:1", "https://h/", "socks5://h:1", "eastern",
              '"q"', "caf\xe9", "\x01", "x" * 300, "~/" + "x" * 5000)
    keys = ("name", "key", "identity-dir", "proxy", "prices", "prices-every",
            "prices-url", "prices-key", "ca-file", "colors", "rekey-every",
            "download-dir", "log", "ascii", "no-color", "quiet", "verbose",
            "keep", "wait", "no-prices", "id", "pq", "nosuch", "naem", "plain",
            "legacy", "bell", "notify", "accept-new", "code-fd")
    for key in keys:
        for i, value in enumerate(values):
            yield f"{key}-{i}", f"{key} = {value}\n".encode()
        yield f"{key}-twice", f"{key} = x\n{key} = y\n".encode()
    for end in range(8):
        yield f"home{end}", b"log = ~/a\n#" + b"x" * end
    yield "long-paths", b"".join(f"{key} = ~/{'x' * 4000}\n".encode()
                                 for key in ("log", "key", "ca-file"))
    yield "words", b"# a comment\n\n  name=bob # more\n[part]\n= x\nname\n"
    yield "ends", b"name = bob\r\n\0"


def options_seeds():
    words = (
        "h:70000", "[::1", "[::1]x", "::1", "1.2.3", "1.2.3.4.5", "0x7f.1",
        "fe80::1%", "fe80::1%eth0", "[fe80::1%2]:5", "h:", ":5", "h:0", "h:x",
        "999.1.1.1", "1.2.3.4:5", "h" * 260, "-", "a b", "h/", "[h]:5", "",
        "[]:5", "[1.2.3.4]:5", "::ffff:1.2.3.4", "12345", "1e5")
    for i, word in enumerate(words):
        for command in (0, 1, 2):
            yield f"where{i}-{command}", u8(command) + word.encode()
        for option in ("--proxy", "--prices-url", "--name", "--wait",
                       "--rekey-every", "--prices-every", "--ca-file",
                       "--accept-intro", "--code-fd", "--passphrase-fd"):
            for tail in ("", "socks5://", "socks5:", "https://"):
                yield (f"value{i}{option}{len(tail)}", b"\1h\0" +
                       option.encode() + b"\0" + tail.encode() +
                       word.encode())
    for line in ("h --prices-url https://h:1/x --prices-url https://h",
                 "h --json --plain", "h --quiet --verbose", "h --id --key k",
                 "h --legacy gcm --id", "h --legacy fernet --pq",
                 "h --prices-sample", "h --code-fd 1", "h --code-fd 99",
                 "h --passphrase-fd 2 --code-fd 0", "h --help x", "--version"):
        for command in (0, 1, 2):
            yield (f"line{command}-{line}".replace(" ", "_").replace(
                "/", "."), u8(command) + b"\0".join(
                    w.encode() for w in line.split()))


JSON_MEMBERS = (
    '', ',"text":1', ',"text":"x","x":1', ',"ref":1',
    ',"ref":"' + "x" * 70 + '"', ',"n":-1', ',"n":1.5', ',"n":5000000000',
    ',"n":"1"', ',"as":1', ',"as":""', ',"as":"a/b"',
    ',"as":"' + "x" * 300 + '"', ',"what":1', ',"what":"x"', ',"path":1',
    ',"path":""', ',"path":"' + "x" * 5000 + '"', ',"name":""',
    ',"name":"a/b"', ',"digits":123456', ',"digits":"12345x"',
    ',"digits":"1"', ',"text":"' + "x" * 70000 + '"', ',"text":"\\u0000"',
    ',"path":"a\\u0000"', ',"as":"a\\u0000"', ',"n":1,"as":"x"',
    ',"path_hex":"41"', ',"path_hex":"4"', ',"path_hex":""',
    ',"path_hex":"zz"', ',"path_hex":1', ',"path":"a","path_hex":"41"',
    ',"path_hex":"' + "41" * 4097 + '"', ',"n":1,"as":""',
    ',"n":1,"as":"' + "x" * 300 + '"', ',"n":1,"as":1', ',"path":"a"',
    ',"chat":1', ',"chat":0', ',"chat":"1"', ',"text":"x","chat":2',
    ',"what":"auto off"', ',"name":"x"', ',"name":"' + "x" * 70 + '"')


def json_cmd_seeds():
    for do in ("send", "status", "rekey", "verify", "retry", "prices", "name",
               "quit", "sendfile", "accept", "decline", "cancel"):
        for n, rest in enumerate(JSON_MEMBERS):
            yield f"{do}-{n}", b"\0" + f'{{"do":"{do}"{rest}}}\n'.encode()
    for n, line in enumerate((b"", b"\n\n", b"[]\n", b'{"do":1}\n', b"x" * 99,
                              b'{"do":"\xff"}', b"{}\n" * 9)):
        yield f"line-{n}", b"\0" + line
        yield f"short-{n}", b"\7" + line


def price_seeds():
    number = ("1e400", "-5", "1e-400", "1" * 500, "1e12345", "1e+5", "1e",
              "1.", "0.0", "-0", "1e-12", "99999999999999999999", "1E5",
              "null", '"x"', "true", "[]", "0.000000000000001")
    for i, n in enumerate(number):
        for coin in ("bitcoin", "ethereum"):
            yield (f"gecko{i}-{coin}", b"\0" + (
                f'{{"{coin}":{{"usd":{n},"usd_24h_change":{n},'
                f'"last_updated_at":{n}}}}}').encode())
        yield (f"kraken{i}", b"\1" + (
            f'{{"error":[],"result":{{"XXBTZUSD":{{"c":["{n}","1"],'
            f'"o":"{n}"}}}}}}').encode())
        yield (f"kraken-zero{i}", b"\1" + (
            f'{{"error":[],"result":{{"XXBTZUSD":{{"c":["5","1"],'
            f'"o":"{n}"}}}}}}').encode())
        yield (f"finex{i}", b"\2" + (
            f'[["tBTCUSD",1,1,1,1,1,{n},{n},1,1,1]]').encode())
    for error in ("EAPI:Rate limit exceeded", "EGeneral:Too many requests",
                  "EQuery:Unknown asset pair", "x"):
        yield f"error-{len(error)}", b"\1" + (
            f'{{"error":["{error}"],"result":{{}}}}').encode()
    yield "finex-error", b'\2["error",10020,"x"]'
    yield "finex-other", b'\2["other",10020,"x"]'


def price_http_seeds():
    for status in ("418 No", "429 x", "304 x", "451 x", "401 x", "403 x",
                   "404 x", "500 x", "200 OK", "206 x", "100 x"):
        for kind in ("application/json", "application/json ;x",
                     "application/json\t", "text/html", "application/jsonx",
                     ""):
            for retry in ("", "Retry-After: 30\r\n", "Retry-After: x\r\n"):
                for first in (0, 1):
                    head = f"Content-Type: {kind}\r\n" if kind else ""
                    yield (f"{status[:3]}-{len(kind)}-{len(retry)}-{first}",
                           u8(first) + (
                               f"HTTP/1.1 {status}\r\n{head}{retry}"
                               "Content-Length: 2\r\n\r\n{}").encode())
    yield "large", b"\0HTTP/1.1 200 OK\r\nContent-Type: application/json" + (
        b"\r\nContent-Length: 70000\r\n\r\n" + b" " * 70000)
    yield "large-chunks", (
        b"\0HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n11170\r\n" + b" " * 70000 +
        b"\r\n0\r\n\r\n")


# ---- people --------------------------------------------------------------

def person(n, state="verified", since="2026-11-22", addr="-", name=None):
    return f"{n:064x} {state} {since} {addr} {name or f'p{n}'}\n".encode()


NAMES = (
    "bob", "you", "You there", "a you", "verified", "a verified", "veri-fied",
    "s\u0435cchat", "secchatter", "o'hara", "a b", "a'b c", "a.b", "a. b",
    "a.b.", "a..b", "a.-b", "a. ", "a.", " a", "a ", "-a", "a-b", "a--b", "",
    "\u0301", "b\u0301b", "\u01c5u", "\u02b0u", "\u2126", "\uff21", "\u00ad",
    "a\"b", "a/b", "\u2502", "\t", "x" * 64, "x" * 65, "x" * 300,
    "\u00e9" * 32 + "x", "x" + "\u00e9" * 32, "e\u0301" * 22, "\u0410\u0401",
    "PEER-0000", "peer-0000", ".", "..", "a.b c", "a_b'c", "[::1]:5000", "1l0O",
    "a\u0301\u0301\u0301\u0301b", "\U0001f469")


def people_seeds():
    head = b"secchat peers 1\n"
    yield "nobody", head
    yield "two", head + person(1) + person(2)
    yield "all", head + b"".join(person(n) for n in range(256))
    yield "too-many", head + b"".join(person(n) for n in range(257))
    for since in ("2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32",
                  "2026-1-01", "2026/01/01", "2026-01-0a"):
        yield "since-" + since.replace("/", "."), head + person(
            1, since=since)
    for n, name in enumerate(NAMES):
        yield f"was{n}", head + person(1, addr="h:1", name=name) + person(
            2, name="you")
        for m in range(0, len(NAMES), 7):
            yield f"met{n}-{m}", f"{name}\n{NAMES[m]}".encode()
        yield f"met{n}", f"{name}\n{name.upper()}".encode()
        yield f"met{n}-cut", name.encode()[:-1] + b"\n\xff"


SEEDS = {"people": people_seeds, "price_record": price_record_seeds,
         "legacy": legacy_seeds, "config": config_seeds,
         "options": options_seeds, "json_cmd": json_cmd_seeds,
         "price": price_seeds, "price_http": price_http_seeds}
