# users: root nobody
# seconds: 150
"""Files between two confined chats: whole or not at all, whatever happens.

Every size and kind of file, names that lie, files that change on their way,
disks that are full, lines that are cut, people who change their minds, and
processes that die.  What arrived is compared byte by byte; what did not leaves
nothing behind; and the chat beside it loses no line.  SECCHAT_LONG=1 adds a
sparse file of ten gigabytes.
"""
import os
import signal
import socket
import stat
import threading

from relay import Relay
from secchat_test import (BIN, Suite, check, check_equal, host, join, main,
                          make_key, scratch, skip_part, wait_gone, wait_until)

LONG = bool(os.environ.get("SECCHAT_LONG"))
IS_ROOT = os.geteuid() == 0
MIB = 1 << 20
CHUNK = 65495
ENDS = ("done", "declined", "cancelled", "failed")
OPEN = 1 << 60


class Valve(Relay):
    """A relay that hands on so many bytes in each direction and no more."""

    def __init__(self, target=None, limit=OPEN):
        self.limit = limit
        self.more = threading.Condition()
        super().__init__(target)

    def copy(self, source, sink, gone):
        passed = 0
        try:
            while data := source.recv(65536):
                passed += len(data)
                with self.more:
                    self.more.wait_for(lambda: gone.is_set() or
                                       passed <= self.limit, 60)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def set(self, limit):
        with self.more:
            self.limit = limit
            self.more.notify_all()

    def wake(self):
        with self.more:
            self.more.notify_all()


class Pair:
    """Two people, each with a folder for what comes."""

    def __init__(self, limit=None, host_args=(), join_args=(), key=None, **kw):
        self.top = scratch()
        self.into = {}
        self.key = key or make_key()
        self.h = host(*self.args("host"), *host_args, cwd=self.top,
                      **kw.get("host_kw", {}))
        self.valve = Valve(self.h.addr, limit) if limit else None
        self.addr = self.valve.addr if limit else self.h.addr
        self.j = join(self.addr, *self.args("join"), *join_args, cwd=self.top)
        self.into = {self.h: self.top + "/host", self.j: self.top + "/join"}
        for s in (self.h, self.j):
            s.wait("connected")

    def args(self, name):
        os.makedirs(f"{self.top}/{name}", exist_ok=True)
        return "--key", self.key, "--download-dir", f"{self.top}/{name}"

    def other(self, s):
        return self.j if s is self.h else self.h

    def folder(self, s):
        return sorted(os.listdir(self.into[s]))

    def make(self, name, size=None, data=None):
        data = some(size) if data is None else data
        with open(os.path.join(self.top, name), "wb") as f:
            f.write(data)
        return data

    def offer(self, s, path, **fields):
        """Send it; the offer as the other side sees it."""
        s.do("sendfile", path=path, **fields)
        e = self.other(s).wait("file", state="offered", dir="in")
        mine = s.wait("file", state="offered", n=e["n"])
        check_equal(mine["size"], e["size"], "size")
        return e

    def begin(self, s, path, **fields):
        """Send it, have it accepted, and see that it moves, here and
        there."""
        n = self.offer(s, path)["n"]
        self.other(s).do("accept", n=n, **fields)
        for x in (s, self.other(s)):
            x.wait("file", n=n, state="accepted")
            wait_until(lambda x=x: any(
                e["done"] for e in x.has("file", n=n)), "some of it")
        return n

    def send(self, s, path, **fields):
        """Send it and have it accepted; the other side's last event."""
        n = self.offer(s, path)["n"]
        self.other(s).do("accept", n=n, **fields)
        check_equal(ended(s, n)["state"], "done", path)
        return ended(self.other(s), n)

    def talk(self):
        """The chat goes on."""
        for s in (self.h, self.j):
            self.said = getattr(self, "said", 0) + 1
            s.send(f"line {self.said}", ref=f"r{self.said}")
            self.other(s).wait("message", text=f"line {self.said}")
            s.wait("delivered", ref=f"r{self.said}")

    def leave(self, s, *codes):
        """s leaves; both exit codes, its own first."""
        s.do("quit")
        check_equal((s.wait_exit(), self.other(s).wait_exit()),
                    codes or (0, 0), "exit codes")
        for x in (self.h, self.j):
            check_equal([n for n in self.folder(x) if n[0] == "."], [],
                        "left behind")
        if self.valve:
            self.valve.end()


