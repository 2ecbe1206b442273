"""Noise_*_25519_ChaChaPoly_SHA512 on python3-dissononce, and the primitives
around it on python3-cryptography.

Neither library has anything in common with the program under test, so that a
mistake of one is not a mistake of both.  secchat/1 asks for one thing that
dissononce has for tests alone: the joiner's ephemeral key pair is drawn before
the handshake, since HELLO_J commits to it.
"""
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (Encoding,
                                                          NoEncryption,
                                                          PrivateFormat,
                                                          PublicFormat)
from dissononce.cipher.chachapoly import ChaChaPolyCipher
from dissononce.dh.keypair import KeyPair as NoisePair
from dissononce.dh.private import PrivateKey
from dissononce.dh.public import PublicKey
from dissononce.dh.x25519.x25519 import X25519DH
from dissononce.exceptions.decrypt import DecryptFailedException
from dissononce.hash.sha512 import SHA512Hash
from dissononce.processing.handshakepatterns.interactive.NN import \
    NNHandshakePattern
from dissononce.processing.handshakepatterns.interactive.XX import \
    XXHandshakePattern
from dissononce.processing.impl.cipherstate import CipherState
from dissononce.processing.impl.handshakestate import HandshakeState
from dissononce.processing.impl.symmetricstate import SymmetricState
from dissononce.processing.modifiers.psk import PSKPatternModifier

PSK0 = PSKPatternModifier(0)
PATTERNS = {
    "NNpsk0": PSK0.modify(NNHandshakePattern()),
    "XX": XXHandshakePattern(),
    "XXpsk0": PSK0.modify(XXHandshakePattern()),
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
    """pk is the public half; a test may put another in its place, and then
    says which Diffie-Hellman result it counts on (`shared`)."""

    def __init__(self, secret=None, pk=None, shared=None):
        self.sk = (X25519PrivateKey.generate() if secret is None else
                   X25519PrivateKey.from_private_bytes(secret))
        self.pk = pk or self.sk.public_key().public_bytes(
            Encoding.Raw, PublicFormat.Raw)
        self.shared = shared

    def dh(self, peer):
        if self.shared is not None:
            return self.shared
        try:
            return self.sk.exchange(X25519PublicKey.from_public_bytes(peer))
        except ValueError as e:     # all zero
            raise AuthError("point") from e

    def noise(self):
        secret = self.sk.private_bytes(Encoding.Raw, PrivateFormat.Raw,
                                       NoEncryption())
        return NoisePair(PublicKey(32, self.pk), PrivateKey(secret))


def zero_pair():
    """A public key that gives zeros with every other."""
    return KeyPair(pk=bytes(32), shared=bytes(32))


class Exchange(X25519DH):
    """X25519 as dissononce asks for it, done by these two pairs; the one
    that it "generates" is e."""

    def __init__(self, e, s):
        super().__init__()
        self.e, self.pairs = e, {p.pk: p for p in (e, s) if p}

    def generate_keypair(self, privatekey=None):
        return self.e.noise()

    def dh(self, keypair, publickey):
        return self.pairs[keypair.public.data].dh(publickey.data)


class Handshake:
    """One handshake; every payload is empty, as in secchat/1."""

    def __init__(self, pattern, initiator, prologue, psk=None, e=None,
                 s=None):
        self.e, self.s, self.done = e or KeyPair(), s, None
        self.symmetric = SymmetricState(CipherState(ChaChaPolyCipher()),
                                        SHA512Hash())
        self.state = HandshakeState(self.symmetric, Exchange(self.e, s))
        self.state.initialize(PATTERNS[pattern], initiator, prologue,
                              s=s and s.noise(), psks=psk and [psk])

    def write(self):
        out = bytearray()
        self.done = self.state.write_message(b"", out)
        return bytes(out)

    def read(self, data):
        payload = bytearray()
        try:
            self.done = self.state.read_message(data, payload)
        except DecryptFailedException as e:
            raise AuthError("tag") from e
        if payload:
            raise AuthError("payload")

    @property
    def h(self):
        return self.symmetric.get_handshake_hash()

    @property
    def re(self):
        return self.state.re.data

    @property
    def rs(self):
        return self.state.rs.data if self.state.rs else b""

    def split(self):
        """k1 and k2; dissononce shows them to nobody."""
        return tuple(c._key for c in self.done)
