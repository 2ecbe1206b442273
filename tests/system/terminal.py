"""secchat-tty alone: what is typed, what others write, the terminal itself.

# seconds: 120
"""
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from attack_strings import read_attacks
from secchat_test import DEADLINE, check, check_equal, main, wait_until
from tty_test import (ASCII, ATTEMPT, BY_EOF, CODE, CODE_COMES, CONNECTED, EOF,
                      HOST, INTERRUPT, KEY, LEFT, LISTENING, LOST, NOTE,
                      NO_COLOR, PASS, PASSPHRASE, PAUSE, QUIET, QUIT,
                      RESUME, SEND, SHOWN, STATUS_Q, SUSPEND, TEXT, TEXT_MAX,
                      Tty, USER, UTF8, VERIFY, WINDOW, WINDOW_BYTES, case,
                      last_row, str8)


# ---- before the chat -----------------------------------------------------

def waiting_screen():
    """Port, address, code and how many attempts have failed."""
    t = Tty(role=HOST, mode=PASS, host="", connect=False,
            flags=NO_COLOR | CODE_COMES)
    t.sup.send(LISTENING, str8("0.0.0.0:5001") + struct.pack(">H", 5001) +
               str8("192.0.2.7"))
    check("Waiting" not in t.settle(), "the code was not waited for")
    t.cry.send(CODE, b"lusab-babad")
    t.expect(r"Waiting on port 5001.*secchat join\s+192\.0\.2\.7:5001")
    t.expect("code.*lusab-babad")
    check("you" not in last_row(t), "a prompt before the chat")
    t.cry.send(ATTEMPT, struct.pack(">I", 1))
    t.expect("1 attempt failed")
    t.cry.send(ATTEMPT, struct.pack(">I", 7))
    t.expect("7 attempts failed")
    check("1 attempt " not in t.settle(), "the old count is still there")
    t.connect(PASS)
    t.expect(r"connected with 192\.0\.2\.10:5000 · both sides know the code")
    t.expect(r"7 attempts failed before")
    check_equal(last_row(t), "you (code)>", "the prompt")
    t.leave()
    t.expect(r"the chat has ended\n  Do this next\.")


def new_code():
    """After too many wrong tries there is a new code, and it is shown."""
    t = Tty(role=HOST, mode=PASS, host="", connect=False,
            flags=NO_COLOR | CODE_COMES)
    t.cry.send(CODE, b"lusab-babad")
    t.sup.send(LISTENING, str8("0.0.0.0:5001") + struct.pack(">H", 5001) +
               str8(""))
    t.expect("code.*lusab-babad")
    t.cry.send(ATTEMPT, struct.pack(">I", 1000))
    t.cry.send(CODE, b"babab-lusab")
    t.expect(r"too many wrong tries; the code is now\s+babab-lusab\n"
             r"(.*\n)*.*1000 attempts failed")
    check_equal(t.settle().count("Waiting on port"), 1, "the first screen")
    t.leave()


def prompts():
    """The prompt says how the other person is known."""
    for mode, flags, verified, want in (
            (KEY, 0, 0, "you (key file)>"),
            (PASS, PASSPHRASE, 0, "you (passphrase)>"),
            (PASS, 0, 1, "you>")):
        t = Tty(mode=mode, flags=NO_COLOR | flags, connect=False)
        t.expect("Connecting to h")
        t.connect(mode, verified=verified)
        check_equal(last_row(t), want, "the prompt")
        t.leave()


def type_ahead():
    """Nothing typed before the chat is ever sent, or even shown."""
    t = Tty(connect=False)
    t.expect("Connecting")
    t.type("quite a secret\rand more\r")
    t.settle()
    check(t.sup.is_quiet(), "it asks to leave")
    t.type("alone\r")
    t.settle()
    t.type("half a line")
    t.connect()
    t.nothing_sent()
    check_equal(last_row(t), "you (key file)>", "the prompt")
    check("secret" not in t.screen.text(), "it was echoed")
    t.type("meant\r")
    check_equal(t.sent(), "meant")
    t.leave()


def type_ahead_in_the_queue():
    """What lies in the terminal's own queue when the chat begins is gone,
    and waiting for it does not make the program stand still."""
    for _ in range(5):
        t = Tty(connect=False)
        t.expect("Connecting")
        t.proc.kill(signal.SIGSTOP)
        t.type("ahead\r")
        t.cry.send(CONNECTED, struct.pack(">BBBI", KEY, 1, 0, 0) +
                   str8("192.0.2.10:5000") + str8(""))
        t.proc.kill(signal.SIGCONT)
        t.expect("you .*>$")
        t.status()
        t.nothing_sent()
        t.type("meant\r")
        check_equal(t.sent(), "meant")
        t.leave()


