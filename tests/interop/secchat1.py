"""secchat/1 below the connection: HELLOs, key schedule, chains, frames.

Pure functions and small classes over bytes.  A second implementation, written
from docs/protocol.md; it shares nothing with src/.
"""
import hashlib
import hmac
import struct

import noise

MAGIC = b"SECCHAT"
VERSION = 1
PASS, KEY, ID, PAIR, RESUME = 1, 2, 3, 4, 0x10
JOINER, HOST = 0, 1
BUCKETS = (256, 1024, 4096, 16384, 65519)
TAG = 16
HEAD = 12

(OPEN, ACK, PING, PONG, REKEY, SWITCH, CLOSE, CLOSE_ACK) = range(1, 9)
MSG = 0x10
FILE_OFFER, FILE_ACCEPT, FILE_CANCEL = 0x20, 0x21, 0x22
FILE_DATA, FILE_END, FILE_ACK = 0x23, 0x24, 0x25
REFUSE_REASONS = {1: "version", 2: "mode", 3: "busy", 4: "resume", 5: "rate"}


class Refused(Exception):
    """The host answered with a REFUSE."""


class Lost(Exception):
    """Something failed before a frame verified: the connection is gone."""


class Violation(Exception):
    """A rule broken inside a verified frame."""


# ---- HELLO ---------------------------------------------------------------

def hello(mode, suite, middle, sel=0):
    """HELLO_J or HELLO_H: `middle` is c or r_H."""
    return MAGIC + bytes([VERSION, mode, suite, sel, 0]) + middle


def refuse(reason):
    return MAGIC + bytes([0, reason, VERSION, 0, 0])


def check_answer(head):
    """The first 12 bytes of a host's answer."""
    if head[:7] != MAGIC:
        raise Lost("not a secchat host")
    if head[7] == 0:
        raise Refused(REFUSE_REASONS.get(head[8], "?"))


# ---- key schedule --------------------------------------------------------

def leb128(n):
    out = b""
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def lv(*parts):
    return b"".join(leb128(len(p)) + p for p in parts)


def sha512(*parts):
    return hashlib.sha512(b"".join(parts)).digest()


def commitment(r_j, e_j, s_j=None):
    return sha512(b"secchat/1 commit", r_j, e_j, s_j or bytes(32))[:32]


def make_psk(secret, mode, suite, kem_secret=b""):
    return noise.hkdf(b"", lv(secret, kem_secret),
                      b"secchat/1 psk" + bytes([mode, suite]), 32)


def prologue(hello_j, hello_h, y_j=b""):
    return b"secchat/1" + hello_j + hello_h + y_j


class Epoch:
    """The key material of one epoch."""

    def __init__(self, n, okm):
        self.n = n
        self.root, self.ck_jh, self.ck_hj = okm[:32], okm[32:64], okm[64:96]
        self.rs, self.rid = okm[96:128], okm[128:144]

    @classmethod
    def first(cls, h, k1, k2):
        info = b"secchat/1 epoch" + struct.pack(">I", 0)
        return cls(0, noise.hkdf(h, k1 + k2, info, 160))

    def next(self, shared, x_j, x_h):
        info = b"secchat/1 epoch" + struct.pack(">I", self.n + 1) + x_j + x_h
        return Epoch(self.n + 1, noise.hkdf(self.root, shared, info, 160))


def sas(c, r_j, r_h, e_j, e_h, s_j=b"", s_h=b""):
    """Twelve digits that two people compare."""
    digest = sha512(b"secchat/1 sas", lv(c, r_j, r_h, e_j, e_h, s_j, s_h))
    return f"{int.from_bytes(digest[:8], 'big') % 10**12:012}"


# ---- frames --------------------------------------------------------------

class Chain:
    """One direction of one epoch: a fresh key for every frame."""

    def __init__(self, ck, direction, epoch=0):
        self.ck, self.dir, self.epoch, self.i = ck, direction, epoch, 0

    def step(self, length):
        """The key, number and associated data of the next frame."""
        mk = noise.hmac_sha512(self.ck, b"\x01")[:32]
        ad = b"SC1" + struct.pack(">BIQH", self.dir, self.epoch, self.i,
                                  length)
        return mk, self.i, ad

    def advance(self):
        self.ck = noise.hmac_sha512(self.ck, b"\x02")[:32]
        self.i += 1

    def seal(self, plain):
        length = len(plain) + TAG
        ct = noise.seal(*self.step(length), plain)
        self.advance()
        return struct.pack(">H", length) + ct

    def open(self, ct):
        try:
            plain = noise.unseal(*self.step(len(ct)), ct)
        except noise.AuthError as e:
            raise Lost("frame does not verify") from e
        self.advance()
        return plain


def bucket(body_len):
    return next(b for b in BUCKETS if HEAD + body_len <= b)


def frame_put(kind, body=b"", ack=0, flags=0, size=None, padding=b"\0"):
    """A plaintext; the last three arguments exist to break the rules."""
    plain = struct.pack(">BBHQ", kind, flags, len(body), ack) + body
    size = size or bucket(len(body))
    return plain + (padding * size)[:size - len(plain)]


class Frame:
    def __init__(self, plain):
        self.kind, flags, n, self.ack = struct.unpack(">BBHQ", plain[:HEAD])
        self.body = plain[HEAD:HEAD + n]
        if flags or len(self.body) != n or len(plain) != bucket(n):
            raise Violation("frame header")
        if any(plain[HEAD + n:]):
            raise Violation("padding")

    def __repr__(self):
        return f"Frame({self.kind:#x}, {self.body[:40]!r}, ack {self.ack})"


def open_put(r=bytes(32), rx_next=1, tx_next=1, caps=0, nick=b""):
    return r + struct.pack(">QQIB", rx_next, tx_next, caps,
                           len(nick)) + nick


def open_get(body):
    r = body[:32]
    rx_next, tx_next, caps, n = struct.unpack(">QQIB", body[32:53])
    if caps != 0 or len(body) != 53 + n:
        raise Violation("OPEN")
    return r, rx_next, tx_next, body[53:].decode("utf-8")


def equal(a, b):
    return hmac.compare_digest(a, b)
