# not a test
"""The rows of bad_input.py: what is given, the exit code, what is said.

A code is one number, or a tuple of those that are right.  WORKS stands for a
command that is taken: it gets as far as an address that nobody can wait on.
"""
import re

from secchat_test import ROOT

USAGE, CONFIG, NETWORK, AUTH, INTRO, AUDIT, NO_PRICES = 2, 3, 4, 5, 7, 9, 10
WORKS = NETWORK
ANY = ""
HUGE = "9" * 100000
NOT_UTF8 = b"\xff\xfe\x80"
CONTROL = "\x1b[2J\x9b\r\n"

# ---- options: by the type that their row in src/cli/options.c has ---------

# By type: values that it cannot have, each with its code and the words.
OPTION_VALUES = {
    "SET": [(v, USAGE, "yes or no") for v in ("maybe", "YES", "1", HUGE,
                                              CONTROL, NOT_UTF8)],
    "HELP": [("x", USAGE, "takes no value"), (HUGE, USAGE, "takes no value")],
    "FD": [(v, USAGE, "descriptor") for v in (
        "", "x", "-1", "99", "1", "2", "0x0", "99999999999", HUGE, CONTROL,
        NOT_UTF8)],
    "NUMBER": [(v, USAGE, "not a number") for v in (
        "", "0", "x", "-1", "1.0", "4294967296", HUGE, CONTROL, NOT_UTF8)] +
              [("2", INTRO, "--accept-intro 1")],
    "NAME": [(v, USAGE, "cannot be a name") for v in (
        "", "a/b", "x" * 65, "'", "you", "a:b", "bob known", CONTROL,
        NOT_UTF8, HUGE)],
    "REKEY": [(v, USAGE, "not understood") for v in (
        "", "0", "x", "-1", "1000001", "5,5", "5,", ",5m", "5,25h", "5,0s",
        HUGE, CONTROL, NOT_UTF8)],
    "WAIT": [(v, USAGE, "not a time|needs a value") for v in (
        "", "0s", "x", "25h", "-1s", "5", "1d", HUGE, CONTROL, NOT_UTF8)],
    "COLORS": [(v, USAGE, "none of the schemes") for v in (
        "", "red", "Western", HUGE, CONTROL, NOT_UTF8)],
    "LEGACY": [(v, USAGE, "older formats") for v in (
        "", "aes", "Fernet", HUGE, CONTROL, NOT_UTF8)],
    "EVERY": [(v, USAGE, "number of seconds") for v in (
        "", "29", "0", "-1", "x", "30s", HUGE, CONTROL, NOT_UTF8)],
    "URL": [(v, USAGE, "--prices-url") for v in (
        "", "x", "http://127.0.0.1", "https://", "https://[::1", "https://a:0",
        "https://a:65536", "https://a b/", "https://a/" + "x" * 5000, HUGE,
        CONTROL, NOT_UTF8)],
    "KEY": [("abc", USAGE, "not an option|unknown option")],
    "PROXY": [(v, USAGE, "--proxy") for v in (
        "", "x", "http://127.0.0.1", "socks5://", "socks5://a:b@c:1",
        "socks5://a:0", "socks5:relative", "socks5:/" + "x" * 200, HUGE,
        CONTROL, NOT_UTF8)],
    "ABSOLUTE": [("", USAGE, "absolute"), ("relative", USAGE, "absolute"),
                 (NOT_UTF8, USAGE, "absolute")],
    "PATH": [("", USAGE, "the name is empty")],
}


def option_rows():
    """(name, letter, argument, commands, type) of each row in the source."""
    with open(ROOT + "/src/cli/options.c", encoding="utf-8") as f:
        text = f.read()
    table = text[text.index("option_rows[] = {"):text.index("/* clang-format "
                                                            "on */")]
    rows = re.findall(r'^\{ "([a-z-]+)",\s*(0|\'.\'),\s*(NULL|"[^"]*"),\s*'
                      r'([A-Z_| ]+),\s*OPT_(\w+)', table, re.M)
    assert len(rows) == len(re.findall(r"^\{ ", table, re.M)), rows
    return rows