def leave_early():
    """q and Ctrl-C leave the waiting screen; letters in a word do not."""
    for key, why in (("q", USER), ("\x03", INTERRUPT)):
        t = Tty(connect=False)
        t.expect("Connecting")
        t.type("x")
        t.settle()
        t.type("q")
        check(t.sup.is_quiet(QUIET), "a letter inside a word left")
        t.type("\r")
        t.settle()
        t.type(key)
        check_equal(t.sup.expect(QUIT), bytes([why, 0, 0, 0, 0]), "why")
        t.leave()


# ---- the chat ------------------------------------------------------------

def talk():
    """Both directions; a text of ours moves up when it is delivered."""
    t = Tty()
    t.text("hi! did the build pass?")
    t.expect(r"\d\d:\d\d peer    │ hi! did the build pass\?\n")
    check_equal(t.cry.expect(SHOWN), struct.pack(">Q", 1), "shown")
    t.type("yes, all 412 tests\r")
    check_equal(t.sent(), "yes, all 412 tests")
    t.expect(r"⋯ \d\d:\d\d not delivered yet: yes, all 412")
    check("✓✓" not in t.screen.text(), "delivered too early")
    t.delivered(1)
    t.expect(r"\d\d:\d\d you  ✓✓ │ yes, all 412 tests\n 192.*\nyou \(key file\)>")
    check("not delivered" not in t.settle(), "the waiting row is still there")
    t.type("/status\r")
    t.status(epoch=3)
    t.expect("link up · 12 ms · epoch 3")
    t.note("a note\x1b[2J of the supervisor")
    t.expect(r"  a note\^\[\[2J of the supervisor\n")
    t.link_event(LEFT)
    t.expect("── the other person has left ──")
    t.leave()
    check(b"\x1b[?1049" not in t.raw, "the alternate screen")


def editing():
    """Keys of the line editor, one burst each."""
    t = Tty()
    for keys, want in (
            ("abc\x7fd\r", "abd"),
            ("world\x01hello \r", "hello world"),
            ("one two three\x17\x17two\r", "one two"),
            ("abc\x1b[D\x1b[DX\r", "aXbc"),
            ("abc\x01\x0bxyz\r", "xyz"),
            ("abc\x02\x02\x15\r", "bc"),
            ("abc\x1b[H\x1b[3~\r", "bc"),
            ("abc\x1bOH-\x1bOF+\r", "-abc+"),
            ("gone\x03kept\r", "kept"),
            ("a\x1b[1;5Cb\x1b[25~c\x1bxd\r", "abcd"),
            ("na\u00efve \u4f60\u597d\x7f\r", "na\u00efve \u4f60"),
            ("\u2764\ufe0f\x7f\U0001f468\u200d\U0001f469\x7fok\r", "ok"),
            ("e\u0301x\x7f\x7fok\r", "ok"),
            ("//slash\r", "/slash"),
            (b"bad \xff\xfe end\r", "bad \ufffd\ufffd end")):
        t.type(keys)
        check_equal(t.sent(), want, repr(keys))
    t.type("one\x1b\rtwo")
    t.settle()
    t.type("\r")
    check_equal(t.sent(), "one\ntwo", "Alt+Enter")
    t.type("\r")
    t.nothing_sent()
    t.leave()


def escape_alone():
    """The Escape key by itself does not eat the next letter."""
    t = Tty()
    t.type("\x1b")
    time.sleep(0.2)     # the one thing here that is about time itself
    t.type("hello\r")
    check_equal(t.sent(), "hello")
    t.leave()


def long_line():
    """A line longer than the terminal goes on in the next row; of one with
    more rows than a third of the terminal those at the cursor are shown."""
    t = Tty(cols=40)
    text = "".join(f"{i:03d} " for i in range(82))
    t.type(text)
    t.settle()
    check("081" in last_row(t), "the end is not seen", t.screen.rows[-8:])
    check("you" not in t.screen.rows[-8], "the beginning is")
    check(all(len(r) < 40 for r in t.screen.rows), "too wide")
    t.type("\x01")
    t.settle()
    check(t.screen.rows[-8].startswith("you (key file)> 000"),
          "the beginning", t.screen.rows[-8:])
    t.type("\r")
    check_equal(t.sent(), text)
    t.leave()


