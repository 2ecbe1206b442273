"""The line editor at a real terminal (tmux): every key and what the screen
says then, pastes, Ctrl-Z under a shell and under make, windows of any width,
and a terminal that goes away.

# seconds: 200
"""
import os
import re
import shutil
import signal
import subprocess
import time

from panes import Pane, with_tmux
from secchat_test import (Proc, check, check_equal, child_pids, host,
                          main, scratch, skip_part, wait_gone, wait_until)

PROMPT = r"^(?:you[^>\n]*|)>(?: |$)"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


class Chat:
    """A person at a terminal, and a script at the other end."""

    def __init__(self, tmux, command="sh", wrap="{}", new_pane=None):
        self.far = host()
        code = self.far.has("listening")[0]["code"]
        self.tmux = tmux
        self.pane = new_pane or pane(tmux, command)
        self.pane.type("clear; " + wrap.format(
            f"secchat join --accept-intro 1 {self.far.addr}"))
        self.pane.wait(r"(?i)code[^\n]*: *$")
        self.pane.type(code)
        self.far.wait("connected")
        self.pane.wait(PROMPT + " *$")

    def keys(self, *names):
        self.tmux.call("send-keys", "-t", self.pane.id, *names)

    def where(self, name):
        return int(self.tmux.call("display", "-p", "-t", self.pane.id,
                                  f"#{{{name}}}"))

    def input(self):
        """The rows of the input, without the prompt and what stands before
        them, and the cursor's column and row in them."""
        rows = self.pane.screen().split("\n")
        first = max((i for i, r in enumerate(rows) if re.match(PROMPT, r)),
                    default=None)
        if first is None:
            return rows, 0, 0
        indent = rows[first].index(">") + 2
        text = [r[indent:].rstrip() for r in rows[first:]]
        while len(text) > 1 and not text[-1]:
            text.pop()
        return (text, self.where("cursor_x") - indent,
                self.where("cursor_y") - first)

    def expect_input(self, what, rows, col, row=0):
        found = []

        def look():
            found[:] = [self.input()]
            return found[0] == (rows, col, row)

        try:
            wait_until(look, what)
        except AssertionError as e:
            raise AssertionError(
                f"{what}: got {found[0]}, want {(rows, col, row)}; the "
                f"screen:\n{self.pane.screen()}") from e

    def hear(self):
        """The next text that arrives over there."""
        self.far.events = [e for e in self.far.events
                           if e["ev"] != "message" or "heard" not in e]
        said = self.far.wait("message", heard=None)
        said["heard"] = True
        return said["text"]

    def leave(self):
        self.keys("C-c")
        self.pane.type("/quit")
        self.pane.wait(r"^ready> *$")
        check_equal(self.far.wait_exit(), 0, "the other end")


def pane(tmux, command):
    """A pane with this shell; bash does not read anybody's settings."""
    if command != "sh":
        command = f"exec env PS1='ready> ' {command} --norc --noprofile -i"
    return Pane(tmux, tmux.call("new-window", "-P", "-F", "#{pane_id}",
                                command).strip())


def below(pid):
    """A process and all below it."""
    found, todo = [], [pid]
    while todo:
        found.append(Proc(todo.pop()))
        todo += child_pids(found[-1].pid)
    return found


# ---- keys ----------------------------------------------------------------

TEXT = ("one two", " ", "three")

