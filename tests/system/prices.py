"""Prices from a real HTTPS server that answers in every way there is.

secchat-price alone for each answer; `secchat prices` on the screen and as
JSON; certificates, proxies, options, the API key; which system calls the
confined program makes.

# users: root nobody
# seconds: 300
"""
import concurrent.futures
import contextlib
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import threading

from json_test import check_event
from price_server import WAYS, PriceServer
from secchat_test import (BIN, DEADLINE, SAN, SECCHAT, Suite,
                          Terminal, check, check_equal, host, main, make_key,
                          scratch, skip_part, wait_until)
from worker_test import Worker, case, str8

PRICE_REQUEST, PRICE_ANSWER = 90, 91
PROVIDERS = ("coingecko", "bitfinex", "kraken")
STATUS = ("ok", "rate", "http", "redirect", "type", "encoded", "big", "empty",
          "format", "no-data", "refused", "cert", "expired", "name", "tls",
          "timeout", "cut", "protocol", "no-ca", "internal")
# What becomes of the ways that tests/data/prices has no row for.
OUTCOME = {"endless": "timeout", "reset": "cut", "hang-up": "cut",
           "not-http": "protocol", "slow": "timeout", "many-headers": "big"}
ROOT_USER = os.geteuid() == 0

server, selfsigned = PriceServer(), PriceServer()
selfsigned.certificate = "tls-selfsigned"


# ---- the worker alone ----------------------------------------------------

class Price(Worker):
    def __init__(self, folder=BIN, ca=None, port=0):
        with socket.create_connection(
                ("127.0.0.1", port or server.port)) as sock, \
                open(ca or server.ca, "rb") as f:
            super().__init__("secchat-price", 1, (sock.fileno(), f.fileno()),
                             folder)

    def ask(self, provider="coingecko", name="localhost", prefix="", key="",
            ms=10000):
        body = struct.pack(">BIH", PROVIDERS.index(provider), ms, server.port)
        self.links[0].send(PRICE_REQUEST,
                           body + str8(name) + str8(prefix) + str8(key))

    def result(self):
        """(word, http, retry_s, [price or None], [change or None])"""
        body = self.links[0].expect(PRICE_ANSWER)
        check_equal(self.wait_exit(), 0, self.stderr())
        status, http, retry = struct.unpack(">BHI", body[:7])
        prices, changes = [], []
        for i in range(7, len(body), 22):
            has, digits, exp, change, _ = struct.unpack(">BQbiQ",
                                                        body[i:i + 22])
            prices.append(digits * 10.0 ** exp if has & 1 else None)
            changes.append(change if has & 2 else None)
        return STATUS[status], http, retry, prices, changes


def ask(**kw):
    w = Price()
    w.ask(**kw)
    result = w.result()
    w.end()
    Worker.living.remove(w)
    return result


def limit(answer):
    return 700 if answer in ("slow-drip", "endless", "slow") else 10000


@case
def every_answer():
    """Status, content type and shape decide; nothing but numbers comes out."""
    n = 0
    for answer in server.answers.values():
        if answer.status == 0:
            continue        # no server at all, or another certificate
        word, http, retry, prices, _ = ask(
            provider=answer.provider, prefix="/" + answer.name,
            ms=limit(answer.name))
        check_equal(word, answer.outcome, answer.name)
        check_equal(any(p is not None for p in prices), word == "ok",
                    answer.name)
        if word not in ("timeout", "cut", "big"):
            check_equal(http, answer.status, answer.name)
        want = {"cg-429": 119, "cg-429-date": 3600, "503": 30,
                "binance-418": 120}.get(answer.name, 0)
        check_equal(retry, want, "Retry-After of " + answer.name)
        n += 1
    check_equal(n, 65, "answers")


