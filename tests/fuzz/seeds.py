#!/usr/bin/python3
"""Inputs to begin with for the fuzzers: seeds.py [--all] [FOLDER].
seeds.py --keep FOLDER [FUZZER...]

They are made anew whenever the table of messages changes, so that they follow
it; what stands in tests/fuzz/corpus was found by the fuzzers.  Only those are
made that tests/fuzz/kept names, since most of them go nowhere that another
does not go; --all makes all, and --keep finds out which these are, of some
fuzzers or of all.
"""
import os
import subprocess
import sys

import chats
import folders
import fronts
import keyboards
import moments
import sessions
import stories
import texts
from acts import (END, FULL, LONG, MESSAGE, MOST, ROOT, TIME, End, act,
                  at_once, fails, later, own, str8, stream, u8, u16, u32, u64)


# ---- net -----------------------------------------------------------------

SUPER_NET = End(0, "LINK_SUPER_NET", "SUPER")
CRYPTO_NET = End(1, "LINK_CRYPTO_NET", "CRYPTO")
LISTENER, STRANGER = 2, 3


def expect(conn, framing, most, allowed=()):
    return CRYPTO_NET("EXPECT", u32(conn) + u8(framing) + u32(most) +
                      u8(len(allowed)) + b"".join(u32(v) for v in allowed))


def on_conn(name, conn, rest=b""):
    return CRYPTO_NET(name, u32(conn) + rest)


def caller(n):
    return act(LISTENER, MESSAGE) + u8(n)


def net_seeds():
    begin = SUPER_NET("NET_LISTENER")
    hello = (caller(1) + expect(1, 1, 44) + stream(STRANGER, bytes(44)) +
             on_conn("FRAME_OUT", 1, bytes(44)))
    live = (begin + hello + on_conn("CONN_PROMOTE", 1) +
            expect(1, 2, 65535, (272, 1040)))
    frame = u16(272) + bytes(272)
    frame_out = on_conn("FRAME_OUT", 1, frame[:255])
    yield "silent", begin + caller(1) + expect(1, 1, 44) + later(6000)
    yield "garbage", live + stream(STRANGER, u16(7) + b"garbage")
    yield "frames", live + stream(STRANGER, frame * 3) + on_conn(
        "FRAME_OUT", 1, frame)
    yield "closed", live + on_conn("CONN_CLOSE", 1, u8(0)) + act(
        STRANGER, END) + u8(0)
    yield "reset", live + stream(STRANGER, frame[:100]) + act(
        STRANGER, END) + u8(1)
    yield "failed", b"".join(
        begin * (n == 1) + caller(1) + expect(n, 1, 44) +
        stream(STRANGER, bytes(44)) + on_conn("CONN_CLOSE", n, u8(1)) +
        later(50) + act(STRANGER, END) + u8(0) for n in range(1, 8))
    yield "crowd", begin + b"".join(
        caller(n) + expect(n, 1, 44) + stream(
            STRANGER + min(n, 4) - 1, b"x") + later(300)
        for n in range(1, 9)) + later(8000)
    yield ("stalled", live + act(STRANGER, FULL) + u8(100) + b"".join(
        CRYPTO_NET.long("FRAME_OUT", 60000, u32(1)) for _ in range(15)) +
           later(1000) + on_conn("CONN_CLOSE", 1, u8(0)) + later(4000))
    yield ("dialled", SUPER_NET("NET_DIALLED", str8("192.0.2.1:5000")) +
           expect(1, 3, 1000) + stream(2, u32(3) + b"abc") +
           on_conn("CONN_PROMOTE", 1) + act(1, FULL) + u8(30) +
           stream(2, (u32(100) + bytes(100)) * 5) + act(1, END) + u8(0))
    yield ("bulk", live + on_conn("BULK_OUT", 1, bytes(200)) * 3 + frame_out +
           act(STRANGER, FULL) + u8(20) + on_conn(
               "BULK_OUT", 1, bytes(200)) * 2 + frame_out * 3 + later(1000))
    yield "leaves", live + act(0, END) + u8(0) + later(100)
    yield from net_crowds()
    yield from net_ends()
    yield from net_queues()


def heard(n, source):
    """A stranger who is asked for something, says it, and is asked again."""
    return (caller(source) + expect(n, 1, 44) + stream(
        STRANGER + n - 1, bytes(44)) + expect(n, 1, 96))


def asked(n, source):
    return caller(source) + expect(n, 1, 44)


