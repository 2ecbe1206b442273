"""Captured net and front end before the crypto worker; and what they, and the
supervisor, are ever told.

# seconds: 300

The crypto worker is the real one in its sandbox; the test has the other end
of each of its links and is everybody: an honest supervisor, and a front end
and a net of which one is captured.  Behind that net is the second
implementation of secchat/1, so that every session key is known here.

Cases come from the message table (captured_test.py): every message at every
boundary, in every state of a session.  docs/ipc.md says what must be: whoever
breaks the table makes crypto end itself with 1 and a word about it; what only
crossed is ignored.  Everything that a link ever carried is kept, and in it are
looked for: the key file, passphrase, code, identity, every key of every epoch
and frame (on no link), and texts (on the front end's alone).

SECCHAT_LONG=1 takes all sizes in all states.
"""
import collections
import functools
import json
import os
import re
import select
import socket
import struct

from captured_test import (PATIENCE, TYPE, Failures, Search, Session,
                           cases_of, link_between, record, rng_of, run_many,
                           str8)
from secchat_test import (ROOT, SAN, Failed, check, check_equal, main,
                          pipe_of)
from worker_test import Link, Worker

import noise
import secchat1 as sc
import secrets1
from files import FileSession
from peer import Peer

LONG = bool(os.environ.get("SECCHAT_LONG"))
SEED = os.environ.get("SEED", "1" if not LONG else str(os.getpid()))
LINKS = ("super", "ui", "net", "file")
HOST, JOIN = 1, 0
MODES = {"pass": sc.PASS, "key": sc.KEY, "id": sc.ID, "pair": sc.PAIR}
SECRET_KEYFILE, SECRET_CODE, SECRET_PASSPHRASE, MAKE_CODE, SECRET_NONE = range(
    1, 6)
ACCEPT_NEW = 1
ERR_H = os.path.join(ROOT, "include/secchat/err.h")
with open(ERR_H, encoding="utf-8") as text_of_it:
    ERRORS = re.findall(r"^\t(ERR_\w+)", text_of_it.read(), re.M)
PASSPHRASE = "nine green bottles hanging on the wall"
HOST_SAYS = "what the one side says to the other"
PEER_SAYS = "and what the other side answers to it"
FILE_SAYS = "and this is what stands in a file"
RAW, U16 = 1, 2
TEXTS = (HOST_SAYS, PEER_SAYS)
NAMES = {r: n for n, r in TYPE.items()}


# ---- the network -----------------------------------------------------------

class Conn:
    def __init__(self):
        self.incoming = self.outgoing = b""
        self.expect = None      # (framing, n)
        self.closed = False


class Network:
    """Net's work, and no more of it than is needed.  `send` and `receive` are
    its link to crypto."""

    def __init__(self, send, receive):
        self.send, self.receive = send, receive
        self.conns, self.last = {}, 0

    def open(self, inbound, addr="127.0.0.1:4000", limited=0):
        self.last += 1
        self.conns[self.last] = Conn()
        self.send(TYPE["CONN_OPEN"], struct.pack(
            ">IBB", self.last, inbound, limited) + str8(addr))
        return self.last

    def step(self):
        """One message of crypto's."""
        kind, body = self.receive()
        self.obey(NAMES[kind], struct.unpack(">I", body[:4])[0], body[4:])

    def obey(self, name, number, body):
        c = self.conns[number]
        if name == "EXPECT":
            c.expect = struct.unpack(">BI", body[:5])
            self.deliver(number)
        elif name == "FRAME_OUT":
            c.outgoing += body
            # One at a time is allowed, and makes the credit exact.
            self.send(TYPE["CREDIT"], struct.pack(">II", number, 1))
        elif name == "BULK_OUT":
            c.outgoing += body
            self.send(TYPE["BULK_CREDIT"], struct.pack(">II", number, 1))
        elif name == "CONN_CLOSE":
            c.closed = True

    def deliver(self, number):
        c = self.conns[number]
        head = struct.pack(">I", number)
        while c.expect and not c.closed:
            framing, n = c.expect
            skip = 0 if framing == RAW else 2
            if framing == U16:
                if len(c.incoming) < 2:
                    return
                n = struct.unpack(">H", c.incoming[:2])[0]
            if len(c.incoming) < skip + n:
                return
            if framing == RAW:
                c.expect = None
            frame, c.incoming = (c.incoming[skip:skip + n],
                                 c.incoming[skip + n:])
            self.send(TYPE["FRAME_IN"], head + frame)

    def lose(self, number, why=2):
        self.conns[number].closed = True
        self.send(TYPE["CONN_LOST"], struct.pack(">IB", number, why))


class KnownChain(sc.Chain):
    """A chain whose every key is looked for."""
    tell = None

    def step(self, length):
        out = super().step(length)
        self.tell("message key", out[0])
        return out

    def advance(self):
        super().advance()
        self.tell("chain key", self.ck)


class Telling:
    """A second implementation that tells every key it has to a search."""
    search = None

    def chains(self, epoch):
        for name in ("root", "ck_jh", "ck_hj", "rs"):
            self.search.add(name, getattr(epoch, name))
        return [self.known(c) for c in super().chains(epoch)]

    def known(self, chain):
        k = KnownChain(chain.ck, chain.dir, chain.epoch)
        k.tell = self.search.add
        return k

    def start_noise(self):
        super().start_noise()
        if self.psk:
            self.search.add("psk", self.psk)

    def finish_noise(self, e_j, e_h):
        for name, key in zip(("k1", "k2"), self.hs.split()):
            self.search.add(name, key)
        self.search.add("e e", self.e.dh(self.hs.re))
        super().finish_noise(e_j, e_h)


class Other(Telling, FileSession):
    """Over a Network."""

    def __init__(self, network, number, search, *args):
        self.network, self.number, self.search = network, number, search
        super().__init__(self, *args)

    def send_raw(self, data):
        self.network.conns[self.number].incoming += data
        self.network.deliver(self.number)

    def recv_exactly(self, n):
        c = self.network.conns[self.number]
        while len(c.outgoing) < n:
            if c.closed:
                raise sc.Lost("closed")
            self.network.step()
        data, c.outgoing = c.outgoing[:n], c.outgoing[n:]
        return data

    def close(self):
        """The socket that a Session closes: the number has changed."""

    def again(self, number):
        """On another connection."""
        self.number = number
        self.resume(self)
        self.open_again()


