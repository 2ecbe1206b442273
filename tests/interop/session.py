"""A session of the second implementation that outlives its connections.

Peer is one connection; Session is a Peer that can be given another socket
after the first was lost: it keeps the numbers, the texts that were not
acknowledged, and what a RESUME can rest on.
"""
import os

import noise
import secchat1 as sc
from peer import SUITE, Peer


class Session(Peer):
    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.held = []          # epochs with rid and rs, the newest first
        self.unacked = {}       # mseq: (kind, what follows it)
        self.used = None        # what the present RESUME rests on

    # -- what is held --

    def finish_noise(self, e_j, e_h):
        super().finish_noise(e_j, e_h)
        keep = [self.used] if self.used and self.role == sc.HOST else []
        self.held = [self.epoch] + keep

    def rekey_derive(self):
        cur = self.epoch
        super().rekey_derive()
        if self.next is not None:
            self.held = [self.next, cur]

    def on_switch(self, f):
        after = self.next
        super().on_switch(f)
        self.held = [after]

    # -- the handshake --

    def resume(self, sock, sel=None, rs=None):
        """On a new connection: RESUME, OPEN both ways, and what the other
        side has not received.  sel and rs: what a liar says and uses."""
        self.sock.close()
        self.sock, self.mode = sock, sc.RESUME
        self.with_code = self.with_ids = False
        self.y_h = self.y_j = b""
        self.r, self.e = os.urandom(32), noise.KeyPair()
        if self.role == sc.JOINER:
            self.resume_joiner(rs)
        else:
            self.resume_host(sel)
        return self

    def begin_noise(self, rs):
        self.hs = noise.Handshake(
            "NNpsk0", self.role == sc.JOINER,
            sc.prologue(self.hello_j, self.hello_h, b""),
            sc.make_psk(rs, sc.RESUME, SUITE), self.e, None)

    def resume_joiner(self, rs):
        self.c = sc.commitment(self.r, self.e.pk, None)
        rids = [e.rid for e in self.held] + [os.urandom(16)]
        self.hello_j = sc.hello(sc.RESUME, SUITE, self.c) + rids[0] + rids[1]
        self.send_raw(self.hello_j)
        head = self.recv_exactly(12)
        sc.check_answer(head)
        if head[:10] != sc.hello(sc.RESUME, SUITE, b"")[:10]:
            raise sc.Lost("another HELLO_H")
        self.used = self.held[head[10]]
        self.hello_h = head + self.recv_exactly(32)
        self.begin_noise(rs or self.used.rs)
        self.send_raw(self.hs.write())
        self.hs.read(self.recv_exactly(48))
        self.finish_noise(self.e.pk, self.hs.re)

    def resume_host(self, sel):
        self.hello_j = self.recv_exactly(76)
        if self.hello_j[:12] != sc.hello(sc.RESUME, SUITE, b""):
            raise sc.Lost("another HELLO_J")
        self.c = self.hello_j[12:44]
        rids = [self.hello_j[44:60], self.hello_j[60:]]
        both = [e for e in self.held if e.rid in rids]
        if not both:
            self.send_raw(sc.refuse(4))
            raise sc.Lost("an unknown session")
        self.used = both[0]
        right = rids.index(self.used.rid)
        self.hello_h = sc.hello(sc.RESUME, SUITE, self.r,
                                right if sel is None else sel)
        self.send_raw(self.hello_h)
        self.begin_noise(self.used.rs)
        self.hs.read(self.recv_exactly(48))
        self.send_raw(self.hs.write())
        self.finish_noise(self.hs.re, self.e.pk)

    def open_again(self, **kw):
        """OPEN both ways, and the texts that the other side has not got."""
        kw.setdefault("rx_next", self.received + 1)
        kw.setdefault("tx_next", self.sent + 1)
        self.send_open(**kw)
        f = self.recv()
        if f.kind != sc.OPEN:
            raise sc.Violation("the first frame is not OPEN")
        self.peer_r, rx_next, tx_next, _ = sc.open_get(f.body)
        if not f.ack < rx_next <= self.sent + 1 or tx_next <= self.received:
            raise sc.Violation("OPEN does not fit")
        self.held = [self.epoch]
        self.resent_from = rx_next
        for mseq in range(rx_next, self.sent + 1):
            self.send_numbered(*self.unacked[mseq], mseq)
        return self

    def send_numbered(self, kind, rest, mseq=None, **kw):
        super().send_numbered(kind, rest, mseq, **kw)
        if mseq is None:
            self.unacked[self.sent] = (kind, rest)

    def lose(self):
        """Cut the cable."""
        self.sock.close()
        return self

