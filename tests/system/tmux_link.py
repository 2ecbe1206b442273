"""Two people at two real terminals (tmux panes): the connection is lost and
comes back, many lines come at once, and everybody's terminal is well after
whatever happens.

# seconds: 250
"""
import os
import re
import subprocess

from panes import with_tmux
from relay import Relay
from secchat_test import (SECCHAT, check, check_equal, child_pids, join, main,
                          scratch, wait_until)


def start(tmux, relay=None, options=""):
    """A host's pane and a joiner's, connected, perhaps through a relay."""
    a, b = tmux.pane(), tmux.pane()
    port, code = wait_for_one(a, options)
    if relay:
        relay.target = f"127.0.0.1:{port}"
    call(b, relay.addr if relay else f"127.0.0.1:{port}", code, options)
    for pane in (a, b):
        pane.wait(r"^you.*> *$")
    return a, b


def wait_for_one(pane, options=""):
    pane.type(f"clear; {SECCHAT} host --accept-intro 1 {options} 127.0.0.1:0")
    code = pane.wait(r"\b([a-z]{5}-[a-z]{5})\b").group(1)
    return pane.wait(r"port (\d+)").group(1), code


def call(pane, addr, code, options=""):
    pane.type(f"clear; {SECCHAT} join --accept-intro 1 {options} {addr}")
    pane.wait(r"(?i)code[^\n]*: *$")
    pane.type(code)


def gone(*panes):
    for pane in panes:
        pane.wait(r"^ready> *$")


def lost_and_back(tmux):
    """The screen from the loss to the return, on both sides."""
    relay = Relay()
    a, b = start(tmux, relay)
    b.type("before")
    b.wait("✓✓ │ before")
    target, relay.target = relay.target, None
    relay.cut()
    b.wait(r"^── connection lost .*──$")
    a.wait(r"^ 127\.0\.0\.1 · WAITING for them, 9:\d\d left · \d\d:\d\d$")
    b.wait(r"^ 127\.0\.0\.1 · RECONNECTING, try \d+ ")
    for text in ("one", "two"):
        b.type(text)
        b.wait(rf"not delivered yet: {text}$")
    a.type("/retry")
    a.wait("this side can only wait")
    relay.target = target
    b.type("/retry")
    b.wait(r"^── back after \d+ s · 2 waiting messages delivered · "
           r"new keys, epoch 0 ──\n"
           r".*✓✓ │ one\n.*✓✓ │ two$")
    a.wait(r"^── back after \d+ s · new keys, epoch 0 ──\n.*peer +│ one")
    a.type("three")
    b.wait(r"peer +│ three$")
    for pane, want in ((a, ["before", "one", "two"]), (b, ["three"])):
        got = re.findall(r"peer +│ (.*)$", pane.screen(True), re.M)
        check_equal(got, want, "what came")
    b.wait(r"^ 127\.0\.0\.1 · epoch 0 · ")
    b.type("/quit")
    gone(a, b)
    relay.end()


def leaving_while_lost(tmux):
    """Leaving with a text that is not delivered asks, says so, and ends with
    status 6."""
    relay = Relay()
    a, b = start(tmux, relay)
    relay.target = None
    relay.cut()
    b.wait("RECONNECTING")
    b.type("never arrives")
    b.wait("not delivered yet: never")
    b.type("/quit")
    b.wait("1 message not delivered. Leave now")
    b.type("n", enter=False)
    b.wait("you stay")
    b.type("/quit")
    b.wait("Leave now")
    b.type("y", enter=False)
    b.wait(r"^ready> *$")
    b.wait(r"never delivered ──\n\d\d:\d\d you  \?\? │ never arrives")
    b.type("echo status $?")
    b.wait("^status 6$")
    a.type("/quit")
    gone(a)
    relay.end()


def begun_anew(tmux):
    """The joiner's program dies and another one comes with the same code: the
    host is told what was not delivered, and asked before the next text goes
    to another session."""
    a, b = tmux.pane(), tmux.pane()
    port, code = wait_for_one(a)
    call(b, f"127.0.0.1:{port}", code)
    a.wait(r"^you.*> *$")
    b.wait(r"^you.*> *$")
    kill(b, "secchat")
    b.wait("secchat itself has died")   # behind the shell's prompt, perhaps
    b.wait(r"^ready>")
    a.wait("connection lost")
    a.type("into the void")
    a.wait("not delivered yet: into the void")
    c = tmux.pane()
    call(c, f"127.0.0.1:{port}", code)
    a.wait(r"anew; not delivered: 1\s+message")
    a.wait(r"\?\? │ into the void")
    a.wait(r"^── connected anew")
    c.wait(r"^you.*> *$")
    a.type("hello again")
    a.wait("another session by now; Enter again sends it")
    a.key("Enter")
    c.wait("│ hello again")
    a.wait("✓✓ │ hello again")
    c.type("/quit")
    gone(a, c)


