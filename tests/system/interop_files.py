"""Files between our suite and the second implementation: sent, taken, declined
and stopped in both roles and both directions, over connections that are cut and
keys that change; and who breaks a rule is shown the door with nothing left
behind.

# seconds: 120
"""
import os
import signal

from interop_pair import Listener, Pumped, Shared
from secchat_test import check, check_equal, connect, main, scratch, wait_gone

import secchat1 as sc
from files import CHUNK, WINDOW, FileSession


class Talker(Pumped, FileSession):
    pass


def talker(k, sock, role):
    return Talker(sock, role, k.key, sc.KEY, k.s, None)


class Folder:
    def __init__(self):
        self.path = scratch()

    def args(self):
        return ("--download-dir", self.path)

    def names(self):
        return sorted(os.listdir(self.path))

    def read(self, name):
        with open(os.path.join(self.path, name), "rb") as f:
            return f.read()


def with_host():
    k, folder = Shared("key"), Folder()
    k.args += folder.args()
    h = k.host()
    p = talker(k, connect(h.addr), sc.JOINER).start()
    h.wait("connected")
    return h, p, folder, lambda: connect(h.addr)


def with_joiner():
    k, listener, folder = Shared("key"), Listener(), Folder()
    k.args += folder.args()
    j = k.join(listener.addr)
    p = talker(k, listener.answer(), sc.HOST).start()
    j.wait("connected")
    return j, p, folder, lambda: listener.answer(j)


def until(p, what, name):
    """The peer reads until that is so."""
    frames = 0
    while not what():
        p.on_frame(p.recv())
        frames += 1
        check(frames < 100000, "in vain for", name)