def some(size):
    return (os.urandom(min(size, 1 << 16)) * (size // (1 << 16) + 1))[:size]


def ended(s, n):
    """How a file ended, on this side."""
    wait_until(lambda: any(e["state"] in ENDS for e in s.has("file", n=n)),
               f"the end of file {n}")
    return [e for e in s.has("file", n=n) if e["state"] in ENDS][-1]


def read(path):
    with open(path, "rb") as f:
        return f.read()


# ---- whole ---------------------------------------------------------------

def sizes():
    """Both ways, every border of a piece, and texts meanwhile."""
    p = Pair()
    for k, size in enumerate((0, 1, 1000, CHUNK - 1, CHUNK, CHUNK + 1,
                              3 * MIB + 5)):
        s = (p.h, p.j)[k % 2]
        data = p.make(f"f{size}", size)
        e = p.send(s, f"f{size}")
        check_equal((e["state"], e["done"], e["name"]),
                    ("done", size, f"f{size}"), size)
        check(read(e["path"]) == data, "other bytes", size)
        check_equal(os.path.dirname(e["path"]), p.into[p.other(s)], "where")
        check_equal(stat.S_IMODE(os.stat(e["path"]).st_mode), 0o600, "mode")
        check_equal(e["n"] % 2, int(s is p.j), "whose number")
        p.talk()
    numbers = [e["n"] for e in p.h.has("file", state="offered")]
    check_equal(sorted(numbers), sorted(set(numbers)), "numbers")
    p.leave(p.j)


def at_once():
    """Sixteen in both directions, and lines between them."""
    p = Pair()
    data = {}
    for s, name in ((p.h, "h"), (p.j, "j")):
        for i in range(8):
            data[f"{name}{i}"] = p.make(f"{name}{i}", 200000 + 7 * i)
            s.do("sendfile", path=f"{name}{i}", ref=f"{name}{i}")
    for s in (p.h, p.j):
        for _ in range(8):
            e = s.wait("file", state="offered", dir="in")
            s.do("accept", n=e["n"])
    for _ in range(10):
        p.talk()
    for s, name in ((p.h, "j"), (p.j, "h")):
        wait_until(lambda s=s: len(s.has("file", state="done")) == 16, "all")
        check_equal(p.folder(s), [f"{name}{i}" for i in range(8)], "folder")
        for n in p.folder(s):
            check(read(f"{p.into[s]}/{n}") == data[n], "other bytes", n)
        check_equal(sorted(e["ref"] for e in s.has("file", state="done",
                                                   dir="out")),
                    [f"{'h' if s is p.h else 'j'}{i}" for i in range(8)],
                    "refs")
    p.leave(p.h)


def too_many():
    """The seventeenth that is not answered is refused."""
    p = Pair()
    p.make("x", 1)
    for i in range(17):
        p.j.do("sendfile", path="x", ref=str(i))
    wait_until(lambda: p.j.has("error") or p.j.has("file", state="failed"),
               "a refusal")
    for _ in range(16):
        p.h.do("decline", n=p.h.wait("file", state="offered")["n"])
        p.j.wait("file", state="offered")
    wait_until(lambda: len(p.j.has("file", state="declined")) == 16, "all")
    check_equal(p.send(p.j, "x")["state"], "done", "afterwards")
    p.leave(p.j)


def sparse():
    """Holes are bytes like others."""
    p = Pair()
    with open(p.top + "/hole", "wb") as f:
        f.truncate(48 * MIB)
        f.seek(20 * MIB)
        f.write(b"in the middle")
    e = p.send(p.h, "hole")
    check(read(e["path"]) == read(p.top + "/hole"), "other bytes")
    if LONG:
        with open(p.top + "/huge", "wb") as f:
            f.truncate(10 << 30)
            f.seek((10 << 30) - 4)
            f.write(b"last")
        n = p.offer(p.j, "huge")["n"]
        p.h.do("accept", n=n)
        wait_until(lambda: p.j.has("file", n=n, state="done"), "ten GiB", 600)
        path = ended(p.h, n)["path"]
        with open(path, "rb") as f:
            check_equal(f.seek(0, 2), 10 << 30, "size")
            f.seek(-5, 2)
            check_equal(f.read(), b"\0last", "its end")
        os.unlink(path)
    p.leave(p.h)


# ---- names and places ----------------------------------------------------

def names():
    """One component, harmless, and never another's."""
    p = Pair()
    for name, want in ((".bashrc", "bashrc"), ("-rf", "rf"), ("a b", "a b"),
                       ("\u202egpj.exe", "<U+202E>gpj.exe"),
                       ("a\nb", "a^Jb"), ("x" * 251 + ".txt", None),
                       ("\U0001F600.png", "\U0001F600.png"),
                       (b"\xff\xfe", "<FF><FE>")):
        path = os.path.join(p.top, os.fsdecode(name))
        with open(path, "wb") as f:
            f.write(b"x")
        if isinstance(name, bytes):
            os.symlink(path, p.top + "/raw")
            continue        # JSON has no such bytes: a link names it
        e = p.send(p.j, path)
        got = os.path.basename(e["path"])
        check_equal(got, want or "x" * 196 + ".txt", name)
        check_equal(e["name"], got, name)
        check_equal(read(f"{p.into[p.h]}/{got}"), b"x", name)
    # What is there stays, whatever it is.
    into = p.into[p.h]
    p.make("same", 10)
    os.symlink("/nowhere", into + "/same")
    os.mkdir(into + "/same-2")
    for want in ("same-3", "same-4"):
        offer = p.offer(p.j, "same")
        check_equal(offer["path"], f"{into}/{want}", "where it would be")
        p.h.do("accept", n=offer["n"])
        check_equal(ended(p.h, offer["n"])["path"], f"{into}/{want}", "name")
        ended(p.j, offer["n"])
    check_equal(os.readlink(into + "/same"), "/nowhere", "the link")
    # Another name; no path.
    offer = p.offer(p.j, "same")
    p.h.do("accept", n=offer["n"], **{"as": "../x"})
    check("path" in p.h.wait("error")["msg"], "a path was taken for a name")
    p.h.do("accept", n=offer["n"], **{"as": ".bashrc"})
    check("; bashrc would do" in p.h.wait("error")["msg"], "it was changed")
    p.h.do("accept", n=offer["n"], **{"as": "mine.txt"})
    check_equal(ended(p.h, offer["n"])["path"], into + "/mine.txt", "as")
    ended(p.j, offer["n"])
    p.h.do("accept", n=77)
    p.h.wait("error")
    p.leave(p.j)


def no_files():
    """What is no file, or may not leave, is refused in words."""
    p = Pair()
    os.mkdir(p.top + "/folder")
    os.mkfifo(p.top + "/fifo")
    p.make("secret", 3)
    os.chmod(p.top + "/secret", 0)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(p.top + "/socket")
    os.link(p.key, p.top + "/key")
    rows = [("folder", "directory"), ("fifo", "pipe"), ("socket", "socket"),
            ("/dev/zero", "device"), ("nothing", "no such file"),
            ("key", "key"), (p.key, "key"), ("/proc/cpuinfo", "more in it"),
            ("x" * 4096, "too long")]
    if not IS_ROOT:
        rows.append(("secret", "permission"))
    for path, word in rows:
        p.j.do("sendfile", path=path, ref=path[:64])
        e = p.j.wait("file", state="failed", ref=path[:64])
        check(e["n"] is None and word in e["msg"], path, e)
    check_equal(p.h.has("file"), [], "told of it")
    # A link to a file is one; from home; from where secchat was started.
    data = p.make("real", 100)
    os.symlink("real", p.top + "/link")
    check(read(p.send(p.j, "link")["path"]) == data, "a link")
    # A name that is not UTF-8 arrives as one that is.
    with open(os.fsencode(p.top) + b"/caf\xe9.txt", "wb") as f:
        f.write(b"bytes")
    p.j.do("sendfile", path_hex=b"caf\xe9.txt".hex(), ref="hex")
    e = p.h.wait("file", state="offered", name="caf<E9>.txt")
    p.h.do("accept", n=e["n"])
    check_equal(ended(p.j, e["n"])["state"], "done", "not UTF-8")
    check_equal(read(p.into[p.h] + "/caf<E9>.txt"), b"bytes", "not UTF-8")
    p.talk()
    p.leave(p.j)


def places():
    """The folder by option, by config file, by the desktop; made, missing,
    refused."""
    home = scratch()
    os.makedirs(home + "/.config")
    with open(home + "/.config/user-dirs.dirs", "w", encoding="ascii") as f:
        f.write('# made by xdg-user-dirs\nXDG_DOWNLOAD_DIR="$HOME/Down"\n')
    with open(home + "/conf", "w", encoding="ascii") as f:
        f.write("download-dir = ~/conf.d\n")
    env = {"HOME": home, "XDG_CONFIG_HOME": ""}
    key = make_key()
    for args, want in (((), home + "/Down"),
                       (("--config", home + "/conf"), home + "/conf.d"),
                       (("--download-dir", "here//"), home + "/here")):
        h = host("--key", key, *args, env=env, cwd=home)
        j = join(h, "--key", key, env=env, cwd=home)
        j.wait("connected")
        with open(home + "/note", "wb") as f:
            f.write(b"hi")
        j.do("sendfile", path="~/note" if not args else "note")
        e = h.wait("file", state="offered")
        check(not os.path.exists(want), "made too early")
        h.do("accept", n=e["n"])
        check_equal(ended(h, e["n"])["path"], want + "/note", args)
        check_equal(ended(j, e["n"])["state"], "done", "confirmed")
        check_equal(stat.S_IMODE(os.stat(want).st_mode), 0o700, "its mode")
        j.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    with open(home + "/plain", "wb"):
        pass
    for bad, word in (("plain", "not a folder"), ("no/such", "No such file"),
                      ("plain/x", "not a folder")):
        s = Suite("host", "--key", key, "--download-dir", bad, "127.0.0.1:0",
                  cwd=home)
        check_equal(s.wait_exit(), 3, bad)
        check(word in s.stderr() + str(s.events), bad, s.stderr(), s.events)
    # Gone by the time it is needed: the offer stays, and it is tried again.
    p = Pair()
    p.make("x", 5)
    os.rmdir(p.into[p.h])
    with open(p.into[p.h], "wb"):
        pass
    n = p.offer(p.j, "x")["n"]
    p.h.do("accept", n=n)
    check("saved" in p.h.wait("error")["msg"], "no folder")
    os.unlink(p.into[p.h])
    p.h.do("accept", n=n)
    for s in (p.h, p.j):
        check_equal(ended(s, n)["state"], "done", "with a folder")
    p.leave(p.j)


# ---- people change their minds -------------------------------------------

def minds():
    """Declined, taken back, cancelled by either side: nothing stays, and only
    who was let down counts it as a failure."""
    p = Pair(limit=OPEN)
    p.make("big", 24 * MIB)
    n = p.offer(p.j, "big")["n"]
    p.h.do("decline", n=n)
    for s, who in ((p.h, "you"), (p.j, "peer")):
        e = ended(s, n)
        check_equal((e["state"], e["why"]), ("declined", who), "declined")
    n = p.offer(p.j, "big")["n"]
    p.j.do("cancel", n=n)
    check_equal(ended(p.h, n)["state"], "cancelled", "taken back")
    for s in (p.j, p.h):
        p.valve.set(2 * MIB)
        p.valve.cut()           # from here on it counts anew
        for x in (p.h, p.j):
            x.wait("link", state="resumed")
        n = p.begin(p.j, "big")
        check_equal(len(p.folder(p.h)), 1, "on its way")
        s.do("cancel", n=n)
        p.valve.set(OPEN)
        for x in (p.h, p.j):
            e = ended(x, n)
            check_equal((e["state"], e["why"]),
                        ("cancelled", "you" if x is s else "peer"), "who")
        wait_until(lambda: not p.folder(p.h), "nothing left")
        p.talk()
    check_equal(p.send(p.j, "big")["state"], "done", "once more")
    p.leave(p.j, 11, 11)


def no_failure():
    """What one did oneself is none."""
    p = Pair(limit=2 * MIB)
    p.make("big", 24 * MIB)
    n = p.begin(p.j, "big")
    p.j.do("cancel", n=n)
    p.valve.set(OPEN)
    check_equal(ended(p.h, n)["why"], "peer", "why")
    p.leave(p.j, 0, 11)


# ---- files that change on their way --------------------------------------

def changing():
    """The other side gets what was offered, or nothing."""
    def grow(path):
        with open(path, "ab") as f:
            f.write(b"x")

    def rewrite(path):
        with open(path, "r+b") as f:
            f.write(b"y")

    for act, result in ((grow, "failed"), (rewrite, "failed"),
                        (lambda path: os.truncate(path, MIB), "failed"),
                        (os.unlink, "done")):
        p = Pair(limit=2 * MIB)
        data = p.make("file", 8 * MIB)
        os.utime(p.top + "/file", (1, 1))
        n = p.begin(p.j, "file")
        act(p.top + "/file")
        p.valve.set(OPEN)
        mine, theirs = ended(p.j, n), ended(p.h, n)
        check_equal((mine["state"], theirs["state"]), (result, result), act)
        if result == "failed":
            check_equal((mine["why"], theirs["why"]), ("changed", "changed"),
                        act)
            check_equal(p.folder(p.h), [], "nothing left")
        else:
            check(read(theirs["path"]) == data, "other bytes")
        p.talk()
        p.leave(p.j, *([11, 11] if result == "failed" else [0, 0]))


SMALL_DISK = ["unshare", "-m", "sh", "-c",
              'mount -t tmpfs -o size=2m none "$0" && exec "$@"']


def can_mount():
    if IS_ROOT and os.system("unshare -m true 2>/dev/null") == 0:
        return True
    skip_part("a small file system: only root can mount one")
    return False


def filled():
    """A disk that had room when the file was accepted, and then has none."""
    if not can_mount():
        return
    top, key, data = scratch(), make_key(), some(3 * MIB // 2)
    h = host("--key", key, "--download-dir", top, within=[*SMALL_DISK, top])
    j = join(h, "--key", key)
    j.wait("connected")
    inside = f"/proc/{h.popen.pid}/root{top}"
    path = os.path.join(scratch(), "large")
    with open(path, "wb") as f:
        f.write(data)
    j.do("sendfile", path=path)
    n = h.wait("file", state="offered")["n"]
    net = j.workers()["net"].pid
    os.kill(net, signal.SIGSTOP)
    h.do("accept", n=n)
    h.wait("file", n=n, state="accepted")
    with open(inside + "/filler", "wb") as f:
        f.write(bytes(MIB))
    os.kill(net, signal.SIGCONT)
    for s in (h, j):
        e = ended(s, n)
        check_equal((e["state"], e["why"]), ("failed", "full"), s.role)
    check_equal(os.listdir(inside), ["filler"], "left")
    os.unlink(inside + "/filler")
    j.do("sendfile", path=path)
    again = h.wait("file", state="offered", n=n + 2)["n"]
    h.do("accept", n=again)
    check_equal(ended(h, again)["state"], "done", "with room again")
    check(read(inside + "/large") == data, "other bytes")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (11, 11), "exit codes")


def no_room():
    """A disk that is full: one that tells beforehand is asked, and one that
    does not, by a limit, refuses in the middle."""
    ways = [["prlimit", f"--fsize={MIB}"]]
    top = scratch()
    if can_mount():
        ways.append([*SMALL_DISK, top])
    for way in ways:
        key = make_key()
        h = host("--key", key, "--download-dir", top, within=way)
        j = join(h, "--key", key)
        j.wait("connected")
        path = os.path.join(scratch(), "large")
        with open(path, "wb") as f:
            f.write(some(3 * MIB))
        j.do("sendfile", path=path)
        offer = h.wait("file", state="offered")
        n, tells = offer["n"], way is not ways[0]
        check_equal("it does not fit: it has 3.1 MB, and there is room for "
                    "2.0 MB" in offer.get("msg", ""), tells, offer)
        h.do("accept", n=n)
        if tells:
            check("make room and accept it again" in h.wait("error")["msg"],
                  h.events[-1])
            h.do("decline", n=n)
        for s in (h, j):
            e = ended(s, n)
            check_equal((e["state"], e["why"]), ("failed", "full")
                        if not tells else
                        ("declined", "you" if s is h else "peer"), way)
        j.send("still here", ref="s")
        j.wait("delivered", ref="s")
        small = os.path.join(scratch(), "small")
        with open(small, "wb") as f:
            f.write(some(1000))
        j.do("sendfile", path=small)
        n = h.wait("file", state="offered")["n"]
        h.do("accept", n=n)
        for s in (h, j):
            check_equal(ended(s, n)["state"], "done", "a small one")
        j.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()),
                    (0, 0) if tells else (11, 11), "exit codes")
    check_equal([n for n in os.listdir(top) if n[0] == "."], [], "left")


