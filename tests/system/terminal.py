"""secchat-tty alone: the real program on a pseudo terminal, with the test as
its supervisor and its crypto worker at the other ends of the two sockets.

What the terminal shows is followed by a small screen of the test's own,
which knows the few sequences that the program may use and refuses all others.
"""
# seconds: 120
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time
import unicodedata

from secchat_test import BIN, DEADLINE, Failed, Proc, check, check_equal, main
from worker_test import READY, Link

START, LISTENING, NOTE, END, QUIT = 40, 41, 42, 43, 44
SEND, SHOWN, STATUS_Q = 50, 51, 52
CODE, CONNECTED, TEXT, DELIVERED, STATUS, ATTEMPT, LINK = range(60, 67)
VERIFY = 68
SUSPEND, PAUSE, RESUME = 82, 83, 84
NO_COLOR, ASCII, CODE_COMES, PASSPHRASE = 8, 16, 128, 256
PASS, KEY, JOINER, HOST = 1, 2, 0, 1
USER, EOF, INTERRUPT = 1, 2, 3
TEXT_MAX, WINDOW, WINDOW_BYTES = 65499, 256, 1 << 20
EXIT_UNDELIVERED = 6
QUIET = 0.15            # how long "nothing comes" is listened for
UTF8 = {"LANG": "C.UTF-8", "TZ": "UTC0", "TERM": "xterm"}

ATTACKS = os.environ.get("SECCHAT_ATTACKS") or os.path.join(
    os.environ.get("SECCHAT_VECTORS", "/nonexistent"),
    "../data/terminal-attacks.jsonl")

# 3 and 4 must not be ours when the links are placed there.
while (spare := os.open("/dev/null", os.O_RDONLY)) < 10:
    pass
os.close(spare)


def str8(s):
    return bytes([len(s.encode())]) + s.encode()


class Screen:
    """A terminal that scrolls and knows what secchat-tty is allowed to say:
    rows[:] is everything ever shown, the last `height` of them the screen."""
    SEQUENCE = re.compile(
        r"\x1b\[(?:(\d*)([AC])|J|H|2J|[\d;]*m|\?2004[hl]|\?1004[hl]|"
        r"\?7[hl])")

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.rows, self.row, self.col = [""], 0, 0
        self.paste = self.focus = False
        self.bells = 0
        self.wrap = True        # what runs over the margin goes on below
        self.wider = False      # more characters are wide than it knows
        self.rest = b""

    def feed(self, data):
        text, self.rest = self.decode(self.rest + data)
        i = 0
        while i < len(text):
            if text[i] == "\x1b":
                m = self.SEQUENCE.match(text, i)
                if not m and len(text) - i < 12:
                    self.rest = text[i:].encode() + self.rest
                    return
                check(m, "a sequence that it may not use",
                      repr(text[i:i + 20]))
                self.sequence(m)
                i = m.end()
            else:
                self.put(text[i])
                i += 1

    @staticmethod
    def decode(data):
        for cut in range(4):
            try:
                return (data[:len(data) - cut].decode(),
                        data[len(data) - cut:])
            except UnicodeDecodeError:
                continue
        raise Failed(f"not UTF-8: {data[-40:]!r}")

    def top(self):
        return max(0, len(self.rows) - self.height)

    def sequence(self, m):
        n = int(m[1] or 1)
        if m[2] == "A":
            self.row = max(self.top(), self.row - n)
        elif m[2] == "C":
            self.col = min(self.width - 1, self.col + n)
        elif m[0] == "\x1b[J":
            self.rows[self.row] = self.rows[self.row][:self.col]
            del self.rows[self.row + 1:]
        elif m[0] == "\x1b[H":
            self.rows += [""] * (self.height - 1)
            self.row, self.col = len(self.rows) - 1, 0
        elif m[0].startswith("\x1b[?7"):
            self.wrap = m[0].endswith("h")
        elif m[0].startswith("\x1b[?1004"):
            self.focus = m[0].endswith("h")
        elif m[0].startswith("\x1b[?"):
            self.paste = m[0].endswith("h")

    def put(self, c):
        if c == "\r":
            self.col = 0
        elif c == "\a":
            self.bells += 1
        elif c == "\n":
            self.row += 1
            if self.row == len(self.rows):
                self.rows.append("")
        else:
            wide = 2 if unicodedata.east_asian_width(c) in \
                ("WFA" if self.wider else "WF") else 1
            if 0x4dc0 <= ord(c) <= 0x4dff:
                wide = 2        # as terminals have it
            if unicodedata.combining(c):
                wide = 0
            category = unicodedata.category(c)
            check(category not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"),
                  "a character that must not be shown:", repr(c))
            check(not self.wrap, "autowrap is on:", repr(c))
            self.col += wide
            check(self.col <= self.width or self.wider,
                  "a row ran over the margin:",
                  repr(self.rows[self.row] + c))
            self.col = min(self.col, self.width)
            row = self.rows[self.row].ljust(self.col - wide)
            self.rows[self.row] = row[:self.col - wide] + c + \
                row[self.col:] if wide else row + c

    def text(self):
        return "\n".join(r.rstrip() for r in self.rows)


