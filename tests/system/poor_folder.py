"""A file system that can do little, for tests: names are given by a rename
that replaces, there are no links, and some names are refused.  FAT is such a
one, and so is much that is mounted from elsewhere.  It lives in memory and is
served over /dev/fuse by a process of its own, in a mount namespace that ends
with the test.
"""
import ctypes
import errno
import os
import signal
import stat
import struct
import time

from secchat_test import skip

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC, MS_PRIVATE, MS_NOSUID, MS_NODEV = 0x4000, 0x40000, 2, 4
NOREPLACE = 1
PR_SET_PDEATHSIG = 1
WRITE_MAX = 1 << 17

ROOT = 1


class Node:
    """A file, or the only folder."""

    def __init__(self, mode):
        self.mode, self.data, self.links = mode, bytearray(), 1
        self.mtime = time.time()


class Refused(Exception):
    """The answer to a call is this errno."""


class Served:
    """The file system; what it can do is in `can`: "noreplace", "link".
    `refuse` are characters that no name may have; `broken` calls that end
    with EIO; `slow` calls that take so many seconds; `taken` is what somebody
    else writes under the first name that is linked, just before."""

    def __init__(self, fd, can, refuse, broken, slow, taken):
        self.fd, self.can, self.refuse = fd, can, refuse
        self.broken, self.slow, self.taken = broken, slow, taken
        self.nodes = {ROOT: Node(stat.S_IFDIR | 0o700)}
        self.names = {}
        self.next = ROOT + 1

    # ---- answers

    def attr(self, node):
        n = self.nodes[node]
        s, ns = divmod(int(n.mtime * 1e9), 10 ** 9)
        return struct.pack("<6Q10I", node, len(n.data),
                           (len(n.data) + 511) // 512, s, s, s, ns, ns, ns,
                           n.mode, n.links, os.geteuid(), os.getegid(), 0,
                           4096, 0)

    def entry(self, node):
        return struct.pack("<4Q2I", node, 0, 0, 0, 0, 0) + self.attr(node)

    def named(self, name):
        if any(c in self.refuse for c in name):
            raise Refused(errno.EINVAL)
        if name not in self.names:
            raise Refused(errno.ENOENT)
        return self.names[name]

    # ---- calls: what the kernel says, what it gets

    def lookup(self, _node, arg):
        name = arg.rstrip(b"\0")
        if name not in self.names:      # no node: there is none for a while
            raise Refused(errno.ENOENT)
        return self.entry(self.names[name])

    def getattr(self, node, _arg):
        return struct.pack("<Q2I", 0, 0, 0) + self.attr(node)

    def setattr(self, node, arg):
        valid, _, _, size = struct.unpack_from("<2I2Q", arg)
        n = self.nodes[node]
        if valid & 8:
            n.data[size:] = b"\0" * (size - len(n.data))
        return self.getattr(node, arg)

    def create(self, _node, arg):
        name = arg[16:].rstrip(b"\0")
        try:
            node = self.named(name)
        except Refused as e:
            if e.args[0] != errno.ENOENT:
                raise
            node, self.next = self.next, self.next + 1
            self.nodes[node] = Node(
                stat.S_IFREG | struct.unpack_from("<I", arg, 4)[0] & 0o777)
            self.names[name] = node
        return self.entry(node) + self.open(node, arg)

    def open(self, _node, _arg):
        return struct.pack("<Q2I", 0, 0, 0)

    def read(self, node, arg):
        _, at, size = struct.unpack_from("<2QI", arg)
        return bytes(self.nodes[node].data[at:at + size])

    def write(self, node, arg):
        _, at, size = struct.unpack_from("<2QI", arg)
        n = self.nodes[node]
        n.data[at:at + size] = arg[40:40 + size]
        n.mtime = time.time()
        return struct.pack("<2I", size, 0)

    def nothing(self, _node, _arg):
        return b""

    def unlink(self, _node, arg):
        name = arg.rstrip(b"\0")
        self.nodes[self.named(name)].links -= 1
        del self.names[name]
        return b""

    def rename(self, _node, arg, skip_bytes=8):
        old, new = arg[skip_bytes:].split(b"\0")[:2]
        node = self.named(old)
        if any(c in self.refuse for c in new):
            raise Refused(errno.EINVAL)
        del self.names[old]
        self.names[new] = node
        return b""

    def rename2(self, node, arg):
        if "noreplace" not in self.can:
            raise Refused(errno.ENOSYS)
        new = arg[16:].split(b"\0")[1]
        if struct.unpack_from("<I", arg, 8)[0] & NOREPLACE and \
                new in self.names:
            raise Refused(errno.EEXIST)
        return self.rename(node, arg, 16)

    def link(self, _node, arg):
        if self.taken is not None:      # somebody was quicker
            self.names[arg[8:].rstrip(b"\0")] = self.next
            self.nodes[self.next] = Node(stat.S_IFREG | 0o600)
            self.nodes[self.next].data += self.taken
            self.next, self.taken = self.next + 1, None
        if "link" not in self.can:
            raise Refused(errno.EPERM)
        node, name = struct.unpack_from("<Q", arg)[0], arg[8:].rstrip(b"\0")
        if name in self.names:
            raise Refused(errno.EEXIST)
        self.names[name] = node
        self.nodes[node].links += 1
        return self.entry(node)

    def readdir(self, _node, arg):
        _, at, size = struct.unpack_from("<2QI", arg)
        out = b""
        names = [(b".", ROOT), (b"..", ROOT), *self.names.items()]
        for i, (name, node) in enumerate(names[at:], at + 1):
            e = struct.pack("<2Q2I", node, i, len(name),
                            self.nodes[node].mode >> 12) + name
            e += b"\0" * (-len(e) % 8)
            if len(out) + len(e) > size:
                break
            out += e
        return out

    def statfs(self, _node, _arg):
        return struct.pack("<5Q4I6I", 1 << 20, 1 << 19, 1 << 19, 999, 999,
                           4096, 255, 4096, 0, *[0] * 6)

    def init(self, _node, arg):
        _, minor, ahead, _ = struct.unpack_from("<4I", arg)
        return struct.pack("<4I2H2I2H8I", 7, min(minor, 31), ahead, 0, 12, 9,
                           WRITE_MAX, 1, 0, 0, *[0] * 8)

    CALLS = {1: "lookup", 3: "getattr", 4: "setattr", 10: "unlink",
             12: "rename", 13: "link", 14: "open", 15: "read", 16: "write",
             17: "statfs", 18: "nothing", 20: "fsync", 25: "nothing",
             26: "init", 27: "open", 28: "readdir", 29: "nothing",
             30: "nothing", 35: "create", 45: "rename2"}
    fsync = nothing
    UNANSWERED = (2, 42)                # forget

    def answer(self, call, node, arg):
        name = self.CALLS.get(call)
        if name is None:
            raise Refused(errno.ENOSYS)
        time.sleep(self.slow.get(name, 0))
        if name in self.broken:
            raise Refused(errno.EIO)
        return getattr(self, name)(node, arg)

    def serve(self):
        while True:
            try:
                got = os.read(self.fd, WRITE_MAX + 4096)
            except OSError as e:
                if e.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                return                  # it is mounted no more
            _, call, unique, node = struct.unpack_from("<2I2Q", got)
            if call in self.UNANSWERED:
                continue
            try:
                out, error = self.answer(call, node, got[40:]), 0
            except Refused as e:
                out, error = b"", -e.args[0]
            try:
                os.write(self.fd, struct.pack("<IiQ", 16 + len(out), error,
                                              unique) + out)
            except OSError:
                pass                    # who asked has gone