# ---- lines that are cut, and people who go --------------------------------

def cut():
    """Through dropped connections, in both directions at once."""
    p = Pair(limit=3 * MIB)
    data = [p.make("a", 10 * MIB), p.make("b", 7 * MIB)]
    one, two = p.offer(p.j, "a")["n"], p.offer(p.h, "b")["n"]
    p.h.do("accept", n=one)
    p.j.do("accept", n=two)
    for s in (p.h, p.j):
        for n in (one, two):
            wait_until(lambda s=s, n=n: any(
                e["done"] for e in s.has("file", n=n)), "some of it")
    for round_ in range(3):
        p.valve.cut()
        for s in (p.h, p.j):
            s.wait("link", state="lost")
            s.wait("file", state="paused")
        if round_ == 2:
            p.valve.set(OPEN)
        for s in (p.h, p.j):
            s.wait("link", state="resumed")
        p.talk()
    for n, s, want in ((one, p.h, data[0]), (two, p.j, data[1])):
        check_equal(ended(p.other(s), n)["state"], "done", n)
        check(read(ended(s, n)["path"]) == want, "other bytes", n)
    p.leave(p.j)


def leaving():
    """Who leaves in the middle is told so by the exit code."""
    for who in ("sender", "receiver"):
        p = Pair(limit=2 * MIB)
        p.make("big", 24 * MIB)
        n = p.begin(p.j, "big")
        p.valve.set(OPEN)
        p.leave(p.j if who == "sender" else p.h, 11, 11)
        for s in (p.h, p.j):
            e = ended(s, n)
            check_equal((e["state"], e["why"]), ("failed", "ended"), who)
            check_equal(s.has("end")[-1]["code"], 11, who)
        check_equal(p.folder(p.h), [], "nothing left")
    # What nobody has accepted is no failure.
    p = Pair()
    p.make("x", 5)
    p.offer(p.j, "x")
    p.leave(p.j)