@case
def numbers():
    _, _, _, prices, changes = ask(prefix="/cg-simple-exp")
    check_equal([round(p, 7) for p in prices], [67187, 3482, 171.02, 1.2e-05],
                "exponents")
    check_equal(changes, [360, None, 0, None], "changes")
    _, _, _, prices, changes = ask(provider="bitfinex", prefix="/bitfinex-ok")
    check_equal(changes, [364, -120, 0, -551], "bitfinex")
    _, _, _, prices, _ = ask(provider="kraken", prefix="/kraken-warn")
    check_equal(round(prices[3], 6), 0.074123, "kraken's DOGE")


@case
def other_ways():
    for way in WAYS:
        check_equal(ask(prefix="/" + way, ms=limit(way))[0], OUTCOME[way], way)


@case
def gone_before():
    """A server that has hung up or has reset the connection when the question
    comes: no TLS, and neither an error of ours nor another connection."""
    for linger in (None, struct.pack("ii", 1, 0)):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            w = Price(port=listener.getsockname()[1])
            conn, _ = listener.accept()
            if linger:
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            conn.close()
            w.ask()
            check_equal(w.result()[0], "tls", "reset" if linger else "closed")
            w.end()
            Worker.living.remove(w)


@case
def certificates():
    """Trusted, of this host, of this time, by TLS 1.2 or newer; nothing of
    the request is sent before that is known."""
    before = len(server.requests)
    try:
        for name, want in (("wrong-host", "name"), ("expired", "expired"),
                           ("not-yet", "expired"), ("old-tls", "tls"),
                           ("tls-selfsigned", "cert")):
            server.certificate = name
            check_equal(ask()[0], want, name)
    finally:
        server.certificate = "good"
    check_equal(ask(name="127.0.0.1", prefix="/cg-simple-ok")[0], "ok",
                "an address")
    check_equal(ask(name="example.org")[0], "name", "another host's name")
    check_equal(len(server.requests), before + 1, "requests")
    for what, want in (("silent", "timeout"), ("not-tls", "tls")):
        server.plan = {"*": what}
        check_equal(ask(ms=600)[0], want, what)
    server.plan = {}
    other = PriceServer()
    for ca, want in ((other.ca, "cert"), ("/dev/null", "no-ca"),
                     ("/proc/self/status", "no-ca")):
        w = Price(ca=ca)
        w.ask()
        got = w.result()[0]
        check(got == want or (want == "no-ca" and got in ("cert", "no-ca")),
              ca, got)
    other.close()


@case
def says_little():
    """The request tells nothing about this computer or its user."""
    del server.requests[:]
    ask(prefix="/cg-simple-ok", key="CG-abc123")
    ask(provider="bitfinex", prefix="/bitfinex-ok", key="CG-abc123")
    ask(prefix="/cg-simple-ok")
    (_, first), (_, second), (_, third) = server.requests
    lines = first.rstrip("\r\n").split("\r\n")
    check_equal(sorted(x.split(":")[0].lower() for x in lines[1:]),
                ["accept", "host", "user-agent", "x-cg-demo-api-key"],
                "headers")
    check_equal(lines[2], "User-Agent: curl/7.88.1", "user agent")
    check("x-cg-demo-api-key: CG-abc123" in first, first)
    check("demo" not in second + third, second, third)


@case
def hangs_up_with_the_supervisor():
    """Nobody waits for the answer: the worker leaves."""
    w = Price()
    w.ask(prefix="/slow")
    wait_until(lambda: server.requests and "/slow/" in server.requests[-1][1],
               "the request")
    w.links[0].close()
    check_equal(w.wait_exit(), 0, w.stderr())


# ---- system calls --------------------------------------------------------

# Rows of the policy that a good request does not exercise, and why they stay.
NOT_SEEN = {
    "mremap": "realloc of a block beyond 128 KiB",
    "madvise": "malloc gives memory back when much of it is free",
    "exit": "the end of a thread, as libc writes it",
    "rt_sigreturn": "no handler is installed; the row ends one that is",
    "restart_syscall": "after SIGSTOP",
    "rt_sigprocmask": "abort", "gettid": "abort", "tgkill": "abort",
    "write": "a line about an error of ours",
    "ppoll": "machines without poll",
    "clock_gettime": "machines whose vDSO asks the kernel",
    "getpeername": "older libcurls ask it, newer ones do not",
    "getsockopt": "libcurl asks it of a connect that takes time",
    "fstat": "machines without newfstatat",
    "close": "libcurl closes at the end of some requests only",
    "mmap": "large blocks", "munmap": "the same", "mprotect": "the same",
}


