"""Peers that behave as the two older programs do, written from
docs/legacy.md: they keep the newest key alone, a REKEY that they get does not
reset the count of what they sent, and their reader dies of one that comes
before they have a key.
"""
import os
import socket
import struct
import threading
import time

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

# With the programs of a sanitizer build everything takes longer.
SLOWER = int(os.environ.get("SECCHAT_SAN") or 1)
REKEY = b"__REKEY__"


def derive(passphrase, salt):
    return PBKDF2HMAC(algorithm=SHA256(), length=16, salt=salt,
                      iterations=200000).derive(passphrase)


def listen():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    s.listen(1)
    return s, "127.0.0.1:%d" % s.getsockname()[1]


def connect(addr):
    host, port = addr.rsplit(":", 1)
    return socket.create_connection((host, int(port)), 20)


class Peer:
    """What both have: frames behind u32 lengths, a thread that reads."""

    def __init__(self, sock):
        sock.settimeout(60)
        self.sock = sock
        self.got, self.bad, self.ended = [], 0, False
        self.news = threading.Condition()
        self.paused = threading.Lock()  # held: it does not read
        self.thread = threading.Thread(target=self.read, daemon=True)

    def raw(self, data):
        self.sock.sendall(data)

    def frame(self, body):
        self.raw(struct.pack(">I", len(body)) + body)

    def exactly(self, n):
        out = b""
        while len(out) < n:
            more = self.sock.recv(n - len(out))
            if not more:
                raise EOFError
            out += more
        return out

    def read(self):
        try:
            while True:
                n, = struct.unpack(">I", self.exactly(4))
                body = self.exactly(n)
                with self.paused:
                    self.take(body)
        except (OSError, EOFError):
            pass
        with self.news:
            self.ended = True
            self.news.notify_all()

    def shows(self, text):
        with self.news:
            if text is None:
                self.bad += 1
            else:
                self.got.append(text.decode())
            self.news.notify_all()

    def wait(self, test, what, seconds=60 * SLOWER):
        with self.news:
            if not self.news.wait_for(test, seconds):
                raise AssertionError(
                    f"{what}: {len(self.got)} texts, {self.bad} bad")

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        if self.thread.is_alive():
            self.thread.join(20)


class FernetPeer(Peer):
    def __init__(self, sock, key):
        super().__init__(sock)
        self.fernet = Fernet(key)
        self.thread.start()

    def send(self, text):
        self.frame(self.fernet.encrypt(text.encode()))

    def take(self, body):
        try:
            self.shows(self.fernet.decrypt(body))
        except InvalidToken:
            self.shows(None)


class GcmPeer(Peer):
    """listening: it has accepted, and sends the salt.  think(peer): what takes
    it time before it has its key.  patient: unlike theirs, its reader waits
    for the key, and notes when the first frame came."""

    def __init__(self, sock, passphrase, listening, think=None,
                 patient=False):
        super().__init__(sock)
        self.passphrase = passphrase.encode("latin-1")
        self.lock = threading.Lock()
        self.count, self.every, self.dead = 0, 20, False
        self.rekeys = self.renewed = 0
        self.key, self.keys = None, []     # and all that there were
        self.patient, self.first_at = patient, None
        if listening:
            self.salt = os.urandom(16)
            self.raw(self.salt)
        else:
            self.salt = self.exactly(16)
        self.thread.start()
        if think:
            think(self)
        self.take_key(self.salt)

    def take_key(self, salt):
        key = derive(self.passphrase, salt)
        self.keys.append(key)
        with self.news:
            self.key = key
            self.news.notify_all()

    def seal(self, text):
        nonce = os.urandom(12)
        sealed = AESGCM(self.key).encrypt(nonce, text, None)
        return nonce + sealed[-16:] + sealed[:-16]

    def send(self, text):
        with self.lock:
            self.frame(self.seal(text.encode()))
            self.count += 1
            if self.count >= self.every:
                self.rekey()

    def rekey(self):
        salt = os.urandom(16)
        self.take_key(salt)
        self.frame(REKEY + salt)
        self.renewed += 1
        self.count = 0

    def take(self, body):
        self.first_at = self.first_at or time.monotonic()
        if self.patient:
            self.wait(lambda: self.key, "a key")
        if self.key is None:
            if body.startswith(REKEY):
                self.dead = True
                raise EOFError
            self.shows(None)
            return
        if body.startswith(REKEY):
            self.rekeys += 1
            self.take_key(body[len(REKEY):])
            return
        try:
            self.shows(AESGCM(self.key).decrypt(
                body[:12], body[28:] + body[12:28], None))
        except InvalidTag:
            self.shows(None)
