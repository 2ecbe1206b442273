"""A peer that holds the key and breaks the rules of secchat/1.

What fails before a frame verifies is a lost connection: exit 4.  A rule that
is broken inside a verified frame ends the chat with 5, and nothing of it is
shown.  The peer is the second implementation, in both roles.

# seconds: 150
"""
import socket
import struct

from interop_pair import Key, Pumped, with_host, with_joiner
from secchat_test import (check_equal, connect, host, join, main, read_to_end,
                          wait_gone, wait_until)

import secchat1 as sc


def ends_with(s, p, code, what):
    """The chat ends with this code, nobody is left, nothing was shown."""
    everyone = s.everyone()
    if p.sock.fileno() >= 0:
        read_to_end(p.sock)
        p.sock.close()
    check_equal(s.wait_exit(), code, f"{s.role}: {what}")
    check_equal(s.has("message"), [], f"{what}: shown")
    wait_gone(everyone)


def lengths():
    """A length outside the five sizes: closed before any cryptography."""
    for make in (with_host, with_joiner):
        for n in (0, 1, 15, 16, 271, 273, 0xfffe):
            s, p = make()
            p.send_raw(struct.pack(">H", n))
            ends_with(s, p, 4, f"length {n}")


def broken_tags():
    """A frame that does not verify is a lost connection, not a violation."""
    for make in (with_host, with_joiner):
        s, p = make()
        sealed = bytearray(p.tx.seal(sc.frame_put(sc.MSG, bytes(8) + b"hi")))
        sealed[100] ^= 1
        p.send_raw(bytes(sealed))
        ends_with(s, p, 4, "a flipped bit")
        s, p = make()
        p.send_raw(sealed[:50])
        p.sock.close()
        ends_with(s, p, 4, "half a frame")
        s, p = make()
        twice = p.tx.seal(sc.frame_put(sc.PING, bytes(8)))
        p.send_raw(twice + twice)
        ends_with(s, p, 4, "a replayed frame")


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


BAD_OPENS = {
    "caps": {"caps": 1},
    "rx_next 2": {"rx_next": 2},
    "rx_next 0": {"rx_next": 0},
    "tx_next 0": {"tx_next": 0},
    "nick not UTF-8": {"nick": b"\xff"},
}


def bad_opens():
    """The first frame, in both roles; and MSG before it."""
    k = Key()
    for what, fields in {**BAD_OPENS, "wrong r_J": {"r": b"\1" * 32},
                         "MSG first": None}.items():
        h = host("--key", k.path)
        p = Pumped(connect(h.addr), sc.JOINER, k.key)
        p.handshake()
        if fields is None:
            p.send_plain(sc.frame_put(sc.MSG, msg(1)))
        else:
            p.send_open(**fields)
        ends_with(h, p, 5, what)
    for what, fields in {**BAD_OPENS, "r of a host": {"r": b"\1" * 32},
                         "MSG first": None}.items():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            j = join("127.0.0.1:%d" % listener.getsockname()[1],
                     "--key", k.path)
            conn, _ = listener.accept()
        p = Pumped(conn, sc.HOST, k.key)
        p.handshake()
        if fields is None:
            p.send_plain(sc.frame_put(sc.MSG, msg(1)))
        else:
            p.send_open(**fields)
        ends_with(j, p, 5, what)


def vanishing_peer():
    """End of file without CLOSE is never "the peer left"."""
    for make in (with_host, with_joiner):
        s, p = make()
        s.send("not confirmed")
        while p.recv().kind != sc.MSG:
            pass
        p.sock.close()
        check_equal(s.wait_exit(), 4, s.role)
        check_equal(s.events[-1]["undelivered"], 1, "undelivered")


main(lengths, broken_tags, violations, ack_goes_back, bad_opens,
     vanishing_peer)