def strace(prefix, ms=10000, provider="coingecko"):
    """The names of the calls that the real, confined program makes."""
    w = Price()
    out = os.path.join(scratch(), "calls")
    with subprocess.Popen(["strace", "-f", "-o", out, "-p", str(w.pid)],
                          stderr=subprocess.PIPE) as tracer:
        tracer.stderr.readline()        # "Process N attached"
        w.ask(provider=provider, prefix=prefix, ms=ms)
        w.links[0].expect(PRICE_ANSWER)
        tracer.wait(DEADLINE)
    check_equal(w.wait_exit(), 0, w.stderr())
    with open(out, encoding="utf-8") as f:
        return set(re.findall(r"^\d+ +(\w+)\(", f.read(), re.M))


def policy():
    text = subprocess.run([SECCHAT, "audit", "--policy", "secchat-price"],
                          check=True, capture_output=True, text=True).stdout
    rows = set(re.findall(r"^  (\w+) +allow ", text, re.M))
    check(len(rows) > 20, text)
    return rows


@case
def system_calls():
    """What it calls is in its policy; each row is used, or has its reason."""
    if not ROOT_USER or SAN:
        skip_part("strace of a program that is not dumpable needs root")
        return
    rows, made = policy(), set()
    for prefix, ms in (("/cg-simple-ok", 9000), ("/cg-500", 9000),
                       ("/huge-2MiB", 9000), ("/slow", 300),
                       ("/reset", 9000), ("/deep-array-5000", 9000)):
        made |= strace(prefix, ms)
    check_equal(sorted(made - rows), [], "beyond the policy")
    check(len(made) >= 12, made)
    check_equal(sorted(rows - made - set(NOT_SEEN)), [], "never used")
    for call in ("socket", "connect", "openat", "clone", "execve", "bind",
                 "recvmsg", "sendmsg"):
        check(call not in made and call not in rows, call)


# ---- the command ---------------------------------------------------------

def run(*args, env=None, timeout=60):
    return subprocess.run([SECCHAT, "prices", *args], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout,
                          env={**os.environ, **(env or {})})


def at(name, *more):
    return ["--prices-url", f"{server.url}/{name}", "--ca-file", server.ca,
            *more]


def event_of(done):
    e = json.loads(done.stdout)
    check_event(e)
    return e


def look():
    """The table, and the first time who is asked and who sees it."""
    env = {"XDG_STATE_HOME": scratch()}
    done = run(*at("cg-simple-ok"), env=env)
    check_equal(done.returncode, 0, done.stderr)
    for words in ("Prices in USD", "coingecko", "0 s ago", "67,187.34",
                  "▲   +3.64%", "▼   -1.20%", "0.17290", "change over 24 h",
                  "Data provided by CoinGecko"):
        check(words in done.stdout, words, "is not in", done.stdout)
    check("is asked over HTTPS" in done.stderr and
          "your network sees" in done.stderr, done.stderr)
    again = run(*at("cg-simple-ok"), env=env)
    check_equal(again.stderr, "", "the second time")
    check("\033" not in again.stdout, "colours in a pipe")
    plain = run(*at("cg-simple-ok"), "--ascii", env=env)
    check(plain.stdout.isascii() and "^   +3.64%" in plain.stdout,
          plain.stdout)
    e = event_of(run(*at("cg-simple-ok"), "--json", env=env))
    check_equal(e["usd"], {"BTC": "67187.3358936566", "ETH": "3482.14",
                           "SOL": "171.02", "DOGE": "0.172904"}, "usd")
    check_equal(e["chg24"], {"BTC": "3.64", "ETH": "-1.20", "SOL": "0.00",
                             "DOGE": "0.00"}, "chg24")
    check_equal((e["source"], e["stale"]), ("coingecko", True), "source")


