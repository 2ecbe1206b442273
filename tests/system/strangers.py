"""What strangers can do to a waiting host, and to who calls them.

Before a frame verifies nothing that comes in may end the wait.

# seconds: 120
"""
import os
import socket
import threading

from secchat_test import (check, check_equal, connect, host, join, main,
                          port_of, pump, read_to_end, wait_until, write_key)

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


def the_right_one(k, h, tries=1):
    """The person with the key gets in and is heard."""
    j = join(h, "--key", k.path)
    for _ in range(tries - 1):
        wait_until(lambda j=j: j.has("connected") or j.has("end"), "an end")
        if j.has("connected"):
            break
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


def squatters():
    """Two addresses take all places with a mere HELLO and take them again
    whenever they lose them: the right one still gets in.  More than one try,
    since somebody may come between his connection and his HELLO."""
    k, h = waiting()
    stop = threading.Event()

    def squat(source):
        while not stop.is_set():
            try:
                with socket.create_connection(
                        port_of(h.addr), 10, (source, 0)) as s:
                    s.sendall(HELLO)
                    if len(s.recv(44)) == 44:
                        placed.release()
                    read_to_end(s)
            except OSError:
                pass
            stop.wait(0.02)

    placed = threading.Semaphore(0)
    crowd = [threading.Thread(target=squat, args=("127.0.0.%d" % (2 + i % 2),))
             for i in range(6)]
    for t in crowd:
        t.start()
    for _ in range(4):
        check(placed.acquire(timeout=10), "they did not get all places")
    try:
        the_right_one(k, h, tries=3)
    finally:
        stop.set()
        h.end()
        for t in crowd:
            t.join()


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
     one_byte_at_a_time, flood, too_many_at_once, squatters, busy, false_hosts,
     another_keys_host)