def paste():
    """No paste sends anything by itself, with brackets or without."""
    t = Tty()
    lines = "".join(f"line {i}\n" for i in range(200))
    t.type("\x1b[200~" + lines + "\x1b[201~")
    t.settle()
    t.nothing_sent()
    check_equal(last_row(t), "you (key file)> [200 lines, 1689 B] line 0…",
                "one character")
    t.type("\r")
    check_equal(t.sent(), lines.rstrip("\n"))
    t.delivered(1)
    t.expect(r"you  ✓✓ │ \[200 lines, 1689 B\]  line 0\n")

    t.type("one\rtwo\rthree\r")
    t.expect(r"you \(key file\)> one\n {16}two\n {16}three\n")
    t.nothing_sent()
    t.type("\r")
    check_equal(t.sent(), "one\ntwo\nthree")

    t.type("\x1b[200~" + "x" * (2 * TEXT_MAX) + "\x1b[201~")
    t.expect(f"this paste of {2 * TEXT_MAX} bytes does not fit; at most "
             f"{TEXT_MAX}")
    t.type("\x1b[200~a\nb\nc\nd")      # its end never comes
    t.expect(r"\[4 lines, 7 B\] a…$")
    t.type("\x03")
    t.settle()
    t.type("\x03")
    t.type("on\r")
    check_equal(t.sent(), "on", "after a paste without an end")

    big = "".join(f"{i} {'x' * 700}\r" for i in range(40))
    t.type(big)
    t.settle()
    t.nothing_sent()
    t.type("\r")
    check_equal(t.sent(), big.rstrip("\r").replace("\r", "\n"))
    t.leave()


def too_long():
    """A text above the limit is refused, and kept to be shortened."""
    t = Tty()
    t.type("\x1b[200~" + "y" * (TEXT_MAX + 1) + "\x1b[201~")
    t.settle()
    t.type("\r")
    t.expect(f"{TEXT_MAX + 1} bytes long; at most {TEXT_MAX}")
    t.nothing_sent()
    t.type("\x7f\r")
    check_equal(t.sent(), "y" * TEXT_MAX)
    t.leave()


def commands():
    t = Tty()
    t.type("/help\r")
    t.expect(r"/status +\S")
    t.expect(r"/quit +\S")
    t.type("/sttaus\r")
    t.expect(r"no /sttaus\. Did you mean /status\?")
    t.type("/xyzzy\r")
    t.expect(r"no /xyzzy\. /help lists")
    t.type("/st\r")
    t.cry.expect(STATUS_Q)
    t.expect("no /xyzzy")
    for clear in ("/clear\r", "\x0c"):
        row = t.screen.row
        t.type(clear)
        t.settle()
        check(t.screen.row >= row, "overwritten", row, t.screen.row)
        check("connected to 192" in t.screen.text(), "the scrollback")
    t.type("/quit now\r")
    t.expect("takes nothing behind it")
    t.type(" /quit\r")
    t.expect("a command has no blank before it")
    t.nothing_sent()
    t.type("\r")
    check_equal(t.sent(), " /quit", "meant so")
    t.delivered(1)
    t.type("/q\r")
    check_equal(t.sup.expect(QUIT), bytes([USER, 0, 0, 0, 0]), "quit")
    t.expect("leaving")
    t.leave()
    t.expect("── you left; the keys are erased ──")


def leaving():
    """Ctrl-C twice, Ctrl-D; undelivered texts are asked about once, and stay
    on the screen."""
    t = Tty()
    t.type("\x03")
    t.expect("Ctrl-C again")
    t.type("a\x7f\x03")
    t.settle()
    check(t.sup.is_quiet(), "another key lies between")
    t.type("\x03")
    check_equal(t.sup.expect(QUIT)[0], USER, "Ctrl-C twice")
    t.leave()
    t = Tty()
    t.type("arrives late\r")
    t.sent()
    t.type("/quit\r")
    t.expect("1 message not delivered")
    t.delivered(1)
    check_equal(t.sup.expect(QUIT), bytes([USER, 0, 0, 0, 0]), "delivered")
    t.leave()
    t = Tty()
    t.type("arrives later\r")
    t.sent()
    t.type("/quit\rno, I stay")
    t.settle()
    t.delivered(1)
    t.settle()
    check(t.sup.is_quiet(), "it left somebody who went on typing")
    t.leave()
    for last in ("/quit\r", "\x04", "\x03\x03"):
        t = Tty()
        t.type("never arrives\r")
        t.sent()
        t.type(last)
        t.expect(r"1 message not delivered\. Leave now\? y leaves, n stays")
        check(t.sup.is_quiet(QUIET), "not asked")
        t.type(last)
        check_equal(t.sup.expect(QUIT), bytes([USER, 0, 0, 0, 0]), "quit")
        t.leave()
        t.expect(r"never delivered ──\n\d\d:\d\d you  \?\? │ never arrives")


