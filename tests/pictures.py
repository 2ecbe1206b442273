#!/usr/bin/python3
"""Pictures of the main screens for the README: two real suites talk in tmux
panes, and what the terminal shows becomes docs/pictures/*.svg.

Run by `make pictures`; needs tmux and the built suite.
"""
import html
import os
import re
import sys
import unicodedata

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/system"))

from panes import Tmux                  # noqa: E402
from relay import Relay                 # noqa: E402
from secchat_test import clean_up, scratch      # noqa: E402

OUT = os.path.join(ROOT, "docs/pictures")
CELL, LINE, MARGIN = 8.4, 18, 12        # pixels
INK, PAPER = "#d8dee9", "#1b1f27"
BASE = ["#3b4252", "#ef6b73", "#a3d977", "#e8c268", "#7aa7e0", "#c792ea",
        "#7fd4e0", "#d8dee9"]


# ---- from a terminal's rows to a picture ---------------------------------

def color(n):
    """A colour of the palette of 256."""
    if n < 16:
        return BASE[n % 8]
    if n >= 232:
        return "#%02x%02x%02x" % ((8 + 10 * (n - 232),) * 3)
    n -= 16
    levels = [0, 95, 135, 175, 215, 255]
    return "#%02x%02x%02x" % (levels[n // 36], levels[n // 6 % 6],
                              levels[n % 6])


def change(style, codes):
    """A style after the numbers of one SGR sequence."""
    style, codes = dict(style), [int(c or 0) for c in codes.split(";")]
    while codes:
        c = codes.pop(0)
        if c == 0:
            style = {}
        elif c in (1, 2):
            style["bold" if c == 1 else "dim"] = True
        elif c == 22:
            style.pop("bold", None)
            style.pop("dim", None)
        elif 30 <= c <= 37 or 90 <= c <= 97:
            style["ink"] = BASE[c % 10]
        elif c == 39:
            style.pop("ink", None)
        elif c == 38 and codes[:1] == [5]:
            style["ink"] = color(codes[1])
            codes = codes[2:]
    return style


def columns(text):
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


def runs(row, style):
    """A row as (column, text, style), and the style behind it."""
    out, col = [], 0
    for piece in re.split(r"(\x1b\[[\d;]*m)", row):
        if piece.startswith("\x1b["):
            style = change(style, piece[2:-1])
        elif piece:
            out.append((col, piece, style))
            col += columns(piece)
    return out, style


def text_element(x, y, text, style):
    # What is wide or drawn by lines keeps to its columns.
    attributes = f'x="{x:.1f}" y="{y:.1f}" ' \
                 f'textLength="{columns(text) * CELL:.1f}"'
    if style.get("ink"):
        attributes += f' fill="{style["ink"]}"'
    if style.get("bold"):
        attributes += ' font-weight="bold"'
    if style.get("dim"):
        attributes += ' opacity="0.6"'
    return f'<text {attributes}>{html.escape(text)}</text>'


def svg(screen, title, cols=80):
    rows = screen.rstrip("\n").split("\n")
    while rows and not re.sub(r"\x1b\[[\d;]*m", "", rows[-1]).strip():
        rows.pop()
    width = cols * CELL + 2 * MARGIN
    height = len(rows) * LINE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
        f'height="{height}" viewBox="0 0 {width:.0f} {height}" role="img">',
        f"<title>{html.escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
        '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" '
        f'font-size="14" fill="{INK}" xml:space="preserve">']
    style = {}
    for i, row in enumerate(rows):
        line, style = runs(row, style)
        y = MARGIN + (i + 0.75) * LINE
        parts += [text_element(MARGIN + col * CELL, y, text, s)
                  for col, text, s in line if text.strip()]
    return "\n".join([*parts, "</g>", "</svg>", ""])


def picture(pane, name, title):
    screen = pane.tmux.call("capture-pane", "-p", "-e", "-t", pane.id)
    path = os.path.join(OUT, name + ".svg")
    with open(path, "w", encoding="utf-8") as f:
        f.write(svg(screen, title))
    print(os.path.relpath(path, ROOT))


# ---- the screens ---------------------------------------------------------

def shell(tmux, name):
    """A shell as somebody has it who has installed secchat."""
    pane = tmux.pane()
    home = os.path.join(scratch(), name)
    os.makedirs(home + "/Downloads")
    pane.type(f"PATH={ROOT}/bin:$PATH; HOME={home}; cd; PS1='$ '; clear")
    pane.wait(r"^\$ *$")
    return pane