def shown_well(name, text):
    """Our words and signs alone: no control, nothing of the provider."""
    check(re.fullmatch(r"[\n -~·▲▼●▁-█]*", text), name, repr(text))
    for word in ("pwned", "PAY", "Cloudflare", "html", "{", "\u202e",
                 "Throttled", "error_code", "EQuery", "symbol"):
        check(word not in text, name, "shows", word, text)


def one_answer(answer, as_json):
    """On the screen or as JSON."""
    name, want = answer.name, answer.outcome
    if name == "dns-nxdomain":
        args = ["--prices-url", "https://no-such-host.invalid"]
    elif name == "tls-selfsigned":
        args = ["--prices-url", selfsigned.url, "--ca-file", server.ca]
    else:
        args = at(name)
    done = run(*args, *as_json)
    check_equal(done.returncode, 0 if want == "ok" else 10,
                name + done.stderr)
    if not as_json:
        if want == "ok":
            shown_well(name, done.stdout)
            check("no prices" not in done.stderr, name, done.stderr)
        else:
            check_equal(done.stdout, "", name)
            shown_well(name, done.stderr)
            check("secchat: no prices: coingecko" in done.stderr, name,
                  done.stderr)
        return
    e = event_of(done)
    if want == "ok":
        check(any(e["usd"].values()) and "failed" not in e, name, e)
        return
    check_equal(e["usd"], {"BTC": None, "ETH": None, "SOL": None,
                           "DOGE": None}, name)
    check_equal((e["failed"]["source"], e["failed"]["why"]),
                ("coingecko", want), name)


def on_screen_and_as_json():
    """Those that the provider that is asked first may send; as nobody some
    of them."""
    rows = [a for a in server.answers.values() if a.provider == "coingecko"]
    if not ROOT_USER:
        rows = [a for a in rows if a.name in (
            "cg-simple-ok", "cg-429", "dns-nxdomain", "esc-injection",
            "tls-selfsigned", "html-with-200")]
    rows.sort(key=lambda a: not a.drips)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = [pool.submit(one_answer, a, j) for a in rows
                for j in ((), ("--json",))]
        for d in done:
            d.result()


def fallback():
    """A provider that fails is stood in for, by name, and never mixed in."""
    server.plan = {"coingecko": "cg-429", "bitfinex": "bitfinex-ok"}
    args = server.args()
    e = event_of(run(*args, "--json"))
    check_equal((e["source"], e["usd"]["ETH"], e["chg24"]["DOGE"]),
                ("bitfinex", "3482.1", "-5.51"), "bitfinex")
    del server.requests[:]
    server.plan = {"coingecko": "cg-500", "bitfinex": "cg-500",
                   "kraken": "kraken-ok"}
    check_equal(run(*args).returncode, 10, "two at most")
    check_equal([p for p, _ in server.requests], ["coingecko", "bitfinex"],
                "asked")
    server.plan = {}


def says_switched_off():
    server.plan = {"coingecko": "cg-401-10002", "bitfinex": "bitfinex-ok"}
    done = run(*server.args())
    check_equal(done.returncode, 0, done.stderr)
    check("coingecko is not asked again before the next start (HTTP 401)" in
          done.stderr and "prices-key" not in done.stderr, done.stderr)
    server.plan = {}


# ---- --watch -------------------------------------------------------------

def watching(*more):
    return Terminal([SECCHAT, "prices", "--watch", *at("cg-simple-ok"),
                     *more])


