"""Noise_*_25519_ChaChaPoly_SHA512, revision 34, on python3-cryptography.

Written from the Noise specification, not from the program under test, and
under another library, so that a mistake of one is not a mistake of both.
"""
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (Encoding,
                                                          PublicFormat)

# The messages of each pattern; the initiator writes the first.
PATTERNS = {
    "NNpsk0": (("psk", "e"), ("e", "ee")),
    "XX": (("e",), ("e", "ee", "s", "es"), ("s", "se")),
    "XXpsk0": (("psk", "e"), ("e", "ee", "s", "es"), ("s", "se")),
}


class AuthError(Exception):
    """A tag did not verify, or a point gave nothing."""


def hmac_sha512(key, data):
    return hmac.new(key, data, hashlib.sha512).digest()


def hkdf(salt, ikm, info, length):
    """RFC 5869 with HMAC-SHA512."""
    prk = hmac_sha512(salt or bytes(64), ikm)
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac_sha512(prk, block + info + bytes([i]))
        out += block
        i += 1
    return out[:length]


def noise_hkdf(ck, ikm, n):
    """The HKDF of the Noise specification: n outputs of 64 bytes."""
    temp = hmac_sha512(ck, ikm)
    outputs = [hmac_sha512(temp, b"\x01")]
    for i in range(2, n + 1):
        outputs.append(hmac_sha512(temp, outputs[-1] + bytes([i])))
    return outputs


def aead_nonce(n):
    return bytes(4) + n.to_bytes(8, "little")


def seal(key, n, ad, plain):
    return ChaCha20Poly1305(key).encrypt(aead_nonce(n), plain, ad)


def unseal(key, n, ad, ct):
    try:
        return ChaCha20Poly1305(key).decrypt(aead_nonce(n), ct, ad)
    except InvalidTag as e:
        raise AuthError("tag") from e


class KeyPair:
    def __init__(self, secret=None):
        self.sk = (X25519PrivateKey.generate() if secret is None else
                   X25519PrivateKey.from_private_bytes(secret))
        self.pk = self.sk.public_key().public_bytes(Encoding.Raw,
                                                    PublicFormat.Raw)

    def dh(self, peer):
        try:
            return self.sk.exchange(X25519PublicKey.from_public_bytes(peer))
        except ValueError as e:     # all zero
            raise AuthError("point") from e


class Handshake:
    """One handshake; every payload is empty, as in secchat/1."""

    def __init__(self, pattern, initiator, prologue, psk=None, e=None,
                 s=None):
        name = f"Noise_{pattern}_25519_ChaChaPoly_SHA512".encode()
        self.h = self.ck = name.ljust(64, b"\0")
        self.k, self.n = None, 0
        self.messages = list(PATTERNS[pattern])
        self.initiator, self.psk = initiator, psk
        self.e, self.s = e or KeyPair(), s
        self.re = self.rs = None
        self.mix_hash(prologue)

    # -- SymmetricState --

    def mix_hash(self, data):
        self.h = hashlib.sha512(self.h + data).digest()

    def mix_key(self, ikm):
        self.ck, k = noise_hkdf(self.ck, ikm, 2)
        self.k, self.n = k[:32], 0

    def mix_psk(self):
        self.ck, h, k = noise_hkdf(self.ck, self.psk, 3)
        self.mix_hash(h)
        self.k, self.n = k[:32], 0

    def encrypt(self, plain):
        ct = plain
        if self.k is not None:
            ct = seal(self.k, self.n, self.h, plain)
            self.n += 1
        self.mix_hash(ct)
        return ct

    def decrypt(self, ct):
        plain = ct
        if self.k is not None:
            plain = unseal(self.k, self.n, self.h, ct)
            self.n += 1
        self.mix_hash(ct)
        return plain

    def tag_len(self):
        return 0 if self.k is None else 16

    # -- messages --

    def mix_dh(self, token):
        """ee, es, se: the first letter is the initiator's key."""
        mine, theirs = token if self.initiator else token[::-1]
        own = self.e if mine == "e" else self.s
        peer = self.re if theirs == "e" else self.rs
        self.mix_key(own.dh(peer))

    def mix_e(self, public):
        self.mix_hash(public)
        if self.psk is not None:
            self.mix_key(public)

    def write(self):
        out = b""
        for token in self.messages.pop(0):
            if token == "psk":
                self.mix_psk()
            elif token == "e":
                out += self.e.pk
                self.mix_e(self.e.pk)
            elif token == "s":
                out += self.encrypt(self.s.pk)
            else:
                self.mix_dh(token)
        return out + self.encrypt(b"")

    def read(self, data):
        for token in self.messages.pop(0):
            if token == "psk":
                self.mix_psk()
            elif token == "e":
                self.re, data = data[:32], data[32:]
                self.mix_e(self.re)
            elif token == "s":
                n = 32 + self.tag_len()
                self.rs, data = self.decrypt(data[:n]), data[n:]
            else:
                self.mix_dh(token)
        if self.decrypt(data) != b"":
            raise AuthError("payload")

    def split(self):
        k1, k2 = noise_hkdf(self.ck, b"", 2)
        return k1[:32], k2[:32]