# Keys as tmux names them, the rows that are seen then, the cursor's column
# and row.
KEYS = (
    (("abc", "Left", "Left", "X"), ["aXbc"], 2),
    (("abc", "C-b", "C-b", "C-f", "X"), ["abXc"], 3),
    (("abc", "C-a", "X", "C-e", "Y"), ["XabcY"], 5),
    (("abc", "Home", "X", "End", "Y"), ["XabcY"], 5),
    (("abc", "Home", "DC", "C-d"), ["c"], 0),
    (("abc", "BSpace", "C-h"), ["a"], 1),
    ((*TEXT, "C-Left", "X"), ["one two Xthree"], 9),
    ((*TEXT, "M-b", "M-b", "M-f", "X"), ["one twoX three"], 8),
    ((*TEXT, "Home", "C-Right", "X"), ["oneX two three"], 4),
    ((*TEXT, "M-BSpace"), ["one two"], 8),
    ((*TEXT, "Home", "M-d"), [" two three"], 0),
    ((*TEXT, "C-w", "C-w"), ["one"], 4),
    ((*TEXT, "M-b", "C-k"), ["one two"], 8),
    ((*TEXT, "M-b", "C-u"), ["three"], 0),
    ((*TEXT, "C-w", "C-a", "C-y"), ["threeone two"], 5),
    (("a b", "C-w", "X", "C-w", "C-y", "M-y"), ["a b"], 3),
    (("ab", "C-t"), ["ba"], 2),
    ((*TEXT, "C-_"), ["one two"], 8),
    ((*TEXT, "C-w", "C-x", "C-u"), ["one two three"], 13),
    (("abc", "C-c", "C-_"), ["abc"], 3),
    (("one", "M-Enter", "two"), ["one", "two"], 3, 1),
    (("one", "M-Enter", "twos", "Up", "X"), ["oneX", "twos"], 4, 0),
    (("one", "M-Enter", "two", "Up", "C-a", "Down", "X"),
     ["one", "Xtwo"], 1, 1),
    (("one", "M-Enter", "two", "C-Home", "X", "C-End"),
     ["Xone", "two"], 3, 1),
    (("draft", "C-p"), ["third"], 5),
    # What was given up for something else, and is not lost.
    (("Up",), ["draft"], 5),
    (("new", "Up", "Up", "Up"), ["second"], 6),
    (("old", "Up", "Up", "Down", "Down"), ["old"], 3),
    (("C-p", "C-p", "C-n"), ["new"], 3),
    (("/wi", "Tab", "o", "Tab"), ["/wire o"], 7),
    (("/sta", "Tab"), ["/status"], 8),
    (("a", "C-v", "Tab", "b"), ["a  b"], 4),
    (("x", "C-r", "sec", "C-a"), ["second"], 0),
    (("x", "C-r", "i", "C-r", "Right"), ["first"], 2),
    (("x", "C-r", "sec", "C-g", "y"), ["xy"], 2),
    (("x", "C-r", "sec", "Escape"), ["second"], 0),
    (("你好", "Left", "x"), ["你x好"], 3),
    (("ab\u0301c", "Left", "Left", "x"), ["axb\u0301c"], 2),
    (("שלום", "BSpace"), ["שלו"], 3),
)


def keys(tmux):
    """Every key, and what the screen says; what is sent is what is seen."""
    c = Chat(tmux)
    for text in ("first", "second", "third"):
        c.pane.type(text)
        check_equal(c.hear(), text)
    for names, rows, col, *row in KEYS:
        # One call each, since Escape and what follows must not be one read.
        parts = [names]
        if "Escape" in names:
            parts = [names, ()]
        for part in parts:
            if part:
                c.keys(*part)
        c.expect_input(str(names), rows, col, *row)
        c.keys("C-g", "C-c")
        c.expect_input("Ctrl-C", [""], 0)
    c.keys("a" + FAMILY + "b", "Left", "BSpace")
    c.expect_input("a joined emoji", ["ab"], 1)
    c.keys("C-r", "fir")
    c.pane.wait(r"^sent before `fir': first$")
    c.keys("zz")
    c.pane.wait(r"^not found `firzz': first$")
    c.keys("BSpace", "BSpace", "Enter")
    check_equal(c.hear(), "first", "Enter in a search")
    c.expect_input("after it", [""], 0)
    c.keys("x", "C-l")
    wait_until(lambda: c.where("cursor_y") <= 2, "Ctrl-L")
    check("you  ✓✓ │ third" in c.pane.screen(True), "the scrollback")
    c.keys("C-d", "BSpace")
    c.expect_input("Ctrl-D behind the last character", [""], 0)
    c.keys("C-c")
    c.pane.wait("Ctrl-C again")
    c.keys("C-c")
    c.pane.wait(r"^ready> *$")
    check_equal(c.far.wait_exit(), 0, "the other end")


# ---- pastes --------------------------------------------------------------