# ---- files ---------------------------------------------------------------

# What may stand where a file is expected: see bad_input.place().
KINDS = ("missing", "empty", "huge", "zeros", "not-utf8", "folder", "fifo",
         "socket", "null", "full", "zero", "loop", "dangling", "link",
         "mode-0", "mode-644", "mode-666", "owner", "no-folder", "below-file",
         "name-300", "name-5000", "name-not-utf8")


class File:
    """A file that somebody names: what a good one holds, the command that
    reads it, which kinds are taken, and the words where none of them is."""

    def __init__(self, good, command, taken, words=ANY, env=None, where="it"):
        self.good, self.command, self.taken = good, command, taken
        self.words, self.env, self.where = words, env, where


ACCEPT = ["--accept-intro", "1", "--no-input"]
# An address that nobody here can wait on: where a chat that starts ends.
NOWHERE = "192.0.2.1:0"
KEY = b"A" * 43 + b"=\n"
CHAT = ["host", *ACCEPT, "--key", "KEY", NOWHERE]
ID = ["host", *ACCEPT, "--id", NOWHERE]
PRICES = ["prices", "--prices-url", "https://127.0.0.1:1"]
DATA = {"XDG_DATA_HOME": "TOP"}
# What only its owner's being root makes readable.
OWN = ("mode-0",)

# KEY, FILE and TOP stand for a good key file, this file and its folder; the
# file is TOP/where.  A kind that is not among those taken is refused with 3.
FILES = {
    "key": File(KEY, ["host", *ACCEPT, "--key=FILE", NOWHERE],
                ("name-not-utf8", *OWN)),
    "log": File(b"", [*CHAT, "--log=FILE"],
                ("missing", "empty", "huge", "zeros", "not-utf8", "mode-644",
                 "name-not-utf8", *OWN), "cannot open the log"),
    "config": File(b"keep = no\n", [*CHAT, "--config=FILE"],
                   ("empty", "link", "mode-644", "name-not-utf8", *OWN)),
    "download-dir": File(None, [*CHAT, "--download-dir=FILE"],
                         ("missing", "dangling", "link", "folder", "mode-644",
                          "mode-666", "owner", "name-not-utf8", *OWN),
                         "--download-dir"),
    # What is in it is looked at when somebody is called.
    "ca-file": File(b"x", [*CHAT, "--prices", "--ca-file=FILE"],
                    ("empty", "huge", "zeros", "not-utf8", "link", "mode-644",
                     "mode-666", "owner", "name-not-utf8", *OWN), "--ca-file"),
    "crypto-worker": File(b"x", [*CHAT, "--crypto-worker=FILE"], (),
                          "cannot run"),
    "config, the usual one": File(
        b"keep = no\n", CHAT, ("missing", "empty", "link", "dangling",
                               "mode-644", *OWN),
        ANY, {"XDG_CONFIG_HOME": "TOP"}, "secchat/config"),
    "identity": File(KEY, ID, ("missing", *OWN), "identity", DATA,
                     "secchat/identity"),
    "peers": File(b"secchat peers 1\n", ID, ("missing",), "peers", DATA,
                  "secchat/peers"),
    "name": File(b"alice\n", ID, ("missing", "empty", "zeros", *OWN), "name",
                 DATA, "secchat/name"),
    "the folder of both": File(None, ID, ("missing", "folder", "link"),
                               "secchat", DATA, "secchat"),
    # Whatever is there: nobody here could be asked again.
    "the accepted introduction": File(
        b"1\n", CHAT, KINDS, ANY, {"XDG_STATE_HOME": "TOP"}, "secchat/intro"),
    "the folder for states": File(
        None, CHAT, KINDS, ANY, {"XDG_STATE_HOME": "TOP"}, "secchat"),
    "fingerprint": File(KEY, ["fingerprint", "FILE"], ("name-not-utf8",)),
    "keygen": File(KEY, ["keygen", "FILE"], ("missing",)),
}

# ---- subcommands ---------------------------------------------------------