def own_namespace():
    """Mounts of this process and its children alone, from here on."""
    uid, gid = os.geteuid(), os.getegid()
    flags = CLONE_NEWNS | (CLONE_NEWUSER if uid else 0)
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        skip("/dev/fuse cannot be opened here")
    if LIBC.unshare(flags) < 0:
        skip("no mount namespace is to be had here")
    try:
        for path, text in (("setgroups", "deny"),
                           ("uid_map", f"{uid} {uid} 1"),
                           ("gid_map", f"{gid} {gid} 1")) if uid else ():
            with open(f"/proc/self/{path}", "w", encoding="ascii") as f:
                f.write(text)
    except OSError:
        skip("no user namespace can be mapped here")
    if LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) < 0:
        skip("mounts cannot be made private here")


class PoorFolder:
    """One of them at a path, until end()."""

    def __init__(self, path, can=(), refuse=b"", broken=(), slow=None,
                 taken=None):
        self.path = path
        os.makedirs(path, exist_ok=True)
        fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        how = (f"fd={fd},rootmode=40000,user_id={os.geteuid()},"
               f"group_id={os.getegid()}")
        if LIBC.mount(b"poor", path.encode(), b"fuse", MS_NOSUID | MS_NODEV,
                      how.encode()) < 0:
            error = os.strerror(ctypes.get_errno())
            os.close(fd)
            skip(f"a FUSE file system cannot be mounted here: {error}")
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                Served(fd, set(can), refuse, set(broken),
                       slow or {}, taken).serve()
            finally:
                os._exit(0)
        os.close(fd)

    def end(self):
        """Whoever still waits for it gets an error."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        LIBC.umount2(self.path.encode(), 2)