def some(n):
    return os.urandom(min(n, 4096)) * (n // 4096) + os.urandom(n % 4096) \
        if n > 4096 else os.urandom(n)


def write(data, name="sent.bin"):
    path = os.path.join(scratch(), name)
    with open(path, "wb") as f:
        f.write(data)
    return path


SIZES = (0, 1, 1000, CHUNK + 1, 3 * WINDOW + 5)


def leave(s, p, code=0):
    s.do("quit")
    until(p, lambda: p.ended, "the end")
    p.sock.close()
    check_equal(s.wait_exit(), code, "exit code")


def receives(make):
    """The second implementation sends."""
    s, p, folder, _ = make()
    for n, size in enumerate(SIZES):
        data = some(size)
        fid = p.offer(data, f"file {n}")
        e = s.wait("file", n=fid, state="offered")
        check_equal((e["size"], e["name"], e["dir"]), (size, f"file {n}", "in"),
                    "offer")
        check_equal(len(folder.names()), n, "nothing is written yet")
        s.do("accept", n=fid)
        until(p, lambda f=fid: p.ours[f].done, "the end of a file")
        e = s.wait("file", n=fid, state="done")
        check_equal(e["path"], os.path.join(folder.path, f"file {n}"), "path")
        check(folder.read(f"file {n}") == data, size, "bytes differ")
    p.send_msg("behind it")
    s.wait("message", text="behind it")
    leave(s, p)


def sends(make):
    s, p, _, _ = make()
    for size in SIZES + (17 * WINDOW,):         # new keys on the way
        data = some(size)
        s.do("sendfile", path=write(data), ref=str(size))
        until(p, lambda: any(not t.accepted for t in p.theirs.values()),
              "an offer")
        fid = max(p.theirs)
        check_equal((p.theirs[fid].size, p.theirs[fid].name),
                    (size, "sent.bin"), "offer")
        p.accept(fid)
        until(p, lambda f=fid: p.theirs[f].done, "the end of a file")
        check(bytes(p.theirs[fid].data) == data, size, "bytes differ")
        s.wait("file", n=fid, state="done")
    check(p.epoch.n > 0, "no new keys in", 17 * WINDOW)
    leave(s, p)


def stops(make):
    """Declined and cancelled, by either side."""
    s, p, folder, _ = make()
    fid = p.offer(b"x" * 5000)
    s.wait("file", n=fid, state="offered")
    s.do("decline", n=fid)
    until(p, lambda: p.ours[fid].cancelled == 1, "a word about it")

    p.hold = 200000
    fid = p.offer(b"x" * (2 * WINDOW))
    s.wait("file", n=fid, state="offered")
    s.do("accept", n=fid)
    until(p, lambda: p.ours[fid].acked == p.hold, "what was sent")
    p.cancel(fid)
    s.wait("file", n=fid, state="cancelled")
    check_equal(folder.names(), [], "left behind")

    for reason, state in ((1, "declined"), (2, "cancelled"), (6, "failed")):
        s.do("sendfile", path=write(b"y" * 100000))
        until(p, lambda: any(t.cancelled is None for t in p.theirs.values()),
              "an offer")
        fid = max(p.theirs)
        p.cancel(fid, reason)
        s.wait("file", n=fid, state=state)
    leave(s, p, 11)     # one has failed


def resumes(make):
    """The cable is cut while a file moves, in each direction."""
    s, p, folder, again = make()
    data = some(5 * WINDOW)
    fid = p.offer(data, "in.bin")
    s.wait("file", n=fid, state="offered")
    s.do("accept", n=fid)
    for part in (70000, 70000 + 9 * CHUNK, None):
        p.hold = part
        p.pump(fid)
        if part is None:
            break
        until(p, lambda n=part: p.ours[fid].acked == n, "a part of it")
        p.lose()
        s.wait("link", state="lost")
        p.resume(again()).open_again()
        s.wait("link", state="resumed")
    until(p, lambda: p.ours[fid].done, "the rest")
    s.wait("file", n=fid, state="done")
    check(folder.read("in.bin") == data, "bytes differ")

    s.do("sendfile", path=write(data))
    until(p, lambda: any(not t.accepted for t in p.theirs.values()), "an offer")
    out = max(p.theirs)
    p.accept(out)
    for part in (1, WINDOW, 4 * WINDOW):
        until(p, lambda n=part: len(p.theirs[out].data) >= n, "a part of it")
        p.lose()
        s.wait("link", state="lost")
        p.resume(again()).open_again()
    until(p, lambda: p.theirs[out].done, "the rest")
    check(bytes(p.theirs[out].data) == data, "bytes differ")
    leave(s, p)


def liars():
    """A rule broken in the middle of a file: 5, and nothing left behind."""
    def hole(p, fid):
        p.send_data(fid, 70001, b"x" * 1000)

    def too_much(p, fid):
        for at in range(70000, 70000 + 40 * 60000, 60000):
            p.send_data(fid, at, b"x" * 60000)

    def small(p, fid):
        p.send_data(fid, 70000, b"x")

    def early_end(p, fid):
        p.send_numbered(sc.FILE_END, fid.to_bytes(4, "big") +
                        (2 * WINDOW).to_bytes(8, "big"))

    for lie in (hole, small, early_end, too_much):
        s, p, folder, _ = with_host()
        p.hold = 70000
        fid = p.offer(b"x" * (2 * WINDOW))
        s.wait("file", n=fid, state="offered")
        s.do("accept", n=fid)
        until(p, lambda p=p, f=fid: p.ours[f].acked == p.hold, "a part")
        workers = list(s.workers().values())
        try:
            lie(p, fid)
        except (BrokenPipeError, ConnectionResetError):
            pass
        check_equal(s.wait_exit(), 5, "exit code")
        wait_gone(workers)
        check_equal(folder.names(), [], "left behind")
        p.sock.close()


def stuck(s, p, stopper):
    """A disk that stands still, with the window full of a file that is over by
    then: the next one fails, and the chat goes on."""
    p.hold = 1      # nothing goes by itself
    a, b = (p.offer(b"x" * (2 * WINDOW), name) for name in "ab")
    for fid in (a, b):
        s.wait("file", n=fid, state="offered")
        s.do("accept", n=fid)
    until(p, lambda: p.ours[a].ready and p.ours[b].ready, "both accepted")
    worker = s.workers()["file"].pid
    os.kill(worker, signal.SIGSTOP)
    for fid in (a, b):
        for at in range(0, WINDOW - CHUNK, CHUNK):
            p.send_data(fid, at, b"x" * CHUNK)
            p.ours[fid].sent = at + CHUNK
        # Crypto has all of it: what comes for a file that is over waits
        # nowhere, and our own cancel could be the quicker one.
        text = f"behind file {fid}"
        p.send_msg(text)
        s.wait("message", text=text)
        if fid == a:
            stopper(a)
    os.kill(worker, signal.SIGCONT)
    s.wait("file", n=a, state="cancelled")
    until(p, lambda: p.ours[b].cancelled, "a word about it")
    check_equal(p.ours[b].cancelled, 5, "reason")
    s.wait("file", n=b, state="failed")


def disk_stands_still():
    for ours in (0, 1):
        s, p, folder, _ = with_host()

        def cancel(fid, s=s, p=p):
            s.do("cancel", n=fid)
            until(p, lambda: p.ours[fid].cancelled == 2, "a word about it")
        stuck(s, p, cancel if ours else p.cancel)
        leave(s, p, 11)
        check_equal(folder.names(), [], "left behind")


def in_both_roles(test):
    """The test with a host and with a joiner of ours."""
    def host():
        test(with_host)

    def joiner():
        test(with_joiner)
    host.__name__ = "host_" + test.__name__
    joiner.__name__ = "joiner_" + test.__name__
    return host, joiner


main(*in_both_roles(receives), *in_both_roles(sends), *in_both_roles(stops),
     *in_both_roles(resumes), liars, disk_stands_still)