class Caller(Telling, Peer):
    """Over a socket of its own."""

    def __init__(self, search, *args):
        self.search = search
        super().__init__(*args)


# ---- crypto alone ----------------------------------------------------------

class Bench:
    """A crypto worker and the three it talks to."""

    def __init__(self, mode="key", role=HOST, source=None):
        self.mode, self.role = mode, role
        self.search = Search()
        self.heard = {name: [] for name in LINKS}
        self.waiting = {name: [] for name in LINKS}
        self.key = os.urandom(32)
        self.source = source or {
            "key": SECRET_KEYFILE, "id": SECRET_NONE}.get(
                mode, SECRET_PASSPHRASE)
        self.own, self.theirs = noise.KeyPair(), noise.KeyPair()
        secret, identity = self.secrets()
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.worker = Worker("secchat-crypto", 3, [
            secret, identity, pair[1].fileno()])
        os.close(secret)
        os.close(identity)
        pair[1].close()
        self.worker.links.append(Link(pair[0]))
        self.link = dict(zip(LINKS, self.worker.links))
        self.heard["super"].append(self.worker.ready)
        self.network = Network(
            lambda kind, body: self.send("net", kind, body),
            lambda: self.wait_any("net"))
        self.peer = self.code = None
        self.sent = []          # bodies of what net has sent

    def secrets(self):
        """What crypto reads; all of it is looked for from now on."""
        own = secret_of(self.own)
        text = secrets1.base64.urlsafe_b64encode
        self.search.add("key file", self.key)
        self.search.add("key file text", text(self.key))
        self.search.add("identity", own)
        self.search.add("identity file", text(own))
        self.search.add("passphrase", PASSPHRASE)
        line = (text(self.key) if self.mode == "key" else
                PASSPHRASE.encode()) + b"\n"
        return pipe_of(line), pipe_of(text(own) + b"\n")

    # -- links --

    def send(self, name, kind, body=b"", fd=None):
        if name == "net":
            self.sent.append(body)
        self.send_record(name, record(
            TYPE[kind] if isinstance(kind, str) else kind, body), fd)

    def send_record(self, name, data, fds=0):
        """Waits while it does not read; nothing when it has ended."""
        anc = [(1, 1, struct.pack("i", 0) * fds)] if fds else []
        sock = self.link[name].sock
        while True:
            ready = select.select([x.sock for x in self.link.values()],
                                  [sock], [], PATIENCE)
            check(ready[0] or ready[1], "crypto does not read")
            try:
                sock.sendmsg([data], anc)
                return
            except BlockingIOError:
                self.read_all()
            except (BrokenPipeError, ConnectionResetError):
                return

    def read_all(self, seconds=0):
        """What there is, from all links.  False: crypto has ended."""
        socks = {x.sock: name for name, x in self.link.items()}
        ready = select.select([*socks, self.worker.pidfd], [], [],
                              seconds)[0]
        check(ready or not seconds, "crypto says nothing; last heard:",
              [(name, struct.unpack(">H", heard[-1][4:6])[0])
               for name, heard in self.heard.items() if heard])
        for sock in ready:
            if sock in socks and not self.read(socks[sock]):
                return False
        return self.worker.pidfd not in ready

    def read(self, name):
        while True:
            try:
                data = self.link[name].sock.recv(1 << 17)
            except BlockingIOError:
                return True
            except ConnectionResetError:
                continue
            if not data:
                return False
            self.heard[name].append(data)
            self.waiting[name].append(
                (struct.unpack(">H", data[4:6])[0], data[8:]))

    def wait_any(self, name):
        while not self.waiting[name]:
            check(self.read_all(PATIENCE), "crypto has ended:",
                  self.worker.stderr())
        return self.waiting[name].pop(0)

    def wait(self, name, wanted):
        """The body of the next message of this type; others are dropped."""
        while True:
            kind, body = self.wait_any(name)
            if kind == TYPE[wanted]:
                return body

    # -- the states --

    def start(self):
        self.send("super", "CRYPTO_START", struct.pack(
            ">BBBBBII", self.role, MODES[self.mode], 1, self.source,
            ACCEPT_NEW, 0, 0) + str8(""))

    def secret(self):
        """As far as the secret, and it is not read yet."""
        self.start()
        if self.mode == "key":
            self.wait("super", "CRYPTO_INFO")

    def serving(self):
        self.start()
        self.wait("super", "CRYPTO_INFO")
        if self.mode == "key":
            return
        self.send("super", "READ_SECRET")
        body = self.wait("super", "SECRET_READ")
        check_equal(body[:2], bytes(2), "SECRET_READ")
        if self.source == MAKE_CODE:
            self.code = self.wait("ui", "CODE").decode()
            self.key = secrets1.stretch(secrets1.code_password(self.code))
        elif self.mode != "id":
            self.key = secrets1.stretch(
                secrets1.passphrase_password(PASSPHRASE))
        self.search.add("PRS", self.key)

    def call(self, **forge):
        """Another connection, and who is at its other end."""
        number = self.network.open(self.role)
        other = Other(self.network, number, self.search,
                      sc.JOINER if self.role == HOST else sc.HOST, self.key,
                      MODES[self.mode], self.theirs, None, b"", forge)
        return other

    def handshake(self):
        """Half of it."""
        self.serving()
        self.peer = self.call()
        if self.role == HOST:
            self.peer.send_hello_joiner()
            self.peer.recv_hello_host()
        else:
            self.peer.recv_hello_joiner()

    def trial(self):
        self.serving()
        self.peer = self.call().handshake()

    def live(self):
        """With a text each way, and both confirmed."""
        self.trial()
        self.peer.send_open()
        self.peer.recv_open()
        self.wait("ui", "CONNECTED")
        self.wait("super", "SESSION")
        self.send("ui", "UI_SEND", HOST_SAYS.encode())
        check_equal(self.peer.recv_text(), HOST_SAYS, "text")
        self.peer.send_msg(PEER_SAYS)
        self.wait("ui", "DELIVERED")
        self.wait("ui", "TEXT")
        self.send("ui", "UI_SHOWN", struct.pack(">Q", 1))
        self.peer.wait_acked()

    def sending(self):
        """A file of ours: its first bytes are asked for."""
        self.live()
        self.fid = 2 if self.role == HOST else 1
        self.send("super", "FILE_OFFER", struct.pack(
            ">IQ", self.fid, 200000) + str8("a file"))
        while self.fid not in self.peer.theirs:
            self.network_turn()
        self.peer.accept(self.fid)
        self.wanted = self.wait("file", "FILE_WANT")

    def receiving(self):
        """A file of theirs: its first bytes are to be written."""
        self.live()
        fid = self.peer.offer(FILE_SAYS.encode() * 100)
        self.wait("super", "FILE_OFFERED")
        self.send("super", "FILE_TAKE", conn(fid))
        while not self.peer.ours[fid].ready:
            self.network_turn()
        self.fid, self.stored = fid, self.wait("file", "FILE_STORE")

    def network_turn(self):
        """Whatever there is, whoever it is for; waits when there is none."""
        conn = self.network.conns[self.peer.number]
        if not self.waiting["net"] and len(conn.outgoing) <= 2:
            check(self.read_all(PATIENCE), "crypto has ended:",
                  self.worker.stderr())
        while self.waiting["net"]:
            self.network.step()
        while len(conn.outgoing) > 2:
            self.peer.on_frame(self.peer.recv())

    def wait_meanwhile(self, name, wanted):
        """The body of the first message of this type on a link, while frames
        go to and fro; the others stay."""
        queue = self.waiting[name]
        while not (found := [m for m in queue if m[0] == TYPE[wanted]]):
            self.network_turn()
        queue.remove(found[0])
        return found[0][1]

    def closing(self):
        self.live()
        self.send("super", "CRYPTO_CLOSE", b"\1")
        while self.peer.recv().kind != sc.CLOSE:
            pass

    def left(self):
        """The peer has gone, and its last text was not shown yet."""
        self.live()
        self.peer.send_msg("not shown")
        self.wait("ui", "TEXT")
        self.peer.send_close()
        self.probe()

    def suspended(self):
        self.live()
        self.network.lose(self.peer.number)
        self.wait("ui", "LINK_EVENT")

    def over(self):
        self.serving()
        self.send("super", "CRYPTO_CLOSE", b"\1")
        self.wait("super", "CRYPTO_END")

    def reach(self, phase):
        getattr(self, phase)()

    # -- what became of it --

    def probe(self):
        """It is there, and has read what was sent before."""
        self.send("ui", "UI_STATUS")
        self.wait("ui", "STATUS")

    def lives(self):
        """Whether it goes on; if not, it ended itself in order."""
        try:
            self.probe()
            return True
        except Failed:
            self.judge_fatal("")
            return False

    def judge_fatal(self, word):
        code = self.worker.wait_exit(PATIENCE)
        said = self.worker.stderr()
        check(code == 1 and re.search(word, said), "exit", code, "and said",
              repr(said), "not", repr(word))
        self.read_all()

    def judge_secrets(self):
        """Keys on no link, texts and the code on the front end's alone, what
        is in a file on secchat-file's."""
        for name, records in self.heard.items():
            texts = [] if name == "ui" else [*TEXTS, self.code]
            judge_heard(self.search, name, records,
                        texts + ([] if name == "file" else [FILE_SAYS]))

    def leave(self):
        """The supervisor's link ends, and so does it."""
        self.link["super"].close()
        self.link.pop("super")
        check_equal(self.worker.wait_exit(PATIENCE), 0, "exit status")

    def end(self):
        self.worker.end()
        if self.worker in Worker.living:
            Worker.living.remove(self.worker)


