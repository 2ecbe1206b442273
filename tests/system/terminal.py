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
RETRY, REDIAL, NAME, NAMED = 45, 46, 47, 48
SEND, SHOWN, STATUS_Q, RESTARTED_OK, WIRE_Q = 50, 51, 52, 55, 56
CODE, CONNECTED, TEXT, DELIVERED, STATUS, ATTEMPT, LINK = range(60, 67)
SUSPEND, PAUSE, RESUME = 82, 83, 84
REKEYED, VERIFY, PEER, RESTARTED, WIRE = 67, 68, 69, 80, 81
LOST, RESUMED, LEFT = 2, 4, 5
BY_EOF, BY_TIMEOUT = 1, 3
NO_COLOR, ASCII, PLAIN, CODE_COMES, PASSPHRASE = 8, 16, 32, 128, 256
EASTERN, BLUE_ORANGE = 1024, 2048
PASS, KEY, ID, JOINER, HOST = 1, 2, 3, 0, 1
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

    def link_event(self, event, why=0, ms=0):
        self.cry.send(LINK, struct.pack(">BBI", event, why, ms))

    def retry(self, number, ms, why=""):
        self.sup.send(RETRY, struct.pack(">II", number, ms) + str8(why))

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

    def enter(self, line):
        """A line, and Enter when it is seen, so that two of them are no
        paste."""
        self.type(line)
        self.expect(r"> " + re.escape(line) + r"\s*$")
        self.type("\r")

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
        lost = re.search(r"(──|--|\*) never delivered", self.screen.text())
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
    t.link_event(LOST, BY_EOF)
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


# ---- the status row ------------------------------------------------------

def status_row():
    """Who, how known, epoch, round trip, clock; cells that do not fit are
    left out from the end on."""
    t = Tty(mode=ID, connect=False)
    t.cry.send(PEER, b"\x01\x00" + b"S" * 50 + b"1" * 60 + str8("bob") +
               str8("claimed"))
    t.connect(ID)
    t.expect(r"this is bob, met before, not verified")
    t.expect(r"\n bob known · epoch 0 · 12 ms · \d\d:\d\d\nyou \(known\)>")
    t.cry.send(REKEYED, struct.pack(">IB", 1, 4))
    t.expect(r"── \d\d:\d\d new keys: epoch 0 → 1 \(you asked\) · old keys "
             r"erased here\s+and there ──")
    t.text("hi")
    t.expect(r"\d\d:\d\d bob     │ hi\n bob known · epoch 1")
    t.cry.send(VERIFY, b"\x02\x03123456")
    t.expect(r"\n bob ✔ verified · epoch 1 .*\nyou>")
    t.size(30, 24)
    t.expect(r"\n bob ✔ verified · epoch 1\nyou>|\n bob ✔ verified · "
             r"epoch 1\n>")
    t.size(80, 24)
    t.type("/name Ro\u0308b\r")
    t.cry.expect(SHOWN)
    check_equal(t.sup.expect(NAME).decode(), "Ro\u0308b", "name")
    t.sup.send(NAMED, b"\x01" + "Ro\u0308b".encode())
    t.expect("\n Ro\u0308b ✔ verified")
    t.text("hi again")
    t.expect("Ro\u0308b     │ hi again")
    t.leave()


def own_name():
    """Without identities a name is for this chat alone."""
    t = Tty()
    t.type("/name a very long name\r")
    t.expect("called a very long name in this chat")
    t.text("hi")
    t.expect(r"\d\d:\d\d a very  │ hi")
    t.type("/name " + "x" * 65 + "\r")
    t.expect("at most 64 bytes")
    check(t.sup.is_quiet(), "the supervisor was asked")
    t.leave()


def rtt_asked_again():
    """Crypto may not know it at first: it is asked once more."""
    t = Tty(connect=False)
    t.cry.send(CONNECTED, struct.pack(">BBBI", KEY, 1, 0, 0) +
               str8("192.0.2.10:5000") + str8(""))
    t.status(rtt=0xffffffff)
    t.expect(r"192\.0\.2\.10 · epoch 0 · \d\d:")
    t.status(rtt=7)
    t.expect("epoch 0 · 7 ms · ")
    t.leave()


# ---- a connection that is lost -------------------------------------------

