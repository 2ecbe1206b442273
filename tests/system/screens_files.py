"""secchat-tty alone: files, as the person is shown and asked about them, with
the test as the supervisor that moves them.

# seconds: 60
"""
import re
import struct
import time

from secchat_test import DEADLINE, check, check_equal, main
from tty_test import (ACCEPTED, ASCII, BY_BYTES, BY_TIMEOUT, CANCELLED,
                      DECLINED, DONE, ENDED, FILE_ACCEPT, FILE_SEND,
                      FILE_STOP, FULL, ID, LOST, MANY, MOVING, NO_COLOR,
                      NO_FILE, NO_FILES, NO_PATH, OFFERED, OURS, PAUSED, PEER,
                      PLAIN, QUIT, READ, REKEYED, RESUMED, STOPPED, TEXT_MAX,
                      THEIRS, Tty, USER, UTF8, case, str8)

MB = 1000000


def asked(t):
    """What /send said: the name it has, and the path."""
    body = t.sup.expect(FILE_SEND)
    return struct.unpack(">I", body[:4])[0], body[4:].decode()


def told(t, words):
    """A sentence, wherever its rows end."""
    t.expect(re.escape(words).replace(r"\ ", r"\s+"))


def offer(t, fid, **more):
    t.file(fid, THEIRS, OFFERED, path="/home/me/Downloads/holiday.jpg",
           **more)


def seen(t):
    """Whoever answers without a number has looked at the offer for a
    second."""
    until = time.monotonic() + 1.1
    while time.monotonic() < until:
        t.read(0.1)


# ---- /send ---------------------------------------------------------------

def send_paths():
    """What stands behind /send, as people type it, and as terminals and file
    managers put it there."""
    t = Tty()
    for i, (typed, want) in enumerate((
            ("report.pdf", "report.pdf"),
            ("~/a b.txt", "~/a b.txt"),
            ("  two  blanks  ", "two  blanks"),
            ("'/tmp/a b.txt' ", "/tmp/a b.txt"),
            ('"/tmp/a b.txt"', "/tmp/a b.txt"),
            (r"/tmp/a\ b\(1\).txt", "/tmp/a b(1).txt"),
            (r"'/tmp/it'\''s.txt'", "/tmp/it's.txt"),
            ("it's.txt", "it's.txt"),
            (r'"a \"b\" c\d"', r'a "b" c\d'),
            (r"a\nb", r"a\nb"),
            ("blank\\ ", "blank "),
            ("größe 😀.txt", "größe 😀.txt"))):
        t.type(f"/send {typed}\r")
        check_equal(asked(t), (i + 1, want), "a path")
    # Dropped onto the terminal: a paste.
    t.type("/send ")
    t.type("\x1b[200~'/tmp/dropped file.txt' \x1b[201~")
    t.expect("dropped file")
    t.type("\r")
    check_equal(asked(t)[1], "/tmp/dropped file.txt", "dropped")
    t.enter("/send")
    t.expect("/send FILE: offer a file")
    t.type("/send ''\r")
    t.expect("path is missing")
    t.type("/send \x1b[200~" + "x" * 4097 + "\x1b[201~")
    t.settle()
    t.type("\r")
    t.expect("no path is that long")
    check(t.sup.is_quiet(), "the supervisor was asked")
    t.leave()


def refused():
    """It never becomes a file: what was asked for is named."""
    t = Tty()
    t.type("/send /tmp/some\u202efolder\r")
    ask, _ = asked(t)
    t.file(0, OURS, STOPPED, size=0, name="", ask=ask, why=NO_PATH,
           words="it is a directory")
    t.expect(r"── not sent: it is a directory ──\n"
             r"  file      /tmp/some<U\+202E>folder\n")
    check("in quotes" not in t.settle(), "a word about quotes")
    t.type("/send  lead.txt\r")
    ask, path = asked(t)
    t.file(0, OURS, STOPPED, size=0, name="", ask=ask, why=NO_PATH,
           words="there is no such file")
    told(t, f"  file      {path} next")
    told(t, "in quotes: /send ' NAME'")
    t.type("/send more\r")
    asked(t)
    t.file(0, OURS, STOPPED, size=0, name="", why=MANY, ask=3)
    t.expect(r"── not sent: there are too many files at once ──\n"
             r"  file      more\n")
    t.leave()


