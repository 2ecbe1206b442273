"""A peer that holds the key and breaks the rules of secchat/1.

What fails before a frame verifies is a lost connection.  A rule that
is broken inside a verified frame ends the chat with 5, and nothing of it is
shown.  The peer is the second implementation, in both roles.

# seconds: 150
"""
import struct

from interop_pair import MODES, Shared, with_host, with_joiner
from secchat_test import (check, check_equal, main, read_to_end, wait_gone,
                          wait_until)

import noise
import secchat1 as sc


LOST = None


def ends_with(s, p, code, what, shown=()):
    """The chat ends with this code, or loses its connection and is left;
    nobody is left behind, nothing else than `shown` was shown."""
    everyone = s.everyone()
    if p.sock.fileno() >= 0:
        read_to_end(p.sock)
        p.sock.close()
    if code == LOST:
        s.loses_the_link()
    else:
        check_equal(s.wait_exit(), code, f"{s.role}: {what}")
    check_equal([e["text"] for e in s.has("message")], list(shown),
                f"{what}: shown")
    wait_gone(everyone)


def lengths():
    """A length outside the five sizes: closed before any cryptography."""
    for make in (with_host, with_joiner):
        for n in (0, 1, 15, 16, 271, 273, 0xfffe):
            s, p = make()
            p.send_raw(struct.pack(">H", n))
            ends_with(s, p, LOST, f"length {n}")


def broken_tags():
    """A frame that does not verify is a lost connection, not a violation."""
    for make in (with_host, with_joiner):
        s, p = make()
        sealed = bytearray(p.tx.seal(sc.frame_put(sc.MSG, bytes(8) + b"hi")))
        sealed[100] ^= 1
        p.send_raw(bytes(sealed))
        ends_with(s, p, LOST, "a flipped bit")
        s, p = make()
        p.send_raw(sealed[:50])
        p.sock.close()
        ends_with(s, p, LOST, "half a frame")
        s, p = make()
        twice = p.tx.seal(sc.frame_put(sc.PING, bytes(8)))
        p.send_raw(twice + twice)
        ends_with(s, p, LOST, "a replayed frame")


def msg(mseq, text=b"never shown"):
    return struct.pack(">Q", mseq) + text


VIOLATIONS = {
    "type 0": sc.frame_put(0),
    "unknown type": sc.frame_put(0x7f),
    "a second OPEN": sc.frame_put(sc.OPEN, sc.open_put()),
    "flags": sc.frame_put(sc.MSG, msg(1), flags=1),
    "dirty padding": sc.frame_put(sc.MSG, msg(1), padding=b"\1"),
    "dirty last byte": sc.frame_put(sc.MSG, msg(1))[:-1] + b"\1",
    "non-minimal bucket": sc.frame_put(sc.MSG, msg(1), size=1024),
    "body beyond the frame": struct.pack(">BBHQ", sc.MSG, 0, 400, 0).ljust(
        256, b"\0"),
    "short MSG": sc.frame_put(sc.MSG, bytes(7)),
    "mseq 0": sc.frame_put(sc.MSG, msg(0)),
    "mseq gap": sc.frame_put(sc.MSG, msg(2)),
    "mseq far ahead": sc.frame_put(sc.MSG, msg(300)),
    "ack beyond sent": sc.frame_put(sc.ACK, ack=1),
    "bad UTF-8": sc.frame_put(sc.MSG, msg(1, b"\xff\xfe")),
    "surrogate": sc.frame_put(sc.MSG, msg(1, b"\xed\xa0\x80")),
    "overlong": sc.frame_put(sc.MSG, msg(1, b"\xc0\xaf")),
    "ACK with a body": sc.frame_put(sc.ACK, b"\0"),
    "PING of 7": sc.frame_put(sc.PING, bytes(7)),
    "PONG unasked": sc.frame_put(sc.PONG, bytes(8)),
    "CLOSE_ACK unasked": sc.frame_put(sc.CLOSE_ACK),
    "CLOSE with another count": sc.frame_put(
        sc.CLOSE, struct.pack(">BQ", 0, 7)),
}


def violations():
    """Rules broken inside a verified frame: exit 5, and nothing shown."""
    for make in (with_host, with_joiner):
        for what, plain in VIOLATIONS.items():
            s, p = make()
            p.send_plain(plain)
            ends_with(s, p, 5, what)


def ack_goes_back():
    s, p = with_host()
    s.send("one")
    s.send("two")
    check_equal((p.recv_text(), p.recv_text()), ("one", "two"), "texts")
    wait_until(lambda: len(s.has("delivered")) == 2, "delivery")
    p.send(sc.ACK, ack=1)
    ends_with(s, p, 5, "a decreasing ack")


def swapped_and_replayed():
    """Frames that verify only in their place: lost, and shown once."""
    for make in (with_host, with_joiner):
        s, p = make()
        one, two = (p.tx.seal(sc.frame_put(sc.MSG, msg(i))) for i in (1, 2))
        p.send_raw(two + one)
        ends_with(s, p, LOST, "two frames swapped")
        s, p = make()
        once = p.tx.seal(sc.frame_put(sc.MSG, msg(1, b"once")))
        p.send_raw(once + once)
        ends_with(s, p, LOST, "a text replayed", ["once"])
        s, p = make()
        one, two = (p.tx.seal(sc.frame_put(sc.MSG, msg(i))) for i in (1, 2))
        p.send_raw(two)
        ends_with(s, p, LOST, "a frame left out")
        s, p = make()
        s.send("reflected")
        wire = p.recv_exactly(2 + 272)
        p.send_raw(wire)
        ends_with(s, p, LOST, "its own frame")


