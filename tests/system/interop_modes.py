"""The second implementation and ours in all four modes and both roles: texts,
new keys asked for by either and by both at once, comparing digits, safety
numbers, and an end from either side.
"""
import os

from interop_pair import BOTH_IDS, MODES, Shared, with_host, with_joiner
from secchat_test import check, check_equal, main, wait_until

import secchat1 as sc
import secrets1

TEXTS = 100


def until_epoch(p, n):
    while p.epoch.n < n:
        p.on_frame(p.recv())


def new_keys(s, p):
    """Asked for by us, by the peer, and by both before either hears it."""
    s.do("rekey")
    until_epoch(p, 1)
    check_equal(s.wait("rekey")["why"], "you", "why")
    p.rekey()
    until_epoch(p, 2)
    check_equal(s.wait("rekey")["why"], "peer", "why")
    s.do("rekey")
    p.rekey()
    until_epoch(p, 3)
    check_equal(s.wait("rekey")["epoch"], 3, "epoch")


def texts(s, p):
    for i in range(TEXTS):
        s.send(f"s{i}")
        p.send_msg(f"p{i}")
    check_equal([p.recv_text() for _ in range(TEXTS)],
                [f"s{i}" for i in range(TEXTS)], "from secchat")
    p.wait_acked()
    s.wait_count("delivered", TEXTS)
    check_equal([e["text"] for e in s.has("message")],
                [f"p{i}" for i in range(TEXTS)], "to secchat")
    check(s.has("rekey", why="count"), "no new keys by the count")


def digits(s, p):
    """Each side's half, read and typed."""
    read, typed = p.sas_halves()
    s.do("verify")
    check_equal(s.wait("verify", state="ask")["read"], typed, "digits")
    s.do("verify", digits=typed)
    s.wait("verify", state="own")
    s.do("verify", digits=f"{(int(read) + 1) % 10**6:06}")
    check_equal(s.wait("verify", state="wrong")["left"], 2, "left")
    s.do("verify", digits=read)
    s.wait("verify", state="ok")


def who(s, p, known):
    e = s.wait("peer")
    check_equal(e["fingerprint"], secrets1.fingerprint(p.s.pk), "the peer")
    check_equal(s.has("intro")[0]["fingerprint"],
                secrets1.fingerprint(p.hs.rs), "ours")
    check_equal(e["safety"], p.safety_number(), "safety number")
    check_equal((e["known"], e["verified"]), (known, False), "known")


def until_end(p):
    """What comes behind CLOSE, which can be little."""
    try:
        while True:
            p.recv()
    except sc.Lost as e:
        check("end of file after 0" in str(e), e)
    p.sock.close()


def leave(s, p, first):
    if first is s:
        s.do("quit")
        check_equal(p.recv_text(), None, "an orderly end")
        until_end(p)
    else:
        p.close()
        check(p.ended, "no CLOSE_ACK")
    check_equal(s.wait_exit(), 0, s.role)


def talk(mode):
    for make in (with_host, with_joiner):
        s, p = make(mode)
        check_equal(s.has("connected")[0]["mode"], mode, "mode")
        if mode in BOTH_IDS:
            who(s, p, mode == "id")
        new_keys(s, p)
        texts(s, p)
        p.send(sc.PING, b"12345678")
        while (f := p.recv()).kind != sc.PONG:
            p.on_frame(f)
        check_equal(f.body, b"12345678", "PONG")
        digits(s, p)
        leave(s, p, s)
        s, p = make(mode)
        leave(s, p, p)


def by_code():
    talk("pass")


def by_key_file():
    talk("key")


def by_identity():
    talk("id")


def by_meeting():
    talk("pair")


def taken_as_it_comes():
    """--accept-new: nobody is remembered on either side."""
    for make in (with_host, with_joiner):
        s, p = make("id", "--accept-new", known=False)
        who(s, p, False)
        leave(s, p, s)


def met_and_recognised():
    """Behind a code first, and without one afterwards, in both roles."""
    k = Shared("pair")
    h = k.host("--name", "petra")
    p = k.call(h).start()
    h.wait("connected")
    check_equal(p.hs.rs, k.identity().pk, "the identity on disk")
    leave(h, p, p)
    k.mode, k.args, k.key = "id", ["--id"], b""
    h = k.host()
    p = k.call(h).start()
    who(h, p, True)
    check_equal(h.has("peer")[0]["name"], "petra", "name")
    leave(h, p, h)
    j, p = k.wait("--name", "petra")
    p.start()
    who(j, p, True)
    leave(j, p, p)


CLAIMS = ("you", "alice verified", "\u2500\u2500 verified \u2502", "ver1fied",
          "bob\u202eecila", "bob\u200b", "\x1b[2J\x1b[1;1Hbob", "bob\r\n",
          "bob\x9b31m", "..", "-rf", " ", "a/b", "\U0001d41bob", "x" * 255,
          "SHA256:" + "A" * 43)


def claims_that_deceive():
    """What a peer calls itself on the wire: nothing of it that could be taken
    for words of ours becomes a name, reaches a stream as it is, or stands in
    the list of people."""
    for claim in CLAIMS:
        k = Shared("pair")
        h = k.host()
        p = k.call(h).start(nick=claim.encode())
        wait_until(lambda: any(e["name"] for e in h.has("peer")), "a name")
        made = "peer-" + p.s.pk.hex()[:4]
        check_equal(h.has("peer")[-1]["name"], made, repr(claim))
        with open(os.path.join(k.folder, "peers"), "rb") as f:
            lines = f.read().split(b"\n")
        check_equal((len(lines), lines[2], lines[1].split(b" ", 4)[4]),
                    (3, b"", made.encode()), "people")
        h.wait("connected")
        check_equal({e.get("claimed", "") for e in
                     h.has("connected") + h.has("peer")}, {""}, "claims")
        check(all(c == "\n" or c.isprintable() for c in h.stderr()),
              repr(claim), repr(h.stderr()))
        leave(h, p, p)


def leaving_amid_new_keys():
    """CLOSE right behind one's REKEY, from either side."""
    for make in (with_host, with_joiner):
        s, p = make("key")
        p.rekey()
        p.send_close()
        while not p.ended:
            p.on_frame(p.recv())
        check_equal(p.rx.epoch, 1, "the CLOSE_ACK's epoch")
        p.sock.close()
        check_equal(s.wait_exit(), 0, f"{s.role}, the peer left")
        s, p = make("key")
        s.do("rekey")
        leave(s, p, s)


main(by_code, by_key_file, by_identity, by_meeting, taken_as_it_comes,
     met_and_recognised, claims_that_deceive, leaving_amid_new_keys)