def watch():
    """Redrawn in place, with the time to the next; q and Ctrl-C end it."""
    for key in ("q", "\3"):
        t = watching()
        t.expect(r"next refresh in 2\d s")
        t.expect(r"next refresh in 2[0-8] s")
        t.type(key)
        check_equal(t.wait_exit(), 0, repr(key))
        check(t.is_restored(), "the terminal is not restored")
        check("\033[8A\033[J" in t.text, "not in place", repr(t.text[-400:]))
        t.end()
    with subprocess.Popen([SECCHAT, "prices", "--watch", "--json",
                           *at("cg-simple-ok")], text=True,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as p:
        e = json.loads(p.stdout.readline())
        check_equal((e["seq"], e["every_s"]), (1, 30), "event")
        p.send_signal(signal.SIGINT)
        check_equal(p.wait(DEADLINE), 0, "SIGINT")


def watch_interrupted():
    """Without a price there is none to show."""
    t = Terminal([SECCHAT, "prices", "--watch", *at("slow")])
    t.expect("asking")
    t.type("\3")
    check_equal(t.wait_exit(), 130, "Ctrl-C before the first answer")
    check(t.is_restored(), "the terminal is not restored")


# ---- options, the config file --------------------------------------------

def refused():
    for args, word in (
            (["--prices-url", "http://localhost"], "https"),
            (["--prices-url", "https://"], "host"),
            (["--prices-url", "https://a/b?c"], "path"),
            (["--prices-url", "https://u@h"], "host"),
            (["--prices-url", "ftp://x"], "https"),
            (["--prices-every", "29"], "30"),
            (["--prices-every", "x"], "30"),
            (["--prices-sample"], "--prices-url"),
            (["--prices-key", "x"], "not an option"),
            (["--proxy", "http://h:1"], "SOCKS5"),
            (["--proxy", "socks5://u:p@h"], "password"),
            (["--proxy", "socks5:relative"], "path"),
            (["--proxy", "socks5://h:99999"], "host"),
            (["--colors", "purple"], "purple"),
            (["x"], "no argument")):
        done = run(*args)
        check(done.returncode == 2 and word in done.stderr, args,
              done.returncode, done.stderr)
        check_equal(done.stdout, "", args)
    for path in ("/nonexistent", scratch()):
        done = run("--ca-file", path, "--prices-url", server.url)
        check(done.returncode in (3, 10), path, done.returncode, done.stderr)


def api_key():
    """From the config file alone, which nobody else may read; it reaches
    CoinGecko's header and nothing else."""
    env = {"XDG_CONFIG_HOME": scratch(), "XDG_STATE_HOME": scratch()}
    folder = env["XDG_CONFIG_HOME"] + "/secchat"
    os.mkdir(folder)
    path = folder + "/config"
    with open(path, "w", encoding="ascii") as f:
        f.write("prices-key = CG-secret99\n")
    os.chmod(path, 0o644)
    done = run(*at("cg-simple-ok"), env=env)
    check(done.returncode == 3 and "chmod go-r" in done.stderr and
          "CG-secret99" not in done.stderr, done.stderr)
    os.chmod(path, 0o600)
    del server.requests[:]
    log = os.path.join(scratch(), "log")
    done = run(*at("cg-simple-ok"), "--log", log, "-v", env=env)
    check_equal(done.returncode, 0, done.stderr)
    check("x-cg-demo-api-key: CG-secret99" in server.requests[0][1],
          server.requests)
    with open(log, encoding="utf-8") as f:
        check("CG-secret99" not in done.stdout + done.stderr + f.read(),
              "the key is shown")
    with open(path, "w", encoding="ascii") as f:
        f.write("prices-key = bad key\n")
    done = run(env=env)
    check(done.returncode == 3 and "bad key" not in done.stderr,
          done.returncode, done.stderr)


def environment():
    """Nobody's http_proxy, SSL_CERT_FILE or locale is obeyed."""
    env = {"https_proxy": "http://127.0.0.1:1", "ALL_PROXY":
           "socks5://127.0.0.1:1", "SSL_CERT_FILE": "/dev/null",
           "CURL_CA_BUNDLE": "/dev/null", "LC_ALL": "de_DE.UTF-8"}
    e = event_of(run(*at("locale-comma"), "--json", env=env))
    check_equal(e["usd"]["BTC"], "67187.33", "price")


# ---- proxies -------------------------------------------------------------

class Socks:
    """SOCKS5, RFC 1928, on TCP or on a local socket."""

    def __init__(self, path=None):
        self.asked, self.reply, self.method, self.to = [], 0, 0, None
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen(8)
            os.chmod(path, 0o666)
            self.arg = "socks5:" + path
        else:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.arg = "socks5://127.0.0.1:%d" % \
                self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def serve(self, conn):
        with conn, contextlib.suppress(OSError):
            hello = conn.recv(2)
            conn.recv(hello[1])
            # One byte a write: the answer may come in any pieces.
            for b in (5, self.method):
                conn.send(bytes([b]))
            if self.method:
                return
            head = conn.recv(4)
            size = {1: 4, 3: None, 4: 16}[head[3]]
            name = conn.recv(size if size else conn.recv(1)[0])
            port = struct.unpack(">H", conn.recv(2))[0]
            self.asked.append((head[3], name, port))
            for b in bytes([5, self.reply, 0, 3, 4]) + b"host\0\0":
                conn.send(bytes([b]))
            if self.reply == 0:
                self.relay(conn, port)

    def relay(self, conn, port):
        with socket.create_connection(("127.0.0.1", port)) as out:
            ends = {conn: out, out: conn}
            while ends:
                for s in select.select(list(ends), [], [], DEADLINE)[0]:
                    data = s.recv(65536)
                    if not data:
                        return
                    ends[s].sendall(data)


def proxies():
    """The name goes to the proxy; no name is looked up here."""
    for path in (None, os.path.join(scratch(), "socks")):
        s = Socks(path)
        del server.requests[:]
        url = f"https://prices.invalid:{server.port}"
        done = run("--prices-url", url, "--ca-file", server.ca, "--proxy",
                   s.arg, "--json")
        e = json.loads(done.stdout)
        check_equal(e["failed"]["why"], "name", "the certificate's host")
        check_equal(s.asked[0], (3, b"prices.invalid", server.port), "asked")
        done = run(*at("cg-simple-ok"), "--proxy", s.arg, "--json")
        check_equal(json.loads(done.stdout)["usd"]["ETH"], "3482.14", s.arg)
        for reply, why in ((1, "connect"), (2, "connect"), (5, "connect"),
                           (77, "connect")):
            s.reply = reply
            done = run(*at("cg-simple-ok"), "--proxy", s.arg, "--json")
            check_equal(json.loads(done.stdout)["failed"]["why"], why,
                        f"reply {reply}")
        s.method = 255
        done = run(*at("cg-simple-ok"), "--proxy", s.arg, "--json")
        check_equal(json.loads(done.stdout)["failed"]["why"], "proxy",
                    "no method")
        s.close()
        done = run(*at("cg-simple-ok"), "--proxy", s.arg)
        check_equal(done.returncode, 10, "no proxy")
        check("through the proxy" in done.stderr, done.stderr)


def chat_through_proxy():
    key = make_key()
    for path in (None, os.path.join(scratch(), "socks")):
        s = Socks(path)
        h = host("--key", key)
        port = int(h.addr.rsplit(":", 1)[1])
        j = Suite("join", "--key", key, "--proxy", s.arg,
                  f"host.invalid:{port}")
        j.wait("connected")
        check_equal(s.asked, [(3, b"host.invalid", port)], "asked")
        j.send("through")
        check_equal(h.wait("message")["text"], "through", "text")
        j.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "the end")
        s.reply = 5
        j = Suite("join", "--key", key, "--proxy", s.arg, "host.invalid")
        check_equal(j.wait_exit(), 4, "refused")
        s.close()
        j = Suite("join", "--key", key, "--proxy", s.arg, "host.invalid")
        check_equal(j.wait_exit(), 4, "no proxy")
        check("the proxy" in str(j.has("error")), j.events)


main(every_answer, numbers, other_ways, gone_before, certificates, says_little,
     hangs_up_with_the_supervisor, system_calls, look, on_screen_and_as_json,
     fallback, says_switched_off, watch, watch_interrupted, refused, api_key,
     environment, proxies, chat_through_proxy)
