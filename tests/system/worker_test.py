# not a test
"""One worker alone, with the test in the place of everybody it is linked to.

A Worker is a real, confined program with SOCK_SEQPACKET links at the right
descriptors; a Link is our end of one of them.
"""
import fcntl
import os
import select
import signal
import socket
import struct
import time

from secchat_test import BIN, DEADLINE, Failed, check

# include/secchat/ipc_msgs.h, the part that these workers have to do with.
READY = 1
NET_LISTENER, NET_DIALLED, NET_COUNTERS = 20, 21, 22
DIAL_REQUEST, DIAL_OK, DIAL_FAILED = 30, 31, 32
(CONN_OPEN, FRAME_IN, CONN_LOST, CREDIT, EXPECT, FRAME_OUT, CONN_CLOSE,
 CONN_PROMOTE) = range(70, 78)

LOST_EOF, LOST_RESET, LOST_TIMEOUT, LOST_LENGTH, LOST_EVICTED = range(1, 6)
RAW, U16, U32 = 1, 2, 3

EXIT_INTERNAL = 1


def str8(s):
    return bytes([len(s)]) + s.encode()


class Link:
    def __init__(self, sock):
        self.sock = sock
        self.sock.setblocking(False)

    def send(self, kind, body=b"", fd=None):
        record = struct.pack(">IHH", 8 + len(body), kind, 0) + body
        self.send_record(record, fd)

    def send_record(self, record, fd=None):
        """Waits while the worker does not read."""
        anc = [] if fd is None else [
            (socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", fd))]
        check(select.select([], [self.sock], [], DEADLINE)[1],
              "the worker does not read")
        self.sock.sendmsg([record], anc)

    def recv(self, seconds=DEADLINE):
        """(type, body, descriptor or None), or None at the end of file."""
        check(select.select([self.sock], [], [], seconds)[0],
              "the worker says nothing")
        try:
            record, fds, _, _ = socket.recv_fds(self.sock, 1 << 17, 4)
        except ConnectionResetError:
            return self.recv(seconds)
        if not record:
            return None
        size, kind, zero = struct.unpack(">IHH", record[:8])
        check(size == len(record) and zero == 0, "bad header", record[:8])
        check(len(fds) <= 1, "more than one descriptor")
        return kind, record[8:], fds[0] if fds else None

    def expect(self, kind, seconds=DEADLINE):
        """The body of the next message, which has to be of this type."""
        m = self.recv(seconds)
        check(m is not None and m[0] == kind and m[2] is None,
              f"got {m and (m[0], m[1][:40])}, want type {kind}")
        return m[1]

    def is_quiet(self, seconds=0.05):
        return not select.select([self.sock], [], [], seconds)[0]

    def close(self):
        self.sock.close()


def is_inheritable(fd):
    try:
        return os.get_inheritable(fd)
    except OSError:
        return False


class Worker:
    living = []

    def __init__(self, program, links, more=(), folder=BIN):
        """links: how many, on descriptors 3 and up; behind them come more
        descriptors, which stay the caller's."""
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                 for _ in range(links)]
        self.err, err_w = os.pipe()
        null = os.open("/dev/null", os.O_RDWR)
        actions = []
        high = []
        for i, fd in enumerate([null, null, err_w,
                                *(b.fileno() for _, b in pairs), *more]):
            os.set_blocking(fd, False)
            high.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100))
            actions.append((os.POSIX_SPAWN_DUP2, high[-1], i))
        taken = len(actions)
        for fd in map(int, os.listdir("/proc/self/fd")):
            if fd >= taken and is_inheritable(fd):
                actions.append((os.POSIX_SPAWN_CLOSE, fd))
        path = os.path.join(folder, program)
        self.pid = os.posix_spawn(path, [program], {}, file_actions=actions)
        self.pidfd = os.pidfd_open(self.pid)
        for fd in [null, err_w, *high]:
            os.close(fd)
        for _, b in pairs:
            b.close()
        self.links = [Link(a) for a, _ in pairs]
        self.status = None
        Worker.living.append(self)
        self.ready = self.links[0].expect(READY)

    def has_ended(self, seconds):
        return bool(select.select([self.pidfd], [], [], seconds)[0])

    def wait_exit(self, seconds=DEADLINE):
        """Its exit code, or minus the signal that ended it."""
        check(self.has_ended(seconds), "the worker does not end")
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(
                os.waitpid(self.pid, 0)[1])
        return self.status

    def stderr(self):
        os.set_blocking(self.err, False)
        try:
            return os.read(self.err, 65536).decode("utf-8", "replace")
        except BlockingIOError:
            return ""

    def check_fatal(self, word):
        """It has ended itself, and said why."""
        code = self.wait_exit()
        said = self.stderr()
        check(code == EXIT_INTERNAL, f"exit {code}: {said}")
        check(word in said, f"{word!r} is not in {said!r}")

    def memory_kb(self):
        """What it has written to: anonymous memory."""
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as f:
            for line in f:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1])
        raise Failed("no RssAnon")

    def cpu_ticks(self):
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def end(self):
        for link in self.links:
            link.close()
        if self.status is None:
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            self.wait_exit()
        os.close(self.pidfd)
        os.close(self.err)


def end_workers():
    while Worker.living:
        Worker.living.pop().end()


def case(f):
    """A test case whose workers end with it."""
    def run():
        try:
            f()
        except BaseException:
            for w in Worker.living:
                print(f"--- {w.pid} says: {w.stderr()}")
            raise
        finally:
            end_workers()
    run.__name__ = f.__name__
    return run


def deadline_in(seconds):
    return time.monotonic() + seconds