def hangs_up(n, how=0):
    """0 in order, 1 a reset, 3 nothing is heard from there."""
    return act(STRANGER + n - 1, END) + u8(how)


def full(where, n=255):
    return act(where, FULL) + u8(n)


def net_crowds():
    """More who want in than there are places."""
    begin = SUPER_NET("NET_LISTENER")
    pair = begin + heard(1, 1) + heard(2, 1)
    four = begin + b"".join(heard(n, n) for n in range(1, 5))
    # One source has its share: the next of it waits or pushes one out.
    yield "share", pair + caller(1) + later(1100) + asked(3, 1)
    yield "share-asked", begin + asked(1, 1) + asked(2, 1) + asked(3, 1)
    yield "share-flood", pair + at_once(*[caller(1)] * 20) + later(1100)
    yield "share-others", pair + heard(3, 2) + caller(1) + later(
        1100) + asked(4, 1)
    # All places are taken.
    yield "full", four + caller(5) + later(1100) + asked(5, 6)
    yield "full-pairs", pair + heard(3, 2) + heard(4, 2) + asked(5, 3)
    yield "full-closing", four + full(STRANGER) + on_conn(
        "FRAME_OUT", 1, bytes(99)) + on_conn("CONN_CLOSE", 1, u8(0)) + (
            asked(5, 5))
    # The oldest is not the first in its place any more.
    yield "oldest", begin + asked(1, 1) + asked(2, 2) + hangs_up(1) + b"".join(
        caller(n) + expect(n, 1, 44) for n in range(3, 7)) + later(6000)
    yield "oldest-unlike", begin + asked(1, 1) + heard(2, 2) + heard(
        3, 2) + asked(4, 3) + asked(5, 4) + asked(6, 5)
    yield "families", begin + b"".join(asked(n, s) for n, s in enumerate(
        (0x81, 0x81, 1, 0x81, 0x89, 0x82), 1))
    # Accepting goes wrong, for a while or for good.
    for why in range(9):
        yield (f"accept{why}", begin + fails(LISTENER, 2, why) + caller(
            1) + later(60) * 7 + expect(1, 1, 44) + later(6000))
    # Room for those who are let in for good, and for who is dialled.
    promoted = begin + b"".join(heard(n, n) + on_conn(
        "CONN_PROMOTE", n) for n in (1, 2))
    bye = full(STRANGER) + on_conn("FRAME_OUT", 1, bytes(9999)) + on_conn(
        "CONN_CLOSE", 1, u8(0))
    dialled = SUPER_NET("NET_DIALLED", str8("192.0.2.1:5000"))
    rest = b"".join(heard(n, n) for n in (3, 4, 5, 6))
    yield "promote", promoted + heard(3, 3) + on_conn("CONN_PROMOTE", 3)
    yield "promote-bye", promoted + heard(3, 3) + bye + on_conn(
        "CONN_PROMOTE", 3)
    yield "promote-byes", promoted + heard(3, 3) + bye + full(
        STRANGER + 1) + on_conn("FRAME_OUT", 2, bytes(9999)) + on_conn(
            "CONN_CLOSE", 2, u8(0)) + full(STRANGER + 2) + on_conn(
                "FRAME_OUT", 3, bytes(99)) + heard(4, 4) + on_conn(
                    "CONN_CLOSE", 3, u8(0)) + on_conn("CONN_PROMOTE", 4)
    yield "promote-twice", promoted + on_conn("CONN_PROMOTE", 1)
    yield "promote-late", begin + heard(1, 1) + hangs_up(1) + on_conn(
        "CONN_PROMOTE", 1)
    yield "dial-third", promoted + dialled
    yield "dial-seventh", promoted + rest + dialled
    yield "dial-bye", promoted + rest + bye + dialled
    # Who was heard and has gone fails after all, and once.
    yield "fails-gone", begin + heard(1, 1) + hangs_up(1) + on_conn(
        "CONN_CLOSE", 1, u8(1)) * 2 + asked(2, 1)
    yield "fails-unheard", begin + asked(1, 1) + hangs_up(1) + on_conn(
        "CONN_CLOSE", 1, u8(1))
    yield "fails-twice", begin + heard(1, 1) + full(STRANGER) + on_conn(
        "FRAME_OUT", 1, bytes(9)) + on_conn("CONN_CLOSE", 1, u8(1)) * 2


def live_seed(*more):
    return (SUPER_NET("NET_LISTENER") + heard(1, 1) + on_conn(
        "CONN_PROMOTE", 1) + expect(1, 2, 65535) + b"".join(more))