def pastes(tmux):
    """200 lines are one character and one message, with brackets and
    without; a few lines are rows; nothing is a key."""
    c = Chat(tmux)
    lines = "".join(f"line {i}\n" for i in range(200))
    for brackets in (["-p"], []):
        tmux.call("set-buffer", lines)
        c.keys("x")
        c.expect_input("before the paste", ["x"], 1)
        tmux.call("paste-buffer", *brackets, "-t", c.pane.id)
        chip = "x[200 lines, 1689 B] line 0…"
        c.expect_input(f"paste {brackets}", [chip], len(chip))
        c.keys("y", "Left", "Left")
        c.expect_input("one character", [chip + "y"], 1)
        c.keys("Right", "BSpace")
        c.expect_input("deleted at once", ["xy"], 1)
        c.keys("C-_")
        c.expect_input("and back", [chip + "y"], len(chip))
        c.keys("Enter")
        check_equal(c.hear(), "x" + lines + "y", "one message")
        c.pane.wait(r"✓✓ │ \[201 lines, 1692 B\]  xline 0")
    tmux.call("set-buffer", "a\x15b\x03\nc\x1a\x1b[D\x1bb")
    tmux.call("paste-buffer", "-p", "-t", c.pane.id)
    c.expect_input("controls in a paste", ["ab", "cb"], 2, 1)
    c.keys("C-_")
    c.expect_input("undone", [""], 0)
    c.leave()


# ---- Ctrl-Z --------------------------------------------------------------

def suspend(tmux):
    """Under bash: the shell has its terminal, the chat goes on without it,
    bg stops again, fg brings everything back in the present width."""
    if not shutil.which("bash"):
        skip_part("there is no bash")
        return
    c = Chat(tmux, "bash")
    c.keys("a draft")
    c.expect_input("draft", ["a draft"], 7)
    c.keys("C-z")
    c.pane.wait(r"Stopped .*secchat")
    c.far.send("while away", ref="m")
    check_equal(tmux.call("display", "-p", "-t", c.pane.id,
                          "#{pane_current_command}").strip(), "bash")
    c.pane.type("stty -a | grep -c -- -icanon; echo the shell works")
    c.pane.wait(r"^0\n^the shell works$")
    c.pane.type("bg; sleep 0.1; jobs")
    c.pane.wait(r"(?s)bg;.*Stopped .*secchat")
    check("while away" not in c.pane.screen(), "it writes to the shell")
    tmux.call("resize-window", "-t", c.pane.id, "-x", "50", "-y", "20")
    c.pane.type("clear; fg")
    c.pane.wait(r"peer +│ while away$")
    c.far.wait("delivered", ref="m")
    c.expect_input("the draft", ["a draft"], 7)
    c.keys("C-z")
    c.pane.wait(r"Stopped ")
    c.pane.type("fg")
    c.expect_input("the draft again", ["a draft"], 7)
    c.keys("Enter")
    check_equal(c.hear(), "a draft")
    # A signal from elsewhere does the same, and so does one that cannot be
    # caught, as far as it can.
    c.pane.wait("✓✓ │ a draft$")
    supervisor = child_pids(c.pane.shell_pid())[0]
    os.kill(supervisor, 20)
    c.pane.wait(r"(?s)│ a draft.*Stopped ")
    c.pane.type("clear; fg")
    c.expect_input("after SIGTSTP", [""], 0)
    os.killpg(supervisor, 19)
    c.pane.wait(r"Stopped ")
    c.pane.type("clear; stty sane; fg")
    c.keys("still here", "Enter")
    check_equal(c.hear(), "still here", "after SIGSTOP")
    c.leave()


ASKED = r"secchat join .*\nPress Enter to start[^\n]*leave: *$"


def go_on(p, n, pattern):
    """fg for the n-th time, and what comes of it; not what stood there."""
    p.type(f"clear; echo again {n}; fg")
    p.wait(rf"^again {n}\n{pattern}")


