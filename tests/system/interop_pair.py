# not a test
"""A suite of ours on one end, the second implementation on the other."""
import os
import select
import socket

from secchat_test import connect, host, join, scratch, wait_until, write_key

import noise
import secchat1 as sc
import secrets1
from peer import Peer

MODES = {"pass": sc.PASS, "key": sc.KEY, "id": sc.ID, "pair": sc.PAIR}
BOTH_IDS = ("id", "pair")


class Pumped(Peer):
    """A peer beside which the suites go on being read and written."""

    def recv_exactly(self, n):
        wait_until(lambda: select.select([self.sock], [], [], 0)[0],
                   f"{n} bytes from secchat")
        return super().recv_exactly(n)


class Listener:
    """Where our joiner calls, again and again."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.addr = "127.0.0.1:%d" % self.sock.getsockname()[1]
        self.sock.settimeout(0)

    def answer(self, j=None):
        if j is not None:
            j.do("retry")
        got = []

        def called():
            try:
                got.append(self.sock.accept()[0])
            except BlockingIOError:
                pass
            return got
        wait_until(called, "secchat to call")
        got[0].settimeout(20)
        return got[0]


class Shared:
    """What the two have in common in a mode: a key file, a code, long-term
    keys.  In ID the suite remembers the peer as "petra", unless the caller
    wants it to be nobody's acquaintance."""

    def __init__(self, mode, known=True):
        self.mode, self.args, self.key = mode, [], b""
        self.s = noise.KeyPair()
        self.folder = os.path.join(scratch(), "secchat")
        self.env = {"XDG_DATA_HOME": os.path.dirname(self.folder)}
        if mode == "key":
            self.key = os.urandom(32)
            self.args = ["--key", write_key(self.key)]
        elif mode in BOTH_IDS:
            self.args = ["--" + mode]
        if mode == "id" and known:
            self.remember("petra", self.s.pk)

    def remember(self, name, pk):
        os.makedirs(self.folder, 0o700)
        path = os.path.join(self.folder, "peers")
        with open(path, "w", encoding="utf-8") as f:
            f.write("secchat peers 1\n"
                    f"{pk.hex()} unverified 2026-01-01 - {name}\n")
        os.chmod(path, 0o600)

    def identity(self):
        """The suite's own long-term pair; it has one once it runs."""
        return noise.KeyPair(secrets1.read_key(
            os.path.join(self.folder, "identity")))

    def take_code(self, code):
        self.key = secrets1.stretch(secrets1.code_password(code))

    def host(self, *args):
        h = host(*self.args, *args, env=self.env)
        if self.mode in ("pass", "pair"):
            self.take_code(h.has("listening")[0]["code"])
        return h

    def join(self, addr, *args):
        code = None
        if self.mode in ("pass", "pair"):
            code = secrets1.make_code(int.from_bytes(os.urandom(4), "big"))
            self.take_code(code)
        return join(addr, *self.args, *args, env=self.env, secret=code)

    def peer(self, sock, role, s=None, key=None, **forge):
        return Pumped(sock, role, self.key if key is None else key,
                      MODES[self.mode], s or self.s, None, b"", forge)

    def call(self, h, **forge):
        """A scripted joiner, before its handshake."""
        return self.peer(connect(h.addr), sc.JOINER, **forge)

    def wait(self, *args, **forge):
        """A joiner of ours, and a scripted host before its handshake."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            j = self.join("127.0.0.1:%d" % listener.getsockname()[1], *args)
            wait_until(lambda: select.select([listener], [], [], 0)[0],
                       "secchat to call")
            conn, _ = listener.accept()
        conn.settimeout(20)
        return j, self.peer(conn, sc.HOST, **forge)


def with_host(mode="key", *args, known=True):
    """A host of ours with a scripted joiner."""
    k = Shared(mode, known)
    h = k.host(*args)
    p = k.call(h).start()
    h.wait("connected")
    return h, p


def with_joiner(mode="key", *args, known=True):
    """A joiner of ours with a scripted host."""
    k = Shared(mode, known)
    j, p = k.wait(*args)
    p.start()
    j.wait("connected")
    return j, p