def net_ends():
    """One end goes at the very moment when something is to be done."""
    out = on_conn("FRAME_OUT", 1, bytes(200))
    close = on_conn("CONN_CLOSE", 1, u8(0))
    for how in (0, 1, 3):
        end = hangs_up(1, how)
        yield f"end{how}", live_seed(end)
        yield f"end-waiting{how}", live_seed(full(STRANGER, 3), out, end)
        yield f"end-out{how}", live_seed(at_once(end, out))
        yield f"end-outs{how}", live_seed(at_once(end, out, out, out))
        yield f"end-close{how}", live_seed(at_once(end, out, close))
        yield (f"end-closed{how}", live_seed(full(STRANGER, 6), out, close,
                                             end, later(900)))
        # Its bytes fill the place, and nobody expects them yet.
        yield (f"end-full{how}", SUPER_NET("NET_LISTENER") + asked(1, 1) +
               stream(STRANGER, bytes(44)) + act(STRANGER, LONG) + u16(9) +
               str8(b"x" * 255) + full(STRANGER) + out + end + later(20000))
    for why in (0, 1):
        yield f"no-memory{why}", live_seed(fails(STRANGER, 5, why), out * 9)
        yield f"no-memory-waiting{why}", live_seed(full(STRANGER, 4), out, (
            fails(STRANGER, 5, why)), out)
    # The supervisor goes: what was said is still written, for a while.
    gone = act(0, END) + u8(0)
    yield "leaves-behind", live_seed(full(STRANGER), out, gone, later(1200))
    yield "leaves-crypto", live_seed(full(STRANGER), out, act(
        1, END) + u8(0), later(1200), gone)
    yield "leaves-much", live_seed(at_once(gone, *[on_conn(
        "CONN_CLOSE", 1, u8(0))] * 70))


def net_queues():
    """Full queues, and writes that take a part."""
    def out(n, conn=1):
        return CRYPTO_NET.long("FRAME_OUT", 4 + n, u32(conn) + bytes(
            range(240)))

    small, steps = out(99), later(1)
    for name in ("FRAME_OUT", "BULK_OUT"):
        yield f"window-{name[:4].lower()}", live_seed(
            full(STRANGER), on_conn(name, 1, bytes(99)) * 17)
    yield "gather", live_seed(at_once(
        small, small, small, out(9000), small))
    yield "gather-one", live_seed(at_once(out(9000), small), small)
    yield "credit-closing", live_seed(full(STRANGER, 14), small * 10, on_conn(
        "CONN_CLOSE", 1, u8(0)), steps * 20)
    yield "stranger-takes-nothing", SUPER_NET("NET_LISTENER") + asked(
        1, 1) + full(STRANGER) + out(3000)
    most = act(STRANGER, MOST) + u8(255)
    rest = act(STRANGER, MOST) + u8(0) + steps * 3
    yield "moves", live_seed(most, out(8300), steps * 18, small, out(
        9000), rest)
    yield "moves-not", live_seed(most, out(60000), steps * 18, small, rest)
    for n in (100, 600):
        yield (f"moves-stranger{n}", SUPER_NET("NET_LISTENER") + asked(
            1, 1) + act(STRANGER, MOST) + u8(100) + out(2400) + steps * 5 +
               out(n) + later(300) + on_conn("CONN_PROMOTE", 1) + out(
                   n) + rest)
    # Crypto reads one message at a time.
    long = act(STRANGER, LONG) + u16(471) + str8(b"\xea" * 255)
    yield "crypto-slow", live_seed(
        asked(2, 2), later(1024), asked(3, 3), act(1, MOST) + u8(1), at_once(
            long, later(4096)), later(1024), later(9))
    yield "crypto-full", live_seed(
        asked(2, 2), asked(3, 3), full(1), long, hangs_up(2), act(
            1, MOST) + u8(1), full(1, 0), hangs_up(2), later(9), act(
                0, END) + u8(0))


# ---- dial ----------------------------------------------------------------