def suspend_early(tmux):
    """At the introduction Ctrl-Z stops as it does anywhere; where a secret is
    typed it is a character like others, since who reads it does not stop."""
    if not shutil.which("bash"):
        skip_part("there is no bash")
        return
    far = host()
    code = far.has("listening")[0]["code"]
    p = pane(tmux, "bash")
    p.type(f"clear; secchat join {far.addr}")
    p.wait("Press Enter")
    p.key("C-z")
    p.wait("Stopped ")
    p.type("clear; bg; until [[ $(jobs) = *Stopped* ]]; do :; done; jobs")
    p.wait(r"^\[1\].*secchat.*&\n\[1\].*Stopped .*secchat.*\nready> *$")
    check("Press Enter" not in p.screen(), "it writes to the shell")
    go_on(p, 1, ASKED)
    # In the middle of an answer, which is none any more.
    p.type("q", enter=False)
    p.key("C-d")
    p.wait(r"leave: q$")
    p.key("C-z")
    p.wait("Stopped ")
    go_on(p, 2, ASKED)
    # By force.
    os.killpg(child_pids(p.shell_pid())[0], signal.SIGSTOP)
    p.wait("Stopped ")
    go_on(p, 3, ASKED)
    p.key("Enter")
    p.wait(r"(?i)code[^\n]*: *$")
    p.type("x", enter=False)
    p.key("C-z")
    p.wait(r"x\^Z$")
    p.key("BSpace")
    p.key("BSpace")
    p.type(code)
    p.wait(PROMPT + " *$")
    p.type("hello")
    check_equal(far.wait("message")["text"], "hello")
    p.key("C-d")
    p.wait(r"^ready> *$")
    check_equal(far.wait_exit(), 0, "the other end")
    # The questions before it.
    p.type("clear; secchat host --key no-such.key 127.0.0.1:0")
    p.wait("Make one now")
    p.key("C-z")
    p.wait("Stopped ")
    go_on(p, 4, r"secchat host .*\nMake one now\?[^\n]*leave: *$")
    p.key("Enter")
    p.wait(r"no-such\.key[^\n]*\n(?:.*\n)*ready> *$")


def suspend_in_make(tmux):
    """Under make the whole job stops and goes on."""
    if not shutil.which("bash"):
        skip_part("there is no bash")
        return
    path = os.path.join(scratch(), "Makefile")
    with open(path, "w", encoding="utf-8") as f:
        f.write("chat:\n\t@$(RUN)\n")
    c = Chat(tmux, "bash", wrap=f"make -s -f {path} RUN='{{}}'")
    c.keys("a draft", "C-z")
    c.pane.wait(r"Stopped .*make")
    job = child_pids(c.pane.shell_pid())[0]
    state = Proc(job).status()["State"]
    check(state.startswith("T"), "make is not stopped:", state)
    c.far.send("while away", ref="m")
    c.pane.type("fg")
    c.pane.wait(r"peer +│ while away$")
    c.expect_input("the draft", ["a draft"], 7)
    c.keys("Enter")
    check_equal(c.hear(), "a draft")
    c.leave()


def nobody_to_come_back_from(tmux):
    """Without a shell nothing stops, and the person is told."""
    far = host()
    code = far.has("listening")[0]["code"]
    new = Pane.__new__(Pane)
    new.tmux = tmux
    new.id = tmux.call(
        "new-window", "-P", "-F", "#{pane_id}",
        f"secchat join --accept-intro 1 {far.addr}").strip()
    new.wait(r"(?i)code[^\n]*: *$")
    new.type(code)
    new.wait(PROMPT + " *$")
    new.key("C-z")
    new.wait("there is no shell to come back from")
    new.type("still here")
    check_equal(far.wait("message")["text"], "still here")
    # The terminal goes away: everybody leaves.
    everyone = below(new.shell_pid())
    check(len(everyone) >= 4, "processes:", everyone)
    tmux.call("kill-pane", "-t", new.id)
    check_equal(far.wait_exit(), 0, "the other end")
    wait_gone(everyone)


# ---- windows -------------------------------------------------------------

def said(i):
    return f"message number {i} of the far end, which is as long as it is"


def broken(text, cols):
    """The rows of the input, as many as fit, in so many columns."""
    prompt, indent = (12, 12) if cols >= 49 else (2, 2)
    rows, room = [], cols - 1 - prompt
    while text:
        rows.append(text[:room].rstrip())
        text, room = text[room:], cols - 1 - indent
    return rows