def meet(tmux, relay):
    """Introduction, waiting, and the connection."""
    a, b = shell(tmux, "ann"), shell(tmux, "bob")
    a.type("secchat host 127.0.0.1:5000")
    a.wait("Press Enter")
    picture(a, "intro", "The introduction, before anything is sent")
    a.key("Enter")
    code = a.wait(r"\b([a-z]{5}-[a-z]{5})\b").group(1)
    a.wait("Nobody has come yet")
    picture(a, "host", "The host waits and shows the code")
    relay.target = "127.0.0.1:5000"
    b.type(f"secchat join {relay.addr}")
    b.wait(r"screen: *$")
    b.type(code)
    for pane in (a, b):
        pane.wait(r"^you.*> *$")
        pane.wait(r" ms · \d\d:\d\d$")
    picture(b, "join", "The joiner types the code and is connected")
    return a, b


def compare(a, b):
    digits = []
    for pane in (a, b):
        pane.type("/verify")
        digits.append("".join(pane.wait(
            r"digits to them: (\d{3}).(\d{3})").groups()))
    a.type(digits[1], enter=False)
    a.wait(f"> {digits[1]}$")
    picture(a, "verify", "Comparing six and six digits")
    a.key("Enter")
    b.type(digits[0])
    for pane in (a, b):
        pane.wait("^you> *$")


def say(pane, other, text, seen=None):
    seen = re.escape(seen or text)
    pane.type(text)
    other.wait("│ " + seen)
    pane.wait("✓✓ │ " + seen)


def chat(a, b):
    for pane in (a, b):
        pane.type("/clear")
    a.type("/name bob")
    b.type("/name ann")
    say(b, a, "hi! did the build pass?")
    say(a, b, "yes, all 412 tests")
    a.type("/rekey")
    b.wait("new keys")
    say(b, a, "photo_\u202egnp.sh", "photo_<U+202E>gnp.sh")
    say(b, a, "voilà")
    a.type("and bring the ", enter=False)
    a.wait("and bring the")
    picture(a, "chat", "A chat: receipts, new keys, a trick made visible")
    a.key("C-u")


def paste(a, b):
    lines = "".join(f"step {i} of the build log\n" for i in range(1, 201))
    a.tmux.call("set-buffer", "-b", "log", lines)
    a.tmux.call("paste-buffer", "-p", "-b", "log", "-t", a.id)
    a.wait(r"\[200 lines")
    picture(a, "paste", "A paste is one chip, one character, one message")
    a.key("Enter")
    b.wait("more rows: /more")


def make_file(name, size):
    """Of so many bytes, and none on the disk."""
    path = os.path.join(scratch(), name)
    with open(path, "wb") as f:
        f.truncate(size)
    return path


def files(a, b):
    for pane in (a, b):
        pane.type("/clear")
    a.type("/send " + make_file("harbour.jpg", 3565158))
    b.wait("offered  harbour")
    picture(b, "offer", "A file is offered; nothing is written before /accept")
    b.type("/accept 2")     # a bare one is taken after a glance of a second
    b.wait("saved as")
    a.type("/send " + make_file("harbour.mkv", 700000000))
    b.wait("offered  harbour")
    b.type("/accept 4")
    b.type("take your time", enter=False)
    b.wait(r"↓  [34]\d %")
    picture(b, "file", "A file on its way")
    b.key("C-u")
    b.type("/cancel")
    a.wait("cancelled file")


def lose(a, b, relay):
    for pane in (a, b):
        pane.type("/clear")
    target, relay.target = relay.target, None
    relay.cut()
    b.wait(r"RECONNECTING, try \d+ in")
    for text in ("are you still there?", "I can wait"):
        b.type(text)
        b.wait("not delivered yet: " + re.escape(text))
    b.wait(r"RECONNECTING, try \d+ in")
    picture(b, "lost", "The connection is lost; what is typed waits")
    relay.target = target
    b.type("/retry")
    b.wait("✓✓ │ I can wait")
    say(a, b, "yes, the train was in a tunnel")
    picture(b, "back", "It is back, and what waited is delivered")


def leave(a, b, relay):
    relay.target = None
    relay.cut()
    b.wait(r"RECONNECTING, try \d+ in")
    b.type("one more thing")
    b.wait("not delivered yet: one more")
    b.type("/quit")
    b.wait("Leave now")
    picture(b, "leaving", "Leaving with an undelivered message asks")
    b.type("y", enter=False)
    b.wait(r"^\$ *$")
    picture(b, "left", "What was not delivered is said, and stays")
    a.type("/quit")
    a.wait(r"^\$ *$")


def main():
    os.makedirs(OUT, exist_ok=True)
    tmux, relay = Tmux(), Relay()
    try:
        a, b = meet(tmux, relay)
        compare(a, b)
        chat(a, b)
        paste(a, b)
        files(a, b)
        lose(a, b, relay)
        leave(a, b, relay)
    finally:
        tmux.end()
        relay.end()
        clean_up()


if __name__ == "__main__":
    main()
