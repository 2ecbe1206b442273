"""What two people share before they talk in secchat/1: key files, codes and
passphrases with CPace, identities with fingerprint and safety number.

Argon2id and ristretto255 come from libsodium by ctypes; everything above them
is written from docs/protocol.md.
"""
import base64
import ctypes
import ctypes.util
import hashlib

import noise
from secchat1 import lv, sha512

CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aiou"

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
if sodium.sodium_init() < 0:
    raise OSError("libsodium does not start")


# ---- key files and identities --------------------------------------------

def read_key(path):
    with open(path, "rb") as f:
        text = f.read()
    for end in (b"\r\n", b"\n"):
        text = text.removesuffix(end)
    key = base64.urlsafe_b64decode(text)
    if base64.urlsafe_b64encode(key) != text or len(key) != 32:
        raise ValueError("not a key file")
    return key


def fingerprint(pk):
    digest = hashlib.sha256(pk).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def safety_half(pk, stable=b"secchat/1"):
    key = b"\x05" + pk
    digest = bytes(2) + key + stable
    for _ in range(5200):
        digest = sha512(digest, key)
    return "".join(f"{int.from_bytes(digest[i:i + 5], 'big') % 100000:05}"
                   for i in range(0, 30, 5))


def safety_number(a, b):
    return "".join(sorted((safety_half(a), safety_half(b))))


# ---- codes and passphrases -----------------------------------------------

def proquint(value):
    """16 bits as five letters."""
    return "".join(letters[value >> shift & len(letters) - 1]
                   for letters, shift in ((CONSONANTS, 12), (VOWELS, 10),
                                          (CONSONANTS, 6), (VOWELS, 4),
                                          (CONSONANTS, 0)))


def make_code(bits):
    """32 bits, as they are shown."""
    return proquint(bits >> 16) + "-" + proquint(bits & 0xffff)


def code_password(text):
    """The ten letters of a code as it was typed."""
    letters = text.replace(" ", "").replace("-", "").lower()
    kinds = (CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS) * 2
    if len(letters) != 10 or any(x not in k for x, k in zip(letters, kinds)):
        raise ValueError("not a code")
    return letters.encode()


def passphrase_password(text):
    data = text.encode()
    if not 0 < len(data) <= 1024 or any(
            c < " " or "\x7f" <= c <= "\x9f" for c in text):
        raise ValueError("not a passphrase")
    return data


def stretch(password, room=b""):
    """PRS: Argon2id version 1.3, 3 passes over 64 MiB."""
    salt = sha512(b"secchat/1 argon2id salt" + lv(room))[:16]
    out = ctypes.create_string_buffer(32)
    if sodium.crypto_pwhash(out, ctypes.c_ulonglong(32), password,
                            ctypes.c_ulonglong(len(password)), salt,
                            ctypes.c_ulonglong(3),
                            ctypes.c_size_t(64 << 20), 2):
        raise MemoryError("Argon2id")
    return out.raw


# ---- CPace-RISTR255-SHA512, initiator and responder -----------------------

def times(scalar, point):
    """scalar * point; what is no element, or gives the identity, ends it."""
    out = ctypes.create_string_buffer(32)
    if sodium.crypto_scalarmult_ristretto255(out, scalar, point):
        raise noise.AuthError("share")
    return out.raw


class Cpace:
    """One side.  y is for known answers; share and k are for a side that
    sends another share than its own, and counts on that K."""

    def __init__(self, prs, sid, room=b"", y=None, share=None, k=None):
        self.sid, self.k = sid, k
        self.ci = lv(b"secchat/1 host", b"secchat/1 joiner", room)
        head = lv(b"CPaceRistretto255", prs)
        hashed = sha512(head + lv(bytes(127 - len(head)), self.ci, sid))
        g = ctypes.create_string_buffer(32)
        sodium.crypto_core_ristretto255_from_hash(g, hashed)
        self.g, self.y = g.raw, y or self.scalar()
        self.share = share or times(self.y, self.g)

    @staticmethod
    def scalar():
        out = ctypes.create_string_buffer(32)
        sodium.crypto_core_ristretto255_scalar_random(out)
        return out.raw

    def isk(self, peer_share, y_h, ad_a, y_j, ad_b):
        k = self.k or times(self.y, peer_share)
        return sha512(lv(b"CPaceRistretto255_ISK", self.sid, k) +
                      lv(y_h, ad_a) + lv(y_j, ad_b))