def killed():
    """SIGTERM, a worker's death, kill -9: at the latest the next one cleans
    up; a file of somebody who still writes stays."""
    p = Pair(limit=2 * MIB)
    p.make("big", 24 * MIB)
    p.begin(p.j, "big")
    p.h.proc.kill(signal.SIGTERM)
    p.valve.set(OPEN)
    check_equal(p.h.wait_exit(), 143, "SIGTERM")
    check_equal(p.folder(p.h), [], "nothing left")
    p.j.do("quit")
    check(p.j.wait_exit() in (0, 11), "the other one")
    p.valve.end()

    for side in ("h", "j"):
        p = Pair(limit=2 * MIB)
        p.make("big", 24 * MIB)
        p.begin(p.j, "big")
        s = getattr(p, side)
        s.wait_workers("file")["file"].kill()
        check_equal(s.wait_exit(), 1, "secchat-file killed")
        check("secchat-file was killed by signal 9" in s.stderr(),
              s.stderr())
        check_equal(p.folder(s), [], "nothing left")
        p.valve.end()
        p.other(s).do("quit")
        p.other(s).wait_exit()

    p = Pair(limit=2 * MIB)
    p.make("big", 24 * MIB)
    p.make("small", 5)
    p.begin(p.j, "big")
    everyone = p.h.everyone()
    p.h.proc.kill()
    wait_gone(everyone)
    left = p.folder(p.h)
    check(len(left) == 1 and left[0].startswith(".secchat-"), left)
    p.valve.end()
    p.j.do("quit")
    p.j.wait_exit()
    # Another one's that is on its way, in the same folder, stays.
    busy = Pair(limit=2 * MIB)
    busy.make("big", 24 * MIB)
    os.rmdir(busy.into[busy.h])
    os.symlink(p.into[p.h], busy.into[busy.h])
    busy.begin(busy.j, "big")
    check(left[0] not in p.folder(p.h) and len(p.folder(p.h)) == 1,
          p.folder(p.h))
    h = host("--key", p.key, "--download-dir", p.into[p.h])
    j = join(h, "--key", p.key)
    j.wait("connected")
    j.do("sendfile", path=p.top + "/small")
    n = h.wait("file", state="offered")["n"]
    h.do("accept", n=n)
    for s in (h, j):
        check_equal(ended(s, n)["state"], "done", "beside it")
    check_equal(len(p.folder(p.h)), 2, "both")
    busy.valve.set(OPEN)
    for s in (busy.h, busy.j):
        wait_until(lambda s=s: s.has("file", state="done"), "the busy one")
    check_equal(p.folder(p.h), ["big", "small"], "in the end")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    busy.leave(busy.j)