def draft_kept():
    """What was being typed when the chat ends stays on the screen."""
    t = Tty()
    t.type("half a thou")
    t.expect("half a thou")
    t.link_event(LOST, BY_EOF)
    t.leave()
    t.expect(r"not sent:\n  half a thou\n")
    check("you left" not in t.screen.text(), "nobody here left")


def narrow_words():
    """Sentences of our own end their rows at blanks, and six digits stay
    together."""
    t = Tty(cols=30)
    for cols in (24, 29, 38, 49):
        t.size(cols, 24)
        t.cry.send(VERIFY, b"\x01\x03123456")
        t.expect(">$")
        t.type("/help\r")
        rows = t.settle().split("\n")
        check(any("123\u00a0456" in r or "123 456" in r for r in rows),
              "digits apart at", cols, rows)
        check("──" not in [r.strip() for r in rows], "a rule alone at", cols)
        for word in ("connection,", "fingerprint", "compare", "begins"):
            check(any(word in r for r in rows), word, "is cut at", cols, rows)
        t.type("/clear\r")
        t.settle()
        t.screen.rows, t.screen.row = [""], 0
    t.leave()


def late_delivery():
    """What crypto sent before UI_END counts, though it is read after it."""
    t = Tty()
    t.type("arrives\r")
    t.sent()
    t.proc.kill(signal.SIGSTOP)
    t.delivered(1)
    t.text("last words")
    t.end_chat()
    t.proc.kill(signal.SIGCONT)
    check_equal(t.wait_exit(), 0, "exit")
    t.expect("✓✓ │ arrives")
    t.expect("peer    │ last words")
    check("never delivered" not in t.screen.text(), "it was delivered")
    t.restored()


def undelivered_rows():
    """Three rows and a count; they leave in order."""
    t = Tty()
    for i in range(5):
        t.type(f"text {i}\r")
        check_equal(t.sent(), f"text {i}")
    t.settle()
    rows = [r.strip() for r in t.screen.rows[-6:]]
    check_equal([r[8:] for r in rows[:3]],
                [f"not delivered yet: text {i}" for i in range(3)], "rows")
    check_equal(rows[3], "⋯ 2 more", "the count")
    t.delivered(4)
    t.expect(r"✓✓ │ text 3\n   ⋯ \d\d:\d\d not delivered yet: text 4\n")
    t.delivered(5)
    t.expect(r"✓✓ │ text 4\n 192.*\nyou")
    t.leave()


def window():
    """No more than the window is given to crypto; the rest waits here, is
    bounded too, and commands still work."""
    t = Tty()
    for i in range(WINDOW + 10):
        t.type(f"{i}\r")
        if i < WINDOW:
            check_equal(t.sent(), str(i))
        else:
            t.expect(rf"{i - 2} more")
    t.nothing_sent()
    t.type("/status\r")
    t.cry.expect(STATUS_Q)
    t.delivered(1)
    check_equal(t.sent(), str(WINDOW), "one more")
    t.nothing_sent()
    t.type("/quit\r")
    t.expect(f"{WINDOW + 9} messages not delivered")
    t.type("/quit\r")
    check_equal(t.sup.expect(QUIT), struct.pack(">BI", USER, 9), "quit")
    t.leave()


def window_bytes():
    """The window in bytes, and the bound of what waits here."""
    t = Tty()
    fits = WINDOW_BYTES // TEXT_MAX
    for i in range(2 * fits + 4):
        t.type("\x1b[200~" + "z" * TEXT_MAX + "\x1b[201~")
        t.type("\r")
        if i < fits:
            check_equal(len(t.sent()), TEXT_MAX, f"text {i}")
        elif "too" in t.expect(rf"too much is waiting|\b{i - 2} more")[0]:
            break
    check(fits < i < 2 * fits + 3, "bounded at", i)
    t.nothing_sent()
    t.delivered(2)
    for more in ("one more", "and another"):
        check_equal(len(t.sent()), TEXT_MAX, more)
    t.settle()
    t.type("\r")        # what was refused is still in the line
    t.settle()
    check("too much" not in t.screen.text(), "there is room now")
    # No orderly end: it would write two megabytes.


