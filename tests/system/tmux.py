"""Two people at two real terminals (tmux panes) chat with each other.

# seconds: 300
"""
import os
import re

from panes import with_tmux
from secchat_test import SECCHAT, check, check_equal, child_pids, main


def start(tmux):
    """Two panes, introduced and connected with a code that was typed."""
    a, b = tmux.pane(), tmux.pane()
    a.before, b.before = a.settings(), b.settings()
    a.flags_before, b.flags_before = a.flags(), b.flags()
    introduced = os.path.exists(tmux.env["XDG_STATE_HOME"] + "/secchat")
    a.type(f"clear; {SECCHAT} host 127.0.0.1:0")
    if not introduced:
        a.wait("Before you start")
        a.wait("Press Enter")
        a.key("Enter")
    code = a.wait(r"\b([a-z]{5}-[a-z]{5})\b").group(1)
    port = a.wait(r"port (\d+)").group(1)
    b.type(f"clear; {SECCHAT} join --accept-intro 1 127.0.0.1:{port}")
    b.wait(r"(?i)code[^\n]*: *$")
    b.type(code)
    for pane in (a, b):
        pane.wait(r"you.*> *$")
    return a, b


def as_before(pane):
    """The shell has the terminal back, exactly as it was."""
    pane.wait(r"^ready> *$")
    check_equal(pane.flags(), pane.flags_before, "terminal flags")
    check_equal(pane.settings(), pane.before, "stty -a")


def both_ways(tmux):
    """Ten lines each, marked as delivered, in order; both leave cleanly."""
    a, b = start(tmux)
    for i in range(10):
        a.type(f"from the host {i}")
        b.wait(rf"│ from the host {i}$")
        b.type(f"from the joiner {i}")
        a.wait(rf"│ from the joiner {i}$")
    a.wait(r"you  ✓✓ │ from the host 9")
    b.wait(r"you  ✓✓ │ from the joiner 9")
    for pane in (a, b):
        for who in ("host", "joiner"):
            lines = re.findall(rf"│ (from the {who} \d)$", pane.screen(True),
                               re.M)
            check_equal(lines, [f"from the {who} {i}" for i in range(10)],
                        "the scrollback")
    b.type("/quit")
    as_before(b)
    as_before(a)


def control_characters(tmux):
    """What a peer sends cannot move the cursor or set the title."""
    a, b = start(tmux)
    title = tmux.call("display", "-p", "-t", b.id, "#{pane_title}")
    a.type("before")
    b.wait("│ before")
    a.tmux.call("send-keys", "-t", a.id, "-H", "e2", "80", "ae", "67", "6e",
                "70")
    a.key("Enter")
    b.wait(r"│ <U\+202E>gnp")
    a.wait(r"✓✓ │ <U\+202E>gnp")
    check_equal(tmux.call("display", "-p", "-t", b.id, "#{pane_title}"),
                title, "title")
    a.type("/quit")
    as_before(a)
    as_before(b)


def forged_row(tmux):
    """Characters that are wider here than a naive count says do not make a
    row of the peer's without the gutter."""
    a, b = start(tmux)
    forged = "14:05 you  ✓✓ │ yes, I accept"
    a.type("\u4dc0" * 32 + forged)
    b.wait("I accept")
    for row in b.screen().splitlines():
        check(not row.startswith("14:05"), "a forged row:", row)
    a.type("/quit")
    as_before(a)
    as_before(b)


def killed_front_end(tmux):
    """kill -9 of each process: the shell has a sane terminal each time."""
    for victim in ("secchat-tty", "secchat-crypto", "secchat-net", "secchat"):
        a, b = start(tmux)
        kill(a, victim)
        as_before(a)
        b.wait("connection lost")
        b.type("/quit")
        as_before(b)


def kill(pane, name):
    """End the process of this name below the pane's shell, by its number."""
    todo = child_pids(pane.shell_pid())
    while todo:
        pid = todo.pop()
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            if f.read().strip() == name:
                os.kill(pid, 9)
                return
        todo += child_pids(pid)
    check(False, "there is no", name)


def interrupt(tmux):
    """Ctrl-C twice on an empty line leaves; so does Ctrl-D."""
    a, b = start(tmux)
    a.key("C-c")
    a.key("C-c")
    as_before(a)
    as_before(b)
    a, b = start(tmux)
    b.key("C-d")
    as_before(b)
    as_before(a)


def before_the_chat(tmux):
    """Leaving at the introduction and at the prompt."""
    for keys in (["q", "Enter"], ["C-c"], ["C-d"]):
        a = tmux.pane()
        a.before, a.flags_before = a.settings(), a.flags()
        a.type(f"clear; {SECCHAT} join 127.0.0.1:1; echo status $?")
        a.wait("Press Enter")
        for k in keys:
            a.key(k)
        a.wait("status 7$")
        as_before(a)
    a = tmux.pane()
    a.before, a.flags_before = a.settings(), a.flags()
    a.type(f"clear; {SECCHAT} host --accept-intro 1 127.0.0.1:0; "
           "echo status $?")
    a.wait("secchat join")
    a.key("C-c")
    a.key("C-c")
    a.wait("status 130$")
    as_before(a)


def resize(tmux):
    """Another width loses nothing."""
    a, b = start(tmux)
    long_text = "word " * 30 + "end"
    a.type(long_text)
    b.wait("end$")
    tmux.call("resize-window", "-t", b.id, "-x", "40", "-y", "20")
    a.type("after the resize")
    b.wait("after the resize")
    b.type("typed in a narrow window")
    a.wait("│ typed in a narrow window")
    tmux.call("resize-window", "-t", b.id, "-x", "120", "-y", "30")
    a.type("and wide again")
    b.wait("and wide again")
    a.wait("✓✓ │ and wide again")
    a.type("/quit")
    as_before(a)
    b.wait(r"^ready> *$")


def resize_with_draft(tmux):
    """A draft and a waiting row are on the screen once, however often the
    window changes, and what was said before stays."""
    a, b = start(tmux)
    for i in range(3):
        a.type(f"said before {i}")
        b.wait(rf"│ said before {i}$")
    b.type("a draft " * 8 + "is here", enter=False)
    b.wait("here$")
    for cols in (50, 41, 60, 44, 120, 40):
        tmux.call("resize-window", "-t", b.id, "-x", str(cols), "-y", "20")
        b.wait(r"^(you.*)?> (.*\n +)*?.*here$")
        a.type(f"at {cols}")
        b.wait(rf"│ at {cols}$")
        text = b.screen(True)
        check_equal(len(re.findall(r"^(you.*)?> ", text, re.M)), 1,
                    f"prompts at {cols}:\n{text}")
        check_equal(re.sub(r"\s*\n +", " ", text).count("draft is here"), 1,
                    f"drafts:\n{text}")
        for i in range(3):
            check_equal(text.count(f"said before {i}"), 1, f"chat:\n{text}")
    b.key("C-u")
    b.type("/quit")
    b.wait(r"^ready> *$")
    as_before(a)


main(*map(with_tmux, (both_ways, control_characters, forged_row,
                      killed_front_end, interrupt, before_the_chat,
                      resize, resize_with_draft)))
