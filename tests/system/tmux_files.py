"""Two people at two real terminals (tmux panes) send each other files: at
once, while they talk, over a cable that is cut, in windows of every width,
until one of them has had enough.

# seconds: 250
"""
import filecmp
import os
import re
import socket
import time

from panes import with_tmux
from relay import Relay
from secchat_test import (DEADLINE, SECCHAT, check, check_equal, main,
                          make_key, scratch, wait_until)

MB = 1000000


class Slow(Relay):
    """A cable that takes its time."""

    def copy(self, source, sink, gone):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
                gone.wait(len(data) / 6e6)      # some 6 MB a second
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def start(tmux, relay, options=("", "")):
    """A host's pane and a joiner's, connected through the relay, and the
    folders that their files go to."""
    key = make_key()
    panes, into = (tmux.pane(), tmux.pane()), (scratch(), scratch())
    panes[0].type(f"clear; {SECCHAT} host --accept-intro 1 --key {key} "
                  f"--download-dir {into[0]} {options[0]} 127.0.0.1:0")
    relay.target = "127.0.0.1:" + panes[0].wait(r"port (\d+)").group(1)
    panes[1].type(f"clear; {SECCHAT} join --accept-intro 1 --key {key} "
                  f"--download-dir {into[1]} {options[1]} {relay.addr}")
    for pane in panes:
        pane.wait(r"^(you.*> *|\* connected.*)$")
    return *panes, *into


def make(name, size):
    path = os.path.join(scratch(), name)
    with open(path, "wb") as f:
        f.write(os.urandom(size))
    return path


def row(pane, pattern, seconds=DEADLINE):
    """A row of the live area."""
    return pane.wait(r"^ \d+ (?:↑|↓|<-|->) " + pattern, seconds)


def both_ways(tmux):
    """Offers, answers, progress and the end on both screens, a text between,
    and the bytes."""
    relay = Slow()
    a, b, into_a, into_b = start(tmux, relay)
    one, two = make("one file.bin", 15 * MB), make("two.bin", 15 * MB)
    a.type(f"/send '{one}'")
    b.wait(r"^── the other person offers you a file ──$")
    b.wait(r"^  size +15\.0 MB \(15,000,000 bytes\)$")
    row(a, "offered  one file.bin +15.0 MB  waits for an answer")
    b.type(f"/send {two}")
    row(a, r"offered  two\.bin +15\.0 MB  /accept 1 or /decline 1")
    b.type("/acc 2")
    a.type("/accept 1 as renamed.bin")
    row(a, r" +\d+ %  renamed.bin")
    row(b, r" +\d+ %  one file.bin .* of 15\.0 MB .*MB/s .* s left")
    b.type("still here")
    a.wait("│ still here")
    b.wait("✓✓ │ still here")
    a.type("/status")
    a.wait(r"^  file 1    to you, \d+ %, .* of 15\.0 MB")
    a.wait(r"^  file 2    to them, \d+ %, .* of 15\.0 MB")
    b.type("/quit")
    b.wait("files are still on their way|a file is still on its way")
    a.wait(r"^── file 1 is here, all of it · 15\.0 MB in ", 60)
    b.wait(r"^  sent +.*two\.bin$")
    # Which it does by itself when both are there.
    b.wait(r"^ready> *$", 60)
    check("file 2 is here, all of it" in b.screen(True), b.screen(True))
    check("new keys" not in b.screen(True) or
          re.search(r"new keys \S+ (times )?while files", b.screen(True)),
          b.screen(True))
    a.wait(r"^ready> *$")
    for sent, got in ((one, into_b + "/one file.bin"),
                      (two, into_a + "/renamed.bin")):
        check(filecmp.cmp(sent, got, shallow=False), got, "differs")
    relay.end()


def cut_and_cancelled(tmux):
    """The cable is cut and mended; then windows of every width; then enough
    of it.  Nothing is left behind."""
    relay = Slow()
    a, b, _, into_b = start(tmux, relay)
    a.type("/send " + make("film.bin", 60 * MB))
    row(b, "offered  film.bin")
    b.type("/accept 2")
    row(b, r" +[1-9]\d* %  film.bin")
    check_equal(len(os.listdir(into_b)), 1, "files on their way")
    target, relay.target = relay.target, None
    relay.cut()
    for pane in (a, b):
        row(pane, r" +\d+ % paused: no connection  film\.bin")
    relay.target = target
    b.type("/retry")
    before = int(row(b, r" +(\d+) %  film.bin .* left").group(1))
    for cols, want in ((20, r" +\d+ %  film"), (300, r" +\d+ %  film.bin .*━─"),
                       (40, r" +\d+ %  film.bin"),
                       (80, r" +\d+ %  film.bin .* left")):
        tmux.call("resize-window", "-t", b.id, "-x", str(cols), "-y", "24")
        row(b, want)
    now = int(row(b, r" +(\d+) %").group(1))
    check(now >= before, "from", before, "to", now)
    check_equal(b.screen().count("film.bin "), 1, "rows of one file")
    b.type("/cancel")
    b.wait(r'^── you cancelled file 2 "film\.bin" at \d+ %; nothing of it is')
    a.wait(r'^── the other person cancelled file 2 "film\.bin" at \d+ % ──$')
    wait_until(lambda: not os.listdir(into_b), "nothing left behind")
    a.type("/send " + make("again.bin", 5))
    row(b, "offered  again.bin")
    b.type("/decline 4")
    a.wait(r'^── the other person declined file 4 "again\.bin" ──$')
    for pane in (a, b):
        pane.type("/quit")
        pane.wait(r"^ready> *$")
    check_equal(os.listdir(into_b), [], "left behind")
    relay.end()


def plain_and_ascii(tmux):
    """Line by line on one side, nothing but ASCII on the other."""
    relay = Slow()
    a, b, into_a, _ = start(tmux, relay, ("--plain", "--ascii"))
    b.type("/send " + make("größe.bin", 100000))
    row(b, r"offered  gr<U\+00F6><U\+00DF>e\.bin")
    a.wait(r"^  file 1    größe\.bin$")
    a.type("/accept 1")
    a.wait(r'^\* file 1 "größe\.bin" is on its way to you$')
    a.wait(r"^\* file 1 is here, all of it · 100 kB")
    a.wait(r"^  saved as  ")
    b.wait(r"^-- file 1 is there, all of it - 100 kB")
    check(all(ord(c) < 128 for c in b.screen().split("--", 1)[1]),
          b.screen())
    a.type("/send /dev/null")
    a.wait(r"^\* not sent: it is a device, not a file$")
    check_equal(os.listdir(into_a), ["größe.bin"], "files")
    b.type("/quit")
    for pane in (a, b):
        pane.wait(r"^ready> *$")
    relay.end()


main(*map(with_tmux, (both_ways, cut_and_cancelled, plain_and_ascii)))