# ---- what others write ---------------------------------------------------

def no_forged_rows():
    """A row of the peer's text never looks like one of ours: every one has
    the gutter, also those that the terminal's width makes."""
    for cols in (24, 40, 80, 132):
        t = Tty(cols=cols)
        forged = "x\n14:05 you  ✓✓ │ yes\n── epoch 1 ──\r\n" + "w" * 500
        t.text(forged)
        t.cry.expect(SHOWN)
        t.settle()
        rows = t.screen.text().split("\n")
        first = next(i for i, r in enumerate(rows)
                     if re.match(r"\d\d:\d\d peer", r))
        gutter = 0 if cols < 40 else 14
        for row in rows[first + (cols < 40):-2]:
            check(row[gutter:gutter + 1] == "│", "no gutter:", repr(row))
        t.leave()


FORGED = "14:05 you  ✓✓ │ yes"


def no_forged_rows_by_width():
    """Characters that the terminal draws wider than the program thinks make
    a row longer, and never a row without the gutter."""
    for wide, wider in (("\u4dc0", False), ("\u2460", True)):
        t = Tty()
        t.screen.wider = wider
        t.text(wide * 32 + FORGED)
        t.cry.expect(SHOWN)
        t.settle()
        rows = t.screen.text().split("\n")
        first = next(i for i, r in enumerate(rows)
                     if re.match(r"\d\d:\d\d peer", r))
        check(wider or len(rows) > first + 2, "one row:", rows)
        for row in rows[first:-2]:
            check_equal(row[14:15], "│", f"no gutter: {row!r}")
        t.leave()


def rows_limit():
    t = Tty()
    t.text("r\n" * 100)
    t.expect(r"peer    │ r\n(              │ r\n){39} +… 60 more rows: /more.1\n")
    t.leave()


def visible_controls():
    t = Tty()
    t.text("photo_\u202egnp.sh\x1b]0;title\x07")
    t.expect(r"│ photo_<U\+202E>gnp\.sh\^\[\]0;title\^G\n"
             r" +\(3 control characters made visible: /raw.1\)\n")
    t.leave()


def attacks():
    """Every attack string, as a text and as a note."""
    t = Tty()
    strings = read_attacks()
    for _, data in strings:
        t.text(data[:TEXT_MAX])
        while t.cry.is_quiet(0):    # the screen checks every byte
            t.read(0.01)
        t.cry.expect(SHOWN)
        t.sup.send(NOTE, b"\x02" + data[:400])
    t.settle()
    check(len(strings) > 100, "only", len(strings))
    t.leave()


def nick():
    """A claimed name is shown once, as claimed, on one row."""
    t = Tty(connect=False)
    t.connect(nick="bob\u202e\n14:05 you ✓✓ │ forged " + "x" * 20)
    t.expect("they call themselves cannot be a name")
    check(not re.search(r"^14:05", t.screen.text(), re.M), "a forged row")
    t.leave()
    t = Tty(connect=False)
    t.connect(nick='you" ── verified: "│|--')
    t.expect("they call themselves cannot be a name")
    t.leave()
    t = Tty(connect=False)
    t.connect(nick="Bob Smith")
    t.expect(r'they say that they are "Bob Smith" ──\n')
    t.leave()


# ---- the terminal --------------------------------------------------------

def ascii_only():
    """Without a UTF-8 locale nothing beyond ASCII is written."""
    for env, flags in (({"LANG": "C", "TZ": "UTC0"}, NO_COLOR),
                       (UTF8, NO_COLOR | ASCII)):
        t = Tty(env=env, flags=flags)
        t.text("na\u00efve \u4f60")
        t.expect(r"peer    \| na<U\+00EF>ve <U\+4F60>\n")
        t.cry.expect(SHOWN)
        t.type("ok\r")
        t.sent()
        t.expect(r"\.\.\. \d\d:\d\d not delivered yet: ok")
        t.delivered(1)
        t.expect(r"you  ok \| ok\n")
        check(all(b < 0x80 for b in t.raw), "beyond ASCII")
        t.leave()


def colours():
    for env, flags, want in ((UTF8, 0, True), (UTF8, NO_COLOR, False),
                             ({**UTF8, "NO_COLOR": "1"}, 0, False),
                             ({**UTF8, "TERM": "dumb"}, 0, False)):
        t = Tty(env=env, flags=flags)
        t.text("hello")
        t.expect("hello")
        t.leave()
        check_equal(bool(re.search(rb"\x1b\[[\d;]*m", t.raw)), want, "colour")