class Tty:
    living = []

    def __init__(self, flags=NO_COLOR, role=JOINER, mode=KEY, env=None,
                 host="h", cols=80, rows=24, start=True, connect=True):
        self.sup, sup = self.link()
        self.cry, cry = self.link()
        self.master, self.slave = pty.openpty()
        self.screen = Screen(cols, rows)
        self.raw = b""
        self.size(cols, rows, quiet=True)
        self.saved = termios.tcgetattr(self.slave)
        ends = [self.slave, self.slave, sup.fileno(), cry.fileno()]

        def place():
            high = [os.dup(fd) for fd in ends]
            for fd, want in zip(high, (0, 1, 3, 4)):
                os.dup2(fd, want)
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.popen = subprocess.Popen(
            [os.path.join(BIN, "secchat-tty")], stderr=subprocess.PIPE,
            env=env or UTF8, start_new_session=True, preexec_fn=place,
            pass_fds=(3, 4))
        self.proc = Proc(self.popen.pid)
        sup.close()
        cry.close()
        os.set_blocking(self.master, False)
        Tty.living.append(self)
        self.mseq = 0
        self.sup.expect(READY)
        if start:
            self.start(flags, role, mode, host)
        if connect:
            self.connect(mode)

    @staticmethod
    def link():
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        return Link(ours), theirs

    def start(self, flags, role, mode, host):
        saved = self.saved_bytes()
        self.sup.send(START, struct.pack(">IBBIB", flags, role, mode, 1, 1) +
                      str8("") + struct.pack(">H", len(saved)) + saved +
                      str8(host))

    def saved_bytes(self):
        """struct termios as the C library has it."""
        i, o, c, l, _, _, cc = self.saved
        chars = b"".join(x if isinstance(x, bytes) else bytes([x])
                         for x in cc)
        return struct.pack("IIIIB32s3xII", i, o, c, l, 0, chars,
                           self.saved[4], self.saved[5])

    def connect(self, mode=KEY, nick="", verified=0):
        self.cry.send(CONNECTED, struct.pack(">BBBI", mode, 1, verified, 0) +
                      str8("192.0.2.10:5000") + str8(nick))
        self.expect(">$")
        self.status()       # for the status row

    def status(self, link=1, epoch=0, undelivered=0, rtt=12):
        """Its question about the link, and the answer."""
        self.cry.expect(STATUS_Q)
        self.cry.send(STATUS, struct.pack(">BBIII", link, KEY, epoch,
                                          undelivered, rtt))

    # -- what it is told --

    def text(self, text):
        self.mseq += 1
        if isinstance(text, str):
            text = text.encode()
        self.cry.send(TEXT, struct.pack(">Q", self.mseq) + text)

    def delivered(self, mseq):
        self.cry.send(DELIVERED, struct.pack(">Q", mseq))

    def note(self, text, kind=1):
        self.sup.send(NOTE, bytes([kind]) + text.encode())

    def end_chat(self, what="the chat has ended", after="Do this next."):
        what, after = what.encode(), after.encode()
        self.sup.send(END, struct.pack(">BIH", 0, 0, len(what)) + what +
                      struct.pack(">H", len(after)) + after)

    # -- the terminal --

    def type(self, data):
        """All of it at once; the terminal's own queue may be full."""
        data = data if isinstance(data, bytes) else data.encode()
        while data:
            check(select.select([], [self.master], [], DEADLINE)[1],
                  "the keyboard is not read")
            n = os.write(self.master, data[:1024])
            data = data[n:]
            self.read(0)

    def read(self, seconds):
        if not select.select([self.master], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += data
        self.screen.feed(data)
        return True

    def expect(self, pattern, seconds=DEADLINE):
        deadline = time.monotonic() + seconds
        while not (m := re.search(pattern, self.screen.text())):
            left = deadline - time.monotonic()
            check(left > 0, "no", pattern, "on the screen:\n" +
                  self.screen.text()[-2000:], "\nstderr:", self.said())
            self.read(left)
        return m

    def settle(self):
        """Until nothing more is written."""
        while self.read(QUIET):
            pass
        return self.screen.text()

    def size(self, cols, rows, quiet=False):
        self.screen.width, self.screen.height = cols, rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))
        if not quiet:
            self.settle()

    def sent(self):
        return self.cry.expect(SEND).decode()

    def nothing_sent(self):
        check(self.cry.is_quiet(QUIET), "something was sent")

    def said(self):
        os.set_blocking(self.popen.stderr.fileno(), False)
        return self.popen.stderr.read()

    def wait_exit(self):
        deadline = time.monotonic() + DEADLINE
        while not self.proc.gone():
            check(time.monotonic() < deadline, "it does not end")
            self.read(0.02)
        while self.read(0):
            pass
        return self.popen.wait()

    def restored(self):
        check_equal(termios.tcgetattr(self.slave), self.saved, "settings")
        check(not self.screen.paste, "paste brackets are still on")
        check(not self.screen.focus, "focus is still reported")
        check(self.screen.wrap, "autowrap is still off")

    def leave(self):
        """The end, whose exit status says whether texts are lost."""
        self.end_chat()
        code = self.wait_exit()
        lost = "never delivered ──" in self.screen.text() or \
            "never delivered --" in self.screen.text()
        check_equal(code, EXIT_UNDELIVERED if lost else 0,
                    f"exit; stderr {self.said()!r}")
        self.restored()

    def end(self):
        self.proc.kill()
        self.popen.wait()
        self.popen.stderr.close()
        for fd in (self.master, self.slave):
            os.close(fd)
        self.sup.close()
        self.cry.close()


