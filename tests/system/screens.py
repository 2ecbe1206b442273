"""secchat-tty alone: what the person is shown of the connection, messages
shown again, and views for those who cannot use the ordinary one.

# seconds: 60
"""
import re
import struct
import time

from secchat_test import DEADLINE, check, check_equal, main
from tty_test import (BY_EOF, BY_TIMEOUT, CONNECTED, EXIT_UNDELIVERED, HOST,
                      ID, KEY, LOST, NAME, NAMED, NOTE, PAUSE, PEER, PLAIN,
                      QUIT, REDIAL, REKEYED, RESTARTED, RESTARTED_OK, RESUME,
                      RESUMED, SEND, SHOWN, STATUS_Q, SUSPEND, Tty, USER,
                      UTF8, VERIFY, WINDOW, WIRE, WIRE_Q, case, str8)


# ---- the status row ------------------------------------------------------

def status_row():
    """Who, how known, epoch, round trip, clock; cells that do not fit are
    left out from the end on."""
    t = Tty(mode=ID, connect=False)
    t.cry.send(PEER, b"\x01\x00" + b"S" * 50 + b"1" * 60 + str8("bob") +
               str8("claimed"))
    t.connect(ID)
    t.expect(r"met before, not verified \(/verify\), this is bob")
    t.expect(r"\n known bob · epoch 0 · 12 ms · \d\d:\d\d\nyou \(known\)>")
    t.cry.send(REKEYED, struct.pack(">IB", 1, 4))
    t.expect(r"── \d\d:\d\d new keys: epoch 0 → 1 \(you asked\) · old keys "
             r"erased on\s+both sides ──")
    t.text("hi")
    t.expect(r"\d\d:\d\d bob     │ hi\n known bob · epoch 1")
    t.cry.send(VERIFY, b"\x02\x03123456")
    t.expect(r"\n ✔ verified bob · epoch 1 .*\nyou>")
    t.size(30, 24)
    t.expect(r"\n ✔ verified bob · epoch 1\nyou>|\n ✔ verified bob · "
             r"epoch 1\n>")
    t.size(80, 24)
    t.type("/name R\u00f6b\r")
    t.cry.expect(SHOWN)
    check_equal(t.sup.expect(NAME).decode(), "R\u00f6b", "name")
    t.sup.send(NAMED, b"\x01" + "R\u00f6b".encode())
    t.expect("\n ✔ verified R\u00f6b")
    t.text("hi again")
    t.expect("R\u00f6b     │ hi again")
    t.leave()


def named_first():
    """The supervisor may be quicker with a new person's name than crypto is
    with the person."""
    t = Tty(mode=ID, connect=False)
    t.sup.send(NAMED, b"\x01zed")
    t.sup.send(NOTE, b"\x01they are remembered as zed")
    t.expect("they are remembered as zed")
    t.cry.send(PEER, b"\x00\x00" + b"S" * 50 + b"1" * 60 + str8("") +
               str8("zed"))
    t.connect(ID)
    t.expect("somebody new")
    t.text("hi")
    t.expect(r"\d\d:\d\d zed     │ hi")
    t.leave()