def burst(tmux):
    """20,000 lines at once: all in the scrollback, in order, and the keyboard
    answers meanwhile."""
    tmux.call("set", "-g", "history-limit", "50000")
    a = tmux.pane()
    port, code = wait_for_one(a)
    j = join(f"127.0.0.1:{port}", secret=code)
    j.wait("connected")
    a.wait(r"^you.*> *$")
    n = 20000
    for i in range(n):
        j.send(f"line {i}")
    a.type("typed in the burst", enter=False)
    a.wait(r"> typed in the burst$")
    # With the rows below it: tmux may have half of what is painted at once.
    a.wait(rf"│ line {n - 1}\n(.*\n)*.*> typed in the burst$", 60)
    text = tmux.call("capture-pane", "-p", "-t", a.id, "-S", "-30000")
    rows = re.findall(r"│ line (\d+)$", text, re.M)
    check_equal(rows, [str(i) for i in range(n)], "the scrollback")
    check_equal(len(re.findall(r"> typed in the burst$", text, re.M)), 1,
                "inputs on the screen")
    a.key("Enter")
    j.wait("message", text="typed in the burst")
    j.do("quit")
    gone(a)


def resized_in_a_burst(tmux):
    """The window changes while lines come: none is lost, none is there
    twice, and the draft stays."""
    a = tmux.pane()
    port, code = wait_for_one(a)
    j = join(f"127.0.0.1:{port}", secret=code)
    j.wait("connected")
    a.wait(r"^you.*> *$")
    a.type("a draft", enter=False)
    for i, cols in enumerate((60, 90, 44, 70, 50, 80)):
        for k in range(50):
            j.send(f"line {50 * i + k}")
        tmux.call("resize-window", "-t", a.id, "-x", str(cols), "-y", "24")
    a.wait(r"│ line 299\n(.*\n)*.*> a draft$")
    rows = re.findall(r"│ line (\d+)$", a.screen(True), re.M)
    check_equal(rows, [str(i) for i in range(300)], "the scrollback")
    check_equal(a.screen(True).count("a draft"), 1, "drafts")
    j.do("quit")
    gone(a)


def scripts_of_the_world(tmux):
    """Wide and joined characters and those from right to left keep to their
    rows; the status row and the input stay where they are."""
    a, b = start(tmux)
    for text in ("你好世界" * 20, "👩‍👩‍👧‍👦👍🏽🇩🇪" * 8, "שלום עולם " * 12,
                 "مرحبا بالعالم " * 9, "e\u0301" * 70, "ｱｲｳ" * 30, "नमस्ते " * 14):
        a.type(text)
        a.wait(r"^ 127\.0\.0\.1 · epoch \d.*\n^you.*> *$")
        a.wait(r"✓✓ │ " + re.escape(text[0]))
    b.type("seen")
    a.wait(r"peer +│ seen\n 127\.0\.0\.1")
    for pane in (a, b):
        text = pane.screen(True).split("── connected", 1)[1]
        for row in text.splitlines()[1:]:
            check(not row.strip() or row[14:15] == "│" or
                  re.match(r"ready|──| 127|you|   ⋯", row), "a row:", repr(row))
    a.type("/quit")
    gone(a, b)


def redirected(tmux):
    """Output that goes elsewhere: a file, or a reader that has enough."""
    folder = scratch()
    key, out = os.path.join(folder, "key"), os.path.join(folder, "out")
    subprocess.run([SECCHAT, "keygen", key], check=True, capture_output=True,
                   stdin=subprocess.DEVNULL)
    for where in (f">{out}", "| head -1"):
        a, b = tmux.pane(), tmux.pane()
        a.type(f"clear; {SECCHAT} host --accept-intro 1 --key {key} "
               f"127.0.0.1:0 {where}")
        port = a.wait(r"waiting on 127\.0\.0\.1:(\d+)").group(1)
        b.type(f"clear; {SECCHAT} join --accept-intro 1 --key {key} "
               f"127.0.0.1:{port}")
        b.wait(r"^you.*> *$")
        b.type("one\u202e")
        b.wait(r"✓✓ │ one")
        b.type("two")
        if where.startswith(">"):
            b.wait(r"✓✓ │ two")
            with open(out, encoding="utf-8") as f:
                text = f.read()
            check("one<U+202E>" in text and "two" in text, "the file", text)
            check("\x1b" not in text, "escape sequences in a file")
            b.type("/quit")
        else:       # whom it was for has gone, so it is not shown
            a.wait("^one")
            b.wait(r"the other person has left")
            b.wait(r"\?\? │ two")
        gone(a, b)


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


main(*map(with_tmux, (lost_and_back, leaving_while_lost, begun_anew, burst,
                      resized_in_a_burst, scripts_of_the_world, redirected)))
