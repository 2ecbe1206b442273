# not a test
"""An HTTPS server that answers as providers do, and worse.

The answers are those of tests/data/prices; the certificates are made anew for
each run, by an authority of its own.  What is asked next is answered by what
`plan` says for its provider: the name of an answer, or one of the ways to fail
below.
"""
import atexit
import datetime
import functools
import gzip
import ipaddress
import os
import shutil
import socket
import ssl
import struct
import tempfile
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from secchat_test import ROOT

DATA = os.path.join(ROOT, "tests/data/prices")
PATHS = {"/api/v3/simple/price": "coingecko", "/v2/tickers": "bitfinex",
         "/0/public/Ticker": "kraken"}
WAYS = ("endless", "reset", "hang-up", "not-http", "slow", "many-headers")
PEM = serialization.Encoding.PEM
TODAY = datetime.datetime.utcnow()
DAY = datetime.timedelta(days=1)


# ---- answers -------------------------------------------------------------

class Answer:
    """A row of tests/data/prices/answers."""

    def __init__(self, line):
        self.name, self.provider, status, self.outcome, rest = \
            line.split(None, 4)
        self.status = int(status)
        width = 32
        spec, headers = rest[:width].strip(), rest[width:].strip()
        self.headers = [h.strip() for h in headers.split(" | ") if h.strip()]
        self.spec = spec
        self.drips = spec.startswith("@drip")
        if spec == "@headers":
            self.headers += [f"X-Pad-{i}: {'A' * 1000}" for i in range(100)]

    @functools.cached_property
    def body(self):
        return make_body(self.spec)


def read_data(name):
    with open(os.path.join(DATA, name), "rb") as f:
        return f.read()


def make_body(spec):
    what, _, arg = spec.partition(" ")
    if spec in ("-", "@headers"):
        return b""
    if what == "@deep":
        return b'{"a":' * int(arg) + b"1" + b"}" * int(arg)
    if what == "@array":
        return b"[" * int(arg) + b"]" * int(arg)
    if what == "@gzip-bomb":
        return gzip.compress(bytes(60 << 20), 9)
    if what == "@huge":
        return b'{"bitcoin":{"usd":67187.33},"pad":"' + b"A" * (2 << 20) + \
            b'"}'
    if what == "@gzip":
        return gzip.compress(read_data(arg))
    if what == "@gzip-cut":
        return gzip.compress(read_data(arg))[:60]
    return read_data(arg if what == "@drip" else spec)


def answers():
    """{name: Answer}."""
    with open(os.path.join(DATA, "answers"), encoding="ascii") as f:
        rows = [Answer(line) for line in f if not line.startswith("#")]
    return {a.name: a for a in rows}


# ---- certificates --------------------------------------------------------

