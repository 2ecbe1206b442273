# users: root nobody
# seconds: 60
"""secchat-file alone: the test is supervisor and crypto.

What is sent is the file as it was, or nothing; what is received is on the
disk before anybody is told; whoever breaks the rules of a link ends it.
"""
import errno
import os
import resource
import select
import socket
import struct
import time

from secchat_test import (BIN, ROOT, check, check_equal, main, scratch,
                          skip_part)
from worker_test import Worker, case

(FILE_READ, FILE_WRITE, FILE_DROP, FILE_HAVE, FILE_WRITTEN,
 FILE_FAILED) = range(120, 126)
FILE_WANT, FILE_CHUNK, FILE_STORE, FILE_STORED = range(130, 134)
CHUNK = 65495
INJECT = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"),
                      "inject")
BAD_READ, CHANGED, BAD_WRITE, FULL = 3, 4, 5, 6
MANY = 32


class FileWorker(Worker):
    def __init__(self, folder=BIN):
        super().__init__("secchat-file", 2, folder=folder)
        self.super, self.crypto = self.links

    def pass_fd(self, kind, fid, size, fd):
        self.super.send(kind, struct.pack(">IQ", fid, size), fd)

    def read(self, fid, path, size=None):
        """Offer a file to it; what it says."""
        fd = os.open(path, os.O_RDONLY)
        self.pass_fd(FILE_READ, fid,
                     os.path.getsize(path) if size is None else size, fd)
        os.close(fd)
        return self.super.recv()[:2]

    def write(self, fid, path, size, flags=os.O_WRONLY | os.O_CREAT):
        fd = os.open(path, flags, 0o600)
        self.pass_fd(FILE_WRITE, fid, size, fd)
        os.close(fd)
        check_equal(self.super.recv()[:2], have(fid), "FILE_HAVE")

    def want(self, fid, at, size):
        self.crypto.send(FILE_WANT, struct.pack(">IQI", fid, at, size))

    def chunk(self, fid, at):
        """The bytes of the next answer."""
        body = self.crypto.expect(FILE_CHUNK)
        check_equal(struct.unpack(">IQ", body[:12]), (fid, at), "which")
        return body[12:]

    def take(self, fid, at, size):
        self.want(fid, at, size)
        return self.chunk(fid, at)

    def store(self, fid, at, data):
        self.crypto.send(FILE_STORE, struct.pack(">IQ", fid, at) + data)

    def stored(self, fid):
        got, at = struct.unpack(">IQ", self.crypto.expect(FILE_STORED))
        check_equal(got, fid, "stored which")
        return at

    def failed(self):
        return struct.unpack(">IBI", self.super.expect(FILE_FAILED))


def have(fid):
    return FILE_HAVE, struct.pack(">I", fid)


def written(fid):
    return FILE_WRITTEN, struct.pack(">I", fid)