def resize():
    """Another size: nothing is lost, rows keep inside the margin."""
    t = Tty()
    t.type("unsent and still here")
    t.text("before " * 30)
    t.settle()
    t.cry.expect(SHOWN)
    for cols, rows in ((40, 10), (16, 3), (200, 50), (80, 24)):
        t.size(cols, rows)
        t.text(f"in {cols} columns")
        t.cry.expect(SHOWN)
        t.settle()
    t.settle()
    check("unsent and still here" in last_row(t), "the input")
    t.type("\r")
    check_equal(t.sent(), "unsent and still here")
    t.leave()


def resize_storm():
    """Sizes in bursts on a terminal that does not break rows: what was said
    is there once, nothing above the live area is erased, and so is the
    draft."""
    t = Tty(cols=100)
    t.type("draft " * 12)
    n = 0
    for burst in ((90, 41, 70), (60, 30, 120, 50), (45, 44), (25, 100)):
        t.settle()
        for cols in burst:
            t.size(cols, 24, quiet=True)
            t.text(f"message number {n}.")
            n += 1
        t.expect(rf"message number {n - 1}\.")
    t.settle()
    text = t.screen.text()
    for i in range(n):
        check_equal(text.count(f"message number {i}."), 1, f"text {i}\n{text}")
    check("connected to 192" in text, "the first row is lost")
    check(t.screen.text().rstrip().endswith("draft draft"), "draft", text)
    while not t.cry.is_quiet(0):
        t.cry.expect(SHOWN)
    t.type("\r")
    check_equal(t.sent(), "draft " * 12)
    t.leave()


class Unsettled:
    """A terminal whose size changes again and again, so that nothing is laid
    out; what is typed is read all the same.  It goes on for 300 ms after each
    change, as in tmux, and for 3 s at most."""

    def __init__(self):
        self.t = Tty(env={**UTF8, "TERM": "tmux"})
        self.changes = 0
        self.change()
        # Shown when it is over, and so it is seen what was read before.
        self.t.text("meanwhile")

    def change(self):
        self.changes += 1
        self.t.size(80 - self.changes % 2, 24, quiet=True)

    def type(self, *pieces):
        """Each as one that is typed: a while after the one before."""
        for piece in pieces:
            self.change()
            self.t.type(piece)
            wait_until(self.t.has_read, "what was typed to be read")
            time.sleep(0.06)    # more than what lies inside a paste

    def went_on(self):
        """Whether it is not over yet."""
        return self.t.cry.is_quiet(0)


def unsettled(act, tries=5):
    """What act types, while the size is not certain the whole time; on a busy
    machine that may take more than one try."""
    for _ in range(tries):
        u = Unsettled()
        act(u)
        if u.went_on():
            return u.t
        u.t.end()
        Tty.living.remove(u.t)
    raise AssertionError("what was typed is read when the size is certain")


def typed_in_a_resize():
    """Lines that are typed while the size is not certain are messages, each
    with its Enter, and keys are keys."""
    lines = [f"line {i}" for i in range(4)]
    t = unsettled(lambda u: u.type(*(line + "\r" for line in lines)))
    for line in lines:
        check_equal(t.sent(), line)
    t.expect("meanwhile")
    check("lines," not in t.settle(), "a chip", t.screen.text())
    t.cry.expect(SHOWN)
    t.leave()
    t = unsettled(lambda u: u.type("ab", "\x1b", "c\x1b[Dx\r"))
    check_equal(t.sent(), "abxc", "Escape, and a letter")
    t.leave()


def paste_in_a_resize():
    """A paste without brackets is one all the same, and what is typed after
    it is typed."""
    t = unsettled(lambda u: u.type("a\rb\rc\rd\r"))
    t.expect(r"\[4 lines, 7 B\] a…$")
    t.cry.expect(SHOWN)
    t.nothing_sent()
    t.type("\r")
    check_equal(t.sent(), "a\nb\nc\nd")
    t.leave()
    t = unsettled(lambda u: u.type("a\rb\rc\rd\r", "e\r"))
    check_equal(t.sent(), "a\nb\nc\nd\ne", "Enter behind a paste")
    t.leave()
    # More than is kept: the rest waits, and is of the same paste.
    u = Unsettled()
    big = "".join(f"{i} {'x' * 700}\r" for i in range(40))
    u.t.type(big)
    u.t.settle()
    u.t.cry.expect(SHOWN)
    u.t.nothing_sent()
    u.t.type("\r")
    check_equal(u.t.sent(), big.rstrip("\r").replace("\r", "\n"))
    u.t.leave()