def lost_joiner():
    """What a joiner sees from the loss to the return."""
    t = Tty()
    t.type("before\r")
    check_equal(t.sent(), "before")
    t.delivered(1)
    t.expect("✓✓ │ before")
    t.link_event(LOST, BY_TIMEOUT, 600000)
    t.expect(r"── connection lost \(no answer for 15 s\) ──")
    t.retry(3, 4000, "connection refused\x1b[2J")
    t.expect(r"\n 192\.0\.2\.10 · RECONNECTING, try 3 in 4 s · connection "
             r"refused\^\[\[2J")
    t.expect(r"RECONNECTING, try 3 in 3 s")
    for text in ("one", "two"):
        t.enter(text)
        check_equal(t.sent(), text)
    t.expect("not delivered yet: one\n.*not delivered yet: two")
    t.type("/retry\r")
    t.sup.expect(REDIAL)
    t.retry(4, 0)
    t.expect("RECONNECTING, try 4 now")
    t.type("/status\r")
    t.status(link=3, undelivered=2)
    t.expect(r"── link retry: RECONNECTING, try 4 now · keys of epoch 0")
    t.link_event(RESUMED, 0, 52000)
    t.status()
    t.expect("epoch 0 · 12 ms")
    check("back after" not in t.settle(), "it is told before it is true")
    t.delivered(2)
    t.delivered(3)
    t.expect(r"── back after 52 s · 2 waiting messages delivered ──\n"
             r".*✓✓ │ one\n.*✓✓ │ two\n 192")
    t.type("/retry\r")
    t.expect("nothing to try")
    t.type("/status\r")
    t.status()
    t.expect("── link up, answers in 12 ms")
    t.leave()


def lost_host():
    """A host can only wait; nothing waited, and the line comes at once."""
    t = Tty(role=HOST, host="")
    t.link_event(LOST, BY_EOF, 580000)
    t.expect(r"── connection lost \(it was closed without a goodbye\) ──")
    t.expect(r"WAITING for them, 9:40 left")
    t.expect(r"WAITING for them, 9:39 left")
    t.type("/retry\r")
    t.expect("can only wait")
    t.type("/status\r")
    t.status(link=2)
    t.expect(r"── link lost: WAITING for them, 9:3\d left")
    t.link_event(RESUMED, 0, 65000)
    t.expect(r"── back after 1 min 5 s ──")
    t.status()
    t.leave()


def back_and_news():
    """What comes meanwhile stands below the line about coming back, which
    tells what is true by then."""
    t = Tty()
    t.link_event(LOST, BY_EOF, 580000)
    for i in range(3):
        t.enter(f"{i}")
        t.sent()
    t.link_event(RESUMED, 0, 3000)
    t.delivered(1)
    t.text("news")
    t.expect(r"── back after 3 s · 2 waiting messages on the way ──\n"
             r"(.*✓✓ │ 0\n)?.*peer    │ news\n")
    t.delivered(3)
    t.expect(r"✓✓ │ 2\n 192")
    t.cry.expect(STATUS_Q)
    t.leave()


def restarted():
    """The other program was started anew: what was not delivered is named,
    numbers begin again, and a draft is not sent to another session by an
    Enter that was meant for this one."""
    t = Tty()
    t.text("old")
    t.cry.expect(SHOWN)
    for i in range(7):
        t.enter(f"text {i}")
        t.sent()
    t.type("a draft")
    t.link_event(LOST, BY_EOF, 580000)
    t.cry.send(RESTARTED, struct.pack(">I", 7))
    t.cry.expect(RESTARTED_OK)
    t.expect(rf"anew; not delivered: 7\s+messages of yours")
    t.expect(rf"\?\? │ text 6\n")
    named = re.findall(r"\?\? │ text (\d+)", t.settle())
    check_equal(named, [str(i) for i in range(7)], "named")
    t.cry.send(CONNECTED, struct.pack(">BBBI", KEY, 1, 0, 0) +
               str8("192.0.2.10:5000") + str8(""))
    t.status()
    t.expect("connected anew to 192")
    t.type("\r")
    t.expect("another session by now; Enter again")
    t.nothing_sent()
    t.type("\r")
    check_equal(t.sent(), "a draft")
    t.delivered(1)
    t.expect("✓✓ │ a draft")
    t.mseq = 0
    t.text("new")
    check_equal(t.cry.expect(SHOWN), struct.pack(">Q", 1), "shown")
    t.end_chat()
    check_equal(t.wait_exit(), EXIT_UNDELIVERED, "exit")
    t.restored()


def waits_for_them():
    """join --wait: nobody is there yet."""
    t = Tty(connect=False)
    t.retry(2, 5000, "connection refused")
    t.expect(r"h is not there yet \(connection refused\): try 2 follows")
    t.retry(3, 0)
    t.expect("try 3 now")
    t.connect()
    t.leave()


# ---- messages again ------------------------------------------------------