def dial_seeds():
    end = End(0, "LINK_SUPER_DIAL", "SUPER")

    def request(what, host):
        return end("DIAL_REQUEST", u8(what) + u16(5000) + str8(host))

    def proxy(kind, host):
        return end("DIAL_PROXY", u8(kind) + u16(1080) + str8(host))

    reply = b"\5\0" + b"\5\0\0\1" + bytes(6)
    yield "name", request(1, "host.example") + b"\2\1\0" + b"\0" * 8
    yield "many", request(1, "host.example") + b"\5" + b"\1" * 5 + (
        b"\0\2" + later(300)) * 5 + b"\4\5\6"
    yield "scope", request(1, "fe80::1%2") + b"\0\2" + b"\0" * 4
    yield "slow", request(1, "192.0.2.1") + b"\1\0\0\2" + later(20000)
    name = request(1, "host.example")
    yield "none", name + b"\xc0"
    yield "none-system", name + b"\xe0"
    # The resolver's files: of another owner, refused, missing, there.
    for i, opened in enumerate((b"\1", b"\2", b"\3" * 3, b"\0\0\1")):
        yield f"none-files{i}", name + b"\x80" + opened
    yield "more-than-tried", name + b"\x0a" + b"\1" * 10 + b"\0\4" * 8
    # The first has no IPv6 to go by; only the second failure says something.
    for i, error in enumerate((b"\5", b"\6", b"\x09")):
        yield f"no-family{i}", name + b"\2\1\1\0" + error + b"\0\4"
    for i, host in enumerate((
            "fe80::1%eth0", "fe80::1%eth1", "fe80::1%", "fe80::x%2",
            "fe80::1%anamethatistoolongforone", "0:" * 40 + "1%2",
            "fe80::1%9999999999", "fe80::1%99999999999999")):
        yield f"scope{i}", request(1, host) + b"\0\2" + bytes(8)
    yield "listen", request(2, "") + b"\0" * 12
    yield "listen6", request(2, "::1") + b"\1\1\0" + b"\0" * 8
    yield "listen-one4", request(2, "192.0.2.1") + b"\1\4" + bytes(8)
    yield "listen-one6", request(2, "::1") + b"\1\5" + bytes(8)
    yield "busy", request(2, "") + b"\0\x08" + b"\0\x08"
    for i, r in enumerate((reply, b"\5\0\5\0\0\3\4name\0\1", b"\5\0\5\1\0\1",
                           b"\5\0\5\0\0\4" + bytes(18), b"\4\0", b"\5\xff",
                           b"\5\0\4\0\0\1\0", b"\5\0\5\0\0\7\0",
                           b"\5\0\5\0\0\3\xff" + bytes(257))):
        yield (f"socks{i}", proxy(2, "/run/proxy") + request(
            1, "host.example") + b"\0\0" + act(0, TIME) + b"\1" +
               stream(1, r))
    yield "proxy-path", proxy(2, "/" + "x" * 120) + request(1, "h")
    yield "socks-numbers", proxy(2, "/run/proxy") + request(
        1, "192.0.2.1") + b"\0\0" + stream(1, reply)
    for how in (0, 1, 3):
        yield (f"socks-ends{how}", proxy(2, "/run/proxy") + name + b"\0\0" +
               act(1, END) + u8(how))
    yield "tor", proxy(1, "127.0.0.1") + request(1, "2001:db8::1") + (
        b"\1\0\0\0") + stream(1, reply)


# ---- file ----------------------------------------------------------------