def judge_heard(search, name, records, texts):
    data = b"".join(records)
    searched[name] += len(data)
    searched["needles"] = max(searched["needles"], len(search.needles))
    found = search.find(data)
    check(not found, "on the link to", name, "are", found)
    for words in texts:
        check(words is None or words.encode() not in data,
              "a text on the link to", name)


searched = collections.Counter()        # bytes looked through, by link


def secret_of(pair):
    from cryptography.hazmat.primitives.serialization import (
        Encoding, NoEncryption, PrivateFormat)
    return pair.sk.private_bytes(Encoding.Raw, PrivateFormat.Raw,
                                 NoEncryption())


def benched(f):
    """A case gets a Bench; at its end the search."""
    @functools.wraps(f)
    def run(*args, **kw):
        b = Bench(**kw)
        try:
            f(b, *args)
            b.judge_secrets()
        finally:
            b.end()
    return run


# ---- the message table -----------------------------------------------------

PHASES = ("start_only", "secret", "serving", "handshake", "trial", "live",
          "sending", "receiving", "closing", "left", "suspended", "over")
SILENT = ("start_only", "secret")       # nobody else may speak yet
MAY_SAY = {
    "ui": {"UI_SEND", "UI_SHOWN", "UI_STATUS", "UI_REKEY", "UI_VERIFY",
           "UI_WIRE", "UI_RESTARTED"},
    "net": {"CONN_OPEN", "FRAME_IN", "CONN_LOST", "CREDIT", "BULK_CREDIT"},
    "file": {"FILE_CHUNK", "FILE_STORED"},
}
Bench.start_only = lambda self: None


@benched
def one_case(b, link, phase, case):
    b.reach(phase)
    b.send_record(link, case.data, case.fds)
    words = case.what
    name = case.name.split()[0]
    if words == "malformed header":
        b.judge_fatal(f"ipc {link_words(link)}: malformed header")
    elif words != "legal":
        b.judge_fatal(f"ipc {link_words(link)}: .*{words}")
    elif name not in MAY_SAY[link]:
        b.lives()       # new to this test: in order, either way
    elif phase in SILENT:
        b.judge_fatal(f"ipc {link_words(link)}: {name} in state")
    else:
        b.lives()       # random bytes may be wrong in themselves


