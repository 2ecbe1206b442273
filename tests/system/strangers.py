"""What strangers can do to a waiting host, and a peer that breaks the rules
to a chat.

Before a frame verifies nothing that comes in may end the wait; inside a
verified frame a broken rule ends the chat at once and nothing of it is shown.

# seconds: 150
"""
import os
import socket
import struct

from secchat_test import (check, check_equal, connect, host, join, main,
                          port_of, pump, read_to_end, wait_gone, wait_until,
                          write_key)

import noise
import secchat1 as sc
from peer import SUITE, Peer

HELLO = sc.hello(sc.KEY, SUITE, bytes(32))
FLOOD = 2000

# How far a worker's resident memory may go up during a flood.  Pages that
# are touched for the first time count here, so zero would be wrong.
GROWTH_KB = 512


class Key:
    """A key file and its bytes."""

    def __init__(self):
        self.key = os.urandom(32)
        self.path = write_key(self.key)


def waiting():
    k = Key()
    return k, host("--key", k.path)


def the_right_one(k, h):
    """The person with the key gets in and is heard."""
    j = join(h, "--key", k.path)
    j.wait("connected")
    h.wait("connected")
    j.send("it is me")
    check_equal(h.wait("message")["text"], "it is me", "text")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


def ask(h, data):
    """Everything the host answers to these bytes, until it hangs up."""
    with connect(h.addr) as s:
        s.sendall(data)
        return read_to_end(s)