def case(f):
    def run():
        try:
            f()
        finally:
            while Tty.living:
                Tty.living.pop().end()
    run.__name__ = f.__name__
    return run


def last_row(t):
    return t.screen.rows[-1].rstrip()


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
    t.expect("link up, answers in 12 ms · keys of epoch 3")
    t.note("a note\x1b[2J of the supervisor")
    t.expect(r"  a note\^\[\[2J of the supervisor\n")
    t.cry.send(LINK, b"\x05" + bytes(5))
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
    t.type("/clear\r")
    t.expect(r"\n{20,} 192.*\nyou \(key file\)>")
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
    t.cry.send(LINK, b"\x02\x01" + bytes(4))
    t.leave()
    t.expect(r"not sent:\n  half a thou\n")
    check("you left" not in t.screen.text(), "nobody here left")


def narrow_words():
    """Sentences of our own end their rows at blanks, and six digits stay
    together."""
    t = Tty(cols=30)
    for cols in range(24, 50):
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
        elif "too much is waiting" in t.settle():
            break
    check(fits < i < 2 * fits + 3, "bounded at", i)
    t.nothing_sent()
    t.delivered(1)
    check_equal(len(t.sent()), TEXT_MAX, "one more")
    t.settle()
    t.type("\r")        # what was refused is still in the line
    t.settle()
    check("too much" not in last_row(t), "there is room now")
    t.leave()


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
    """Every attack string, as a text, a note and a name."""
    if not os.path.exists(ATTACKS):
        print("skipped: attack strings: SECCHAT_ATTACKS names no file")
        return
    t = Tty()
    count = 0
    with open(ATTACKS, encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            data = row["s"].encode(
                "latin-1" if row["enc"] == "latin1" else "utf-8",
                "surrogatepass") * row.get("repeat", 1)
            t.text(data[:TEXT_MAX])
            while t.cry.is_quiet(0):    # the screen checks every byte
                t.read(0.01)
            t.cry.expect(SHOWN)
            t.sup.send(NOTE, b"\x02" + data[:400])
            count += 1
    t.settle()
    check(count > 100, "only", count)
    t.leave()


def nick():
    """A claimed name is shown once, as claimed, on one row."""
    t = Tty(connect=False)
    t.connect(nick="bob\u202e\n14:05 you ✓✓ │ forged " + "x" * 20)
    t.expect(r'they say that they are "bob<U\+202E>\^J')
    check(not re.search(r"^14:05", t.screen.text(), re.M), "a forged row")
    t.leave()
    t = Tty(connect=False)
    t.connect(nick='you" ── verified: "│|--')
    t.expect(r'that they are "you\? \?\? verified: \?\?\?-\?" ──\n')
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
    ascii_only, colours, resize, blocked_terminal, keyboard_gone,
    suspended, supervisor_dies, crypto_dies, broken_siblings, flood)))
