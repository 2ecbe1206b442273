#!/usr/bin/python3
"""A second implementation of secchat/1, for tests: mode KEY, both roles.

    peer.py host [ADDR:]PORT KEYFILE        peer.py join ADDR:PORT KEYFILE

Lines of standard input are messages; those of the other side are printed.
Tests use the class Peer, which keeps the rules unless it is asked to break
one: `send_plain` and `send_raw` send whatever they are given.
"""
import base64
import os
import select
import socket
import struct
import sys

import noise
import secchat1 as sc

SUITE = 1


def read_key(path):
    with open(path, "rb") as f:
        text = f.read().rstrip(b"\r\n")
    key = base64.urlsafe_b64decode(text)
    if len(text) != 44 or len(key) != 32:
        raise ValueError("not a key file")
    return key


class Peer:
    """One connection; role is sc.JOINER or sc.HOST."""

    def __init__(self, sock, role, key, mode=sc.KEY, secrets=None):
        self.sock, self.role, self.key, self.mode = sock, role, key, mode
        self.r = os.urandom(32)         # r_J or r_H
        self.e = noise.KeyPair()
        for name, value in (secrets or {}).items():     # known answers
            setattr(self, name, value)
        self.sent = self.acked = 0      # highest mseq
        self.received = 0
        self.texts, self.ended = [], False      # that nobody has taken yet
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

    # -- handshake: HELLO_J, HELLO_H, F3, N2 --

    def handshake(self):
        if self.role == sc.JOINER:
            self.handshake_joiner()
        else:
            self.handshake_host()
        return self

    def handshake_joiner(self):
        self.send_hello_joiner()
        head = self.recv_exactly(12)
        sc.check_answer(head)
        self.hello_h = head + self.recv_exactly(32)
        if self.hello_h[:12] != sc.hello(self.mode, SUITE, b""):
            raise sc.Lost("another HELLO than ours")
        self.start_noise()
        self.send_raw(self.hs.write())
        self.hs.read(self.recv_exactly(48))
        self.finish_noise(self.e.pk, self.hs.re)

    def send_hello_joiner(self):
        self.c = sc.commitment(self.r, self.e.pk)
        self.hello_j = sc.hello(self.mode, SUITE, self.c)
        self.send_raw(self.hello_j)

    def handshake_host(self):
        self.hello_j = self.recv_exactly(44)
        if self.hello_j[:7] != sc.MAGIC:
            raise sc.Lost("not a joiner")
        if self.hello_j[7] != sc.VERSION:
            self.send_raw(sc.refuse(1))
            raise sc.Lost("version")
        if self.hello_j[8:10] != bytes([self.mode, SUITE]):
            self.send_raw(sc.refuse(2))
            raise sc.Lost("mode")
        self.c = self.hello_j[12:]
        self.hello_h = sc.hello(self.mode, SUITE, self.r)
        self.send_raw(self.hello_h)
        self.start_noise()
        self.hs.read(self.recv_exactly(48))
        self.send_raw(self.hs.write())
        self.finish_noise(self.hs.re, self.e.pk)

    def start_noise(self):
        psk = sc.make_psk(self.key, self.mode, SUITE)
        self.hs = noise.Handshake(
            "NNpsk0", self.role == sc.JOINER,
            sc.prologue(self.hello_j, self.hello_h), psk, self.e)

    def finish_noise(self, e_j, e_h):
        self.e_j, self.e_h, self.h = e_j, e_h, self.hs.h
        self.epoch = sc.Epoch.first(self.hs.h, *self.hs.split())
        self.tx, self.rx = self.chains(self.epoch)
        self.rekey_clear()

    def chains(self, epoch):
        """Ours and theirs, of one epoch."""
        jh = sc.Chain(epoch.ck_jh, 0, epoch.n)
        hj = sc.Chain(epoch.ck_hj, 1, epoch.n)
        return (jh, hj) if self.role == sc.JOINER else (hj, jh)

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
        elif not sc.equal(sc.commitment(self.peer_r, self.e_j), self.c):
            raise sc.Violation("commitment")

    def start(self):
        """Handshake and both OPENs."""
        self.handshake()
        self.send_open()
        self.recv_open()
        return self

    def sas(self):
        r_j, r_h = ((self.r, self.hello_h[12:44])
                    if self.role == sc.JOINER else (self.peer_r, self.r))
        return sc.sas(self.c, r_j, r_h, self.e_j, self.e_h)

    def send_msg(self, text, mseq=None, **kw):
        """A message; with another mseq than the next it breaks a rule."""
        if mseq is None:
            mseq = self.sent = self.sent + 1
        data = text if isinstance(text, bytes) else text.encode()
        self.send(sc.MSG, struct.pack(">Q", mseq) + data, **kw)

    def on_frame(self, f):
        """Do what a frame asks for; texts go to `texts`."""
        if f.kind == sc.MSG:
            self.on_msg(f)
        elif f.kind == sc.PING:
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

    def on_msg(self, f):
        mseq = struct.unpack(">Q", f.body[:8])[0]
        if mseq == 0 or mseq > self.received + 1:
            raise sc.Violation(f"mseq {mseq} after {self.received}")
        if mseq == self.received + 1:
            self.received = mseq
            self.texts.append(f.body[8:].decode("utf-8"))
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
        self.x = noise.KeyPair()
        self.send(sc.REKEY, struct.pack(">I", self.epoch.n + 1) + self.x.pk)
        self.rekey_derive()

    def on_rekey(self, f):
        n, x = struct.unpack(">I32s", f.body)
        if n != self.epoch.n + 1 or self.peer_x is not None:
            raise sc.Violation("REKEY at this moment")
        self.peer_x = x
        if self.x is None:
            self.rekey()
        else:
            self.rekey_derive()

    def rekey_derive(self):
        """Having sent and received: SWITCH is the last of the old chain."""
        if self.peer_x is None:
            return
        x_j, x_h = self.x.pk, self.peer_x
        if self.role == sc.HOST:
            x_j, x_h = x_h, x_j
        self.next = self.epoch.next(self.x.dh(self.peer_x), x_j, x_h)
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


def main():
    role, addr, keyfile = sys.argv[1:4]
    name, port = ("0.0.0.0:" + addr).rsplit(":", 2)[-2:]
    where = (name.strip("[]"), int(port))
    if role == "join":
        sock = socket.create_connection(where)
    else:
        with socket.create_server(where) as listener:
            sock, _ = listener.accept()
    peer = Peer(sock, sc.JOINER if role == "join" else sc.HOST,
                read_key(keyfile)).start()
    print("connected", peer.sas(), file=sys.stderr, flush=True)
    chat(peer)


if __name__ == "__main__":
    main()
