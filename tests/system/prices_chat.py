"""Prices beside a chat: whatever becomes of them, the chat goes on.

The programs have short timers (make TEST_LIMITS=1): what takes half a minute
takes a third of a second.

# seconds: 120
# short timers
"""
import itertools
import os
import signal
import time

from price_server import WAYS, PriceServer
from secchat_test import (SECCHAT, SHORT, SLOWER, Suite, Terminal, check,
                          check_equal, host, join, main, make_key, pump,
                          scratch, wait_gone, wait_until)

QUICK = os.path.join(SHORT, "bin/secchat")
LINES = 1000

server = PriceServer()


def quick_pair(*more):
    key = make_key()
    h = host("--key", key, *server.args(), *more, program=QUICK)
    j = join(h, "--key", key, *server.args(), *more, program=QUICK)
    h.wait("connected")
    j.wait("connected")
    return h, j


def prices_of(s):
    """Every prices event so far: the price, or why there is none."""
    return [e["failed"]["why"] if "failed" in e else e["source"]
            for e in s.has("prices")]


def leave(h, j):
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "the end")


# ---- one after the other -------------------------------------------------

def asked_for():
    """Nothing is asked before somebody wants it; then once for each look,
    and not at all with --no-prices."""
    server.plan = {"coingecko": "cg-simple-ok"}
    key = make_key()
    h = host("--key", key, *server.args())
    j = join(h, "--key", key, "--no-prices", *server.args())
    h.wait("connected")
    j.wait("connected")
    check_equal(server.requests, [], "asked by nobody")
    h.do("prices")
    e = h.wait("prices")
    check_equal((e["usd"]["ETH"], e["source"]), ("3482.14", "coingecko"), e)
    h.do("prices")
    h.wait("prices")        # from the cache
    check_equal(len(server.requests), 1, "requests")
    j.do("prices")
    check("--no-prices" in j.wait("note")["text"], j.events)
    check_equal(len(server.requests), 1, "requests")
    wait_until(lambda: not {"price", "dial"} & set(h.workers()), "the end")
    leave(h, j)


def from_the_start():
    server.plan = {"coingecko": "cg-simple-ok"}
    h, j = quick_pair("--prices")
    for s in (h, j):
        s.wait_count("prices", 3)
        check("every_s" in s.has("prices")[-1], s.events[-1])
    h.write('{"do":"prices","what":"auto off"}\n')
    leave(h, j)


# ---- a dying or hanging worker -------------------------------------------

def next_is_fresh(s, after):
    """The next request starts another process, and works."""
    server.plan = {"coingecko": "cg-simple-ok", "bitfinex": "bitfinex-ok"}
    deadline = time.monotonic() + 20
    while not set(prices_of(s)[after:]) & {"coingecko", "bitfinex"}:
        check(time.monotonic() < deadline, "no prices again", prices_of(s))
        s.write('{"do":"prices","what":"refresh"}\n')
        pump(0.2)


def stop_for_real():
    """A chat of the program as it is installed, whose price is stopped."""
    server.plan = {"coingecko": "slow", "bitfinex": "slow"}
    key = make_key()
    h = host("--key", key, *server.args())
    j = join(h, "--key", key)
    h.wait("connected")
    j.wait("connected")
    h.do("prices")
    h.wait_workers("price")["price"].kill(signal.SIGSTOP)
    return h, j


def killed_or_stopped():
    """Dial or price, killed, aborted or stopped: an answer, not an end."""
    real = stop_for_real()
    each_in_turn()
    server.plan = {"bitfinex": "bitfinex-ok"}
    h, j = real
    e = h.wait("prices", 40)        # of the one that stood in for it
    check(e["source"] == "bitfinex" or e["failed"]["why"] in (
        "timeout", "died"), e)
    h.send("still here")
    check_equal(j.wait("message")["text"], "still here", "text")
    check_equal(h.has("error"), [], "errors")
    leave(h, j)