def stopped_in_a_resize():
    """Ctrl-Z, or the terminal goes away, while the size is not certain: what
    was typed before counts, and what is typed behind Ctrl-Z is the
    shell's."""
    def stop(u):
        u.type("a draft", "\x1a")
        os.write(u.t.master, b"ls\n")

    t = unsettled(stop)
    t.sup.expect(SUSPEND)
    t.settle()
    t.restored()
    check_equal(os.read(t.slave, 100), b"ls\n", "what the shell reads")
    t.sup.send(RESUME, b"\x01")
    t.expect("> a draft$")
    t.leave()
    t = unsettled(lambda u: u.type("last words\r"))
    os.close(t.slave)
    os.close(t.master)
    try:
        check_equal(t.sent(), "last words")
        check_equal(t.sup.expect(QUIT)[0], EOF, "why")
        t.end_chat()
        t.popen.wait(DEADLINE)
    finally:
        t.master, t.slave = pty.openpty()


def blocked_terminal():
    """Nobody reads the terminal: texts are not confirmed, memory stays
    bounded, and the end is still obeyed when it is read again."""
    t = Tty()
    sent = 0
    while sent < WINDOW and select.select([], [t.cry.sock], [], 0.3)[1]:
        t.text(f"{sent}: " + "b" * 3000)
        sent += 1
    shown = 0
    while not t.cry.is_quiet(QUIET):
        shown = struct.unpack(">Q", t.cry.expect(SHOWN))[0]
    t.proc.kill(signal.SIGSTOP)
    t.settle()
    seen = len(re.findall(r"peer    │ \d+:", t.screen.text()))
    check(0 < seen < sent, "the terminal took", seen, "of", sent)
    check(shown <= seen, "confirmed", shown, "but showed", seen)
    t.proc.kill(signal.SIGCONT)
    while shown < sent:
        t.read(0.1)
        while not t.cry.is_quiet(0):
            shown = struct.unpack(">Q", t.cry.expect(SHOWN))[0]
    t.settle()
    found = re.findall(r"peer    │ (\d+):", t.screen.text())
    check_equal(found, [str(i) for i in range(sent)], "texts")
    t.leave()


def keyboard_gone():
    """The terminal is hung up: it asks to leave and does not spin."""
    t = Tty()
    os.close(t.slave)
    os.close(t.master)
    try:
        why = t.sup.expect(QUIT)[0]
        check(why == EOF, "why", why)
        t.end_chat()
        check_equal(t.popen.wait(DEADLINE), 0, "exit")
    finally:
        t.master, t.slave = pty.openpty()


def supervisor_dies():
    """End of file on the supervisor's link: the terminal is put back."""
    for connect in (False, True):
        t = Tty(connect=connect)
        t.settle()
        t.sup.close()
        check_equal(t.wait_exit(), 1, "exit")
        t.restored()
        t.expect("secchat itself has died")


def suspended_in_question():
    """Whether to leave is still asked, and still answered, behind a Ctrl-Z;
    what was delivered by then ends it."""
    asked = r"1 message not delivered\. Leave now\? y leaves, n stays"
    for last in "yn":
        t = Tty()
        t.type("never arrives\r")
        t.sent()
        t.type("/quit\r")
        t.expect(asked)
        t.type("\x1a")
        t.sup.expect(SUSPEND)
        t.settle()
        t.screen.wrap = False           # this is not the program's
        os.write(t.slave, b"what a shell says\n")
        t.sup.send(RESUME, b"\x01")
        t.expect("what a shell says\n(.*\n)*.*" + asked)
        t.type(last)
        if last == "y":
            check_equal(t.sup.expect(QUIT), bytes([USER, 0, 0, 0, 0]), "quit")
        else:
            t.expect("you stay")
            check(t.sup.is_quiet(QUIET), "it left")
        t.leave()
    t = Tty()
    t.type("arrives late\r")
    t.sent()
    t.type("/quit\r")
    t.expect(asked)
    t.type("\x1a")
    t.sup.expect(SUSPEND)
    t.delivered(1)
    t.sup.send(RESUME, b"\x00")
    check_equal(t.sup.expect(QUIT), bytes([USER, 0, 0, 0, 0]), "delivered")
    t.leave()