def file_seeds():
    sup = End(0, "LINK_SUPER_FILE", "SUPER")
    crypto = End(1, "LINK_CRYPTO_FILE", "CRYPTO")

    def disk(what, *values):
        return own(what, b"".join(u8(v) for v in values))

    def read(fid, size):
        return sup("FILE_READ", u32(fid) + u64(size))

    def write(fid, size):
        return sup("FILE_WRITE", u32(fid) + u64(size))

    def want(fid, at, n):
        return crypto("FILE_WANT", u32(fid) + u64(at) + u32(n))

    def store(fid, at, n):
        return crypto.long("FILE_STORE", 12 + n, u32(fid) + u64(at) + b"x")

    begin = disk(0, 100, 10)
    size = 100 << 10
    yield "read", begin + read(1, size) + want(1, 0, 65495) + want(
        1, 65495, size - 65495) + sup("FILE_DROP", u32(1)) + want(1, 0, 1)
    yield "write", begin + write(2, 3000) + store(2, 0, 1000) + store(
        2, 1000, 2000) + write(4, 0) + store(4, 0, 1)
    for i, change in enumerate((disk(1, 1), disk(2, 1), disk(2, 2),
                                disk(3, 1), disk(0, 1, 1))):
        yield f"changed{i}", begin + read(1, size) + change + want(
            1, 0, 1000) + read(3, size)
    for i, change in enumerate((disk(4, 1), disk(4, 2), disk(5, 1),
                                disk(5, 2), disk(6, 3))):
        yield f"failed{i}", change + write(2, 3000) + store(2, 0, 3000)
    yield "many", begin + b"".join(
        read(2 * n + 1, size) + write(2 * n + 2, 9) for n in range(9))
    yield "stalled", begin + read(1, size) + act(1, FULL) + u8(9) + want(
        1, 0, 60000) * 5 + act(0, FULL) + u8(9) + write(2, 0) * 2 + act(
        1, END) + u8(0)
    yield "longer", disk(6, 4) + begin + read(1, size) + disk(6, 0) + read(
        3, size) + disk(6, 4) + want(3, size - 9, 9)
    yield "moment", begin + read(1, size) + disk(1, 128) + want(1, 0, 9)
    yield "too-large", disk(4, 4) + write(2, 9) + store(2, 0, 9)
    yield "unread", begin + read(1, 9) + act(0, FULL) + u8(200) + (
        write(2, 0) + write(4, 9)) * 4 + act(1, FULL) + u8(200) + want(
            1, 0, 9) * 9
    part = 60000
    much = write(2, 200 * part) + b"".join(
        store(2, n * part, part) for n in range(69))
    yield "paced", much + b"".join(
        store(2, n * part, part) for n in range(69, 150))
    for why in range(1, 5):
        yield f"no-pace{why}", much + disk(5, why << 2) + b"".join(
            store(2, n * part, part) for n in range(69, 76))
        yield f"no-part{why}", much + store(2, 69 * part, part) + disk(
            5, why << 2) + b"".join(store(2, n * part, part)
                                    for n in range(70, 150))
    yield "too-far", begin + read(1, size) + want(1, size, 1)


# ---- words ---------------------------------------------------------------

def options_seeds():
    lines = [
        (0, "5001"), (0, "127.0.0.1:5001 --id --pair --name bob"),
        (0, "[::1]:5001 --passphrase --keep --json --no-input"),
        (0, "--passphrase-fd 0 --quiet --verbose --plain --ascii"),
        (1, "192.0.2.10:5000 --code-fd 0 --log /l --accept-intro 1"),
        (1, "[2001:db8::1]:5000 --key k --rekey-every 20,10m --wait=30s"),
        (1, "fe80::1%eth0 --key=k --proxy socks5://h:1 --no-prices"),
        (1, "h --proxy socks5:/run/tor --prices --prices-every 60"),
        (1, "h --legacy fernet --key k"), (1, "h --legacy gcm --passphrase"),
        (1, "h --prices-url https://p.example:8443/x --ca-file /c"),
        (1, "-qv -- h"), (1, "--help"), (1, "h --wait 30s"), (1, "h --nosuch"),
        (2, "--watch --json --prices-every=5m --colors eastern"),
        (2, "--colors blue-orange --prices-url https://h/ --ascii"),
        (0, "--config /c --pq --accept-new --id"), (1, "h -x --keyy"),
        (0, "--crypto-worker /w --no-color"), (1, "http://h/"),
    ]
    for i, (command, words) in enumerate(lines):
        yield f"line{i}", u8(command) + b"\0".join(
            w.encode() for w in words.split())