def link_words(link):
    return re.escape(link_between("crypto", {"ui": "tty"}.get(
        link, link)).name)


def table_work(rng, failures):
    for link in ("ui", "net", "file"):
        sender = {"ui": "tty"}.get(link, link)
        between = link_between("crypto", sender)
        for case in cases_of(sender, between, False, rng, LONG):
            phases = PHASES if LONG else rng.sample(
                PHASES, 3 if case.what == "legal" and not case.fds else 1)
            for phase in phases:
                mode = "pass" if phase == "secret" else rng.choice(
                    ("key", "key", "id"))
                failures.count(link)
                yield (f"{link} {phase} {case.name}", functools.partial(
                    one_case, link, phase, case, mode=mode,
                    role=rng.choice((HOST, JOIN))))


def message_table():
    """Every message at every boundary, on both links."""
    failures = Failures("captured_crypto", SEED)
    run_many(list(table_work(rng_of(SEED, "crypto"), failures)), failures, 4)
    failures.judge()


# ---- what is well formed, and a lie ----------------------------------------

def conn(number, rest=b""):
    return struct.pack(">I", number) + rest


OPEN_IN = b"\1\0" + str8("127.0.0.1:1")
OPEN_OUT = b"\0\0" + str8("127.0.0.1:1")
FAR = 0xffffffff
IMPOSSIBLE = "impossible connection"
NEVER = "never announced"
CREDIT_WORD = "more credit than it was given"
CREDIT_FILES = "credit for files that it was not given"
UNASKED = "answers what it was not asked"
NOT_GIVEN = "has written what it was not given"
MALFORMED = "malformed"

# state, role, who lies, message, body, what crypto says; "": it goes on, and
# "lost": the connection is given up.
LIES = (
    # numbers of connections
    ("serving", HOST, "CONN_OPEN", conn(0, OPEN_IN), IMPOSSIBLE),
    ("serving", HOST, "CONN_OPEN", conn(1, OPEN_OUT), IMPOSSIBLE),
    ("serving", JOIN, "CONN_OPEN", conn(1, OPEN_IN), IMPOSSIBLE),
    ("serving", HOST, "CONN_OPEN", conn(7, b"\2\0" + OPEN_IN[2:]),
     IMPOSSIBLE),
    ("serving", HOST, "CONN_OPEN", conn(7, b"\1\xff" + OPEN_IN[2:]), ""),
    ("live", HOST, "CONN_OPEN", conn(1, OPEN_IN), IMPOSSIBLE),
    ("live", HOST, "CONN_OPEN", conn(0, OPEN_IN), IMPOSSIBLE),
    ("live", HOST, "CONN_OPEN", conn(FAR, OPEN_IN), ""),
    ("live", JOIN, "CONN_OPEN", conn(2, OPEN_OUT), ""),
    ("live", JOIN, "CONN_OPEN", conn(2, OPEN_IN), IMPOSSIBLE),
    ("suspended", HOST, "CONN_OPEN", conn(1, OPEN_IN), IMPOSSIBLE),
    ("over", HOST, "CONN_OPEN", conn(1, OPEN_IN), ""),
    ("serving", HOST, "CONN_OPEN", conn(1, b"\1\0\x51" + bytes(20)),
     MALFORMED + "|impossible"),
    ("serving", HOST, "CONN_OPEN", conn(1, OPEN_IN + b"more"), MALFORMED),
    # frames of connections that are not, are gone, or asked for others
    ("serving", HOST, "FRAME_IN", conn(0, b"x"), NEVER),
    ("serving", HOST, "FRAME_IN", conn(1, b"x"), NEVER),
    ("live", HOST, "FRAME_IN", conn(2, b"x"), NEVER),
    ("live", JOIN, "FRAME_IN", conn(FAR, bytes(272)), NEVER),
    ("live", HOST, "FRAME_IN", conn(1), "lost"),
    ("live", HOST, "FRAME_IN", conn(1, bytes(16)), "lost"),
    ("live", HOST, "FRAME_IN", conn(1, bytes(272)), "lost"),
    ("live", JOIN, "FRAME_IN", conn(1, bytes(65535)), "lost"),
    ("live", JOIN, "FRAME_IN", conn(1, bytes(65536)), "lost"),
    ("suspended", HOST, "FRAME_IN", conn(1, bytes(272)), ""),
    ("closing", HOST, "FRAME_IN", conn(1, bytes(272)), "end"),
    ("left", JOIN, "FRAME_IN", conn(1, bytes(272)), "end"),
    ("over", HOST, "FRAME_IN", conn(1, b"x"), NEVER),
    ("handshake", HOST, "FRAME_IN", conn(1, bytes(47)), "not expected"),
    ("handshake", HOST, "FRAME_IN", conn(1, bytes(65536)), "not expected"),
    ("handshake", HOST, "FRAME_IN", conn(1), "not expected"),
    ("handshake", HOST, "FRAME_IN", conn(1, bytes(48)), ""),
    ("trial", HOST, "FRAME_IN", conn(1, bytes(272)), ""),
    ("trial", HOST, "FRAME_IN", conn(1, bytes(65536)), ""),
    # losses
    ("serving", HOST, "CONN_LOST", conn(1, b"\1"), NEVER),
    ("live", HOST, "CONN_LOST", conn(0, b"\1"), NEVER),
    ("live", HOST, "CONN_LOST", conn(1, b"\xff"), "lost"),
    ("suspended", HOST, "CONN_LOST", conn(1, b"\1"), ""),
    ("trial", HOST, "CONN_LOST", conn(1, b"\0"), ""),
    ("closing", HOST, "CONN_LOST", conn(1, b"\2"), "end"),
    # credit
    ("serving", HOST, "CREDIT", conn(1, conn(1)), NEVER),
    ("live", HOST, "CREDIT", conn(1, conn(0)), ""),
    ("live", HOST, "CREDIT", conn(1, conn(17)), CREDIT_WORD),
    ("live", HOST, "CREDIT", conn(1, conn(FAR)), CREDIT_WORD),
    ("live", JOIN, "CREDIT", conn(1, conn(1 << 31)), CREDIT_WORD),
    ("live", JOIN, "CREDIT", conn(0, conn(1)), NEVER),
    ("trial", HOST, "CREDIT", conn(1, conn(FAR)), CREDIT_WORD),
    ("handshake", HOST, "CREDIT", conn(1, conn(FAR)), ""),
    ("suspended", HOST, "CREDIT", conn(1, conn(FAR)), ""),
    ("live", HOST, "BULK_CREDIT", conn(1, conn(0)), ""),
    ("live", HOST, "BULK_CREDIT", conn(1, conn(1)), CREDIT_FILES),
    ("live", JOIN, "BULK_CREDIT", conn(1, conn(FAR)), CREDIT_FILES),
    ("sending", HOST, "BULK_CREDIT", conn(1, conn(FAR)), CREDIT_FILES),
    ("serving", HOST, "BULK_CREDIT", conn(1, conn(0)), NEVER),
    ("suspended", HOST, "BULK_CREDIT", conn(1, conn(FAR)), ""),
    # secchat-file
    ("live", HOST, "FILE_CHUNK", bytes(12), UNASKED),
    ("suspended", HOST, "FILE_CHUNK", conn(2) + bytes(8), UNASKED),
    ("over", HOST, "FILE_CHUNK", bytes(12), UNASKED),
    ("sending", HOST, "FILE_CHUNK", conn(4) + bytes(1008), UNASKED),
    ("sending", HOST, "FILE_CHUNK", conn(2) + bytes(7) + b"\1", UNASKED),
    ("sending", HOST, "FILE_CHUNK", conn(2) + bytes(8 + 3), UNASKED),
    ("sending", JOIN, "FILE_CHUNK", conn(1) + bytes(65503), UNASKED),
    ("sending", HOST, "FILE_CHUNK", conn(2) + bytes(8), ""),
    ("receiving", HOST, "FILE_CHUNK", conn(1) + bytes(8), UNASKED),
    ("receiving", HOST, "FILE_STORED", conn(1) + b"\xff" * 8, NOT_GIVEN),
    ("receiving", JOIN, "FILE_STORED", conn(2) + b"\1" + bytes(7), NOT_GIVEN),
    ("receiving", HOST, "FILE_STORED", conn(1) + bytes(8), ""),
    ("receiving", HOST, "FILE_STORED", conn(3) + b"\xff" * 8, ""),
    ("live", HOST, "FILE_STORED", b"\xff" * 12, ""),
    # the front end
    ("serving", HOST, "UI_SEND", b"too early", "before there was a chat"),
    ("trial", HOST, "UI_SEND", b"too early", "before there was a chat"),
    ("live", HOST, "UI_SEND", b"\xff", "not UTF-8"),
    ("live", HOST, "UI_SEND", b"\xed\xa0\x80", "not UTF-8"),
    ("live", HOST, "UI_SEND", b"", ""),
    ("live", JOIN, "UI_SEND", b"\0" * 65499, ""),
    ("left", HOST, "UI_SEND", b"too late", ""),
    ("over", HOST, "UI_SEND", b"\xff", ""),
    ("serving", HOST, "UI_SHOWN", bytes(7) + b"\1", "was not given"),
    ("live", HOST, "UI_SHOWN", bytes(7) + b"\2", "was not given"),
    ("live", HOST, "UI_SHOWN", bytes(8), "was not given"),
    ("live", HOST, "UI_SHOWN", bytes(7) + b"\1", ""),
    ("live", HOST, "UI_SHOWN", b"\xff" * 8, "was not given"),
    ("suspended", JOIN, "UI_SHOWN", b"\x80" + bytes(7), "was not given"),
    ("serving", HOST, "UI_VERIFY", b"", "verifies what is not there"),
    ("live", HOST, "UI_VERIFY", b"12345", "verifies what is not there"),
    ("live", HOST, "UI_VERIFY", b"\0\xff\x80\n\r\t", ""),
    ("suspended", HOST, "UI_VERIFY", b"123456", ""),
    ("live", HOST, "UI_RESTARTED", b"", "answers what nobody has said"),
    ("live", HOST, "UI_WIRE", b"\xff", ""),
    ("live", HOST, "UI_REKEY", b"", ""),
    ("serving", HOST, "UI_REKEY", b"", ""),
    ("suspended", HOST, "UI_REKEY", b"", ""),
)