def more_and_raw():
    """The rest of a long message, and what a message is made of."""
    t = Tty()
    t.text("".join(f"row {i}\n" for i in range(3000)))
    t.expect(r"│ row 39\n +… 2960 more rows: /more.1\n")
    t.text("a\u202eb <\n\u200d\U0001f600\x1b")
    t.expect(r"\(2 control characters made visible.*[\s\S]*/raw.2\)")
    t.type("/more 1\r")
    t.expect(r"│ row 2999\n 192")
    rows = re.findall(r"│ row (\d+)\n", t.settle())
    check_equal(rows, [str(i) for i in range(3000)], "rows")
    for r in t.screen.rows:
        check("row " not in r or r[14:15] == "│" or "more" in r, "gutter", r)
    t.type("/raw\r")
    t.expect(r"── message 2 as code points ──\n"
             r" {14}│ a<U\+202E>b <<U\+000A>\n"
             r" {14}│ <U\+200D><U\+1F600><U\+001B>\n 192")
    t.type("/more 2\r")
    t.expect("all of message 2 was shown")
    for bad in ("/more 7", "/raw x", "/raw 0", "/raw 99999999999"):
        t.type(bad + "\r")
        t.expect("message 7 is not here" if "7" in bad else
                 "that is no number")
    while not t.cry.is_quiet(0):
        t.cry.recv()
    t.leave()


def history():
    """What was said, with numbers; found by its words."""
    t = Tty()
    for i in range(15):
        t.text(f"theirs {i}")
        t.enter(f"Mine {i}")
        while t.cry.recv()[0] != SEND:
            pass
        t.delivered(i + 1)
    t.expect("✓✓ │ Mine 14")
    t.enter("/clear")
    t.settle()
    t.enter("/history")
    t.expect(r"the newest 20; 10 older")
    text = t.settle().rsplit("Mine 14", 1)[0]
    t.enter("/clear")
    t.settle()
    t.enter("/history find MINE 1")
    t.expect(r"\n +\d+ \d\d:\d\d you  ✓✓ │ Mine 1\n")
    rows = re.findall(r"│ Mine (\d+)", t.settle().split("\n" * 10)[-1])
    check_equal(rows, ["1", "10", "11", "12", "13", "14"], "found")
    t.enter("/history find nowhere")
    t.expect("nothing has that in it")
    t.enter("/history nowhere")
    t.expect("/history, or /history find TEXT")
    while not t.cry.is_quiet(0):
        t.cry.recv()
    t.leave()


def drop():
    """Only what crypto was not given can be taken back."""
    t = Tty()
    t.enter("/drop")
    t.expect("nothing waits here")
    for i in range(WINDOW + 3):
        if i < WINDOW:
            t.type(f"text {i}\r")
            t.sent()
        else:
            t.enter(f"text {i}")
    t.enter("/drop")
    t.expect(rf" +{WINDOW + 1} .*│ text {WINDOW}\n"
             rf" +{WINDOW + 2} .*│ text {WINDOW + 1}\n")
    t.enter("/drop 1")
    t.expect("message 1 does not wait here")
    t.enter(f"/drop {WINDOW + 2}")
    t.expect(f"message {WINDOW + 2} will not be sent")
    t.delivered(WINDOW)
    check_equal(t.sent(), f"text {WINDOW}")
    check_equal(t.sent(), f"text {WINDOW + 2}")
    t.nothing_sent()
    t.delivered(WINDOW + 2)
    t.expect(rf"✓✓ │ text {WINDOW + 2}\n")
    t.leave()


def wire():
    """The sealed frame under each line sent."""
    t = Tty()
    t.type("/wire on\r")
    check_equal(t.cry.expect(WIRE_Q), b"\x01", "on")
    t.type("short\r")
    check_equal(t.sent(), "short")
    t.cry.send(WIRE, struct.pack(">QI", 1, 4) + b"\xde\xad\xbe\xef")
    t.delivered(1)
    t.expect(r"✓✓ │ short\n {14}sealed, 4 B: deadbeef\n 192")
    t.type("long\r")
    t.sent()
    t.cry.send(WIRE, struct.pack(">QI", 2, 65537) + b"\x11" * 1024)
    t.delivered(2)
    t.expect(r"sealed, 65537 B:\s+1111")
    t.expect(r"1111 \.\.\.\n 192")
    t.type("/wire off\r")
    check_equal(t.cry.expect(WIRE_Q), b"\x00", "off")
    t.type("/wire\r")
    t.expect("/wire on, or /wire off; it is off")
    t.leave()