def suspended():
    """Ctrl-Z: the terminal is as it was, nothing is read or written until the
    supervisor says so; then everything is there again, in another width."""
    t = Tty()
    t.type("a draft")
    t.expect("a draft$")
    t.type("\x1a")
    t.sup.expect(SUSPEND)
    t.settle()
    t.restored()
    check_equal(last_row(t), "", "the row for the shell")
    before = len(t.raw)
    t.text("meanwhile " * 6)
    t.size(40, 10)
    t.screen.wrap = False               # this is not the program's
    os.write(t.slave, b"what a shell says\n")
    t.type("echoed\n")
    t.settle()
    check(t.cry.is_quiet(QUIET), "it confirms what nobody has seen")
    check(b"meanwhile" not in t.raw[before:], "it writes")
    termios.tcflush(t.slave, termios.TCIFLUSH)
    t.sup.send(RESUME, b"\x01")
    t.cry.expect(SHOWN)
    t.expect(r"what a shell says\nechoed\n\d\d:\d\d peer +│ (meanwhile ?){2}\n"
             r"( +│ (meanwhile ?){2}\n){2} .*\nyou \(key file\)> a draft$")
    t.sup.send(PAUSE, b"\x00")
    t.sup.expect(SUSPEND)
    t.settle()
    t.restored()
    t.sup.send(PAUSE, b"\x00")         # crossed: once is enough
    t.sup.send(RESUME, b"\x00")
    t.expect("there is no shell to come back from")
    check(t.sup.is_quiet(QUIET), "a second SUSPEND")
    t.sup.send(PAUSE, b"\x01")         # the terminal is somebody else's
    t.sup.expect(SUSPEND)
    check(termios.tcgetattr(t.slave) != t.saved, "it was not to be touched")
    t.sup.send(RESUME, b"\x01")
    t.type("\r")
    check_equal(t.sent(), "a draft")
    t.delivered(1)
    t.type("\x1a")
    t.sup.expect(SUSPEND)
    t.leave()                           # the end comes all the same
    t = Tty(connect=False)
    t.expect("Connecting")
    t.type("\x1a")
    t.sup.expect(SUSPEND)
    t.sup.close()
    check_equal(t.wait_exit(), 1, "exit")
    t.restored()


def crypto_dies():
    """Crypto is gone: it waits for the supervisor's word."""
    t = Tty()
    t.cry.close()
    t.type("into the void\r/status\r")
    t.settle()
    check(not t.proc.gone(0.1), "it left by itself")
    before = cpu_ticks(t.proc)
    time.sleep(0.3)
    check(cpu_ticks(t.proc) - before < 10, "it spins")
    t.leave()


def cpu_ticks(proc):
    fields = proc.read("stat").decode().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def broken_siblings():
    """A message that breaks the rules ends the program, with a word why."""
    for word, tell in (
            ("out of order", lambda t: t.cry.send(TEXT, b"\0" * 7 + b"\x02")),
            ("not sent", lambda t: t.delivered(1)),
            ("CONNECTED twice", lambda t: t.cry.send(
                CONNECTED, struct.pack(">BBBI", 2, 1, 0, 0) + b"\0\0")),
            ("wrong sender", lambda t: t.cry.send(SEND, b"x")),
            ("malformed", lambda t: t.sup.send(LISTENING, b"\xff\0\0\0"))):
        t = Tty()
        tell(t)
        check_equal(t.wait_exit(), 1, word)
        check(word in t.said().decode(), "it does not say", word)


def flood():
    """A peer that writes without end cannot keep the user from leaving."""
    t = Tty()
    for i in range(200):
        t.text("f" * 2000)
        t.read(0)
    t.type("/quit\r")
    while t.sup.is_quiet(0):
        check(t.read(DEADLINE), "nothing more comes")
    t.sup.expect(QUIT)
    t.leave()


main(*map(case, (
    waiting_screen, new_code, prompts, type_ahead, type_ahead_in_the_queue,
    leave_early, talk, editing, escape_alone, long_line, paste, too_long,
    commands, leaving, draft_kept, narrow_words, late_delivery,
    undelivered_rows, window, window_bytes, no_forged_rows,
    no_forged_rows_by_width, rows_limit, visible_controls, attacks, nick,
    ascii_only, colours, resize, resize_storm, typed_in_a_resize,
    paste_in_a_resize, stopped_in_a_resize, blocked_terminal, keyboard_gone,
    suspended, suspended_in_question, supervisor_dies, crypto_dies,
    broken_siblings, flood)))