@benched
def lies(b, phase, message, body, said):
    b.reach(phase)
    link = {"UI": "ui", "FILE": "file"}.get(message.split("_")[0], "net")
    b.send(link, message, body)
    if said not in ("", "lost", "end"):
        b.judge_fatal(said)
    elif said == "lost":
        b.wait("ui", "LINK_EVENT")
        b.probe()
    elif said == "end":
        b.wait("super", "CRYPTO_END")
    else:
        b.probe()
        check(b.lives(), "it has ended")


def run_cases(group, cases, threads=4):
    Failures("captured_crypto", SEED).run(group, cases, threads)


def well_formed_lies():
    cases = {}
    for i, (phase, role, message, body, said) in enumerate(LIES):
        cases[f"{i} {phase} {message}"] = functools.partial(
            lies, phase, message, body, said, role=role)
    for f in (too_many_connections, too_many_texts, too_large_texts,
              guesses_digits, asks_for_keys_all_the_time, reflects, replays,
              every_number_once):
        cases[f.__name__] = f
    cases["guesses_passphrases"] = functools.partial(
        guesses_passphrases, mode="pass")
    run_cases("lies", cases)


@benched
def too_many_connections(b):
    b.serving()
    for _ in range(7):
        b.network.open(1)
    b.judge_fatal("more connections than there may be")


@benched
def every_number_once(b):
    """Connections without end, one after the other, cost nothing."""
    b.serving()
    before = rss_kb(b)
    for _ in range(3000):
        b.network.lose(b.network.open(1))
        b.read_all()
    b.probe()
    check(rss_kb(b) - before < GROWTH_KB, "grown", rss_kb(b) - before)


@benched
def too_many_texts(b):
    b.live()
    for _ in range(300):
        b.send("ui", "UI_SEND", b"x")
    b.judge_fatal("more than the window holds")


