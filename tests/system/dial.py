"""secchat-dial alone: the test is the supervisor.

Lookups run in a mount and network namespace of their own, with files and a
name server that the test has made; where those cannot be had they are skipped.

# users: root nobody
"""
import errno
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import threading

from secchat_test import (check, check_equal, main, scratch, skip_part)
from worker_test import (DIAL_FAILED, DIAL_OK, DIAL_REQUEST, READY, Worker,
                         case, str8)

CONNECT, LISTEN = 1, 2
TCP_NOTSENT_LOWAT = 25
SIOCGIFFLAGS, SIOCSIFFLAGS = 0x8913, 0x8914


def errors():
    """The numbers of enum err."""
    path = os.path.join(os.path.dirname(__file__),
                        "../../include/secchat/err.h")
    with open(path, encoding="utf-8") as f:
        body = f.read().split("enum err {")[1].split("}")[0]
    words = [w for line in body.splitlines()
             for w in line.split("/*")[0].replace("=", ",").split(",")]
    names = [w.strip() for w in words if w.strip().startswith("ERR_")]
    return {name: i for i, name in enumerate(names)}


ERR = errors()


class Dial(Worker):
    def __init__(self):
        super().__init__("secchat-dial", 1)
        self.super = self.links[0]

    def ask(self, what, host, port):
        self.super.send(DIAL_REQUEST,
                        struct.pack(">BH", what, port) + str8(host))

    def answer(self):
        kind, body, fd = self.super.recv()
        check_equal((kind, fd is not None), (DIAL_OK, True),
                    f"answer {body!r}")
        size = body[0]
        addr, hint = body[1:1 + size], body[2 + size:]
        check_equal(len(hint), body[1 + size], "length of the hint")
        check_equal(self.wait_exit(), 0, "exit code")
        return socket.socket(fileno=fd), addr.decode(), hint.decode()

    def failure(self):
        """(error, errno, EAI code, address)"""
        kind, body, _ = self.super.recv()
        check_equal(kind, DIAL_FAILED, f"answer {body!r}")
        error, number, eai, size = struct.unpack(">HIBB", body[:8])
        check_equal(len(body), 8 + size, "length of the address")
        check_equal(self.wait_exit(), 0, "exit code")
        return error, number, eai, body[8:].decode()


def dial(what, host, port=0):
    d = Dial()
    d.ask(what, host, port)
    return d.answer()


def dial_fails(what, host, port=0):
    d = Dial()
    d.ask(what, host, port)
    return d.failure()


def check_options(s):
    """As every connection should be."""
    for level, option, want in (
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16 * 1024)):
        check_equal(s.getsockopt(level, option), want, f"option {option}")
    flags = fcntl.fcntl(s.fileno(), fcntl.F_GETFL)
    check(flags & os.O_NONBLOCK, "a blocking socket")


def meets(server, s):
    """The connection leads to that server."""
    theirs, _ = server.accept()
    s.setblocking(True)
    s.sendall(b"hello")
    check_equal(theirs.recv(5), b"hello", "hello")
    theirs.close()


@case
def connects():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        s, addr, hint = dial(CONNECT, "127.0.0.1", port)
        check_equal((addr, hint), (f"127.0.0.1:{port}", ""), "answer")
        check_options(s)
        meets(server, s)


@case
def connects_ipv6():
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as e:
        skip_part(f"no IPv6: {e}")
        return
    port = server.getsockname()[1]
    for host in ("::1", "0:0:0:0:0:0:0:1", "::1%1", "::1%lo"):
        s, addr, _ = dial(CONNECT, host, port)
        check_equal(addr.replace("%1", ""), f"[::1]:{port}", "address")
        meets(server, s)
    for host in ("::1%nope", "::1%", "%lo", "127.0.0.1%lo", "::1%4294967297",
                 "x" * 60 + "%1"):
        error, _, _, _ = dial_fails(CONNECT, host, port)
        check_equal(error, ERR["ERR_LOOKUP"], host)
    server.close()


@case
def refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    check_equal(dial_fails(CONNECT, "127.0.0.1", port),
                (ERR["ERR_CONNECT"], errno.ECONNREFUSED, 0,
                 f"127.0.0.1:{port}"), "refused")


@case
def listens():
    s, addr, hint = dial(LISTEN, "127.0.0.1", 0)
    port = s.getsockname()[1]
    check_equal((addr, hint), (f"127.0.0.1:{port}", ""), "answer")
    check_options(s)
    c = socket.create_connection(("127.0.0.1", port))
    select.select([s], [], [], 20)
    inherited, _ = s.accept()
    inherited.setblocking(False)
    check_options(inherited)
    inherited.close()       # first, so that the port has a TIME_WAIT
    c.close()
    # The port is free again at once, although a connection just ended.
    s.close()
    s, _, _ = dial(LISTEN, "127.0.0.1", port)
    check_equal(dial_fails(LISTEN, "127.0.0.1", port),
                (ERR["ERR_LISTEN"], errno.EADDRINUSE, 0,
                 f"127.0.0.1:{port}"), "in use")
    check_equal(dial_fails(LISTEN, "192.0.2.1", port)[:2],
                (ERR["ERR_LISTEN"], errno.EADDRNOTAVAIL), "not ours")