def some(size):
    return os.urandom(min(size, 4096)) * (size // 4096 + 1) if size else b""


def make(name, size):
    path = os.path.join(scratch(), name)
    data = some(size)[:size]
    with open(path, "wb") as f:
        f.write(data)
    return path, data


@case
def sent():
    """Files of all sizes, several at once, in any order."""
    w = FileWorker()
    for fid, size in enumerate((0, 1, CHUNK, CHUNK + 1, 1 << 20), 1):
        path, data = make(f"s{size}", size)
        check_equal(w.read(fid, path), have(fid), size)
        got = b"".join(w.take(fid, at, min(CHUNK, size - at))
                       for at in range(0, size, CHUNK))
        check(got == data, "other bytes", size)
    check_equal(w.take(5, 10, 1), data[10:11], "out of order")
    check_equal(w.take(99, 0, CHUNK), b"", "a file that is not there")
    w.super.send(FILE_DROP, struct.pack(">I", 5))
    w.super.send(FILE_DROP, struct.pack(">I", 5))
    check_equal(w.read(6, path), have(6), "after a DROP that crossed")
    check_equal(w.take(5, 0, 1), b"", "a file that was dropped")
    # A descriptor is the file, whatever becomes of its name.
    os.unlink(path)
    check_equal(w.take(6, (1 << 20) - 1, 1), data[-1:], "without a name")
    w.super.close()
    check_equal(w.wait_exit(), 0, "exit code")


@case
def changed():
    """A file that is written to while it is sent is given up."""
    w = FileWorker()

    def grow(path):
        with open(path, "ab") as f:
            f.write(b"x")

    def rewrite(path):
        with open(path, "r+b") as f:
            f.write(b"y")

    for fid, act in enumerate((grow, lambda p: os.truncate(p, 100),
                               lambda p: os.truncate(p, 0), rewrite), 1):
        path, data = make(f"c{fid}", 2 * CHUNK)
        os.utime(path, (1, 1))
        check_equal(w.read(fid, path), have(fid), fid)
        check(w.take(fid, 0, CHUNK) == data[:CHUNK], fid)
        act(path)
        check_equal(w.take(fid, CHUNK, CHUNK), b"", fid)
        check_equal(w.failed(), (fid, CHANGED, 0), fid)
        check_equal(w.take(fid, 0, CHUNK), b"", "afterwards")
    path, _ = make("size", 10)
    for size in (9, 11, 0):
        check_equal(w.read(9, path, size),
                    (FILE_FAILED, struct.pack(">IBI", 9, CHANGED, 0)), size)
    check_equal(w.read(9, "/proc/cpuinfo")[0], FILE_FAILED, "/proc")
    fd = os.open(path, os.O_WRONLY)
    w.pass_fd(FILE_READ, 10, 10, fd)
    os.close(fd)
    check_equal(w.super.recv()[:2], have(10), "to be read")
    check_equal(w.take(10, 0, 10), b"", "not readable")
    check_equal(w.failed()[:2], (10, BAD_READ), "not readable")


@case
def received():
    """Written in order, and complete when it says so."""
    w = FileWorker()
    top = scratch()
    for fid, size in enumerate((0, 1, CHUNK, CHUNK + 1, 1 << 20), 1):
        path, data = f"{top}/r{fid}", some(size)[:size]
        w.write(fid, path, size)
        for at in range(0, size, CHUNK):
            w.store(fid, at, data[at:at + CHUNK])
        at = 0
        while at < size:
            before, at = at, w.stored(fid)
            check(before < at <= size, "progress", before, at)
        check_equal(w.super.recv()[:2], written(fid), size)
        with open(path, "rb") as f:
            check(f.read() == data, "other bytes", size)
    w.write(7, top + "/r7", 10)
    w.store(7, 0, b"01234")
    check_equal(w.stored(7), 5, "stored")
    w.super.send(FILE_DROP, struct.pack(">I", 7))
    w.write(8, top + "/r8", 1)
    w.store(7, 5, b"56789")
    w.store(8, 0, b"x")
    check_equal(w.stored(8), 1, "the next one")
    check_equal(w.super.recv()[:2], written(8), "the next one")
    check_equal(os.path.getsize(top + "/r7"), 5, "dropped")


@case
def full():
    """No room, a limit, no right to write: a reason, and no signal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        w = FileWorker()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    top = scratch()
    w.write(1, top + "/limit", 200)
    w.store(1, 0, bytes(150))
    fid, why, error = w.failed()
    check_equal((fid, why), (1, FULL), os.strerror(error))
    w.store(1, 150, bytes(50))
    w.write(2, "/dev/full", 10, os.O_WRONLY)
    w.store(2, 0, bytes(10))
    check_equal(w.failed()[:2], (2, FULL), "/dev/full")
    path, _ = make("readonly", 10)
    w.write(3, path, 10, os.O_RDONLY)
    w.store(3, 0, bytes(10))
    check_equal(w.failed()[:2], (3, BAD_WRITE), "read-only")
    r, p = os.pipe()
    w.pass_fd(FILE_WRITE, 4, 10, p)
    os.close(r)
    os.close(p)
    check_equal(w.super.recv()[:2], have(4), "a pipe")
    w.store(4, 0, bytes(10))
    check_equal(w.failed()[:2], (4, BAD_WRITE), "a pipe")
    check(w.crypto.is_quiet(), "crypto hears nothing of it")


def store_all(w, fid, size):
    """Give it zeros until it has failed or has all; how much was written."""
    done = at = 0
    while done < size:
        while at < size and at < done + (1 << 20):
            n = min(CHUNK, size - at)
            w.store(fid, at, bytes(n))
            at += n
        ready = select.select([w.crypto.sock, w.super.sock], [], [], 10)[0]
        check(ready, "it says nothing")
        if w.crypto.sock not in ready:
            break
        done = w.stored(fid)
    return done


@case
def paced():
    """What comes is given to the disk meanwhile: the calls by which that is
    done fail, in the order in which they come (tests/inject)."""
    part, top, here = 4 << 20, scratch(), os.getcwd()
    size = 3 * part + 5
    path = top + "/paced"
    os.chdir(top)
    try:
        for fid, (fault, least, becomes) in enumerate((
                ("", size, None),
                (f"{errno.EINVAL} 1 1", size, None),
                (f"{errno.EIO} 1 0", part, BAD_WRITE),
                (f"{errno.EIO} 3 0", 2 * part, BAD_WRITE),
                (f"{errno.ENOSPC} 5 0", 3 * part, FULL),
                (f"{errno.EIO} 6 0", size, None)), 1):
            with open(top + "/faults", "w", encoding="ascii") as f:
                f.write(f"secchat-file sync_file_range {fault}\n"
                        if fault else "")
            w = FileWorker(INJECT)
            w.write(fid, path, size)
            done = store_all(w, fid, size)
            if becomes is None:
                check_equal(w.super.recv()[:2], written(fid), fault)
                check_equal(os.path.getsize(path), size, fault)
            else:
                check_equal(w.failed(), (fid, becomes, int(fault.split()[0])),
                            fault)
                check(done <= least + CHUNK, fault, done)
                check(least <= os.path.getsize(path) <= least + CHUNK, fault)
            os.unlink(path)
            w.super.close()
            check_equal(w.wait_exit(), 0, "exit code")
    finally:
        os.chdir(here)


def breaks(word, act):
    """It ends when a link's rules are broken."""
    w = FileWorker()
    path, _ = make("broken", 2 * CHUNK)
    check_equal(w.read(1, path), have(1), "a file")
    w.write(2, os.path.join(scratch(), "w"), 10)
    act(w, path)
    w.check_fatal(word)
    w.end()
    Worker.living.remove(w)


@case
def violations():
    def again(w, path):
        fd = os.open(path, os.O_RDONLY)
        w.pass_fd(FILE_READ, 1, 2 * CHUNK, fd)
        os.close(fd)

    def many(w, path):
        for fid in range(3, MANY + 1):
            check_equal(w.read(fid, path), have(fid), fid)
        fd = os.open(path, os.O_RDONLY)
        w.pass_fd(FILE_READ, MANY + 1, 2 * CHUNK, fd)
        os.close(fd)

    def passes(w, path):
        fd = os.open(path, os.O_RDONLY)
        w.crypto.send(FILE_WANT, struct.pack(">IQI", 1, 0, 1), fd)
        os.close(fd)
        w.want(1, 0, 0)

    for word, act in (
            ("wants 0 bytes", lambda w, _: w.want(1, 0, 0)),
            ("bytes", lambda w, _: w.want(1, 0, CHUNK + 1)),
            ("has not got", lambda w, _: w.want(1, 2 * CHUNK, 1)),
            ("has not got", lambda w, _: w.want(1, 2 * CHUNK - 1, 2)),
            ("has not got", lambda w, _: w.want(1, (1 << 64) - 1, 2)),
            ("has not got", lambda w, _: w.want(2, 0, 1)),
            ("no place", lambda w, _: w.store(2, 1, b"x")),
            ("no place", lambda w, _: w.store(2, 0, bytes(11))),
            ("no place", lambda w, _: w.store(2, 0, b"")),
            ("no place", lambda w, _: w.store(1, 0, b"x")),
            ("wrong size", lambda w, _: w.store(2, 0, bytes(CHUNK + 1))),
            ("wrong sender", lambda w, _: w.crypto.send(FILE_CHUNK,
                                                        bytes(12))),
            ("wrong sender",
             lambda w, _: w.crypto.send(FILE_DROP, bytes(4))),
            ("descriptor missing",
             lambda w, _: w.super.send(FILE_READ, bytes(12))),
            ("is here already", again), ("one too many", many),
            ("wants 0 bytes", passes)):
        breaks(word, act)


@case
def slow_reader():
    """Answers that are not read wait, and no more of them are made."""
    w = FileWorker()
    path, data = make("slow", CHUNK)
    check_equal(w.read(1, path), have(1), "a file")
    before = w.memory_kb()
    asked = 0
    while select.select([], [w.crypto.sock], [], 0.3)[1] and asked < 5000:
        try:
            w.crypto.sock.send(struct.pack(">IHHIQI", 24, FILE_WANT, 0, 1, 0,
                                           CHUNK), socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        asked += 1
    check(16 < asked < 5000, "questions", asked)
    check(w.memory_kb() - before < 400, "memory", before, w.memory_kb())
    # The other link is served meanwhile.
    check_equal(w.read(2, path), have(2), "another file")
    for _ in range(asked):
        check(w.chunk(1, 0) == data, "other bytes")


@case
def speed():
    """Not judged: bytes a second through the worker alone."""
    w = FileWorker()
    path, _ = make("fast", 64 << 20)
    size = os.path.getsize(path)
    check_equal(w.read(1, path), have(1), "a file")
    started = time.monotonic()
    ahead = list(range(0, size, CHUNK))
    asked = 0
    for i, at in enumerate(ahead):
        while asked < len(ahead) and asked < i + 3:
            w.want(1, ahead[asked], min(CHUNK, size - ahead[asked]))
            asked += 1
        check_equal(len(w.chunk(1, at)), min(CHUNK, size - at), "a chunk")
    took = time.monotonic() - started
    print(f"read at {size / took / 1e9:.2f} GB/s")
    w.write(2, os.path.join(scratch(), "sink"), size)
    data, done, at = bytes(CHUNK), 0, 0
    started = time.monotonic()
    while done < size:
        while at < size and at < done + (1 << 20):
            w.store(2, at, data[:size - at])
            at += min(CHUNK, size - at)
        done = w.stored(2)
    took = time.monotonic() - started
    print(f"written at {size / took / 1e9:.2f} GB/s")
    check_equal(w.super.recv()[:2], written(2), "written")


if not os.path.exists("/dev/full"):
    skip_part("there is no /dev/full")
main(sent, changed, received, full, paced, violations, slow_reader, speed)