@benched
def too_large_texts(b):
    b.live()
    for _ in range(20):
        b.send("ui", "UI_SEND", b"x" * 65499)
    b.judge_fatal("more than the window holds")


@benched
def guesses_digits(b):
    """Three tries; the other half is never told."""
    b.live()
    ours = b.peer.sas_halves()[1]
    for n in range(10):
        b.send("ui", "UI_VERIFY", b"%06d" % n)
    said = []
    while b.peer.recv().kind != sc.CLOSE:
        pass
    b.read_all(0)
    for kind, body in b.waiting["ui"]:
        if kind == TYPE["VERIFY"]:
            said.append(body)
    check_equal([x[0] for x in said], [3, 3, 3], "answers")
    check(all(x[2:].decode() == ours for x in said), "other digits", said)


@benched
def asks_for_keys_all_the_time(b):
    """One rekey at a time, and the chat goes on."""
    b.live()
    for _ in range(2000):
        b.send("ui", "UI_REKEY")
    b.peer.send_msg("still here")
    b.wait_meanwhile("ui", "TEXT")
    check(b.peer.epoch.n < 50, "epochs", b.peer.epoch.n)
    b.probe()


@benched
def reflects(b):
    """What crypto sends comes back to it."""
    b.live()
    b.send("ui", "UI_SEND", b"mirror")
    sealed = b""
    while not sealed:
        kind, body = b.wait_any("net")
        if kind == TYPE["FRAME_OUT"]:
            sealed = body[4:]
    b.send("net", "FRAME_IN", conn(b.peer.number, sealed[2:]))
    b.wait("ui", "LINK_EVENT")
    b.probe()


@benched
def replays(b):
    """A frame twice: the text once, and the connection is given up."""
    b.live()
    b.peer.send_msg("once")
    twice = [r for r in b.sent if r[:4] == conn(b.peer.number)][-1]
    b.wait("ui", "TEXT")
    b.send("net", "FRAME_IN", twice)
    b.wait("ui", "LINK_EVENT")
    shown = [r[16:] for r in b.heard["ui"] if r[4:6] == conn(TYPE["TEXT"])[2:]]
    check_equal(shown, [PEER_SAYS.encode(), b"once"], "shown")


@benched
def guesses_passphrases(b):
    """Net says of no address that it has tried too often: crypto counts by
    itself, and takes nobody any more after a hundred."""
    b.serving()
    for _ in range(100):
        stranger = b.call()
        stranger.key = os.urandom(32)
        try:
            stranger.handshake()
            raise Failed("a wrong secret was taken")
        except sc.Lost:
            pass
    end = b.wait("super", "CRYPTO_END")
    check_equal(ERRORS[struct.unpack(">H", end[:2])[0]], "ERR_AUTH_LIMIT",
                "why")


# ---- floods, half a link, the end ------------------------------------------

GROWTH_KB = 5000        # both queues of src/crypto, full
FLOOD = 100000


def rss_kb(b):
    """What it has in memory; nothing, when it has just ended."""
    with open(f"/proc/{b.worker.pid}/status", encoding="ascii") as f:
        size = re.search(r"VmRSS:\s+(\d+)", f.read())
    return int(size.group(1)) if size else 0


FLOODS = (("ui", "UI_STATUS", b""), ("ui", "UI_VERIFY", b""),
          ("ui", "UI_WIRE", b"\1"), ("ui", "UI_REKEY", b""),
          ("ui", "UI_SHOWN", bytes(7) + b"\1"),
          ("net", "CREDIT", conn(1, conn(0))),
          ("file", "FILE_STORED", bytes(12)),
          ("net", "CONN_LOST", conn(1, b"\1")),
          ("net", "FRAME_IN", conn(1, bytes(65536))))


