"""The attack strings of tests/data/attacks.tsv on a real terminal (tmux).

Through the filter alone, and as messages of a peer in a chat: title, screen,
modes, clipboard and size stay as they were, the terminal types nothing, and
the cursor is where the filter says.

# seconds: 60
"""
import os
import re
import select

from attack_strings import read_attacks
from panes import with_tmux
from secchat_test import (DEADLINE, ROOT, SECCHAT, check, check_equal, join,
                          main, scratch)

PROGRAM = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"),
                       "unit/attacks")
TEXT_MAX = 65499        # bytes of one message

# What a string could have changed, as tmux knows it.
STATE = ("#{pane_title}|#{pane_width}x#{pane_height}|"
         "#{alternate_on}|#{cursor_flag}|#{insert_flag}|#{keypad_flag}|"
         "#{keypad_cursor_flag}|#{origin_flag}|#{wrap_flag}|#{mouse_any_flag}|"
         "#{mouse_sgr_flag}|#{mouse_utf8_flag}|#{scroll_region_upper}|"
         "#{scroll_region_lower}|#{pane_tabs}|#{window_bell_flag}")


ATTACKS = read_attacks()
NUMBER = {name: i for i, (name, _) in enumerate(ATTACKS)}


class Shown:
    """What tests/unit/attacks.c says about one string."""

    def __init__(self, line):
        self.name, *numbers = line.split()
        (self.rows, self.cols, self.row, self.col,
         self.typed) = map(int, numbers)


class Screen:
    """tests/unit/attacks.c in a pane, with a pipe each way."""

    def __init__(self, tmux):
        self.tmux = tmux
        folder = scratch()
        names = [os.path.join(folder, n) for n in ("say", "hear")]
        for name in names:
            os.mkfifo(name)
        say = os.open(names[0], os.O_RDONLY | os.O_NONBLOCK)
        self.id = tmux.call(
            "new-window", "-P", "-F", "#{pane_id}", "-c", ROOT,
            f"exec {PROGRAM} terminal 3>{names[0]} 4<{names[1]}").strip()
        self.hear = open(names[1], "w", encoding="ascii", buffering=1)
        self.say = say

    def show(self, name, raw=False):
        self.hear.write(f"{'r' if raw else ''}{NUMBER[name]}\n")
        line = b""
        while not line.endswith(b"\n"):
            check(select.select([self.say], [], [], DEADLINE)[0],
                  "no answer to", name)
            line += os.read(self.say, 1000)
        shown = Shown(line.decode())
        check_equal(shown.name, name, "the one that was shown")
        return shown

    def state(self):
        return self.tmux.call("display", "-p", "-t", self.id, STATE)

    def buffers(self):
        return self.tmux.call("list-buffers")

    def is_paste_marked(self):
        """Whether a paste comes with its marks: tmux has no flag for it."""
        self.tmux.call("set-buffer", "-b", "probe", "p")
        self.tmux.call("paste-buffer", "-d", "-p", "-b", "probe", "-t",
                       self.id)
        return self.show("empty").typed > 1

    def close(self):
        self.hear.close()
        os.close(self.say)


def through_the_filter(tmux):
    """Each string alone on a cleared screen: the cursor, and what else a
    terminal can be talked into."""
    s = Screen(tmux)
    s.show("empty")
    before = s.state()
    for name, _ in ATTACKS:
        shown = s.show(name)
        check_equal(s.state(), before, f"the state after {name}")
        check_equal((shown.row, shown.col), (max(shown.rows, 1), shown.cols),
                    f"the cursor after {name}")
        check_equal(shown.typed, 0, f"what the terminal typed after {name}")
    check_equal(s.buffers(), "", "the clipboard")
    check(not s.is_paste_marked(), "pastes were marked from the beginning")
    s.close()


# Without the filter the same strings do what they are there for.
DOES = {
    "osc0-title": "bank.example - verified|",
    "csi-alt-screen": "|1|",
    "csi-hide-cursor": "|0|",
    "csi-mouse-on": "|1|1|",
}


def without_the_filter(tmux):
    """The test sees a changed title, screen, cursor, mouse, clipboard, and
    what the terminal types."""
    s = Screen(tmux)
    tmux.call("set", "-g", "set-clipboard", "on")
    s.show("empty")
    for name, sign in DOES.items():
        before = s.state()
        s.show(name, raw=True)
        check(s.state() != before, "nothing happened after", name)
        check(sign in s.state(), name, "did", s.state(), "not", sign)
    check(s.show("csi-report-da", raw=True).typed > 0, "an answer")
    s.show("osc52-clipboard-set", raw=True)
    check("evil" in s.buffers(), "the clipboard:", s.buffers())
    s.close()


def can_be_sent(text):
    """Our own programs send no empty text, no NUL, and UTF-8 only."""
    try:
        return len(text.decode()) > 0 and b"\0" not in text
    except UnicodeDecodeError:
        return False


def as_messages(tmux):
    """A peer sends all of them: no row begins without the gutter, the state
    of the terminal stays, and each is confirmed."""
    pane = tmux.pane()
    pane.type(f"clear; {SECCHAT} host --accept-intro 1 --rekey-every 1000 "
              "127.0.0.1:0")
    code = pane.wait(r"chat:\s+([a-z]{5}-[a-z]{5})\b").group(1)
    port = pane.wait(r"port (\d+)").group(1)
    peer = join(f"127.0.0.1:{port}", "--rekey-every", "1000", secret=code)
    peer.wait("connected")
    pane.wait(r"you.*> *$")
    before = tmux.call("display", "-p", "-t", pane.id, STATE)
    texts = [text[:TEXT_MAX].decode("utf-8", "ignore")
             for _, text in ATTACKS if can_be_sent(text)]
    for i in range(0, len(texts), 20):
        for text in texts[i:i + 20]:
            peer.send(text)
        peer.wait_count("delivered", min(i + 20, len(texts)))
    peer.send("the last one")
    pane.wait("│ the last one$")
    check_equal(tmux.call("display", "-p", "-t", pane.id, STATE), before,
                "the state of the terminal")
    check_equal(tmux.call("list-buffers"), "", "the clipboard")
    rows = pane.screen(True).splitlines()
    first = next(i for i, row in enumerate(rows) if "│" in row)
    last = next(i for i, row in enumerate(rows) if "the last one" in row)
    for row in rows[first:last]:
        check(re.match(r"\d\d:\d\d peer +│|  +[│(…]", row),
              "a row without the gutter:", repr(row))
    peer.do("quit")
    pane.wait("^ready> *$")


main(*map(with_tmux, (through_the_filter, without_the_filter, as_messages)))
