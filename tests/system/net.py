"""secchat-net alone: the test is supervisor, crypto and the peers.

The time limits themselves are tested in tests/unit/net_turn.c, where time is
an argument; nothing here waits for one.
"""
import os
import select
import socket
import struct
import time

from secchat_test import (DEADLINE, check, check_equal, main, read_to_end,
                          skip_part)
from worker_test import (CONN_CLOSE, CONN_LOST, CONN_OPEN, CONN_PROMOTE,
                         CREDIT, EXPECT, FRAME_IN, FRAME_OUT, LOST_EOF,
                         LOST_EVICTED, LOST_LENGTH, LOST_RESET, NET_COUNTERS,
                         NET_DIALLED, NET_LISTENER, RAW, U16, U32, Worker,
                         case, str8)

BUCKETS = [272, 1040, 4112, 16400, 65535]
WINDOW = 16


class Net(Worker):
    def __init__(self, family=socket.AF_INET, listen=True):
        super().__init__("secchat-net", 2)
        self.super, self.crypto = self.links
        if not listen:
            return
        self.listener = socket.socket(family)
        self.listener.bind(
            ("127.0.0.1" if family == socket.AF_INET else "::", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.super.send(NET_LISTENER, b"", self.listener.fileno())

    def connect(self, source="127.0.0.1", host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        s = socket.socket(family)
        s.settimeout(20)
        s.bind((source, 0))
        s.connect((host, self.port))
        return s

    def opened(self):
        """CONN_OPEN: (id, inbound, over the limit, address)."""
        b = self.crypto.expect(CONN_OPEN)
        n, inbound, over, size = struct.unpack(">IBBB", b[:7])
        check_equal(len(b), 7 + size, "length of the address")
        return n, inbound, over, b[7:].decode()

    def stranger(self, source="127.0.0.1"):
        """Somebody of whom a first message of 44 bytes is expected; the next
        one is not let in before that."""
        s = self.connect(source)
        c = self.opened()[0]
        self.expect(c, RAW, 44)
        return s, c

    def speak(self, s, c):
        """The first message."""
        s.sendall(b"h" * 44)
        check_equal(self.frame(), (c, b"h" * 44), "first message")

    def expect(self, conn, framing, limit, allowed=()):
        self.crypto.send(EXPECT, struct.pack(
            f">IBIB{len(allowed)}I", conn, framing, limit, len(allowed),
            *allowed))

    def frame(self):
        b = self.crypto.expect(FRAME_IN)
        return struct.unpack(">I", b[:4])[0], b[4:]

    def lost(self):
        return struct.unpack(">IB", self.crypto.expect(CONN_LOST))

    def out(self, conn, data):
        self.crypto.send(FRAME_OUT, struct.pack(">I", conn) + data)

    def close_conn(self, conn, failed=0):
        self.crypto.send(CONN_CLOSE, struct.pack(">IB", conn, failed))

    def promote(self, conn):
        self.crypto.send(CONN_PROMOTE, struct.pack(">I", conn))

    def live(self, source="127.0.0.1"):
        s, c = self.stranger(source)
        self.speak(s, c)
        self.promote(c)
        self.expect(c, U16, 65535, BUCKETS)
        return s, c

    def dialled(self):
        """A socketpair would do; TCP is what it is."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            ours = socket.create_connection(server.getsockname())
            theirs, _ = server.accept()
        self.super.send(NET_DIALLED, str8("host.example:5000"),
                        theirs.fileno())
        theirs.close()
        ours.settimeout(20)
        return ours, self.opened()

    def counters(self, *want):
        """They come at once, and then at most once in a second."""
        got = None
        while got != want:
            check(got is None or got <= want, f"counters {got}, want {want}")
            got = struct.unpack(">5I", self.super.expect(NET_COUNTERS))


def u16(body):
    return struct.pack(">H", len(body)) + body


# ---- connections and framing ---------------------------------------------

@case
def handshake_and_frames():
    """A whole conversation: raw messages, then frames, then the end."""
    n = Net()
    s = n.connect()
    c, inbound, over, addr = n.opened()
    check_equal((c, inbound, over), (1, 1, 0), "CONN_OPEN")
    check_equal(addr, "127.0.0.1:%d" % s.getsockname()[1], "address")
    s.sendall(b"h" * 20)
    n.expect(c, RAW, 44)
    s.sendall(b"h" * 24 + b"f" * 48 + u16(b"x" * 272))
    check_equal(n.frame(), (c, b"h" * 44), "first message")
    check(n.crypto.is_quiet(), "delivered what nobody expected")
    n.out(c, b"answer")
    check_equal(s.recv(100), b"answer", "answer")
    n.expect(c, RAW, 48)
    check_equal(n.frame(), (c, b"f" * 48), "early message")
    n.promote(c)
    n.expect(c, U16, 65535, BUCKETS)
    check_equal(n.frame(), (c, b"x" * 272), "early frame")
    for size in BUCKETS:
        s.sendall(u16(b"y" * size))
        check_equal(n.frame(), (c, b"y" * size), f"frame of {size}")
    n.out(c, b"last words")
    n.close_conn(c)
    check_equal(read_to_end(s), b"last words", "before the end")
    s.close()
    check(n.crypto.is_quiet(), "a loss after crypto has let go")


@case
def byte_by_byte():
    n = Net()
    s, c = n.live()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in u16(bytes(range(256)) + b"q" * 16):
        s.send(bytes([byte]))
    check_equal(n.frame(), (c, bytes(range(256)) + b"q" * 16), "frame")


@case
def u32_framing():
    n = Net()
    s, c = n.stranger()
    n.promote(c)
    n.expect(c, U32, 60000)
    s.sendall(struct.pack(">I", 60000) + b"z" * 60000 + bytes(4))
    check_equal(n.frame(), (c, b"z" * 60000), "frame")
    check_equal(n.frame(), (c, b""), "empty frame")
    s.sendall(struct.pack(">I", 0x7fffffff))
    check_equal(n.lost(), (c, LOST_LENGTH), "length")


@case
def bad_lengths():
    """Refused as soon as the two bytes are there, without any body."""
    n = Net()
    for size in (0, 15, 16, 271, 273, 1039, 0xfffe):
        s, c = n.live()
        s.sendall(struct.pack(">H", size))
        check_equal(n.lost(), (c, LOST_LENGTH), f"length {size}")
        read_to_end(s)


@case
def empty_frames():
    """Lengths of zero are delivered when no list forbids them."""
    n = Net()
    s, c = n.stranger()
    n.promote(c)
    n.expect(c, U16, 100)
    s.sendall(bytes(2) * 300 + u16(b"!" * 101))
    for _ in range(300):
        check_equal(n.frame(), (c, b""), "empty frame")
    check_equal(n.lost(), (c, LOST_LENGTH), "length above the maximum")


@case
def big_frame_before_promotion():
    """It waits: the promotion is on its way."""
    n = Net()
    s, c = n.stranger()
    n.expect(c, U16, 65535, BUCKETS)
    s.sendall(u16(b"o" * 272) + u16(b"m" * 65535))
    check_equal(n.frame(), (c, b"o" * 272), "what fits a stranger")
    check(n.crypto.is_quiet(), "more than a stranger may send")
    n.promote(c)
    check_equal(n.frame(), (c, b"m" * 65535), "what does not")


@case
def end_after_data():
    """What had arrived is delivered before the loss."""
    n = Net()
    s, c = n.stranger()
    s.sendall(b"a" * 44 + b"b" * 48)
    s.close()
    check_equal(n.frame(), (c, b"a" * 44), "first")
    check(n.crypto.is_quiet(), "lost before everything was delivered")
    n.expect(c, RAW, 48)
    check_equal(n.frame(), (c, b"b" * 48), "second")
    check_equal(n.lost(), (c, LOST_EOF), "loss")
    s, c = n.stranger()
    s.sendall(b"a" * 43)
    s.close()
    check_equal(n.lost(), (c, LOST_EOF), "half a message")
    s, c = n.live()
    s.sendall(u16(b"1" * 272) + u16(b"2" * 1040) + b"\x01\x10half")
    s.close()
    check_equal(n.frame(), (c, b"1" * 272), "frame")
    check_equal(n.frame(), (c, b"2" * 1040), "frame")
    check_equal(n.lost(), (c, LOST_EOF), "loss")


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                 struct.pack("ii", 1, 0))
    s.close()


@case
def reset_after_data():
    n = Net()
    s, c = n.live()
    s.sendall(u16(b"1" * 272))
    reset(s)
    check_equal(n.frame(), (c, b"1" * 272), "frame")
    check_equal(n.lost(), (c, LOST_RESET), "loss")
    s, c = n.live()
    reset(s)
    check_equal(n.lost(), (c, LOST_RESET), "loss")
    # The number is ignored from now on: messages cross.
    n.out(c, b"too late")
    n.expect(c, RAW, 44)
    n.promote(c)
    n.close_conn(c, 1)
    n.live()


@case
def write_to_the_dead():
    """A failed write does not hide what the peer had still said."""
    n = Net()
    s, c = n.stranger()
    n.speak(s, c)
    s.sendall(b"b" * 48)
    reset(s)
    for _ in range(3):
        n.out(c, b"hello?")
    n.expect(c, RAW, 48)
    check_equal(n.frame(), (c, b"b" * 48), "the last words")
    check_equal(n.lost(), (c, LOST_RESET), "loss")


@case
def ipv6():
    try:
        n = Net(socket.AF_INET6)
        s = n.connect("::1", "::1")
    except OSError as e:
        skip_part(f"no IPv6: {e}")
        return
    port = s.getsockname()[1]
    c, _, _, addr = n.opened()
    check_equal(addr, f"[::1]:{port}", "IPv6 address")
    n.expect(c, RAW, 44)
    t = n.connect("127.0.0.7")
    port = t.getsockname()[1]
    check_equal(n.opened()[3], f"127.0.0.7:{port}", "mapped address")


@case
def dialled():
    n = Net(listen=False)
    s, (c, inbound, over, addr) = n.dialled()
    check_equal((c, inbound, over, addr), (1, 0, 0, "host.example:5000"),
                "CONN_OPEN")
    n.out(c, b"hello")
    check_equal(s.recv(10), b"hello", "hello")
    s.sendall(b"w" * 76)
    n.expect(c, RAW, 76)
    check_equal(n.frame(), (c, b"w" * 76), "answer")
    n.promote(c)
    n.expect(c, U16, 65535, BUCKETS)
    s.sendall(u16(b"w" * 65535) * 3)
    for _ in range(3):
        check_equal(n.frame(), (c, b"w" * 65535), "frame")


# ---- strangers ------------------------------------------------------------

@case
def eviction():
    """Four at once; the oldest that has said nothing gives way."""
    n = Net()
    socks = [n.stranger(f"127.0.0.{i}") for i in (2, 3, 4, 5)]
    n.speak(*socks[0])
    s = n.connect("127.0.0.6")
    check_equal(n.lost(), (socks[1][1], LOST_EVICTED), "the oldest silent one")
    check_equal(n.opened()[0], 5, "the newcomer")
    n.expect(5, RAW, 44)
    check_equal(read_to_end(socks[1][0]), b"", "the evicted one")
    # Those who have spoken stay, and a newcomer is sent away.
    for sock, c in (*socks[2:], (s, 5)):
        n.speak(sock, c)
    check_equal(read_to_end(n.connect("127.0.0.9")), b"", "the fifth")
    n.counters(5, 1, 0, 0, 1)
    # Nobody has heard of him, and a free slot is free.
    n.close_conn(socks[0][1])
    read_to_end(socks[0][0])
    socks[0][0].close()
    n.connect("127.0.0.9")
    check_equal(n.opened()[0], 6, "the next number")


@case
def late():
    """Whoever was heard and lets a second pass without his next message
    gives way; not before."""
    n = Net()
    held = [n.stranger(f"127.0.0.{i}") for i in (2, 3, 4, 5)]
    for sock, c in held:
        n.speak(sock, c)
    began = time.monotonic()
    for _, c in held:
        n.expect(c, RAW, 48)
    refused = 0
    while True:
        s = n.connect("127.0.0.9")
        ready = select.select([s, n.crypto.sock], [], [], DEADLINE)[0]
        if n.crypto.sock in ready:
            break
        check_equal(s.recv(1), b"", "an answer")
        refused += 1
        time.sleep(0.02)
    waited = time.monotonic() - began
    check_equal(n.lost(), (held[0][1], LOST_EVICTED), "the oldest")
    check(waited > 0.99, f"gave way after {waited:.3f} s")
    check(refused > 0, "nobody was refused")
    check_equal(n.opened()[0], 5, "the newcomer")


@case
def fuller_source():
    """Two sources have all places, and are in time: somebody else is let in
    at once, and does not lose his place to them."""
    n = Net()
    held = [n.stranger(f"127.0.0.{i}") for i in (2, 2, 3, 3)]
    for sock, c in held:
        n.speak(sock, c)
        n.expect(c, RAW, 48)
    s = n.connect("127.0.0.9")
    check_equal(n.lost(), (held[0][1], LOST_EVICTED), "the oldest")
    check_equal(n.opened()[0], 5, "the newcomer")
    n.expect(5, RAW, 44)
    n.speak(s, 5)
    n.expect(5, RAW, 48)
    for i in (2, 3):
        check_equal(read_to_end(n.connect(f"127.0.0.{i}")), b"", "refused")


@case
def per_source():
    n = Net()
    first, one = n.stranger()
    second, two = n.stranger()
    third = n.connect()
    check_equal(n.lost(), (one, LOST_EVICTED), "its own oldest")
    check_equal(n.opened()[0], 3, "the third")
    check_equal(read_to_end(first), b"", "evicted")
    n.expect(3, RAW, 44)
    n.speak(second, two)
    n.speak(third, 3)
    check_equal(read_to_end(n.connect()), b"", "one too many")
    other, c = n.stranger("127.0.0.2")
    check_equal(c, 4, "somebody else")
    n.counters(4, 1, 0, 1, 0)
    other.close()


@case
def attempt_limit():
    """Five failures, then the flag; hanging up at once does not help."""
    n = Net()
    for i in range(5):
        s = n.connect()
        c, _, over, _ = n.opened()
        check_equal(over, 0, f"attempt {i}")
        n.expect(c, RAW, 44)
        s.sendall(b"h" * 44)
        n.frame()
        if i % 2:
            s.close()
            n.expect(c, RAW, 44)
            check_equal(n.lost(), (c, LOST_EOF), "loss")
            n.close_conn(c, 1)
        else:
            n.close_conn(c, 1)
            read_to_end(s)
            s.close()
    s = n.connect()
    c, _, over, _ = n.opened()
    check_equal(over, 1, "the sixth attempt")
    n.close_conn(c)
    s.close()
    n.connect("127.0.0.2")
    check_equal(n.opened()[2], 0, "somebody else")


@case
def silent_strangers():
    """2,000 of them, while a chat is live: it goes on, and nothing grows."""
    n = Net()
    live, c = n.live("127.0.0.200")
    held = []
    before = 0
    for i in range(2000):
        held.append(n.connect(f"127.0.{1 + i // 200}.{1 + i % 200}"))
        held = held[-40:]
        answer(n)
        if i == 40:
            before = n.memory_kb()
        if i % 100 == 0:
            live.sendall(u16(b"!" * 272))
            check(answer(n) == c, "the chat was not heard")
    grown = n.memory_kb() - before
    check(grown <= 64, f"grew by {grown} KiB")
    n.out(c, b"still here")
    check_equal(live.recv(20), b"still here", "the chat")


def answer(n):
    """As crypto does, until somebody has come in or has been heard: then
    returns who."""
    while True:
        kind, body, _ = n.crypto.recv()
        c = struct.unpack(">I", body[:4])[0]
        if kind == CONN_OPEN:
            n.expect(c, RAW, 44)
        if kind in (CONN_OPEN, FRAME_IN):
            return c
        check_equal((kind, body[4]), (CONN_LOST, LOST_EVICTED), "message")


@case
def unanswered():
    """The next stranger is not let in, nor is anybody evicted, while crypto
    has not answered for the last one."""
    n = Net()
    first = n.connect("127.0.0.2")
    c = n.opened()[0]
    second = n.connect("127.0.0.3")
    check(n.crypto.is_quiet(), "did not wait for the answer")
    n.expect(c, RAW, 44)
    check_equal(n.opened()[0], 2, "the next one")
    n.close_conn(2)
    check_equal(read_to_end(second), b"", "refused")
    n.connect("127.0.0.4")
    check_equal(n.opened()[0], 3, "the one after that")
    first.close()


@case
def garbage():
    n = Net()
    for i in range(50):
        s, c = n.live()
        s.sendall(os.urandom(4096 + i))
        s.close()
        while True:
            kind, body, _ = n.crypto.recv()
            check_equal(struct.unpack(">I", body[:4])[0], c, "connection")
            if kind == CONN_LOST:
                break


@case
def descriptors_run_out():
    """Accepting without a descriptor does not spin, and goes on later."""
    import resource
    n = Net()
    held = [n.stranger(f"127.0.0.{i}") for i in (2, 3, 4)]
    old = resource.prlimit(n.pid, resource.RLIMIT_NOFILE)
    used = 3 + 2 + 1 + len(held)        # standard, links, listener
    resource.prlimit(n.pid, resource.RLIMIT_NOFILE, (used, old[1]))
    before = n.cpu_ticks()
    s = n.connect("127.0.0.5")
    check(n.crypto.is_quiet(0.5), "accepted without a descriptor")
    check(n.cpu_ticks() - before <= 3, "spins")
    resource.prlimit(n.pid, resource.RLIMIT_NOFILE, old)
    check_equal(n.opened()[0], len(held) + 1, "accepted later")
    s.close()


# ---- flow -------------------------------------------------------------------

@case
def credit():
    """Half a window written is half a window back; less is nothing."""
    n = Net()
    s, c = n.live()
    for i in range(7):
        n.out(c, b"x" * 274)
    recv_n(s, 7 * 274)
    check(n.crypto.is_quiet(), "credit for seven frames")
    n.out(c, b"x" * 274)
    check_equal(struct.unpack(">II", n.crypto.expect(CREDIT)), (c, 8),
                "credit")


def recv_n(s, size):
    data = b""
    while len(data) < size:
        more = s.recv(min(65536, size - len(data)))
        check(more, "the connection ended")
        data += more
    return data


@case
def stalled_reader():
    """The peer does not read: the window fills and no credit comes; crypto's
    messages for others are served all the same.  Then everything arrives."""
    n = Net()
    s, c = n.live()
    sent, out = bytearray(), 0
    # Fill the kernel's buffers, as long as credit comes back.
    for i in range(400):
        if out == WINDOW and n.crypto.is_quiet(0.3):
            break
        while out == WINDOW or not n.crypto.is_quiet(0):
            out -= struct.unpack(">II", n.crypto.expect(CREDIT))[1]
        frame = u16(bytes([i % 256]) * 65535)
        sent += frame
        n.out(c, frame)
        out += 1
    check_equal(out, WINDOW, "frames out")
    other, d = n.stranger("127.0.0.2")
    n.expect(d, RAW, 4)
    other.sendall(b"ping")
    check_equal(n.frame(), (d, b"ping"), "the other connection")
    s.sendall(u16(b"r" * 272))
    check_equal(n.frame(), (c, b"r" * 272), "the other direction")
    check(recv_n(s, len(sent)) == sent, "not what was sent")
    while out > 7:
        out -= struct.unpack(">II", n.crypto.expect(CREDIT))[1]


@case
def crypto_does_not_read():
    """The peer is slowed down by TCP, and net's memory does not grow."""
    n = Net()
    s, c = n.live()
    s.setblocking(False)
    chunk = u16(b"f" * 65535) * 4
    total = 0
    before = n.memory_kb()
    for _ in range(1000):
        try:
            total += s.send(chunk[total % len(chunk):])
        except BlockingIOError:
            if not select_writable(s, 0.3):
                break
    check(total < 64 << 20, "the peer was never stopped")
    check(n.memory_kb() - before <= 600, "memory grew")
    s.setblocking(True)
    for _ in range(total // 65537):
        check_equal(n.frame(), (c, b"f" * 65535), "frame")
    check(n.crypto.is_quiet(), "more than was sent")


def select_writable(s, seconds):
    import select
    return select.select([], [s], [], seconds)[1]


@case
def too_many_frames():
    n = Net()
    s, c = n.live()
    for _ in range(200):
        try:
            n.out(c, b"x" * 65537)
        except (BrokenPipeError, ConnectionResetError):
            break
    n.check_fatal("frames out")
    s.close()


# ---- messages that must not be ---------------------------------------------

def fatal_case(word, act):
    n = Net()
    s, c = n.stranger()
    held = act(n, c)
    n.check_fatal(word)
    del s, held


@case
def forged_messages():
    """A captured crypto or supervisor ends the worker, and nothing else."""
    def crypto(kind, body=b""):
        return lambda n, c: n.crypto.send(kind, body)

    def expect(*args):
        return lambda n, c: n.expect(c, *args)

    never = struct.pack(">I", 77)
    fatal_case("never was", crypto(CONN_PROMOTE, never))
    fatal_case("never was", crypto(CONN_CLOSE, never + b"\0"))
    fatal_case("never was", crypto(FRAME_OUT, never + b"x"))
    fatal_case("never was", crypto(EXPECT, never + b"\1\0\0\0\1\0"))
    fatal_case("never was", crypto(CONN_PROMOTE, bytes(4)))
    fatal_case("wrong size", crypto(CONN_PROMOTE, b"\0\0\0"))
    fatal_case("wrong size", crypto(FRAME_OUT, b"\0\0\0\1"))
    fatal_case("wrong sender", crypto(FRAME_IN, b"\0\0\0\1x"))
    fatal_case("wrong sender", crypto(CONN_LOST, b"\0\0\0\1\1"))
    fatal_case("wrong", crypto(NET_LISTENER))
    fatal_case("unknown type", crypto(999))
    for args in ((0, 10), (4, 10), (RAW, 0), (RAW, 10, [10]), (U16, 65536),
                 (U16, 100, [101]), (U32, 1 << 31)):
        fatal_case("cannot be", expect(*args))
    fatal_case("malformed EXPECT", lambda n, c: n.crypto.send(
        EXPECT, struct.pack(">IBIBB", c, RAW, 10, 0, 0)))
    fatal_case("cannot be", lambda n, c: n.crypto.send(
        EXPECT, struct.pack(">IBIBI", c, U16, 10, 2, 5)))
    fatal_case("more than a stranger", expect(RAW, 2000))
    fatal_case("header", lambda n, c: n.crypto.send_record(b"\0\0\0\1"))
    fatal_case("header", lambda n, c: n.crypto.send_record(
        struct.pack(">IHHI", 12, CONN_PROMOTE, 1, c)))
    fatal_case("promoted connection 1 twice", promote_twice)
    fatal_case("more connections than", promote_three)
    fatal_case("second listener", lambda n, c: n.super.send(
        NET_LISTENER, b"", n.listener.fileno()))
    fatal_case("descriptor missing", lambda n, c: n.super.send(NET_LISTENER))
    fatal_case("malformed", lambda n, c: n.super.send(
        NET_DIALLED, b"\x05ab", n.listener.fileno()))
    fatal_case("wrong sender", lambda n, c: n.super.send(
        CONN_PROMOTE, struct.pack(">I", c)))


def promote_twice(n, c):
    n.promote(c)
    n.promote(c)


def promote_three(n, c):
    n.promote(c)
    held = [n.stranger(f"127.0.0.{i}") for i in (2, 3)]
    for _, d in held:
        n.promote(d)
    return held


@case
def descriptor_from_crypto():
    """On the link to crypto descriptors fall away: read(2) drops them."""
    if os.geteuid() != 0:
        skip_part("only root may look at a worker's descriptors")
        return
    n = Net()
    s, c = n.stranger()
    before = len(os.listdir(f"/proc/{n.pid}/fd"))
    n.crypto.send(CONN_PROMOTE, struct.pack(">I", c), s.fileno())
    n.expect(c, RAW, 1)
    s.sendall(b"x")
    n.frame()
    check_equal(len(os.listdir(f"/proc/{n.pid}/fd")), before, "descriptors")


# ---- the end ----------------------------------------------------------------

@case
def supervisor_leaves():
    """What crypto has said before is still written."""
    n = Net()
    s, c = n.live()
    t, _ = n.stranger("127.0.0.2")
    n.out(c, b"good" * 16000)
    n.out(c, b"bye")
    n.close_conn(c)
    n.super.close()
    check_equal(read_to_end(s), b"good" * 16000 + b"bye", "last words")
    s.close()
    check_equal(read_to_end(t), b"", "the stranger")
    check_equal(n.wait_exit(), 0, "exit code")


@case
def crypto_leaves():
    """The peer is told at once; net itself stays until the supervisor has
    seen who died first."""
    n = Net()
    s, c = n.live()
    n.out(c, b"bye")
    n.crypto.close()
    check_equal(read_to_end(s), b"bye", "last words")
    s.close()
    n.listener.close()
    try:
        n.connect()
        check(False, "still listening")
    except ConnectionRefusedError:
        pass
    check(not n.has_ended(0.1), "did not wait for the supervisor")
    n.super.close()
    check_equal(n.wait_exit(), 0, "exit code")


@case
def goodbye_gives_way():
    """A peer who does not hang up does not keep the next one out."""
    n = Net()
    first, one = n.live("127.0.0.2")
    second, two = n.live("127.0.0.3")
    n.close_conn(one)
    check_equal(read_to_end(first), b"", "goodbye")
    third, three = n.live("127.0.0.4")
    third.sendall(u16(b"3" * 272))
    check_equal(n.frame(), (three, b"3" * 272), "the next one")
    second.close()
    check_equal(n.lost(), (two, LOST_EOF), "loss")


@case
def idle_sleeps():
    """A quiet chat costs no time at all."""
    n = Net()
    s, c = n.live()
    n.counters(1, 0, 0, 0, 0)
    before = switches(n.pid)
    check(n.crypto.is_quiet(2), "net talks to itself")
    check(switches(n.pid) - before <= 1, "wakes up for nothing")
    s.close()


@case
def small_memory():
    """Buffers for a full window cost nothing before there is one."""
    n = Net()
    s, c = n.live()
    for _ in range(2000):
        n.out(c, b"x" * 274)
        s.sendall(u16(b"y" * 272))
        while n.crypto.recv()[0] == CREDIT:
            pass
        recv_n(s, 274)
    check(n.memory_kb() <= 400, f"{n.memory_kb()} KiB")


def switches(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        for line in f:
            if line.startswith("voluntary_ctxt_switches"):
                return int(line.split()[1])
    return 0


if __name__ == "__main__":
    main(handshake_and_frames, byte_by_byte, u32_framing, bad_lengths,
         empty_frames, big_frame_before_promotion, end_after_data,
         reset_after_data, write_to_the_dead, ipv6, dialled, eviction, late,
         fuller_source, per_source, unanswered, attempt_limit,
         silent_strangers, garbage, descriptors_run_out, credit,
         stalled_reader, crypto_does_not_read, too_many_frames,
         forged_messages, descriptor_from_crypto, supervisor_leaves,
         crypto_leaves, goodbye_gives_way, idle_sleeps, small_memory)