def each_in_turn():
    for program, how, why in (
            ("price", signal.SIGKILL, "died"), ("price", signal.SIGSEGV,
                                                "died"),
            ("price", signal.SIGSTOP, "timeout"),
            ("price", signal.SIGSYS, "died")):
        h, j = quick_pair()
        server.plan = {"coingecko": "slow", "bitfinex": "slow"}
        h.do("prices")
        wait_until(lambda h=h, p=program: p in h.workers(), program)
        wait_until(lambda: server.requests and
                   "slow" in server.plan.values(), "a request")
        victim = h.workers()[program]
        wait_until(lambda n=len(server.requests): len(server.requests) >= n,
                   "the request")
        victim.kill(how)
        h.send("meanwhile")
        check_equal(j.wait("message")["text"], "meanwhile", "text")
        wait_until(lambda h=h: pump(0.05) or h.has("prices"), "an answer")
        # On a busy machine the second that it has may be over first.
        check(prices_of(h)[0] in (why, "timeout", "connect-timeout"),
              f"{program}, {how}:", prices_of(h)[0], "not", why)
        wait_gone([victim])
        next_is_fresh(h, 1)
        leave(h, j)


# ---- a thousand lines ----------------------------------------------------

def soak():
    """Both sides ask again and again, a server fails in every way in turn;
    every line arrives, in order, once."""
    ways = [a.name for a in server.answers.values() if a.status] + list(WAYS)
    ways = [w for w in ways if w not in ("cg-401-10002", "paprika-402",
                                         "coinbase-404", "binance-451")]
    turn = itertools.cycle(ways).__next__
    server.plan = {p: turn for p in ("coingecko", "bitfinex", "kraken")}
    before = len(server.requests)
    h, j = quick_pair("--prices")
    everyone = h.everyone() + j.everyone()
    started = time.monotonic()
    for i in range(LINES):
        for s in (h, j):
            s.send(f"{s.role} {i}")
        # As slowly as it takes for the server to fail in many ways.
        while i % 50 == 49 and \
                len(server.requests) - before < (i + 1) * len(ways) // LINES:
            pump(0.05)
            check(time.monotonic() - started < 90 * SLOWER, "too slow", i,
                  len(server.requests) - before)
    for s, other in ((h, j), (j, h)):
        s.wait_count("message", LINES, 60)
        check_equal([e["text"] for e in s.has("message")],
                    [f"{other.role} {i}" for i in range(LINES)], "lines")
        check_equal(s.has("error"), [], "errors")
        check(len(prices_of(s)) >= 5, prices_of(s))
    check(len(server.requests) - before >= len(ways), "not every way")
    print(f"{LINES} lines each way beside {len(server.requests) - before} "
          f"requests in {time.monotonic() - started:.1f} s: "
          f"{sorted(set(prices_of(h) + prices_of(j)))}")
    check(len(set(prices_of(h) + prices_of(j))) >= 5, "ways to fail")
    leave(h, j)
    wait_gone(everyone)


# ---- on the terminal -----------------------------------------------------

def on_a_terminal():
    """/prices, $ and $$; the status row; nothing of the provider."""
    server.plan = {"coingecko": "esc-injection"}
    key = make_key()
    t = Terminal([SECCHAT, "host", "--accept-intro", "1", "--key", key,
                  *server.args(), "127.0.0.1:0"], cols=100,
                 env={"XDG_STATE_HOME": scratch()})
    t.expect(r"Waiting on port (\d+)")
    port = t.plain().split("Waiting on port ")[1].split(".")[0]
    j = Suite("join", "--key", key, f"127.0.0.1:{port}")
    j.wait("connected")
    t.expect("connected with")
    t.type("$\r")
    t.expect("your network sees")
    t.expect("67,187.33")
    t.expect("Data provided by CoinGecko")
    t.type("/prices bar on\r")
    t.expect("BTC 67,187")
    t.type("/prices nonsense\r")
    t.expect("/prices auto on.off, or")
    t.type("$$\r")
    check_equal(j.wait("message")["text"], "$", "$$")
    t.type("$5 for you\r")
    check_equal(j.wait("message")["text"], "$5 for you", "a text")
    for word in ("pwned", "PAY NOW", "\033]0;", "\u202e"):
        check(word not in t.text, word, "is on the screen")
    t.type("/quit\r")
    check_equal(t.wait_exit(), 0, "exit")


main(asked_for, from_the_start, killed_or_stopped, soak, on_a_terminal)