def own_name():
    """Without identities a name is for this chat alone."""
    t = Tty()
    t.type("/name a very long name\r")
    t.expect('called "a very long name" in this chat')
    t.text("hi")
    t.expect(r"\d\d:\d\d a very  │ hi")
    t.type("/name " + "x" * 65 + "\r")
    t.expect("more than 64 bytes")
    for name in ("a/b", "you", "bob verified", "a  b"):
        t.type(f"/name {name}\r")
        t.expect("this cannot be a name: .*")
        t.type("/clear\r")
    t.text("still")
    t.expect(r"\d\d:\d\d a very  │ still")
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
    t.expect(r"── not connected: calling, try 4 · epoch 0 · not verified · "
             r"2 texts waiting")
    t.link_event(RESUMED, 0, 52000)
    t.status()
    t.expect("epoch 0 · 12 ms")
    check("back after" not in t.settle(), "it is told before it is true")
    t.delivered(2)
    t.delivered(3)
    t.expect(r"── back after 52 s · 2 waiting messages delivered · "
             r"new keys, epoch 0 ──\n"
             r".*✓✓ │ one\n.*✓✓ │ two\n 192")
    t.type("/retry\r")
    t.expect("nothing to try")
    t.type("/status\r")
    t.status()
    t.expect(r"── link up · 12 ms · epoch 0 · not verified · all texts "
             r"delivered ──")
    t.enter("three")
    t.sent()
    t.type("/status\r")
    t.status(undelivered=1)
    t.expect(r"1 text on the way, 0\s+waiting\s+here ──")
    t.delivered(4)
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
    t.expect(r"── not connected: they have 9:3\d to come back · epoch 0")
    t.link_event(RESUMED, 0, 65000)
    t.expect(r"── back after 1 min 5 s · new keys, epoch 0 ──")
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
    t.expect(r"── back after 3 s · 2 waiting messages on the way · "
             r"new keys, epoch 0 ──\n"
             r"(.*✓✓ │ 0\n)?.*peer    │ news\n")
    t.delivered(3)
    t.expect(r"✓✓ │ 2\n 192")
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
    for n, bad in enumerate(("x", "0", "99999999999"), 7):
        t.type(f"/raw {bad}\r")
        t.expect("that is no number")
        t.type(f"/more {n}\r")
        t.expect(f"message {n} is not here")
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
    t.enter("/history find MINE 1")
    t.expect(r"\n +\d+ \d\d:\d\d you  ✓✓ │ Mine 14\n")
    listed = r"^ +\d+ \d\d:\d\d \S+ .*│ (\w+ \d+)$"
    rows = re.findall(listed, t.settle(), re.M)
    check_equal(rows, [f"Mine {i}" for i in (1, 10, 11, 12, 13, 14)], "found")
    t.expect("── found: 6 messages ──")
    t.enter("/history")
    t.expect(r"── said so far: the newest 20; 10 older: /history find TEXT ──")
    t.expect(r"│ Mine 14\n 192")
    rows = re.findall(listed, t.settle().split("10 older")[1], re.M)
    check_equal((len(rows), rows[-1]), (20, "Mine 14"), "the newest")
    t.text("the first line\nand the fourth word is here\nthe last")
    t.text("x" * 300 + " far behind " + "y" * 300)
    t.enter("/history find fourth")
    t.expect(r"── found: 1 message ──\n +\d+ \d\d:\d\d peer +│ and the fourth")
    t.enter("/history find far")
    t.expect(r"── found: 1 message ──\n +\d+ \d\d:\d\d peer +│ x+ far behind")
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
    t.type("\x1b[Oz")
    t.expect(r"> z\s*$")        # what was typed before it was read, too
    t.type("\x7f")
    t.text("away")
    t.expect("away")
    # The row may come in one write, and the bell behind it in another.
    while not t.screen.bells:
        check(t.read(DEADLINE), "no bell")
    t.settle()
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
        t.sup.send(PAUSE, b"\x00")
        t.sup.expect(SUSPEND)
        t.sup.send(RESUME, b"\x01")
        t.expect("(1 message not delivered[\\s\\S]*){3}")
        t.type("y\n")
        check_equal(t.sup.expect(QUIT)[0], USER, "quit")
        t.end_chat()
        check_equal(t.wait_exit(), EXIT_UNDELIVERED, "exit")
        t.screen.wrap = True
        t.restored()
        check(b"\x1b" not in t.raw, "an escape sequence")


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


main(*map(case, (
    status_row, named_first, own_name, rtt_asked_again, lost_joiner, lost_host,
    back_and_news, restarted, waits_for_them, more_and_raw, history, drop,
    wire, bell, answers, plain, frames)))