def bell():
    """It rings when nobody looks, once for a while, and says nothing."""
    t = Tty()
    check(t.screen.focus, "focus is not reported")
    t.text("looked at")
    t.expect("looked at")
    check_equal(t.screen.bells, 0, "bells while somebody types")
    t.type("\x1b[I")
    t.text("still")
    t.expect("still")
    t.type("\x1b[O")
    t.settle()
    t.text("away")
    t.expect("away")
    check_equal(t.screen.bells, 1, "bells")
    t.text("away 2")
    t.expect("away 2")
    check_equal(t.screen.bells, 1, "bells in a burst")
    t.enter("/notify off")
    t.expect("no bell")
    t.enter("/notify")
    t.expect("no bell")
    t.enter("/notify on")
    t.expect("the bell rings when")
    while not t.cry.is_quiet(0):
        t.cry.recv()
    t.leave()


def answers():
    """y leaves with undelivered texts, n stays; in a word they are letters."""
    t = Tty()
    t.type("never arrives\r")
    t.sent()
    t.type("/quit\r")
    t.expect("Leave now")
    t.type("n")
    t.expect("you stay")
    t.type("yes\r")
    check_equal(t.sent(), "yes")
    t.type("/quit\r")
    t.expect("2 messages not delivered")
    t.type("y")
    check_equal(t.sup.expect(QUIT), bytes([USER, 0, 0, 0, 0]), "quit")
    t.leave()


# ---- plain ---------------------------------------------------------------

def plain():
    """Line by line: no escape sequence, no row without a word whose it is."""
    for env in (UTF8, {**UTF8, "TERM": "dumb"}):
        t = Tty(flags=PLAIN, connect=False, env=env)
        t.screen.wrap = False   # there is no way to turn it off
        t.cry.send(CONNECTED, struct.pack(">BBBI", KEY, 1, 0, 0) +
                   str8("192.0.2.10:5000") + str8(""))
        t.expect(r"\* connected to 192\.0\.2\.10:5000 in \d+ ms")
        t.status()
        t.type("hello\n")
        check_equal(t.sent(), "hello")
        t.delivered(1)
        t.expect(r"\d\d:\d\d you, delivered: hello\n")
        t.text("14:05 you, delivered: yes\n" + "\u4dc0" * 60 +
               "14:05 you, delivered: yes")
        t.cry.expect(SHOWN)
        for row in t.settle().split("14:05 you, delivered: yes\n")[0] \
                .split("\n")[-3:]:
            check(not row.startswith("14:05"), "a forged row", row)
        for row in t.screen.rows:
            check("\u4dc0" not in row or re.match(
                r"\d\d:\d\d peer: ", row), "whose is", repr(row))
        t.link_event(LOST, BY_TIMEOUT, 1000)
        t.expect(r"\* connection lost \(no answer for 15 s\)\n")
        t.retry(2, 4000, "connection refused")
        t.expect(r"\* RECONNECTING, try 2 in 4 s \(connection refused\)\n")
        t.type("/help\n")
        t.expect(r"  /quit +leave")
        t.type("/sttaus\n")
        t.expect(r"Did you mean /status")
        t.type("waits\n")
        check_equal(t.sent(), "waits")
        t.type("/quit\n")
        t.expect("1 message not delivered")
        t.type("n\n")
        t.expect("you stay")
        t.type("\x04")
        t.expect("1 message not delivered[\\s\\S]*1 message not delivered")
        t.type("y\n")
        check_equal(t.sup.expect(QUIT)[0], USER, "quit")
        t.end_chat()
        check_equal(t.wait_exit(), EXIT_UNDELIVERED, "exit")
        t.screen.wrap = True
        t.restored()
        check(b"\x1b" not in t.raw, "an escape sequence")


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


def frames():
    """A burst is drawn at most sixty times a second, in order, and keys are
    answered meanwhile."""
    t = Tty()
    started = time.monotonic()
    for i in range(3000):
        t.text(f"line {i}")
        t.read(0)
        while not t.cry.is_quiet(0):
            t.cry.recv()
    t.type("a key")
    t.expect("a key")
    while "line 2999" not in t.screen.text():
        t.read(DEADLINE)
    seconds = time.monotonic() - started
    drawn = t.raw.count(b"you (key file)> ")
    check(drawn <= 62 * seconds + 2, drawn, "frames in", seconds)
    rows = re.findall(r"│ line (\d+)\n", t.screen.text())
    check_equal(rows, [str(i) for i in range(3000)], "rows")
    t.leave()


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
    suspended, supervisor_dies, crypto_dies, broken_siblings, flood, frames,
    status_row, own_name, rtt_asked_again, lost_joiner, lost_host,
    back_and_news, restarted, waits_for_them, more_and_raw, history, drop,
    wire, bell, answers, plain)))