def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key_text(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class Authority:
    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.cert = self.sign("trials " + os.urandom(8).hex(), self.key,
                              self.key, None, TODAY - DAY, TODAY + 30 * DAY)
        self.file = os.path.join(folder, "ca.pem")
        with open(self.file, "wb") as f:
            f.write(self.cert.public_bytes(PEM))
        os.chmod(self.file, 0o644)

    def sign(self, subject, key, by, names, begin, end):
        issuer = name_of(subject) if by is key else self.cert.subject
        b = x509.CertificateBuilder().subject_name(name_of(subject)) \
            .issuer_name(issuer).public_key(key.public_key()) \
            .serial_number(x509.random_serial_number()) \
            .not_valid_before(begin).not_valid_after(end) \
            .add_extension(x509.BasicConstraints(names is None, None), True)
        if names:
            b = b.add_extension(x509.SubjectAlternativeName(names), False)
        return b.sign(by, hashes.SHA256())

    def context(self, host="localhost", begin=TODAY - DAY, end=TODAY + DAY,
                own=False, old=False):
        """A server's; own: signed by itself, old: TLS 1.1 and no newer."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(host)]
        if host == "localhost":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        cert = self.sign(host, key, key if own else self.key, names, begin,
                         end)
        path = os.path.join(self.folder, "server.pem")
        with open(path, "wb") as f:
            f.write(cert.public_bytes(PEM) + key_text(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        os.unlink(path)
        if old:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


# ---- the server ----------------------------------------------------------

def bodies(answer):
    """The whole answer in the pieces in which it is written."""
    headers = list(answer.headers)
    low = [h.lower() for h in headers]
    body = answer.body
    if any(h.startswith("transfer-encoding: chunked") for h in low):
        body = b"".join(b"%x\r\n" % len(body[i:i + 8192]) + body[i:i + 8192] +
                        b"\r\n" for i in range(0, len(body), 8192)) + \
            b"0\r\n\r\n"
    elif not any(h.startswith("content-length") for h in low) and \
            answer.status != 304:
        headers.append(f"Content-Length: {len(body)}")
    head = f"HTTP/1.1 {answer.status} x\r\n" + \
        "".join(h + "\r\n" for h in headers) + "Connection: close\r\n\r\n"
    return head.encode("ascii"), body


class PriceServer:
    """Listens on 127.0.0.1.  plan: {provider: answer or way to fail}."""

    def __init__(self):
        folder = tempfile.mkdtemp(prefix="prices.")
        os.chmod(folder, 0o755)
        atexit.register(shutil.rmtree, folder, True)
        self.authority = Authority(folder)
        self.ca = self.authority.file
        self.answers = answers()
        self.plan = {}
        self.requests = []      # (provider, text of the request)
        self.contexts = {
            "good": self.authority.context(),
            "wrong-host": self.authority.context("example.org"),
            "expired": self.authority.context(begin=TODAY - 9 * DAY,
                                              end=TODAY - DAY),
            "not-yet": self.authority.context(begin=TODAY + DAY,
                                              end=TODAY + 9 * DAY),
            "tls-selfsigned": self.authority.context(own=True),
            "old-tls": self.authority.context(old=True),
        }
        self.certificate = "good"
        self.stopped = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def args(self):
        return ["--prices-url", self.url, "--ca-file", self.ca]

    def close(self):
        self.stopped.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while not self.stopped.is_set():
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, conn):
        conn.settimeout(20)
        try:
            self.speak(conn)
        except (OSError, ValueError):
            pass        # the client was right to hang up
        finally:
            conn.close()

    def speak(self, conn):
        first = self.plan.get("*")
        if first == "silent":
            self.stopped.wait(20)
            return
        if first == "not-tls":
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n{}")
            return
        with self.contexts[self.certificate].wrap_socket(
                conn, server_side=True) as tls:
            text = b""
            while b"\r\n\r\n" not in text:
                more = tls.recv(65536)
                if not more:
                    return
                text += more
            text = text.decode("latin1")
            path = text.split()[1].split("?")[0]
            provider = next((p for end, p in PATHS.items()
                             if path.endswith(end)), None)
            self.requests.append((provider, text))
            self.answer(tls, self.choose(provider, path))

    def choose(self, provider, path):
        """A path before the provider's own is what the first answers."""
        prefix = path.split("/")[1]
        if prefix in self.answers or prefix in WAYS:
            of = self.answers.get(prefix)
            of = of.provider if of else "coingecko"
            return prefix if provider == of else "503"
        what = self.plan.get(provider, "503")
        return what() if callable(what) else what

    def answer(self, tls, what):
        if what in self.answers:
            answer = self.answers[what]
            head, body = bodies(answer)
            tls.sendall(head)
            if answer.drips:
                self.drip(tls, body)
            else:
                tls.sendall(body)
            return
        ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        body = read_data("cg-simple-ok.json")
        if what == "endless":
            tls.sendall(ok + b"Transfer-Encoding: chunked\r\n\r\n")
            self.drip(tls, b"1\r\n \r\n" * 100000, 6)
        elif what == "reset":
            tls.sendall(ok + b"Content-Length: %d\r\n\r\n" % len(body) +
                        body[:100])
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack("ii", 1, 0))
        elif what == "hang-up":
            pass
        elif what == "not-http":
            tls.sendall(b"220 mail.example.org ESMTP\r\n")
        elif what == "slow":
            tls.sendall(ok + b"Content-Length: %d\r\n\r\n" % len(body))
            self.stopped.wait(20)
        elif what == "many-headers":
            tls.sendall(ok + b"X: y\r\n" * 20000)
        else:
            raise ValueError(what)

    def drip(self, tls, body, size=1):
        for i in range(0, len(body), size):
            tls.sendall(body[i:i + size])
            if self.stopped.wait(0.2):
                return