def storm(tmux, c, widths):
    """Sizes come faster than they can be drawn while both write; nothing that
    was said is lost, and the draft is there once."""
    # Long enough to be broken by every terminal that breaks rows.
    typed = "draft " * 12
    c.keys(typed)
    for i, cols in enumerate(widths):
        tmux.call("resize-window", "-t", c.pane.id, "-x", str(cols), "-y",
                  str(20 + i % 5))
        c.far.send(said(i), ref=str(i))
        c.keys(chr(ord("a") + i % 26))
        typed += chr(ord("a") + i % 26)
    c.far.wait("delivered", ref=str(len(widths) - 1))
    # And slowly, each drawn before the next; there the input fits.
    for cols in (101, 50, 25):
        tmux.call("resize-window", "-t", c.pane.id, "-x", str(cols), "-y",
                  "24")
        wait_until(lambda c=c, cols=cols: c.input()[0] == broken(
            typed, cols), f"the draft at {cols}")
        c.far.send(f"at {cols}", ref=f"slow {cols}")
        c.far.wait("delivered", ref=f"slow {cols}")
    tmux.call("resize-window", "-t", c.pane.id, "-x", "100", "-y", "24")
    wait_until(lambda: "".join(c.input()[0]).replace(" ", "") ==
               typed.replace(" ", ""), "the draft")
    return typed


def widths(tmux):
    """20 columns, 300 columns, and a storm of sizes (a terminal that breaks
    rows when it becomes narrower)."""
    c = Chat(tmux)
    for cols in (20, 300):
        tmux.call("resize-window", "-t", c.pane.id, "-x", str(cols), "-y",
                  "24")
        text = " ".join(f"word{i}" for i in range(12))
        c.keys(text)
        c.pane.wait(r"11$")
        # What was shown before is broken by the terminal, at its edge.
        rows = c.pane.screen().split("\n")
        first = max(i for i, r in enumerate(rows) if re.match(PROMPT, r))
        check(all(len(r) < cols for r in rows[first:]),
              "too wide at", cols, rows)
        c.keys("Enter")
        check_equal(c.hear(), text)
    sizes = [100, 60, 41, 77, 30, 120, 25, 90, 45, 101] * 2
    typed = storm(tmux, c, sizes)
    text = c.pane.screen(True)
    joined = re.sub(r"\s*\n *│ ?", " ", text)
    for i in range(len(sizes)):
        seen = len(re.findall(rf"number {i} of the far end, which is as "
                              r"long as it is", joined))
        check(seen == 1 or (seen == 2 and "once more" in joined),
              f"message {i}: {seen} times\n{text}")
    c.keys("Enter")
    check_equal(c.hear(), typed)
    c.leave()


def in_screen(tmux):
    """The same in GNU screen."""
    if not shutil.which("screen"):
        skip_part("screen is not installed")
        return
    folder = scratch()
    os.chmod(folder, 0o700)
    tmux.env["SCREENDIR"] = folder
    rc = os.path.join(folder, "screenrc")
    with open(rc, "w", encoding="utf-8") as f:
        f.write("startup_message off\ndefscrollback 1000\ndefutf8 on\n"
                "vbell off\n")
    outer = pane(tmux, "sh")
    outer.type(f"SCREENDIR={folder} exec screen -c {rc} -S s sh")
    wait_until(lambda: any(".s" in n for n in os.listdir(folder)), "screen")
    outer.wait(r"\A\n*ready> *$")
    c = Chat(tmux, new_pane=outer)
    sizes = [100, 60, 41, 77, 30, 120, 25, 90, 45, 101]
    typed = storm(tmux, c, sizes)
    dump = os.path.join(folder, "dump")
    subprocess.run(["screen", "-S", "s", "-X", "hardcopy", "-h", dump],
                   env={**os.environ, "SCREENDIR": folder}, check=True)
    text = ""

    def copied():
        """All of it: the last is the prompt's row."""
        nonlocal text
        if os.path.exists(dump):
            with open(dump, encoding="utf-8", errors="replace") as f:
                text = f.read()
        last = text.split("message number")[-1]
        return any(re.match(PROMPT, r) for r in last.split("\n"))

    wait_until(copied, "hardcopy")
    for i in range(len(sizes)):
        seen = len(re.findall(rf"message number {i} of", text))
        check(seen == 1 or (seen == 2 and "once more" in text),
              f"message {i}: {seen} times\n{text}")
    c.keys("Enter")
    check_equal(c.hear(), typed)
    c.leave()
    outer.type("exit")
    wait_until(lambda: not any(n.endswith(".s") for n in os.listdir(folder)),
               "the end of screen")


main(*map(with_tmux, (
    keys, pastes, suspend, suspend_early, suspend_in_make,
    nobody_to_come_back_from, widths, in_screen)))