COMMANDS = [
    ([], USAGE, "what to do is missing(.|\n)*Try: secchat help"),
    ([""], USAGE, 'unknown command ""'),
    (["jion"], USAGE, 'unknown command "jion". Did you mean "join"'),
    (["HOST"], USAGE, "unknown command"),
    (["--json"], USAGE, "unknown command"),
    ([HUGE], USAGE, "unknown command"),
    ([CONTROL], USAGE, r"unknown command .\^\[\[2J"),
    ([NOT_UTF8], USAGE, "unknown command"),
    (["--version", "x"], USAGE, "one argument too many"),
    (["help", "jion"], USAGE, 'Did you mean "join"'),
    (["help", ""], USAGE, "unknown command"),
    (["help", HUGE], USAGE, "unknown command"),
    (["help", "host", "join"], USAGE, "one argument too many"),
    (["join"], USAGE, "whom to call is missing"),
    (["join", "a", "b"], USAGE, "one argument too many"),
    (["join", ""], USAGE, "is not an address"),
    (["join", "a:99999"], USAGE, '"a:99999" is not an address'),
    (["join", "a:0"], USAGE, "is not an address"),
    (["join", "a:"], USAGE, "is not an address"),
    (["join", ":5000"], USAGE, "is not an address"),
    (["join", "x" * 300], USAGE, "is not an address"),
    (["join", HUGE], USAGE, "is not an address"),
    (["join", CONTROL], USAGE, "is not an address"),
    (["join", "300.1.2.3"], USAGE, "four of them, each from 0 to 255"),
    (["join", "1.2.3.4.5:5000"], USAGE, "four of them, each from 0 to 255"),
    (["join", "[::g]:5000"], USAGE, "IPv6"),
    (["join", "1::2::3"], USAGE, "IPv6"),
    (["join", "[fe80::1%eth0"], USAGE, "is not an address"),
    (["host", "a", "b"], USAGE, "one argument too many"),
    (["host", ""], USAGE, "is not an address"),
    (["host", "99999"], USAGE, '"99999" is not an address'),
    (["host", "300.1.2.3"], USAGE, "four of them, each from 0 to 255"),
    (["host", "300.1.2.3:5000"], USAGE, "four of them, each from 0 to 255"),
    (["host", "[::g]"], USAGE, "IPv6"),
    (["host", "-5"], USAGE, "unknown option"),
    (["host", HUGE], USAGE, "is not an address"),
    (["keygen", "a", "b"], USAGE, "more than one file"),
    (["keygen", ""], USAGE, "name of a file is missing"),
    (["keygen", "--jsn"], USAGE, "not known"),
    (["keygen", "x" * 300], CONFIG, "too long"),
    (["keygen", HUGE], USAGE, "too long"),
    (["fingerprint", "a", "b"], USAGE, "more than one file"),
    (["fingerprint", ""], USAGE, "name of a file is missing"),
    (["fingerprint", "/nonexistent"], CONFIG, "no such|there is no|missing"),
    (["fingerprint", HUGE], USAGE, "too long"),
    (["id", "shwo"], USAGE, 'Did you mean "secchat id show"'),
    (["id", ""], USAGE, "unknown word"),
    (["id", HUGE], USAGE, "unknown word"),
    (["id", "rename"], USAGE, "the name is missing"),
    (["id", "rename", "x" * 65], USAGE, "name"),
    (["id", "rename", "a/b"], USAGE, "name"),
    (["id", "rename", NOT_UTF8], USAGE, "name"),
    (["id", "rename", CONTROL], USAGE, "name"),
    (["id", "rename", "a", "b"], USAGE, "too many"),
    (["id", "show", "x"], USAGE, 'unknown word "x"'),
    (["id", "new", "x"], USAGE, 'unknown word "x"'),
    (["id", "--jsn"], USAGE, 'Did you mean "--json"'),
    (["id", "new", "--json"], USAGE, "--json means nothing"),
    (["peers", "lst"], USAGE, 'Did you mean'),
    (["peers", "list", "x"], USAGE, 'unknown word "x"'),
    (["peers", "show"], USAGE, "who is missing"),
    (["peers", "forget"], USAGE, "who is missing"),
    (["peers", "show", "nobody"], CONFIG, "nobody called"),
    (["peers", "forget", "nobody"], CONFIG, "nobody called"),
    (["peers", "show", ""], CONFIG, "nobody called"),
    (["peers", "show", HUGE], CONFIG, "nobody called"),
    (["peers", "show", NOT_UTF8], CONFIG, "nobody called"),
    (["peers", "show", "a", "b"], USAGE, "too many"),
    (["audit", "--jsn"], USAGE, "unknown option"),
    (["audit", "x"], USAGE, "not understood"),
    (["audit", "0"], USAGE, "not understood"),
    (["audit", "-1"], USAGE, "unknown option"),
    (["audit", HUGE], USAGE, "not understood"),
    (["audit", "1", "2"], USAGE, "not understood"),
    (["audit", "--only"], USAGE, "--only needs a value"),
    (["audit", "--only", "x"], USAGE, "no check has an id"),
    (["audit", "--only", HUGE], USAGE, "no check has an id"),
    (["audit", "--policy", "x"], USAGE, "no program x"),
    (["audit", "--policy", "a", "b"], USAGE, "not understood"),
    (["audit", "--prove", "--live"], USAGE, "exclude"),
    (["prices", "x"], USAGE, "takes no argument"),
    (["prices", ""], USAGE, "takes no argument"),
    (["prices", HUGE], USAGE, "takes no argument"),
    (["prices", "--key", "x"], USAGE, "not an option"),
    (["prices", "-x"], USAGE, "unknown option"),
]

