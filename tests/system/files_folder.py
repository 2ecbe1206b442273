# seconds: 60
"""Received files in a folder whose file system can do little: no rename that
replaces nothing, no links, names that are refused (poor_folder.py).  They
arrive whole, nothing that was there is touched, nothing half stays behind,
and where that is a little less certain than elsewhere the program says so.
"""
import os

from poor_folder import PoorFolder, own_namespace
from secchat_test import (check, check_equal, host, join, main, make_key,
                          scratch, wait_until)

SIZES = (0, 1, 70000, 1 << 20)
OPEN = ("offered", "accepted", "progress")


class Receiver:
    """The joiner receives into such a folder; the host sends."""

    def __init__(self, **folder):
        self.top = scratch()
        self.into = self.top + "/into"
        self.poor = PoorFolder(self.into, **folder)
        key = make_key()
        self.h = host("--key", key, cwd=self.top)
        self.j = join(self.h.addr, "--key", key, "--download-dir", self.into,
                      cwd=self.top)
        for s in (self.h, self.j):
            s.wait("connected")
        self.sent = 0

    def make(self, data):
        self.sent += 1
        path = f"{self.top}/sent{self.sent}"
        with open(path, "wb") as f:
            f.write(data)
        return path

    def offer(self, data):
        self.h.do("sendfile", path=self.make(data))
        return self.j.wait("file", state="offered")["n"]

    def take(self, n, name):
        """Accept it; the last words of both sides."""
        self.j.do("accept", n=n, **{"as": name})
        return tuple(self.end(s, n) for s in (self.j, self.h))

    @staticmethod
    def end(s, n):
        def last():
            return [e for e in s.has("file", n=n) if e["state"] not in OPEN]
        wait_until(last, f"the end of file {n}")
        return last()[0]

    def read(self, name):
        with open(f"{self.into}/{name}", "rb") as f:
            return f.read()

    def put(self, name, data):
        with open(f"{self.into}/{name}", "wb") as f:
            f.write(data)

    def warnings(self):
        return [e["text"] for e in self.j.has("note", kind="warn")]

    def leave(self, codes=(0, 0)):
        check_equal([n for n in os.listdir(self.into) if n[0] == "."], [],
                    "left behind")
        self.j.do("quit")
        check_equal((self.j.wait_exit(), self.h.wait_exit()), codes,
                    "exit codes")
        self.poor.end()


def whole(r):
    """Every size; the second one of a name has another."""
    for size in SIZES:
        data = os.urandom(size)
        r.put(f"mine{size}", b"was here before")
        mine, theirs = r.take(r.offer(data), f"mine{size}")
        check_equal((mine["state"], theirs["state"]), ("done", "done"), size)
        check_equal(mine["path"], f"{r.into}/mine{size}-2", "path")
        check(r.read(f"mine{size}-2") == data, f"{size} bytes differ")
        check_equal(r.read(f"mine{size}"), b"was here before", "replaced")


def neither():
    """No such rename and no link: a placeholder, and a warning, once."""
    r = Receiver()
    whole(r)
    check_equal(len(r.warnings()), 1, r.warnings())
    check("would lose its file" in r.warnings()[0], r.warnings())
    r.leave()


def links():
    """A link gives a name that is free; nothing is weaker by it."""
    r = Receiver(can={"link"})
    whole(r)
    check_equal(r.warnings(), [], "warnings")
    r.leave()


def renames():
    r = Receiver(can={"noreplace"})
    whole(r)
    check_equal(r.warnings(), [], "warnings")
    r.leave()


def taken_meanwhile():
    """The name was free when the file was accepted, and is not any more."""
    r = Receiver(slow={"fsync": 0.3})
    n, data = r.offer(b"theirs"), os.urandom(SIZES[-1])
    r.j.do("accept", n=n, **{"as": "name"})
    r.put("name", data)
    check_equal(r.end(r.j, n)["path"], f"{r.into}/name-2", "path")
    check_equal((r.read("name") == data, r.read("name-2")),
                (True, b"theirs"), "files")
    r.leave()


def quicker():
    """Somebody takes the name between the steps of the weakest way."""
    r = Receiver(taken=b"somebody's")
    mine, _ = r.take(r.offer(b"ours"), "name")
    check_equal(mine["path"], f"{r.into}/name-2", "path")
    check_equal((r.read("name"), r.read("name-2")),
                (b"somebody's", b"ours"), "files")
    r.leave()


def refused_names():
    """What cannot be called so is called something else, and is not lost."""
    r = Receiver(refuse=b':?*"<>|' + bytes(range(0x80, 0x100)))
    for name, becomes in (("a:b?.txt", "a_b_.txt"), ("\u00e9t\u00e9", "_t_"),
                          ("plain", "plain"), ("c|d", "c_d")):
        mine, theirs = r.take(r.offer(name.encode()), name)
        check_equal((mine["state"], theirs["state"]), ("done", "done"), name)
        check_equal(mine["path"], f"{r.into}/{becomes}", name)
        check_equal(r.read(becomes), name.encode(), name)
    mine, _ = r.take(r.offer(b"second"), "a:b?.txt")
    check_equal(mine["path"], f"{r.into}/a_b_-2.txt", "the second")
    r.leave()


def no_name():
    """The last step fails: no empty file stays under its name, and the
    sender is told."""
    r = Receiver(broken={"rename"})
    mine, theirs = r.take(r.offer(b"text"), "name")
    check_equal((mine["state"], mine["why"]), ("failed", "write"), mine)
    check("cannot get its name" in mine["msg"], mine)
    check_equal((theirs["state"], theirs["why"]), ("failed", "write"), theirs)
    check_equal(os.listdir(r.into), [], "left behind")
    r.leave((11, 11))


own_namespace()
main(neither, links, renames, taken_meanwhile, quicker, refused_names,
     no_name)