@benched
def floods(b, link, message, body, reads):
    """Memory is bounded; it reads on, or says that nobody reads it."""
    b.live()
    if message == "CONN_LOST":      # that it is lost, again and again
        b.network.lose(1)
    before = rss_kb(b)
    data = record(TYPE[message], body)
    sock, most = b.link[link].sock, 0
    for n in range(FLOOD if LONG else FLOOD // 5):
        while True:
            try:
                sock.send(data)
                break
            except BlockingIOError:
                if select.select([b.worker.pidfd], [sock], [],
                                 PATIENCE) == ([], [], []):
                    raise Failed("crypto does not read") from None
                if reads:
                    b.read_all()
            except (BrokenPipeError, ConnectionResetError):
                break
        if n % 1000 == 0:
            if b.worker.has_ended(0):
                break
            most = max(most, rss_kb(b))
    # A sanitizer keeps what was freed.
    check(SAN or most - before < GROWTH_KB, "grown by", most - before, "KiB")
    if b.worker.has_ended(0):
        if reads:
            raise Failed(f"it has ended: {b.worker.stderr()}")
        b.judge_fatal("does not read")
    elif reads:
        b.read_all()
        b.probe()


@benched
def hangs_up(b, phase, link, how):
    """Half of its link, or both: crypto goes on without it until the
    supervisor goes, too."""
    b.reach(phase)
    sock = b.link.pop(link).sock
    if how is None:
        sock.send(b"")
    else:
        sock.shutdown(how)
    if link != "ui" and phase != "start_only":  # no front end may speak there
        b.probe()
    b.leave()


@benched
def dies_in_a_record(b, phase, link):
    b.reach(phase)
    kind = {"ui": "UI_SHOWN", "net": "CREDIT", "file": "FILE_STORED"}[link]
    b.send_record(link, record(TYPE[kind], bytes(3), length=19))
    b.link[link].sock.close()
    b.link.pop(link)
    b.judge_fatal("malformed header")


def floods_and_ends():
    cases = {}
    for link, message, body in FLOODS:
        for reads in (True, False):
            name = f"flood of {message}, {'reads' if reads else 'silent'}"
            cases[name] = functools.partial(floods, link, message, body, reads)
    for phase in PHASES if LONG else ("serving", "handshake", "live",
                                      "closing", "over"):
        for link in ("ui", "net", "file"):
            for how in (0, 1, 2, None):
                cases[f"{phase} {link} shut {how}"] = functools.partial(
                    hangs_up, phase, link, how)
            cases[f"{phase} {link} half a record"] = functools.partial(
                dies_in_a_record, phase, link)
    run_cases("ends", cases)


# ---- nobody is told a secret -----------------------------------------------

@benched
def whole_life(b):
    """Everything that a chat can do, and all of it is searched."""
    b.live()
    b.send("ui", "UI_WIRE", b"\1")
    for n in range(3):
        say(b, f"{HOST_SAYS} {n}")
        hear(b, f"{PEER_SAYS} {n}")
    b.send("ui", "UI_REKEY")
    await_epoch(b, 1)
    b.peer.rekey()
    await_epoch(b, 2)
    say(b, HOST_SAYS)
    ours, theirs = b.peer.sas_halves()
    b.send("ui", "UI_VERIFY")
    check_equal(b.wait("ui", "VERIFY")[2:].decode(), theirs, "digits")
    b.send("ui", "UI_VERIFY", ours.encode())
    check_equal(b.wait("ui", "VERIFY")[0], 2, "the right digits")
    pass_files(b)
    b.network.lose(b.peer.number)
    b.wait("ui", "LINK_EVENT")
    b.send("ui", "UI_SEND", HOST_SAYS.encode())
    b.peer.again(b.network.open(b.role))
    b.wait("ui", "LINK_EVENT")
    check_equal(b.peer.recv_text(), HOST_SAYS, "a text")
    hear(b, PEER_SAYS)
    b.send("super", "CRYPTO_CLOSE", b"\1")
    while not b.peer.ended:
        b.peer.on_frame(b.peer.recv())
    b.wait("super", "CRYPTO_END")


def pass_files(b):
    """A small one each way."""
    ours, data = (2 if b.role == HOST else 1), FILE_SAYS.encode()
    b.send("super", "FILE_OFFER", struct.pack(">IQ", ours, len(data)) +
           str8("ours"))
    theirs = b.peer.offer(data, "theirs")
    b.wait("super", "FILE_OFFERED")
    b.send("super", "FILE_TAKE", conn(theirs))
    while ours not in b.peer.theirs:
        b.network_turn()
    b.peer.accept(ours)
    check_equal(b.wait_meanwhile("file", "FILE_STORE")[12:], data, "theirs")
    b.send("file", "FILE_STORED", struct.pack(">IQ", theirs, len(data)))
    b.send("super", "FILE_KEPT", conn(theirs))
    b.send("file", "FILE_CHUNK",
           b.wait_meanwhile("file", "FILE_WANT")[:12] + data)
    while not (b.peer.theirs[ours].done and b.peer.ours[theirs].done):
        b.network_turn()


def say(b, text):
    b.send("ui", "UI_SEND", text.encode())
    check_equal(b.peer.recv_text(), text, "a text")


def hear(b, text):
    b.peer.send_msg(text)
    body = b.wait("ui", "TEXT")
    check_equal(body[8:].decode(), text, "a text")
    b.send("ui", "UI_SHOWN", body[:8])
    b.peer.wait_acked()


def await_epoch(b, n):
    while b.peer.epoch.n < n:
        b.peer.on_frame(b.peer.recv())


def planted():
    """The search sees what it looks for: each kind of secret on each link, as
    it is and as text, and a text where it may not be."""
    b = Bench()
    try:
        b.live()
        b.judge_secrets()
        for secret in (b.key, b.peer.epoch.root, b.peer.psk):
            for form in (secret[3:19], secret.hex().encode(),
                         b"x" + secrets1.base64.b64encode(b"x" + secret)):
                for name in LINKS:
                    b.heard[name].append(form)
                    refused(b.judge_secrets, name)
                    b.heard[name].pop()
        for name in ("super", "net"):
            b.heard[name].append(b"..." + PEER_SAYS.encode())
            refused(b.judge_secrets, name)
            b.heard[name].pop()
        b.judge_secrets()
    finally:
        b.end()


def refused(f, word):
    try:
        f()
    except Failed as e:
        check(word in str(e), "another failure:", e)
        return
    raise Failed("not found on the link to " + word)


def secrets():
    cases = {"planted": planted}
    for mode in MODES:
        for role in (HOST, JOIN):
            cases[f"{mode} {'host' if role else 'join'}"] = functools.partial(
                whole_life, mode=mode, role=role)
    for mode in ("pass", "pair"):
        cases[f"{mode} host with its own code"] = functools.partial(
            whole_life, mode=mode, source=MAKE_CODE)
    run_cases("secrets", cases)
    print("searched:", dict(searched))


# ---- whole sessions --------------------------------------------------------

class Whole(Session):
    """Everybody real but one."""

    def __init__(self, captured, role="host", addr="127.0.0.1:0", args=(),
                 front="script"):
        super().__init__({captured}, [
            role, "--accept-intro", "1", *(["--no-input"] if front == "script"
                                           else []),
            "--key", "../key", *args, addr], front)
        self.search = Search()
        self.search.add("key file", self.tree.key)
        self.search.add("key file text", secrets1.base64.urlsafe_b64encode(
            self.tree.key))

    def say(self, text):
        self.popen.stdin.write(json.dumps(
            {"do": "send", "text": text}).encode() + b"\n")
        self.popen.stdin.flush()

    def shows(self, text):
        until(lambda: text.encode() in self.texts["out"], text)

    def judge_heard(self, texts=TEXTS):
        for s in self.every:
            judge_heard(self.search, s.name, [r for _, r in s.heard], texts)

    def judge_fatal(self, said):
        check_equal(self.wait_exit(), 1, "exit status; it said " +
                    self.said())
        check(re.search(said, self.said()), "not told", repr(said), "but",
              self.said())
        self.judge_end()


def until(test, what):
    for _ in range(PATIENCE * 100):
        if test():
            return
        select.select([], [], [], 0.01)
    raise Failed(f"waited in vain for {what}")


def wholly(f):
    @functools.wraps(f)
    def run(captured, *args, **kw):
        s = Whole(captured, **kw)
        try:
            f(s, *args)
        finally:
            s.end()
    return run


def live_net(s):
    """A chat through a captured net that does its work, so far."""
    net = s.worker("net")
    net.ready()
    net.wait("NET_LISTENER")

    def receive():
        while True:
            r = net.report("RE")
            check(r and r[0] == "R", "crypto has hung up:", s.said())
            if r[1] == 4:
                return struct.unpack(">H", r[4][4:6])[0], r[4][8:]
    network = Network(lambda kind, body: net.send(kind, body, 4), receive)
    peer = Other(network, network.open(1), s.search, sc.JOINER, s.tree.key)
    peer.start()
    s.say(HOST_SAYS)
    check_equal(peer.recv_text(), HOST_SAYS, "text")
    peer.send_msg(PEER_SAYS)
    s.shows(PEER_SAYS)
    return net


def live_front(s):
    """A chat before a captured front end that does its work, so far."""
    front = s.worker(s.front)
    front.ready()
    front.wait("UI_START")
    port = struct.unpack(">H", after_str8(front.wait("UI_LISTENING"))[:2])[0]
    sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
    s.caller = Caller(s.search, sock, sc.JOINER, s.tree.key).start()
    front.wait("CONNECTED", 4)
    front.send("UI_SEND", HOST_SAYS.encode(), 4)
    check_equal(s.caller.recv_text(), HOST_SAYS, "text")
    s.caller.send_msg(PEER_SAYS)
    check(front.wait("TEXT", 4).endswith(PEER_SAYS.encode()), "text")
    return front


def after_str8(body):
    return body[1 + body[0]:]


@wholly
def breaks(s, live, data, said):
    """A real chat is over, and everybody is told why."""
    worker = live(s)
    worker.send_record(data, link=4)
    word = (r"(?s)secchat-crypto ended unexpectedly \(status 1\).*"
            f"It last said: .*{said}")
    if live is live_front:
        end = worker.wait("UI_END").decode("utf-8", "replace")
        check(re.search(word, end), "not told", repr(word), "but", repr(end))
        worker.leave()
    # Who shows things on a terminal has been told to show this.
    s.judge_fatal("" if s.front == "tty" else word)
    s.judge_heard([] if live is live_front else TEXTS)


@wholly
def keeps_it_to_itself(s, stays):
    """A captured tty that was told how it ended and does not leave, or not
    even when it is asked to: the person is told nevertheless."""
    tty = live_front(s)
    if stays:
        tty.stay()
    tty.send_record(record(999), link=4)
    s.judge_fatal(r"secchat-crypto ended unexpectedly \(status 1\)")


@wholly
def is_asked_for_prices(s, _):
    """secchat-price hears of no secret."""
    s.popen.stdin.write(b'{"do": "prices"}\n')
    s.popen.stdin.flush()
    price = s.worker("price")
    price.ready()
    price.wait("PRICE_REQUEST")
    s.judge_heard()
    s.terminate()
    s.wait_exit()


@wholly
def dials(s):
    """Nor does secchat-dial."""
    dial = s.worker("dial")
    dial.ready()
    dial.wait("DIAL_REQUEST")
    dial.send("DIAL_FAILED", struct.pack(">HI", 22, 0) + bytes(2))
    s.wait_exit()
    s.judge_heard()


def is_told_the_key(name):
    """The control: a crypto worker that tells the key is found out, by what
    whoever it tells has heard."""
    s = Session({"crypto", "net", "script", "dial"}, [
        "join", "--accept-intro", "1", "--no-input", "--key", "../key",
        "127.0.0.1:9"])
    try:
        search = Search()
        search.add("key file", s.tree.key)
        search.add("key file text", secrets1.base64.urlsafe_b64encode(
            s.tree.key))
        crypto = s.worker("crypto")
        crypto.ready()
        crypto.wait("CRYPTO_START")
        text = crypto.file(6)
        crypto.send("CRYPTO_INFO", struct.pack(">IBB", 31, 1, 1) + bytes(40) +
                    str8("1.0.18"))
        victim = s.worker(name)
        if name == "net":
            crypto.send("FRAME_OUT", bytes(4) + text, 5)
            victim.wait("FRAME_OUT", 4)
        else:
            crypto.send("TEXT", bytes(8) + secrets1.base64.urlsafe_b64decode(
                text), 4)
            victim.wait("TEXT", 4)
        refused(lambda: judge_heard(search, name, [r for _, r in victim.heard],
                                    []), name)
        s.terminate()
    finally:
        s.end()


def whole_sessions():
    rng = rng_of(SEED, "whole")
    cases = {}
    for live, captured, kinds in (
            (live_net, "net", ("CREDIT", "CONN_OPEN", "FRAME_IN")),
            (live_front, "script", ("UI_SHOWN", "UI_SEND")),
            (live_front, "tty", ("UI_SHOWN",))):
        own = record(TYPE[kinds[0]], rng.randbytes(9))
        broken = {"size": (own, "wrong size"),
                  "sender": (record(TYPE["EXPECT"], bytes(10)),
                             "wrong sender"),
                  "type": (record(999), "unknown type"),
                  "header": (record(TYPE[kinds[0]], bytes(8), 17),
                             "malformed header")}
        if captured == "net":
            broken["lie"] = (record(TYPE["CONN_LOST"], conn(9, b"\1")), NEVER)
        else:
            broken["lie"] = (record(TYPE["UI_SEND"], b"\xff"), "not UTF-8")
        for name, (data, said) in broken.items():
            cases[f"{captured} {name}"] = functools.partial(
                breaks, captured, live, data, said,
                front=captured if captured == "tty" else "script")
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    cases["price"] = functools.partial(
        is_asked_for_prices, "price", None,
        args=("--prices-url", f"https://127.0.0.1:{port}"))
    for stays in (True, False):
        cases[f"tty keeps it {stays}"] = functools.partial(
            keeps_it_to_itself, "tty", stays, front="tty")
    cases["dial"] = functools.partial(dials, "dial", role="join",
                                      addr="127.0.0.1:9")
    for name in ("net", "script"):
        cases[f"{name} is told"] = functools.partial(is_told_the_key, name)
    run_cases("whole", cases)
    listener.close()


if __name__ == "__main__":
    main(message_table, well_formed_lies, floods_and_ends, secrets,
         whole_sessions)
