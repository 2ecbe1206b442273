"""Inputs for the fuzzer of the audit: a session as /proc shows it, and what a
process of it might make of that.
"""
from acts import u8, u16

HIDDEN, REGULAR, DEV, BROKEN, NAMED = 1, 2, 0x20, 0x40, 0x80
PROGRAMS = ("secchat", "secchat-crypto", "secchat-crypto-legacy",
            "secchat-net", "secchat-dial", "secchat-tty", "secchat-script",
            "secchat-price", "secchat-file", "secchat-identity")
STRANGE = ("secchat-canary", "secchat-audit", "sh", "")
COMM = 15 # letters of a name that the kernel keeps


def given(name, data=b"", kind=0):
    """A file of this name, or without one."""
    data = data.encode() if isinstance(data, str) else data
    if name:
        kind |= NAMED
        data = name.encode() + b"\0" + data
    return u8(kind) + u16(len(data)) + data


def of(pid, name, data=b"", kind=0):
    return given(f"proc/{pid}/{name}", data, kind)


def status(caps="0", mode=2, filters=2, nnp=1, tracer=0):
    return (f"Name:\tx\nTracerPid:\t{tracer}\n" + "".join(
        f"{c}:\t{caps if c != 'CapBnd' else 'ff'}\n"
        for c in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) +
            f"NoNewPrivs:\t{nnp}\nSeccomp:\t{mode}\n"
            f"Seccomp_filters:\t{filters}\n")


def process(pid, name, state=None):
    return of(pid, "comm", name[:COMM] + "\n") + of(
        pid, "status", status() if state is None else state)


def session(*names):
    """The first has started the others."""
    pids = range(4242, 4242 + len(names))
    return of(4242, "task/4242/children", " ".join(
        str(p) for p in pids[1:]) + "\n") + b"".join(
            process(p, n) for p, n in zip(pids, names))


def limits(what, processes="0", hard="0"):
    return (f"Limit  Soft  Hard\nMax core file size  {what}  {hard}  bytes\n"
            f"Max open files  {hard}  {what}  files\n"
            f"Max file size  {what}  {what}  bytes\n"
            f"Max processes  {processes}  {processes}  all\n")


def session_seeds():
    yield "session", session(*PROGRAMS)
    yield "two", session(*PROGRAMS[:2]) + given("", b"x", 1)
    yield "strangers", session("secchat", *STRANGE, "secchat-net")
    for name in PROGRAMS + STRANGE:
        me = session(name)
        yield f"alone-{name}", me + given("", b"event", 7)
        yield f"only-{name}", session("secchat", name) + given(
            "", b"event", 0o70)
        for kind in (0, HIDDEN, DEV, 4, DEV | 4):
            yield f"exe-{name}-{kind}", me + of(4242, "exe") + given(
                f"nowhere/{name}", kind=kind)
        for what in ("0", "16", "unlimited", "x"):
            yield f"limits-{name}-{what}", me + of(
                4242, "limits", limits(what, "unlimited", what))
            yield f"limits0-{name}-{what}", me + of(
                4242, "limits", limits("0", what))
        for kinds in (("pipe:[1]",) * 14, ("socket:[1]",) * 14,
                      ("/dev/null",) * 14, ("/etc/passwd",) * 14, (
                          "/dev/null", "/dev/null", "pipe:[3]",
                          "socket:[4]") + ("socket:[5]",) * 10):
            yield f"fds-{name}-{kinds[2]}-{kinds[-1]}".replace("/", "_"), (
                me + of(4242, "fd", bytes(range(len(kinds))), REGULAR) +
                b"".join(of(4242, f"fd/{i}", k) for i, k in enumerate(
                    kinds)))
        for n in range(12):
            yield f"count-{name}-{n}", me + of(4242, "fd", b"." * n, 0)
        yield f"maps-{name}", me + of(4242, "maps", "".join(
            f"0-1000 {perms} 0 fe:01 7  /lib/{lib}\n"
            for perms in ("r-xp", "rwxp", "rw-p")
            for lib in ("libc-2.so", "ld-linux.so", "libm.so.6", "libx.so",
                        "libpthread.so.0", "libseccomp.so.2", name)))
        yield f"own-maps-{name}", me + of(
            4242, "maps", f"0-1000 r-xp 0 fe:01 7 /x/{name}\n/\n")
    for n, state in enumerate((
            status("0", 2, 1), status("0", 2, 0), status("0", 0), status(
                "1"), status(tracer=7), status(nnp=0),
            status().replace("CapBnd:\tff", "CapBnd:\t0"))):
        yield f"status{n}", of(4242, "task/4242/children", "1") + process(
            4242, "secchat-net", state)
    for kind in (HIDDEN, BROKEN):
        for name in ("comm", "status"):
            yield f"unread-{name}-{kind}", of(4242, name, b"", kind) + (
                session("secchat", "secchat-net"))
            yield f"unread-child-{name}-{kind}", of(
                4243, name, b"", kind) + session("secchat", "secchat-net")
    yield "gone-child", of(4242, "task/4242/children", "7 8 9") + process(
        4242, "secchat")
    yield "named-child", of(4242, "task/4242/children", "7 x") + process(
        4242, "secchat") + process(7, "secchat-net")
    yield "crowd", of(4242, "task/4242/children", "7 " * 40) + process(
        4242, "secchat") + process(7, "secchat-net")
    yield "problem", session(*PROGRAMS[:3]) + given("", b"x") * 3
    for lo in ("lo", "eth0"):
        for kind in (HIDDEN, 4):
            yield f"net-{lo}-{kind}", session("secchat-file") + of(
                4242, "ns/net", kind=kind) + given(
                    "proc/self/ns/net", kind=8) + of(
                        4242, "net/dev", f"Inter-|\n face |\n   {lo}: 0\n"
                        "   lo: 0\n") + of(
                            4242, "ns/user", kind=kind) + given(
                                "proc/self/ns/user", kind=kind)
    secret = bytes((i * 7 + 1) & 255 for i in range(24))
    for n, part in enumerate((secret, secret[:16], secret[8:], secret[1:16])):
        for flags in ("lo dd", "lo", "dd", "lo de"):
            for name in ("[heap]", "[vsyscall]", "[vvar]", "[vvar_clock]",
                         "/secretmem (deleted)", ""):
                yield f"memory{n}-{flags}-{name}".replace(" ", "").replace(
                    "/", "_"), session("secchat") + of(
                        4242, "smaps", "0-40 rw-p 0 0:0 0  " + name +
                        "\nVmFlags: rd " + flags + "\n") + of(
                            4242, "mem", b"x" * 9 + part + b"y" * 40) + (
                                given("", b"x"))
        yield f"file{n}", session("secchat") + of(
            4242, "environ", b"A=" + part) + of(
                4242, "fd", b"\3\4", REGULAR) + of(
                    4242, "fd/3", part, REGULAR) + of(
                        4242, "fd/4", part) + given("", part)
    for n, sought in enumerate((b"x" * 15, b"x" * 16, b"x" * 40, bytes(16) +
                                b"x" * 20, b"x" * 20 + bytes(16), bytes(40),
                                b"x" * 20 + b"y" * 20, b"x" * 900)):
        yield f"sought{n}", session("secchat") + given("", sought)
    yield "broken", session("secchat") + b"".join(
        of(4242, name, b"", BROKEN) for name in (
            "limits", "maps", "smaps", "mem", "environ", "net/dev", "fd",
            "uid_map")) + given("", b"x")


SEEDS = {"audit+": session_seeds}
