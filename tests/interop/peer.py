#!/usr/bin/python3
"""A second implementation of secchat/1, for tests: all modes, both roles.

    peer.py host [ADDR:]PORT MODE FILE...       peer.py join ADDR:PORT ...

MODE and FILEs are `key KEYFILE`, `code FILE`, `passphrase FILE`, `id IDENTITY`
or `pair FILE IDENTITY`.  Lines of standard input are messages; those of the
other side are printed.  Tests use the class Peer, which keeps the rules unless
it is asked to break one: `send_plain` and `send_raw` send whatever they are
given, and `forge` replaces parts of the handshake.
"""
import os
import select
import socket
import struct
import sys

import noise
import secchat1 as sc
import secrets1

SUITE = 1
PATTERN = {sc.PASS: "NNpsk0", sc.KEY: "NNpsk0", sc.ID: "XX",
           sc.PAIR: "XXpsk0"}


def same(message):
    return message


class Peer:
    """One connection; role is sc.JOINER or sc.HOST.

    key: the key file's bytes, or PRS in PASS and PAIR.  s: our long-term
    pair, and people: whose long-term key is welcome (None: everybody's).
    """

    def __init__(self, sock, role, key=b"", mode=sc.KEY, s=None, people=None,
                 room=b"", forge=None):
        self.sock, self.role, self.key, self.mode = sock, role, key, mode
        self.s, self.people, self.room = s, people, room
        # r, e, x, y, c, share, k: values.  F3, N2, N3: what becomes of a
        # message.  blind: our own key from over there is welcome.
        self.forge = forge or {}
        self.r = self.forge.get("r") or os.urandom(32)      # r_J or r_H
        self.e = self.forge.get("e") or noise.KeyPair()
        self.with_code = mode in (sc.PASS, sc.PAIR)
        self.with_ids = mode in (sc.ID, sc.PAIR)
        self.cpace, self.y_h, self.y_j = None, b"", b""
        self.sent = self.acked = 0      # highest mseq
        self.received = 0
        self.texts = []                 # that nobody has taken yet
        self.closing = self.ended = self.peer_left = False
        self.peer_r = bytes(32)
        self.nick = ""

    # -- bytes --

    def send_raw(self, data):
        self.sock.sendall(data)

    def recv_exactly(self, n):
        data = b""
        while len(data) < n:
            try:
                more = self.sock.recv(n - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                raise sc.Lost(f"end of file after {len(data)} of {n} bytes")
            data += more
        return data

    # -- handshake: HELLO_J, HELLO_H, F3, N2, N3 --

    def handshake(self):
        if self.role == sc.JOINER:
            self.handshake_joiner()
        else:
            self.handshake_host()
        return self

    def handshake_joiner(self):
        self.send_hello_joiner()
        self.recv_hello_host()
        self.start_noise()
        self.send_f3()
        self.hs.read(self.recv_exactly(96 if self.with_ids else 48))
        if self.with_ids:
            self.look_at(self.hs.rs)
            self.send_handshake("N3")
        self.finish_noise(self.e.pk, self.hs.re)

    def send_hello_joiner(self):
        self.c = self.forge.get("c") or sc.commitment(
            self.r, self.e.pk, self.with_ids and self.s.pk)
        self.hello_j = sc.hello(self.mode, SUITE, self.c)
        self.send_raw(self.hello_j)

    def recv_hello_host(self):
        head = self.recv_exactly(12)
        sc.check_answer(head)
        if head != sc.hello(self.mode, SUITE, b""):
            raise sc.Lost("another HELLO than ours")
        self.hello_h = head + self.recv_exactly(32)
        if self.with_code:
            self.y_h = self.recv_exactly(32)

    def send_f3(self):
        message = self.hs.write()
        self.send_raw(self.y_j + self.forge.get("F3", same)(message))

    def send_handshake(self, name):
        self.send_raw(self.forge.get(name, same)(self.hs.write()))

    def handshake_host(self):
        self.recv_hello_joiner()
        self.hello_h = sc.hello(self.mode, SUITE, self.r)
        if self.with_code:
            self.start_cpace()
            self.y_h = self.cpace.share
        self.send_raw(self.hello_h + self.y_h)
        if self.with_code:
            self.y_j = self.recv_exactly(32)
        self.start_noise()
        self.hs.read(self.recv_exactly(32 if self.mode == sc.ID else 48))
        self.send_handshake("N2")
        if self.with_ids:
            self.hs.read(self.recv_exactly(64))
            self.look_at(self.hs.rs)
        self.finish_noise(self.hs.re, self.e.pk)

    def recv_hello_joiner(self):
        self.hello_j = self.recv_exactly(44)
        if self.hello_j[:7] != sc.MAGIC:
            raise sc.Lost("not a joiner")
        if self.hello_j[7] != sc.VERSION:
            self.send_raw(sc.refuse(1))
            raise sc.Lost("version")
        if self.hello_j[10:12] != bytes(2):
            raise sc.Lost("bytes that are not zero")
        if self.hello_j[8:10] != bytes([self.mode, SUITE]):
            self.send_raw(sc.refuse(2))
            raise sc.Lost("mode")
        self.c = self.hello_j[12:]

    def start_cpace(self):
        self.cpace = secrets1.Cpace(
            self.key, self.c + self.hello_h[12:44], self.room,
            *(self.forge.get(x) for x in ("y", "share", "k")))

    def secret(self):
        """What goes into the psk; the joiner's share is made here."""
        if not self.with_code:
            return self.key
        if self.role == sc.JOINER:
            self.start_cpace()
            self.y_j = self.cpace.share
        theirs = self.y_h if self.role == sc.JOINER else self.y_j
        return self.cpace.isk(theirs, self.y_h, self.hello_h, self.y_j,
                              self.hello_j)

    def start_noise(self):
        secret = self.secret()
        self.psk = None
        if self.mode != sc.ID:
            self.psk = sc.make_psk(secret, self.mode, SUITE)
        self.hs = noise.Handshake(
            PATTERN[self.mode], self.role == sc.JOINER, sc.prologue(
                self.hello_j, self.hello_h + self.y_h, self.y_j),
            self.psk, self.e, self.s if self.with_ids else None)

    def look_at(self, pk):
        """The other's long-term key, as soon as Noise has proved it."""
        if pk == self.s.pk and not self.forge.get("blind"):
            raise sc.Lost("our own key")
        if self.people is not None and pk not in self.people:
            raise sc.Lost("a key that is not remembered")

    def finish_noise(self, e_j, e_h):
        self.e_j, self.e_h, self.h = e_j, e_h, self.hs.h
        self.epoch = sc.Epoch.first(self.hs.h, *self.hs.split())
        self.tx, self.rx = self.chains(self.epoch)
        self.rekey_clear()

    def chains(self, epoch):
        """Ours and theirs, of one epoch."""
        jh = sc.Chain(epoch.ck_jh, 0, epoch.n)
        hj = sc.Chain(epoch.ck_hj, 1, epoch.n)
        return self.both(jh, hj)

    # -- frames --

    def send_plain(self, plain):
        self.send_raw(self.tx.seal(plain))

    def send(self, kind, body=b"", **kw):
        kw.setdefault("ack", self.received)
        self.send_plain(sc.frame_put(kind, body, **kw))

    def recv(self):
        """The next frame, verified and its acknowledgement taken."""
        length = struct.unpack(">H", self.recv_exactly(2))[0]
        if length - sc.TAG not in sc.BUCKETS:
            raise sc.Lost(f"length {length}")
        f = sc.Frame(self.rx.open(self.recv_exactly(length)))
        if not self.acked <= f.ack <= self.sent:
            raise sc.Violation("ack")
        self.acked = f.ack
        if self.peer_left and f.kind not in (sc.ACK, sc.CLOSE_ACK):
            raise sc.Violation(f"{f} behind CLOSE")
        self.peer_left = self.peer_left or f.kind == sc.CLOSE
        return f

    # -- the session --

    def send_open(self, **kw):
        kw.setdefault("r", self.r if self.role == sc.JOINER else bytes(32))
        self.send(sc.OPEN, sc.open_put(**kw))

    def recv_open(self):
        f = self.recv()
        if f.kind != sc.OPEN:
            raise sc.Violation("nothing may come before OPEN")
        self.peer_r, rx_next, tx_next, self.nick = sc.open_get(f.body)
        if rx_next != 1 or tx_next != 1:
            raise sc.Violation("a new session begins at 1")
        if self.role == sc.JOINER:
            if self.peer_r != bytes(32):
                raise sc.Violation("a host reveals nothing")
        elif not sc.equal(sc.commitment(self.peer_r, self.e_j, self.hs.rs),
                          self.c):
            raise sc.Violation("commitment")

    def start(self, **kw):
        """Handshake and both OPENs, ours with these fields."""
        self.handshake()
        self.send_open(**kw)
        self.recv_open()
        return self

    def sas(self):
        r_j, r_h = ((self.r, self.hello_h[12:44])
                    if self.role == sc.JOINER else (self.peer_r, self.r))
        s_j, s_h = self.both(self.s.pk if self.with_ids else b"", self.hs.rs)
        return sc.sas(self.c, r_j, r_h, self.e_j, self.e_h, s_j, s_h)

    def sas_halves(self):
        """The six digits that we read aloud, and those that we type."""
        digits = self.sas()
        return self.both(digits[6:], digits[:6])

    def both(self, ours, theirs):
        """As the joiner's and the host's; and back again."""
        return (ours, theirs) if self.role == sc.JOINER else (theirs, ours)

    def safety_number(self):
        return secrets1.safety_number(self.s.pk, self.hs.rs)

    def send_msg(self, text, mseq=None, **kw):
        """A message; with another mseq than the next it breaks a rule."""
        data = text if isinstance(text, bytes) else text.encode()
        self.send_numbered(sc.MSG, data, mseq, **kw)

    def send_numbered(self, kind, rest, mseq=None, **kw):
        """What has an mseq: a message, or what is said about a file."""
        if mseq is None:
            mseq = self.sent = self.sent + 1
        self.send(kind, struct.pack(">Q", mseq) + rest, **kw)

    def on_frame(self, f):
        """Do what a frame asks for; texts go to `texts`."""
        if f.kind == sc.MSG:
            self.on_msg(f)
        elif f.kind == sc.PING:
            if not self.closing:
                self.send(sc.PONG, f.body)
        elif f.kind == sc.CLOSE:
            _, tx_next = struct.unpack(">BQ", f.body)
            if tx_next != self.received + 1:
                raise sc.Violation("CLOSE counts other messages")
            self.send(sc.CLOSE_ACK)
            self.ended = True
        elif f.kind == sc.CLOSE_ACK:
            self.ended = True
        elif f.kind == sc.REKEY:
            self.on_rekey(f)
        elif f.kind == sc.SWITCH:
            self.on_switch(f)
        elif f.kind not in (sc.ACK, sc.PONG):
            raise sc.Violation(f"frame {f.kind:#x} at this moment")

    def take_number(self, f):
        """Whether it is new; what follows its mseq."""
        mseq = struct.unpack(">Q", f.body[:8])[0]
        if mseq == 0 or mseq > self.received + 1:
            raise sc.Violation(f"mseq {mseq} after {self.received}")
        new = mseq == self.received + 1
        self.received = max(self.received, mseq)
        return new, f.body[8:]

    def on_msg(self, f):
        new, rest = self.take_number(f)
        if new:
            self.texts.append(rest.decode("utf-8"))
        self.send(sc.ACK)

    def recv_text(self):
        """The next text, or None at an orderly end."""
        while not self.texts and not self.ended:
            self.on_frame(self.recv())
        return self.texts.pop(0) if self.texts else None

    def wait_acked(self):
        """Until everything sent has been confirmed."""
        while self.acked < self.sent and not self.ended:
            self.on_frame(self.recv())

    # -- rekey: REKEY both ways, then SWITCH both ways --

    def rekey_clear(self):
        self.x = self.peer_x = self.next = None
        self.switched_tx = self.switched_rx = False

    def rekey(self):
        """Ask for the next epoch; answers are dealt with in on_frame."""
        self.x = self.forge.get("x") or noise.KeyPair()
        self.send(sc.REKEY, struct.pack(">I", self.epoch.n + 1) + self.x.pk)
        self.rekey_derive()

    def on_rekey(self, f):
        n, x = struct.unpack(">I32s", f.body)
        if n != self.epoch.n + 1 or self.peer_x is not None:
            raise sc.Violation("REKEY at this moment")
        self.peer_x = x
        if self.x is not None:
            self.rekey_derive()
        elif not self.closing:
            self.rekey()

    def rekey_derive(self):
        """Having sent and received: SWITCH is the last of the old chain.
        Behind CLOSE there is none, and only the peer changes."""
        if self.peer_x is None:
            return
        x_j, x_h = self.both(self.x.pk, self.peer_x)
        self.next = self.epoch.next(self.x.dh(self.peer_x), x_j, x_h)
        if self.closing:
            return
        self.send(sc.SWITCH, struct.pack(">I", self.next.n))
        self.tx, _ = self.chains(self.next)
        self.switched_tx = True
        self.rekey_end()

    def on_switch(self, f):
        if self.next is None or f.body != struct.pack(">I", self.next.n):
            raise sc.Violation("SWITCH at this moment")
        _, self.rx = self.chains(self.next)
        self.switched_rx = True
        self.rekey_end()

    def rekey_end(self):
        if self.switched_tx and self.switched_rx:
            self.epoch = self.next
            self.rekey_clear()

    # -- the end --

    def send_close(self, tx_next=None):
        self.send(sc.CLOSE, struct.pack(">BQ", 0, tx_next or self.sent + 1))
        self.closing = True

    def close(self):
        """Leave in order: CLOSE, and what comes until CLOSE_ACK."""
        self.send_close()
        try:
            while not self.ended:
                self.on_frame(self.recv())
        except sc.Lost:
            pass
        self.sock.close()


def chat(peer):
    """Standard input and the connection, until one of them ends."""
    stdin = sys.stdin.buffer
    while not peer.ended:
        ready, _, _ = select.select([peer.sock, stdin], [], [])
        if peer.sock in ready:
            peer.on_frame(peer.recv())
        elif line := stdin.readline():
            peer.send_msg(line.rstrip(b"\n"))
        else:
            peer.wait_acked()
            peer.close()
        while peer.texts:
            print(peer.texts.pop(0), flush=True)


def line_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read().rstrip("\n")


def what_is_shared(mode, *files):
    """The arguments of Peer that a mode and its files stand for."""
    key = b""
    if mode == "key":
        key = secrets1.read_key(files[0])
    elif mode == "passphrase":
        key = secrets1.stretch(secrets1.passphrase_password(line_of(files[0])))
    elif mode in ("code", "pair"):
        key = secrets1.stretch(secrets1.code_password(line_of(files[0])))
    s = None
    if mode in ("id", "pair"):
        s = noise.KeyPair(secrets1.read_key(files[-1]))
    number = {"key": sc.KEY, "id": sc.ID, "pair": sc.PAIR}
    return {"mode": number.get(mode, sc.PASS), "key": key, "s": s}


def main():
    role, addr = sys.argv[1:3]
    shared = what_is_shared(*sys.argv[3:])
    name, port = ("0.0.0.0:" + addr).rsplit(":", 2)[-2:]
    where = (name.strip("[]"), int(port))
    if role == "join":
        sock = socket.create_connection(where)
    else:
        with socket.create_server(where) as listener:
            sock, _ = listener.accept()
    peer = Peer(sock, sc.JOINER if role == "join" else sc.HOST,
                **shared).start()
    print("connected", peer.sas(), file=sys.stderr, flush=True)
    if peer.with_ids:
        print(secrets1.fingerprint(peer.hs.rs), peer.safety_number(),
              file=sys.stderr, flush=True)
    chat(peer)


if __name__ == "__main__":
    main()