@case
def listens_everywhere():
    s, addr, hint = dial(LISTEN, "", 0)
    port = s.getsockname()[1]
    socket.create_connection(("127.0.0.1", port)).close()
    if s.family == socket.AF_INET6:
        check_equal(addr, f"[::]:{port}", "address")
        socket.create_connection(("::1", port)).close()
    else:
        check_equal(addr, f"0.0.0.0:{port}", "address")
    if hint:
        # Whoever reads it out is reached there.
        socket.create_connection((hint, port)).close()
    check_equal(dial_fails(LISTEN, "", port)[:2],
                (ERR["ERR_LISTEN"], errno.EADDRINUSE), "in use")
    s, addr, _ = dial(LISTEN, "0.0.0.0", 0)
    check_equal(addr, f"0.0.0.0:{s.getsockname()[1]}", "IPv4 alone")


@case
def wrong_requests():
    d = Dial()
    d.ask(3, "127.0.0.1", 1)
    d.check_fatal("asked for 3")
    d = Dial()
    d.super.send(DIAL_REQUEST, b"\1\0\1\x05abc")
    d.check_fatal("malformed")
    d = Dial()
    d.super.send(DIAL_REQUEST, b"\1\0\1\x03a\0c")
    d.check_fatal("malformed")
    d = Dial()
    d.super.send(READY, bytes(9))
    d.check_fatal("wrong sender")


@case
def supervisor_leaves():
    d = Dial()
    d.super.close()
    check_equal(d.wait_exit(), 0, "before the question")
    with full_server() as server:
        d = Dial()
        d.ask(CONNECT, *server.getsockname())
        check(not d.super.sock in select.select(
            [d.super.sock], [], [], 0.3)[0], "connected to a full server")
        d.super.close()
        check_equal(d.wait_exit(), 0, "while it connects")


def full_server():
    """A listener that takes no more: connections to it hang."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    full_server.held = []
    for _ in range(2):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(server.getsockname())
        full_server.held.append(s)
    return server


# ---- lookups, in namespaces of our own --------------------------------------

def name_server(sock):
    """Knows peer.example, says that other names do not exist."""
    while True:
        q, who = sock.recvfrom(512)
        end = q.index(b"\0", 12) + 5
        name, kind = q[12:end - 4], q[end - 4:end - 2]
        known = name == b"\4peer\7example\0"
        is_a = known and kind == b"\0\1"
        head = q[:2] + (b"\x85\x80" if known else b"\x85\x83") + struct.pack(
            ">4H", 1, 1 if is_a else 0, 0, 0)
        record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\x02" if is_a else b""
        sock.sendto(head + q[12:end] + record, who)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        ifr = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(s, SIOCGIFFLAGS, ifr))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | 1))


def replace(path, text, mode=0o644):
    """Another file in the place of this one, in this namespace."""
    new = os.path.join(scratch(), "file")
    with open(new, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(new, mode)
    subprocess.run(["mount", "--bind", new, os.path.realpath(path)],
                   check=True)


@case
def inner_lookups():
    loopback_up()
    replace("/etc/hosts", "127.0.0.1 localhost\n127.0.0.9 friend.test\n")
    replace("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    if os.path.exists("/etc/nsswitch.conf"):
        replace("/etc/nsswitch.conf",
                "hosts: files mdns4_minimal [NOTFOUND=return] resolve "
                "[!UNAVAIL=return] dns\n")
    dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    dns.bind(("127.0.0.1", 53))
    threading.Thread(target=name_server, args=(dns,), daemon=True).start()
    server = socket.create_server(("0.0.0.0", 0))
    port = server.getsockname()[1]
    for name, ip in (("localhost", "127.0.0.1"), ("friend.test", "127.0.0.9"),
                     ("peer.example", "127.0.0.2")):
        s, addr, _ = dial(CONNECT, name, port)
        check_equal(addr, f"{ip}:{port}", name)
        meets(server, s)
    s, addr, _ = dial(LISTEN, "friend.test", 0)
    check(addr.startswith("127.0.0.9:"), addr)
    error, _, eai, addr = dial_fails(CONNECT, "nobody.example", port)
    check_equal((error, eai, addr), (ERR["ERR_LOOKUP"], -socket.EAI_NONAME,
                                     ""), "unknown name")
    # Dial has no capability, so that root cannot read this either.
    replace("/etc/resolv.conf", "nameserver 127.0.0.1\n", 0)
    error = dial_fails(CONNECT, "nobody.example", port)[0]
    check_equal(error, ERR["ERR_LOOKUP_BLOCKED"], "blocked")


@case
def lookups():
    command = ["unshare", "-mn"] + ([] if os.geteuid() == 0 else ["-r"])
    probe = subprocess.run([*command, "true"], capture_output=True,
                           check=False)
    if probe.returncode != 0:
        skip_part("lookups: no namespaces here: "
                  + probe.stderr.decode().strip())
        return
    done = subprocess.run(
        [*command, sys.executable, __file__, "inner_lookups"],
        check=False, timeout=50)
    check_equal(done.returncode, 0, "lookups in a namespace")


if __name__ == "__main__":
    if sys.argv[1:] == ["inner_lookups"]:
        main(inner_lookups)
    main(connects, connects_ipv6, refused, listens, listens_everywhere,
         wrong_requests, supervisor_leaves, lookups)