def rekey_put(n, x=b"\x09" + bytes(31)):
    return sc.frame_put(sc.REKEY, struct.pack(">I", n) + x)


def switch_put(n):
    return sc.frame_put(sc.SWITCH, struct.pack(">I", n))


REKEYS = {
    "REKEY of epoch 0": [rekey_put(0)],
    "REKEY of epoch 2": [rekey_put(2)],
    "REKEY of the last epoch": [rekey_put(2**32 - 1)],
    "REKEY with an X of zeros": [rekey_put(1, bytes(32))],
    "REKEY with an X of low order": [rekey_put(1, b"\1" + bytes(31))],
    "a second REKEY": [rekey_put(1), rekey_put(1)],
    "another second REKEY": [rekey_put(1), rekey_put(1, b"\x0b" * 32)],
    "SWITCH without REKEY": [switch_put(1)],
    "SWITCH to where it is": [switch_put(0)],
    "SWITCH to another epoch": [rekey_put(1), switch_put(2)],
    "a REKEY too short": [sc.frame_put(sc.REKEY, bytes(35))],
    "a SWITCH too long": [sc.frame_put(sc.SWITCH, bytes(5))],
}


def broken_rekeys():
    for make in (with_host, with_joiner):
        for what, plains in REKEYS.items():
            s, p = make()
            for plain in plains:
                p.send_plain(plain)
            ends_with(s, p, 5, what)
        s, p = make()
        s.do("rekey")
        while p.recv().kind != sc.REKEY:
            pass
        p.send_plain(switch_put(1))
        ends_with(s, p, 5, "SWITCH before both REKEYs")


def old_and_new_chain():
    """Behind SWITCH only the new chain verifies, and not before it."""
    for make in (with_host, with_joiner):
        s, p = make()
        old = p.tx
        p.rekey()
        while p.epoch.n < 1:
            p.on_frame(p.recv())
        p.send_raw(old.seal(sc.frame_put(sc.MSG, msg(1))))
        ends_with(s, p, LOST, "the old chain behind SWITCH")
        s, p = make()
        p.send(sc.REKEY, struct.pack(">I", 1) + (x := noise.KeyPair()).pk)
        while (f := p.recv()).kind != sc.REKEY:
            pass
        x_j, x_h = p.both(x.pk, f.body[4:])
        p.tx, _ = p.chains(p.epoch.next(x.dh(f.body[4:]), x_j, x_h))
        p.send_plain(sc.frame_put(sc.MSG, msg(1)))
        ends_with(s, p, LOST, "the new chain before SWITCH")


BEHIND_CLOSE = {
    "MSG": sc.frame_put(sc.MSG, msg(1)),
    "PING": sc.frame_put(sc.PING, bytes(8)),
    "REKEY": rekey_put(1),
    "a second CLOSE": sc.frame_put(sc.CLOSE, struct.pack(">BQ", 0, 1)),
}


def behind_close():
    """CLOSE is the last but for ACK and CLOSE_ACK.  A text of ours that is
    on its way keeps the chat open."""
    for make in (with_host, with_joiner):
        for what, plain in BEHIND_CLOSE.items():
            s, p = make()
            s.send("not confirmed")
            p.send_raw(p.tx.seal(sc.frame_put(sc.CLOSE, struct.pack(
                ">BQ", 0, 1))) + p.tx.seal(plain))
            ends_with(s, p, 5, what + " behind CLOSE")


BAD_OPENS = {
    "caps": {"caps": 1},
    "rx_next 2": {"rx_next": 2},
    "rx_next 0": {"rx_next": 0},
    "tx_next 0": {"tx_next": 0},
    "nick not UTF-8": {"nick": b"\xff"},
    "another r": {"r": b"\1" * 32},
    "MSG first": None,
}


def bad_opens():
    """The first frame, in both roles; and MSG before it."""
    for what, fields in BAD_OPENS.items():
        k = Shared("key")
        h = k.host()
        opens_badly(h, k.call(h), what, fields)
        opens_badly(*k.wait(), what, fields)


def opens_badly(s, p, what, fields):
    p.handshake()
    if fields is None:
        p.send_plain(sc.frame_put(sc.MSG, msg(1)))
    else:
        p.send_open(**fields)
    check(not s.has("connected"), what)
    ends_with(s, p, 5, f"{p.mode}: {what}")


def commitments():
    """In every mode: r_J, E_J and S_J must be those of HELLO_J's c, and a
    host reveals nothing."""
    for mode in MODES:
        k = Shared(mode)
        for what, change in (
                ("r_J", {"c": sc.commitment(bytes(32), noise.KeyPair().pk)}),
                ("S_J", {"c": None}), ("MSG first", {})):
            h = k.host()
            p = k.call(h, r=b"\7" * 32, **change)
            if what == "S_J":
                p.forge["c"] = sc.commitment(p.r, p.e.pk, noise.KeyPair().pk)
            opens_badly(h, p, what, None if what == "MSG first" else {})
        for what, fields in (("r of a host", {"r": b"\1" * 32}),
                             ("MSG first", None)):
            opens_badly(*k.wait(), what, fields)


def vanishing_peer():
    """End of file without CLOSE is never "the peer left"."""
    for make in (with_host, with_joiner):
        s, p = make()
        s.send("not confirmed")
        while p.recv().kind != sc.MSG:
            pass
        p.sock.close()
        s.loses_the_link()
        check_equal(s.events[-1]["undelivered"], 1, "undelivered")


main(lengths, broken_tags, swapped_and_replayed, violations, ack_goes_back,
     broken_rekeys, old_and_new_chain, behind_close, bad_opens, commitments,
     vanishing_peer)