# ---- secrets on a descriptor ---------------------------------------------

# the line that is read, the option, the code, the words
SECRETS = [
    (b"", "code", AUTH, "nothing was typed"),
    (b"\n", "code", AUTH, "nothing was typed"),
    (b"lusab-baba\n", "code", AUTH, "this code is too short"),
    (b"l\n", "code", AUTH, "this code is too short"),
    (b"lusab-babads\n", "code", AUTH, "this code is too long"),
    (b"lusab-babad lusab-babad\n", "code", AUTH, "this code is too long"),
    (b"lusab-babaq\n", "code", AUTH, "a letter or digit in a place"),
    (b"1usab-babad\n", "code", AUTH, "a letter or digit in a place"),
    (b"\xff\xfe\n", "code", AUTH, "a letter or digit in a place"),
    (b"a" * 1025 + b"\n", "code", AUTH, "longer than 1024 bytes"),
    (b"a" * 60000, "code", AUTH, "longer than 1024 bytes"),
    (b"", "passphrase", AUTH, "nothing was typed"),
    (b"\n", "passphrase", AUTH, "nothing was typed"),
    (b"\xff\xfe\n", "passphrase", AUTH, "not valid UTF-8"),
    (b"a\tb\n", "passphrase", AUTH, "control character"),
    (b"a\0b\n", "passphrase", AUTH, "control character"),
    (b"a" * 1025 + b"\n", "passphrase", AUTH, "longer than 1024 bytes"),
]

# ---- JSON commands -------------------------------------------------------