def sent():
    """From the offer to the last fact, with everything between in the live
    area alone."""
    t = Tty()
    t.file(1, OURS, OFFERED, size=4200000, name="report.pdf", ask=1)
    told(t, '── file 1 "report.pdf" is offered · 4.2 MB (4,200,000 bytes) ──')
    t.expect(r"\n 1 ↑ offered  report\.pdf +4\.2 MB  waits for an answer\n"
             r" 192")
    t.file(1, OURS, ACCEPTED, size=4200000, name="report.pdf")
    t.expect(r"\n 1 ↑   0 %  report\.pdf +0\.0 of 4\.2 MB")
    t.file(1, OURS, MOVING, size=4200000, done=2600000, rate=290000, left=5,
           name="report.pdf")
    t.expect(r"\n 1 ↑  61 %  report\.pdf +2\.6 of 4\.2 MB  290 kB/s +5 s left"
             r" ━+─+\n 192")
    before = len([r for r in t.screen.rows if r])
    for done in range(2600000, 4200000, 10000):
        t.file(1, OURS, MOVING, size=4200000, done=done, rate=done,
               left=(4200000 - done) // 100000, name="report.pdf")
    t.expect(r"\n 1 ↑  99 % .*4\.2 of 4\.2 MB")
    check_equal(len([r for r in t.screen.rows if r]), before, "rows")
    t.file(1, OURS, DONE, size=4200000, done=4200000, name="report.pdf",
           path="/home/me/report.pdf")
    t.expect(r"── file 1 is there, all of it · 4\.2 MB in less than a second ──\n"
             r"  sent      /home/me/report\.pdf\n 192")
    check("\u2191" not in t.settle(), "a row that is left")
    t.leave()


# ---- offers --------------------------------------------------------------

def offered():
    """Name, size, where it would go and how to answer, before anything is
    written; the bell; a command that names it, or the only one."""
    t = Tty(mode=ID, connect=False)
    t.cry.send(PEER, b"\x01\x00" + b"S" * 50 + b"1" * 60 + str8("bob") +
               str8(""))
    t.connect(ID)
    t.type("\x1b[O")
    t.settle()
    offer(t, 2)
    t.expect(r"── bob offers you a file ──\n"
             r"  file 2    holiday\.jpg\n"
             r"  size      3\.6 MB \(3,565,158 bytes\)\n"
             r"  goes to   /home/me/Downloads/holiday\.jpg\n"
             r"  answer    /accept 2, /accept 2 as NAME, or /decline 2; "
             r"nothing is written\s+before\n"
             r" 2 ↓ offered  holiday\.jpg +3\.6 MB  /accept 2 or /decline 2\n"
             r" known bob")
    check_equal(t.screen.bells, 1, "bells")
    t.type("\x1b[I")
    seen(t)
    t.enter("/acc")
    check_equal(t.sup.expect(FILE_ACCEPT), struct.pack(">I", 2), "accept")
    t.file(2, THEIRS, ACCEPTED)
    t.expect(r"\n 2 ↓   0 %  holiday")
    t.enter("/accept")
    t.expect("no file is offered to you now")
    t.file(2, THEIRS, DONE, done=3565158,
           path="/home/me/Downloads/holiday-2.jpg")
    t.expect(r"── file 2 is here, all of it · 3\.6 MB in .*──\n"
             r"  saved as  /home/me/Downloads/holiday-2\.jpg\n")
    t.leave()


def swapped():
    """While /accept is typed the offer becomes another one: that one is not
    taken, and neither is it declined."""
    t = Tty()
    offer(t, 2)
    t.expect(r"\n 2 ↓ offered  holiday")
    for fid, word in ((2, "accept"), (4, "decline")):
        seen(t)
        t.type("/" + word)
        t.expect(f"> /{word}")
        t.file(fid, THEIRS, STOPPED, why=CANCELLED)
        t.file(fid + 2, THEIRS, OFFERED, size=5, name="evil.desktop",
               path="/home/me/Downloads/evil.desktop")
        t.expect(rf"\n {fid + 2} ↓ offered  evil")
        seen(t)
        t.type("\r")
        told(t, "  the offers have changed just now: \"evil.desktop\" is "
             f"file {fid + 2}; /{word} {fid + 2} means it")
        check(t.sup.is_quiet(), "it was answered")
    t.enter("/accept 6")
    check_equal(t.sup.expect(FILE_ACCEPT), struct.pack(">I", 6), "accept")
    t.leave()


def which_one():
    """Several are there: numbers, and what Tab makes of them."""
    t = Tty()
    for fid in (2, 4, 16):
        offer(t, fid, name=f"file{fid}")
    t.file(1, OURS, OFFERED, name="mine")
    t.expect("1 more")
    t.enter("/accept")
    t.expect("which one.*2, 4, 16")
    t.enter("/accept 1")
    t.expect("file 1 is not offered to you; there are 2, 4, 16")
    t.enter("/accept 999999999999")
    t.expect("is not offered to you")
    for bad in ("/accept x", "/accept 4 foo", "/accept 4 as", "/accept 4x"):
        t.enter(bad)
        t.expect("/accept, /accept N, or /accept N as NAME")
    t.type("/acc\t")
    t.expect(r"> /accept\s*\n|> /accept\s*$")
    t.type("\t")
    t.expect(r"\n  2  4  16\n")
    t.type("1\t")
    t.expect(r"> /accept 16\s*$")
    t.type("\t")
    t.expect(r"> /accept 16 as\s*$")
    t.type("'a b'.txt\r")
    check_equal(t.sup.expect(FILE_ACCEPT),
                struct.pack(">I", 16) + b"'a b'.txt", "as")
    t.type("/accept 4 as 'a b.txt'\r")
    check_equal(t.sup.expect(FILE_ACCEPT),
                struct.pack(">I", 4) + b"a b.txt", "as")
    t.file(4, THEIRS, STOPPED, why=NO_FILE, words="a name, not a path")
    t.expect("file 4: a name, not a path")
    t.type("/accept 2 as " + "x" * 256 + "\r")
    t.expect("at most 255 bytes")
    t.type("/dec\t\t")
    t.expect(r"\n  2  4  16\n")
    t.type("4\r")
    check_equal(t.sup.expect(FILE_STOP), struct.pack(">IB", 4, DECLINED),
                "decline")
    t.type("/cancel \t")
    t.expect(r"> /cancel 1\s*$")
    t.type("\r")
    check_equal(t.sup.expect(FILE_STOP), struct.pack(">IB", 1, CANCELLED),
                "cancel")
    t.enter("/decline 1")
    t.expect("file 1 is under way; /cancel 1 stops it")
    t.enter("/cancel 2")
    check_equal(t.sup.expect(FILE_STOP), struct.pack(">IB", 2, DECLINED),
                "cancel of an offer")
    for fid in (4, 2):
        t.file(fid, THEIRS, STOPPED, why=DECLINED, name=f"file{fid}")
    t.file(16, THEIRS, ACCEPTED, name="file16")
    t.expect(r'── you declined file 4 "file4" ──')
    t.expect(r'── you declined file 2 "file2" ──')
    t.file(1, OURS, STOPPED, why=CANCELLED, name="mine")
    t.expect(r'── you cancelled file 1 "mine" ──')
    t.enter("/cancel")
    check_equal(t.sup.expect(FILE_STOP), struct.pack(">IB", 16, CANCELLED),
                "the only one")
    t.enter("/decline")
    t.expect("no file is offered")
    t.enter("/cance 7")
    t.expect("file 7 is not under way; there is 16")
    t.enter("/cancel 16 17")
    t.expect("/cancel, or /cancel N")
    t.leave()


def ends():
    """Every way in which one can come to nothing: who, what and what next."""
    t = Tty()
    for fid, ours, why, words, want in (
            (1, OURS, DECLINED, "",
             '── the other person declined file 1 "holiday.jpg" ──'),
            (3, OURS, CANCELLED, "",
             '── the other person cancelled file 3 "holiday.jpg" at 50 % ─'),
            (2, THEIRS, CANCELLED, "",
             '── the other person cancelled file 2 "holiday.jpg" at 50 %; '
             'nothing of it is kept ──'),
            (4, THEIRS, FULL, "no space left on device",
             '── file 4 "holiday.jpg" failed: no space left on device ──\n'
             '  next      make room, and ask them to send it again\n'),
            (5, OURS, FULL, "",
             '── file 5 "holiday.jpg" failed: their disk is full ──\n'
             '  next      ask them to make room, and /send it again\n'),
            (7, OURS, READ, "", "failed: it cannot be read any more ──"),
            (6, THEIRS, READ, "", "failed: they cannot read it any more ──"),
            (8, THEIRS, ENDED, "", "failed: the chat with that program"),
            (9, OURS, 31, "", "failed: it came to nothing ──")):
        t.file(fid, ours, OFFERED)
        if why != DECLINED:
            t.file(fid, ours, MOVING, done=3565158 // 2)
        t.file(fid, ours, STOPPED, done=3565158 // 2, why=why, words=words)
        told(t, want)
    # Nothing could be told of it before it was over.
    t.file(10, THEIRS, STOPPED, why=CANCELLED, name="short")
    t.expect(r'── the other person cancelled file 10 "short" ──')
    check("\u2193" not in t.settle(), "a row that is left")
    t.leave()


def hostile_names():
    """A name that got past the supervisor: nothing of it moves the cursor,
    hides, or begins a row in the first column."""
    for cols in (20, 40, 80):
        t = Tty(cols=cols)
        for fid, name in ((2, "a\x1b[2J\x07\r\nb.txt"),
                          (4, "gpj.\u202eexe"),
                          (6, "x" + " " * 60 + "── connection lost ──"),
                          (8, "14:05 you  ✓✓ │ yes " * 7),
                          (10, "\u4f60" * 60), (14, "a 14:05 you yes " * 9),
                          (12, "-rf")):
            t.file(fid, THEIRS, OFFERED, name=name,
                   path="/home/me/Downloads/" + name)
            # Accepted, or it would be one of many that are taken back.
            t.file(fid, THEIRS, ACCEPTED, name=name)
            t.file(fid, THEIRS, STOPPED, why=CANCELLED, name=name)
        told(t, 'cancelled file 12')
        for row in t.settle().split("\n"):
            check(not row.startswith(("14:05", "b.txt", "x ", "\u4f60")),
                  "a row of theirs", repr(row))
            check(not row.startswith("── connection"), "a forged row",
                  repr(row))
        check("<U+202E>" in t.screen.text(), "hidden")
        if cols == 80:
            told(t, 'cancelled file 8 "14:05 you  ✓✓ <U+2502>')
        t.leave()


# ---- rows ----------------------------------------------------------------

def rows_of(t):
    return [r.rstrip() for r in t.screen.rows
            if re.match(r" \d+ (↑|↓|->|<-) ", r)]


def widths():
    """From twenty columns to three hundred, with and without more than
    ASCII: no row runs over, and what matters most is there."""
    for cols, flags in ((20, NO_COLOR), (40, NO_COLOR), (80, NO_COLOR),
                        (300, NO_COLOR), (80, NO_COLOR | ASCII), (60, 0)):
        t = Tty(flags=flags, cols=cols)
        t.file(1, OURS, MOVING, size=9 * 10 ** 18, done=4 * 10 ** 18,
               rate=999999999, left=86400 * 90, name="größe-" * 10)
        t.file(2, THEIRS, MOVING, done=3 * MB, rate=12, left=59,
               name="\u4f60\u597d.txt")
        t.expect(r"\n 1 (↑|->)  44 %.*\n 2 (↓|<-)  84 %")
        t.file(4, THEIRS, PAUSED, done=MB, name="paused")
        t.expect(r"\n 4 (↓|<-)  28 % paused")
        t.file(6, THEIRS, OFFERED, name="offered")
        t.expect(r"\n (⋯|\.\.\.) 1 more\n")
        t.settle()
        check_equal(len(rows_of(t)), 3, "rows of files")
        if cols == 300:
            t.expect(r"größe-größe-größe-größe-größe-größe-grö…  4\.0 of "
                     r"9\.0 EB  1\.0 GB/s +90 days left ━+─+\n")
            t.expect(r"28 % paused: no connection  paused")
        if flags & ASCII:
            check(all(ord(c) < 128 for c in t.screen.text()), "not ASCII")
            t.expect(r"\n 2 <-  84 %  <U\+4F60.* 3\.0 of 3\.6 MB +12 B/s +59 "
                     r"s left")
        t.size(cols // 2 if cols > 20 else 10, 24)
        t.size(cols, 24)
        t.expect(r"\n 1 (↑|->)  44 %")
        t.size(cols, 6)         # little room: the input stays
        t.type("still here")
        t.expect("> still here")
        t.settle()
        check(len(rows_of(t)) <= 1, "too many rows", t.screen.text())
        t.size(cols, 24)
        check_equal(len(rows_of(t)), 3, "rows of files")
        t.leave()


def lost_and_back():
    """Without a connection they are paused, and go on."""
    t = Tty()
    t.file(2, THEIRS, MOVING, done=MB, rate=290000, left=9)
    t.expect(r"\n 2 ↓  28 %  holiday")
    t.link_event(LOST, BY_TIMEOUT, 600000)
    t.file(2, THEIRS, PAUSED, done=MB)
    t.expect(r"\n 2 ↓  28 % paused: no connection  holiday\.jpg +1\.0 of "
             r"3\.6 MB")
    t.type("/status\r")
    t.status(link=2)
    t.expect(r"\n  file 2    to you, 28 %, 1\.0 of 3\.6 MB, paused \(no "
             r"connection\): +holiday\.jpg\n")
    t.link_event(RESUMED, 0, 5000)
    t.file(2, THEIRS, MOVING, done=2 * MB, rate=10, left=None)
    t.expect(r"\n 2 ↓  56 %  holiday")
    t.file(2, THEIRS, DONE, done=3565158, path="/x")
    t.expect("saved as  /x")
    t.leave()


def new_keys():
    """Every 16 MiB there are new keys; one line at the end tells of them."""
    t = Tty()
    t.file(1, OURS, MOVING, size=400 * MB, done=MB)
    t.expect(r"\n 1 ↑ ")    # crypto has a link of its own
    for epoch in range(1, 13):
        t.cry.send(REKEYED, struct.pack(">IB", epoch,
                                        BY_BYTES if epoch % 3 else 5))
    t.expect(r"192\.0\.2\.10 · epoch 12 ")
    check("new keys" not in t.settle(), "a line for each")
    t.cry.send(REKEYED, struct.pack(">IB", 13, 4))
    t.expect(r"new keys: epoch 12 → 13 \(you asked\)")
    t.file(1, OURS, DONE, size=400 * MB, done=400 * MB, path="/x")
    told(t, "── new keys 12 times while files moved: epoch 0 → 12 · old "
         "keys erased on both sides ──")
    t.cry.send(REKEYED, struct.pack(">IB", 14, BY_BYTES))
    t.expect(r"new keys: epoch 13 → 14 \(enough bytes\)")
    t.leave()


def frames():
    """Progress in a flood is drawn at most sixty times a second."""
    t = Tty()
    started = time.monotonic()
    for i in range(3000):
        t.file(2, THEIRS, MOVING, size=3000000, done=i * 1000, rate=i)
        t.read(0)
    t.type("a key")
    t.expect("a key")
    t.expect(r"\n 2 ↓  99 % ")
    seconds = time.monotonic() - started
    drawn = t.raw.count(b"you (key file)> ")
    check(drawn <= 62 * seconds + 2, drawn, "frames in", seconds)
    t.leave()


# ---- leaving -------------------------------------------------------------

def leaving():
    """A file that is under way is asked about; an offer of theirs is not."""
    t = Tty()
    offer(t, 2)
    t.type("/quit\r")
    check_equal(t.sup.expect(QUIT), bytes([USER, 0, 0, 0, 0]), "quit")
    t.leave()

    for how in ("y", "/quit\r", "\x04", "\x03\x03"):
        t = Tty()
        t.file(1, OURS, MOVING, done=MB)
        t.type("\x04" if how == "\x04" else "/quit\r")
        told(t, "  a file is still on its way. Leave now? y, or /quit again, "
             "leaves; n stays; otherwise this ends when it is there")
        check(t.sup.is_quiet(), "it left")
        frames, until = t.raw.count(b"\x1b[J"), time.monotonic() + 0.3
        while time.monotonic() < until:
            t.read(0.05)
        check(t.raw.count(b"\x1b[J") - frames < 5, "it draws all the time")
        for c in how if how[0] == "\x03" else [how]:
            t.type(c)
            t.read(0.05)
        check_equal(t.sup.expect(QUIT)[0], USER, "quit")
        t.file(1, OURS, STOPPED, why=ENDED)
        t.expect(r'── file 1 "holiday\.jpg" failed: the chat')
        t.leave()

    t = Tty()
    t.file(1, OURS, MOVING, done=MB)
    t.enter("hello")
    t.sent()
    t.type("/quit\r")
    t.expect("1 message and 1 file not delivered")
    t.type("n")
    t.expect("you stay")
    t.type("/quit\r")
    t.expect("1 message and 1 file not delivered")
    t.delivered(1)
    t.expect("✓✓ │ hello")
    check(t.sup.is_quiet(), "it left with a file under way")
    t.file(1, OURS, DONE, done=3565158, path="/x")
    check_equal(t.sup.expect(QUIT)[0], USER, "quit when it is there")
    t.leave()


def died():
    """The supervisor is gone: what was under way is named."""
    t = Tty()
    t.file(1, OURS, MOVING, done=MB)
    offer(t, 2)
    t.expect("\n 2 ↓ offered")
    t.sup.close()
    check_equal(t.wait_exit(), 1, "exit")
    t.expect(r'── file 1 "holiday\.jpg" was cut off at 28 % ──')
    check("file 2 \"" not in t.screen.text(), "an offer is named")


# ---- others --------------------------------------------------------------

def long_text():
    """A text that is too long for a message can go as a file."""
    t = Tty()
    t.type(b"\x1b[200~" + b"x" * (TEXT_MAX + 1) + b"\x1b[201~")
    t.settle()
    t.type("\r")
    told(t, "/send FILE sends a file")
    t.leave()


def no_files():
    """The older programs have none: nothing offers what is not there."""
    t = Tty(flags=NO_COLOR | NO_FILES)
    t.enter("/send x")
    t.expect(r"there is no /send here: the older programs have no files")
    t.type("/se\t\r")
    t.expect(r"there is no /se\.")
    t.type("/can\r")
    t.expect(r"there is no /can\.")
    t.type("/help\r")
    t.expect("/quit +leave")
    for word in ("/send", "/accept", "/decline", "/cancel"):
        check(word + " " not in t.screen.text().split("  /help")[1],
              word, "in /help")
    t.type(b"\x1b[200~" + b"x" * (TEXT_MAX + 1) + b"\x1b[201~\r")
    t.expect("at most 65499 can be\\s+sent at once\n")
    check(t.sup.is_quiet(), "the supervisor was asked")
    t.leave()


def did_you_mean():
    t = Tty()
    t.enter("/sned x")
    t.expect("Did you mean /send")
    t.enter("/acept")
    t.expect("Did you mean /accept")
    t.type("/help\r")
    t.expect(r"  /send FILE +offer a file to the other person\n"
             r"  /accept \[N\] \[as NAME\] take file N that they offer\n"
             r"  /decline \[N\] +do not take file N\n"
             r"  /cancel \[N\] +stop file N, yours or theirs\n")
    t.leave()


def plain():
    """Line by line: the offer, few lines between, the end; no escapes."""
    t = Tty(flags=PLAIN, connect=False)
    t.screen.wrap = False
    t.cry.send(61, struct.pack(">BBBI", 2, 1, 0, 0) +
               str8("192.0.2.10:5000") + str8(""))
    t.status()
    offer(t, 2, size=4 * MB)
    t.expect(r"\* the other person offers you a file\n"
             r"  file 2    holiday\.jpg\n"
             r"  size      4\.0 MB \(4,000,000 bytes\)\n"
             r"  goes to   /home/me/Downloads/holiday\.jpg\n"
             r"  answer    /accept 2, ")
    seen(t)
    t.type("/accept\n")
    t.sup.expect(FILE_ACCEPT)
    t.file(2, THEIRS, ACCEPTED, size=4 * MB)
    t.expect(r'\* file 2 "holiday\.jpg" is on its way to you\n')
    before = t.settle()
    for i in range(40):         # quarters pass, but too soon
        t.file(2, THEIRS, MOVING, size=4 * MB, done=i * 100000, rate=1000)
    t.type("/status\n")
    t.status()
    t.expect(r"  file 2    to you, 97 %, 3\.9 of 4\.0 MB, 1\.0 kB/s: "
             r"holiday\.jpg\n")
    check_equal(t.settle().count('file 2 "holiday.jpg":'), 0, "lines")
    t.type("/quit\n")
    t.expect("Leave now|it is|still|there")
    t.file(2, THEIRS, DONE, size=4 * MB, done=4 * MB, path="/d/holiday.jpg")
    t.expect(r"\* file 2 is here, all of it · 4\.0 MB in .*\n"
             r"  saved as  /d/holiday\.jpg\n")
    check(before in t.screen.text(), "what was said is gone")
    t.end_chat()
    check_equal(t.wait_exit(), 0, "exit")
    check(b"\x1b" not in t.raw, "an escape sequence")


main(*map(case, (
    send_paths, refused, sent, offered, swapped, which_one, ends, hostile_names,
    widths, lost_and_back, new_keys, frames, leaving, died, long_text,
    no_files, did_you_mean, plain)))