def refusals():
    """Wrong version and mode get their 12 bytes; garbage gets nothing."""
    k, h = waiting()
    version = HELLO[:7] + b"\x02" + HELLO[8:]
    for data, answer in (
            (version, sc.refuse(1)),
            (sc.hello(sc.PASS, SUITE, bytes(32)), sc.refuse(2)),
            (sc.hello(sc.ID, SUITE, bytes(32)), sc.refuse(2)),
            (sc.hello(sc.KEY, 2, bytes(32)), sc.refuse(2)),
            (sc.hello(sc.KEY, 9, bytes(32)), sc.refuse(2)),
            (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".ljust(44), b""),
            (os.urandom(44), b""),
            (bytes(44), b"")):
        got = ask(h, data)
        check_equal(got, answer, f"answer to {data[:12]!r}")
    the_right_one(k, h)


def nonzero_reserved():
    """Bytes that must be zero and are not: closed without an answer."""
    k, h = waiting()
    for i in (10, 11):
        bad = bytearray(HELLO)
        bad[i] = 1
        check_equal(ask(h, bytes(bad)), b"", f"byte {i}")
    the_right_one(k, h)


def wrong_key():
    """F3 that does not verify: HELLO_H, then silence and the end."""
    k, h = waiting()
    with connect(h.addr) as s:
        p = Peer(s, sc.JOINER, bytes(32))
        try:
            p.handshake()
            check(False, "let in with another key")
        except sc.Lost:
            pass
    the_right_one(k, h)


def half_a_hello():
    """Silence, one byte, 43 bytes: cut off within the 5 seconds, and each
    of them may stay open while the right one gets in."""
    k, h = waiting()
    socks = []
    for data in (b"", b"S", HELLO[:11], HELLO[:43]):
        s = connect(h.addr)
        s.sendall(data)
        socks.append(s)
    the_right_one(k, h)
    for s in socks:
        check_equal(read_to_end(s), b"", "an answer to half a HELLO")
        s.close()


def silence_times_out():
    """A connection that says nothing is closed by the host."""
    k, h = waiting()
    with connect(h.addr, 8) as s:
        check_equal(read_to_end(s), b"", "an answer to silence")
    with connect(h.addr, 14) as s:
        s.sendall(HELLO)
        check_equal(read_to_end(s)[:12], sc.hello(sc.KEY, SUITE, b""),
                    "HELLO_H, and then the end for want of F3")
    the_right_one(k, h)


def one_byte_at_a_time():
    """A slow but correct joiner gets in."""
    k, h = waiting()

    class Dribble(Peer):
        def send_raw(self, data):
            for i in range(len(data)):
                self.sock.sendall(data[i:i + 1])

    with connect(h.addr) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        p = Dribble(s, sc.JOINER, k.key).start()
        p.send_msg("slowly")
        check_equal(h.wait("message")["text"], "slowly", "text")
        h.do("quit")
        check_equal(p.recv_text(), None, "the end")
    check_equal(h.wait_exit(), 0, "host")


def knock(addr, data):
    s = socket.create_connection(port_of(addr))
    if data:
        try:
            s.sendall(data)
        except OSError:
            pass
    s.close()


def flood():
    """Thousands of connections: no worker grows, none dies."""
    k, h = waiting()
    shapes = [b"", b"\0", os.urandom(60), HELLO[:20], HELLO,
              HELLO + bytes(48)]
    for i in range(200):        # what a worker needs once, it has now
        knock(h.addr, shapes[i % len(shapes)])
    before = {name: p.rss_kb() for name, p in h.workers().items()}
    for i in range(FLOOD):
        knock(h.addr, shapes[i % len(shapes)])
        if i % 100 == 0:
            pump(0)
    for name, p in h.workers().items():
        grown = p.rss_kb() - before[name]
        print(f"  {name}: {before[name]} KiB, {grown:+} KiB after {FLOOD}")
        check(grown <= GROWTH_KB, name, "grew by", grown, "KiB")
    check_equal(set(h.workers()), {"crypto", "net", "script"}, "workers")
    the_right_one(k, h)


def too_many_at_once():
    """Far more open connections than places: the right one still gets in."""
    k, h = waiting()
    crowd = [connect(h.addr) for _ in range(60)]
    the_right_one(k, h)
    for s in crowd:
        s.close()


def busy():
    """During a chat a newcomer with the key is told so, and the chat goes
    on."""
    k, h = waiting()
    j = join(h, "--key", k.path)
    j.wait("connected")
    second = join(h, "--key", k.path)
    check_equal(second.wait_exit(), 4, "the second joiner")
    for data in (b"", os.urandom(44), HELLO[:20]):
        knock(h.addr, data)
    check_equal(ask(h, HELLO), sc.refuse(3), "REFUSE busy")
    j.send("still here")
    check_equal(h.wait("message")["text"], "still here", "text")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


# ---- a peer with the key that breaks the rules ---------------------------

def with_host():
    """A host of ours with a scripted joiner."""
    k, h = waiting()
    p = Peer(connect(h.addr), sc.JOINER, k.key).start()
    h.wait("connected")
    return h, p


def with_joiner():
    """A joiner of ours with a scripted host."""
    k = Key()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        j = join("127.0.0.1:%d" % listener.getsockname()[1], "--key", k.path)
        conn, _ = listener.accept()
    conn.settimeout(20)
    p = Peer(conn, sc.HOST, k.key).start()
    j.wait("connected")
    return j, p


def speaks_our_protocol():
    """The second implementation and ours, in both roles, long texts too."""
    for make in (with_host, with_joiner):
        s, p = make()
        for i, text in enumerate(("hello", "ünï", "", "y" * 65499)):
            p.send_msg(text)
            check_equal(s.wait("message")["text"], text, "to secchat")
            s.send(text, f"r{i}")
            check_equal(p.recv_text(), text, "from secchat")
            s.wait("delivered", ref=f"r{i}")
            p.wait_acked()
        p.send(sc.PING, bytes(8))
        s.do("quit")
        check_equal(p.recv_text(), None, "an orderly end")
        check_equal(s.wait_exit(), 0, s.role)
        p.sock.close()
        s, p = make()
        p.send_msg("and goodbye")
        p.wait_acked()
        p.close()
        check_equal(s.wait_exit(), 0, s.role + " when the peer leaves")


def ends_with(s, p, code, what):
    """The chat ends with this code, nobody is left, nothing was shown."""
    everyone = s.everyone()
    check_equal(s.wait_exit(), code, f"{s.role}: {what}")
    check_equal(s.has("message"), [], f"{what}: shown")
    wait_gone(everyone)
    p.sock.close()


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


def repeats_are_dropped():
    """mseq below the next one: acknowledged again, not shown again."""
    s, p = with_host()
    p.send_msg("one")
    p.wait_acked()
    p.send_msg("one", mseq=1)
    p.send_msg("two")
    p.wait_acked()
    p.close()
    check_equal(s.wait_exit(), 0, "host")
    check_equal([e["text"] for e in s.has("message")], ["one", "two"],
                "texts")


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
        p = Peer(connect(h.addr), sc.JOINER, k.key)
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
        p = Peer(conn, sc.HOST, k.key)
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
        p.recv()
        p.sock.close()
        check_equal(s.wait_exit(), 4, s.role)
        check_equal(s.events[-1]["undelivered"], 1, "undelivered")


# ---- false hosts ---------------------------------------------------------

def answer_with(data):
    """What a joiner makes of these bytes."""
    k = Key()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        j = join("127.0.0.1:%d" % listener.getsockname()[1], "--key", k.path)
        conn, _ = listener.accept()
        conn.recv(44)
        conn.sendall(data)
        conn.close()
    code = j.wait_exit()
    return code, j.stderr() + str(j.has("error"))


def false_hosts():
    for data, code, word in (
            (b"", 4, ""),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", 4, "not a secchat host"),
            (sc.refuse(1), 4, "version"),
            (sc.refuse(2), 4, "mode"),
            (sc.refuse(3), 4, "busy"),
            (sc.refuse(5), 4, "too many"),
            (sc.hello(sc.PASS, SUITE, bytes(32)), 4, ""),
            (HELLO[:30], 4, "")):
        got, said = answer_with(data)
        check_equal(got, code, f"exit for {data[:12]!r}, which said {said}")
        check(word in said, word, "is not in", said)


def another_keys_host():
    """A host that holds another key cannot answer: 5."""
    k = Key()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        j = join("127.0.0.1:%d" % listener.getsockname()[1], "--key", k.path)
        conn, _ = listener.accept()
    try:
        Peer(conn, sc.HOST, bytes(32)).handshake()
        check(False, "let in with another key")
    except noise.AuthError:
        conn.close()
    check_equal(j.wait_exit(), 5, "joiner")


main(refusals, nonzero_reserved, wrong_key, half_a_hello, silence_times_out,
     one_byte_at_a_time, flood, too_many_at_once, busy, speaks_our_protocol,
     lengths, broken_tags, violations, ack_goes_back, repeats_are_dropped,
     bad_opens, vanishing_peer, false_hosts, another_keys_host)