# A line, and what the event "error" says of it.  {do} is each command that
# src/script/command.c has.
JSON_LINES = [
    ("", None),
    ("x", "bad JSON"), ("{", "bad JSON"), ("{}", 'needs a "do"'),
    ("[]", "is a JSON object"), ("1", "."), ("null", "."), ('"send"', "."),
    ('{"do":1}', 'needs a "do"'), ('{"do":null}', 'needs a "do"'),
    ('{"do":""}', "unknown command"), ('{"do":"snd"}', "unknown command"),
    ('{"do":"SEND"}', "unknown command"),
    ('{"do":"send","do":"quit"}', "bad JSON"),
    ('{"do":"send","text":"a\\u0000b"}', "bad JSON"),
    ('{"do":"send","text":"a"} x', "bad JSON"),
    ("[" * 100000, "bad JSON|too long|bytes"),
    (b'{"do":"send","text":"\xff"}', "bad JSON"),
    ('{"do":"' + "x" * 60000 + '"}', "unknown command"),
    ('{"do":"send","text":"' + "x" * 65500 + '"}', "a message holds"),
    ('{"do":"send","text":"' + "x" * 2000000 + '"}', "bytes|long"),
]
JSON_MEMBERS = {
    "send": [("text", v) for v in (None, 1, [], {}, True)] +
            [("ref", v) for v in (1, [], "x" * 65)],
    "verify": [("digits", v) for v in (1, "", "12345", "1234567", "abcdef",
                                       [], "x" * 60000)],
    "prices": [("what", v) for v in (1, "", "auto", [], "x" * 60000)],
    "name": [("name", v) for v in (None, 1, "", "x" * 65, [])],
    "sendfile": [("path", v) for v in (None, 1, "", [], "x" * 5000)] +
                [("path_hex", v) for v in (1, "", "6", "6g", [], "61" * 5000)],
    "accept": [("n", v) for v in (None, 0, -1, "1", 1.5, 4294967296, 99, [])] +
              [("as", v) for v in (1, "", [], "x" * 300)],
    "decline": [("n", v) for v in (None, 0, -1, "1", 4294967296, 99)],
    "cancel": [("n", v) for v in (None, 0, -1, "1", 4294967296, 99)],
    "status": [], "rekey": [], "retry": [], "quit": [],
}

# ---- /commands -----------------------------------------------------------

# What is typed behind each command of src/tty/command.c, and what appears.
# A command that takes nothing has a row that says so.
NO_FILE = "no file is (offered to you|under way)"
NO_NUMBER = "that is no number; /history shows the numbers"
SLASH = {
    "send": [("", "/send FILE: offer a file"), ("/", "a directory"),
             ("/nonexistent", "there is no such file"),
             ("/dev/null", "a device, not a file"),
             ("x" * 300, "not sent: ")],
    "accept": [("", NO_FILE), ("x", "/accept, /accept N, or"), ("99", NO_FILE),
               ("0", NO_FILE), ("-1", "/accept, /accept N, or"),
               ("1 as", "/accept, /accept N, or"), ("9" * 400, NO_FILE)],
    "decline": [("", NO_FILE), ("x", "/decline, or /decline N"),
                ("99", NO_FILE)],
    "cancel": [("", NO_FILE), ("x", "/cancel, or /cancel N"), ("99", NO_FILE)],
    "more": [("x", NO_NUMBER), ("99", "message 99 is not here"),
             ("9" * 400, NO_NUMBER)],
    "raw": [("x", NO_NUMBER), ("99", "message 99 is not here")],
    "history": [("x", "/history, or /history find TEXT"),
                ("find", "/history, or /history find TEXT")],
    "drop": [("", "nothing waits here"), ("x", NO_NUMBER),
             ("99", "message 99 does not wait here")],
    "name": [("", "/name NAME: what to call"),
             ("x" * 65, "it has more than 64 bytes")],
    "wire": [("", "/wire on, or /wire off"), ("x", "/wire on, or /wire off")],
    "notify": [("x", "/notify, /notify on, or /notify off")],
    "prices": [("x", "/prices, /prices refresh"),
               ("auto", "/prices, /prices refresh"),
               ("bar maybe", "/prices, /prices refresh")],
}
NOT_A_COMMAND = [
    ("", "there is no /"), ("xyzzy", "there is no /xyzzy"),
    ("verfy", "Did you mean /verify"), ("re", "can be several"),
    ("x" * 400, "there is no /xxx"), ("\u202e", r"there is no /<U\+202E>"),
]


def json_commands():
    with open(ROOT + "/src/script/command.c", encoding="utf-8") as f:
        return re.findall(r'^\{ "([a-z]+)",\s*COMMAND_', f.read(), re.M)


def slash_commands():
    """(name, NOTHING, MAY or MUST) of each."""
    with open(ROOT + "/src/tty/command.c", encoding="utf-8") as f:
        return re.findall(r'^\{ "([a-z]+)",.*?\s(NOTHING|MAY|MUST),',
                          f.read(), re.M)