def restarted():
    """The other program was started anew: its files are over, and numbers
    rise."""
    p = Pair(limit=2 * MIB)
    p.make("big", 24 * MIB)
    p.make("small", 5)
    n = p.begin(p.j, "big")
    mine = p.offer(p.h, "small")["n"]
    everyone = p.j.everyone()
    p.j.proc.kill()
    wait_gone(everyone)
    p.valve.set(OPEN)
    p.valve.cut()
    p.h.wait("link", state="lost")
    j = join(p.addr, "--key", p.key, "--download-dir", p.into[p.j])
    for s in (j, p.h):
        s.wait("connected")
    for number in (n, mine):
        e = ended(p.h, number)
        check_equal((e["state"], e["why"]), ("failed", "ended"), number)
    check_equal(p.folder(p.h), [], "nothing left")
    p.j = j
    p.into[j] = p.top + "/join"
    e = p.send(p.h, p.top + "/small")
    check(e["state"] == "done" and e["n"] > mine, e)
    p.leave(p.h, 11, 0)


def others():
    """Plain lines decline, an older format has no files, and a second chat of
    a host begins anew."""
    key = make_key()
    h = host("--key", key)
    j = join(h, "--key", key, json_mode=False)
    h.wait("connected")
    path = os.path.join(scratch(), "x")
    with open(path, "wb") as f:
        f.write(b"x")
    h.do("sendfile", path=path)
    check_equal(h.wait("file", state="declined")["why"], "peer", "lines")
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")
    h = host("--legacy", "fernet", "--key", key)
    j = join(h, "--legacy", "fernet", "--key", key)
    h.wait("connected")
    h.do("sendfile", path=path)
    check("no files" in h.wait("error")["msg"], h.events[-1])
    check(not os.path.exists(BIN + "/none") and "file" not in h.workers(),
          h.workers())
    h.do("quit")
    j.wait_exit()
    top = scratch()
    h = host("--key", key, "--keep", "--download-dir", top)
    for k in range(2):
        j = join(h, "--key", key)
        j.wait("connected")
        j.do("sendfile", path=path)
        e = h.wait("file", state="offered")
        check_equal(e["n"], 1, "the first number")
        h.do("accept", n=1)
        wait_until(lambda k=k, j=j: j.has("file", state="done") and len(
            h.has("file", state="done")) == k + 1, "it")
        j.wait("file", state="done")
        j.do("quit")
        check_equal(j.wait_exit(), 0, "exit code")
        if k == 0:
            h.wait("end")
            h.wait("listening")
    h.do("quit")
    h.wait_exit()
    check_equal(sorted(os.listdir(top)), ["x", "x-2"], "both")


main(sizes, at_once, too_many, sparse, names, no_files, places, minds,
     no_failure, changing, no_room, filled, cut, leaving, killed, restarted,
     others)