def price_http_seeds():
    folder = os.path.join(ROOT, "tests/fuzz/corpus/price")
    names = [n for n in sorted(os.listdir(folder)) if len(n) < 40]
    kind = b"application/json"

    def answer(status, body, *headers):
        lines = [b"HTTP/1.1 " + status, b"Content-Type: " + kind,
                 b"Content-Length: %d" % len(body), *headers]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    for name in names[:12]:
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        yield "ok-" + name, u8(data[0] % 3) + answer(b"200 OK", data[1:])
    yield "busy", b"\0" + answer(b"429 Too Many", b"", b"Retry-After: 30")
    yield "moved", b"\1" + answer(b"301 Moved", b"", b"Location: /x")
    yield "error", b"\2" + answer(b"503 No", b"{}",
                                  b"Retry-After: Fri, 01 Jan 2027 00:00:00 GMT")
    yield "none", b"\x08" + answer(b"204 No Content", b"")
    yield "packed", b"\x10" + answer(b"200 OK", b"{}",
                                     b"Content-Encoding: gzip")
    yield "type", b"\x20HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nx"
    yield "chunks", (b"\x40HTTP/1.1 200 OK\r\nContent-Type: application/json;"
                     b" charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"2\r\n{}\r\n0\r\n\r\n")
    yield "short", b"\0HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"
    yield "old", b"\0HTTP/0.9 200 OK\r\n\r\n{}"
    yield "none-at-all", b"\0"
    yield "gone", b"\x80" + answer(b"200 OK", b"{}")
    yield "continue", b"\0HTTP/1.1 100 Continue\r\n\r\n" + answer(
        b"200 OK", b"{}")
    yield "long", b"\0HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 12000 + b"\r\n"


def audit_seeds():
    status = (b"Name:\tsecchat-net\nTracerPid:\t0\nCapInh:\t0000000000000000\n"
              b"CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
              b"CapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n"
              b"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t2\n")
    limits = (b"Limit                     Soft Limit           Hard Limit\n"
              b"Max core file size        0                    0\n"
              b"Max open files            16                   16\n"
              b"Max file size             0                    0\n"
              b"Max processes             0                    unlimited\n")
    smaps = (b"00400000-00401000 rw-p 00000000 00:00 0    [heap]\n"
             b"VmFlags: rd wr mr mw me ac lo dd\n"
             b"7f0000000000-7f0000001000 rw-s 00000000 00:01 9 /secretmem\n"
             b"VmFlags: rd wr\n7fff0000-7fff1000 r--p 0 00:00 0 [vvar]\n"
             b"VmFlags: rd\n")
    maps = (b"00400000-00401000 r-xp 00000000 fe:01 7  /bin/secchat-net\n"
            b"7f0000000000-7f0000001000 r-xp 00000000 fe:01 8  "
            b"/lib/libc.so.6\n7f0000002000-7f0000003000 r-xp 0 fe:01 9 "
            b"/lib/libevil.so (deleted)\n")
    dev = b"Inter-|\n face |\n    lo: 0\n  eth0: 0\n"
    for i, files in enumerate((
            (status, limits), (limits, status), (smaps, maps), (maps, smaps),
            (dev, b"12 13 14 "), (b"secchat-net\n", status),
            (b"", b"\0" * 40), (status, smaps, maps, limits, dev),
            (b"pipe:[1]", b"socket:[2]", b"/dev/null", b"/etc/passwd"))):
        yield f"files{i}", b"".join(u8(i) + u16(len(f)) + f for f in files)


SEEDS = {"net": net_seeds,
         "dial": dial_seeds, "file": file_seeds,
         "options+": options_seeds, "price_http+": price_http_seeds,
         "audit": audit_seeds, **chats.SEEDS, **folders.SEEDS, **fronts.SEEDS,
         **keyboards.SEEDS, **moments.SEEDS, **sessions.SEEDS,
         **stories.SEEDS, **texts.SEEDS}


KEPT = os.path.join(ROOT, "tests/fuzz/kept")


def names_kept():
    with open(KEPT, encoding="utf-8") as f:
        return set(f.read().split("\n"))


def make(folder, kept=None):
    for name, seeds in SEEDS.items():
        name = name.rstrip("+") # beside others of the same fuzzer
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for seed, data in seeds():
            if kept is not None and f"{name}/{seed}" not in kept:
                continue
            with open(os.path.join(folder, name, seed), "wb") as f:
                f.write(data)


def keep(folder, only):
    """Those that lead a fuzzer, in a build for coverage, further."""
    make(folder)
    every = {n.rstrip("+") for n in SEEDS}
    only = only or every
    out = [line for line in names_kept()
           if line.split("/")[0] in every.difference(only)]
    for name in sorted(only):
        path = os.path.join(folder, name + ".kept")
        subprocess.run(
            [os.path.join(ROOT, "build/fuzzcov/fuzz", name),
             os.path.join(ROOT, "tests/fuzz/corpus", name),
             os.path.join(folder, name)], check=True,
            stdout=subprocess.DEVNULL, env={
                **os.environ, "FUZZ_KEEP": path,
                "LLVM_PROFILE_FILE": "/dev/null"})
        with open(path, encoding="utf-8") as f:
            out += [os.path.relpath(line, folder)
                    for line in f.read().split("\n")
                    if line.startswith(folder)]
    with open(KEPT, "w", encoding="utf-8") as f:
        f.write("".join(f"{line}\n" for line in sorted(out)))


def main():
    words = sys.argv[1:]
    folder, *only = [w for w in words if not w.startswith("-")] or [
        os.path.join(ROOT, "build/seeds")]
    if "--keep" in words:
        keep(folder, only)
    else:
        make(folder, None if "--all" in words else names_kept())


if __name__ == "__main__":
    main()
