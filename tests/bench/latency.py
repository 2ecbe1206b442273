"""Round trips of a 64-byte line, everybody on one processor.

Each contender is a line through which `ball` plays ping-pong; they stay open
and take turns.  A Line has a play(n) that returns the middle of n round trips
in microseconds.
"""
import os
import shutil
import statistics
import subprocess

from gates import Measured
from suites import Pair
from world import HERE, PYTHON, TOOLS, Missing, free_port, need, \
    on_one_cpu, read_line, wait_listening

BYTES = 64
BALL = os.path.join(TOOLS, "ball")


class Line:
    """ball against an echo, through something."""

    def __init__(self, bench):
        self.bench, self.world, self.mine = bench, bench.world, []

    def keep(self, *children):
        self.mine += children
        return children[0]

    def ball(self, *words, stdin=None, stdout=None):
        """A pinging ball: commands go to self.ask, times come from
        self.told."""
        ask, self.ask = os.pipe()
        self.told, told = os.pipe()
        what, *more = words
        self.keep(self.world.start(
            self.tool(), what, str(ask), str(told), *more, stdin=stdin,
            stdout=stdout, stderr=None, pass_fds=(ask, told)))
        os.close(ask)
        os.close(told)
        self.told = os.fdopen(self.told, "rb", buffering=0)

    def tool(self):
        path = self.world.path("ball")
        if not os.path.exists(path):
            shutil.copy(BALL, path)
            os.chmod(path, 0o755)
        return path

    def command(self, count, size):
        os.write(self.ask, b"%d %d\n" % (count, size))
        return [float(x) for x in read_line(self.told, 120).split()]

    def play(self, count):
        return self.command(count, BYTES)[0]

    def close(self):
        self.world.stop(*self.mine)
        os.close(self.ask)
        self.told.close()


class RawTcp(Line):
    name = "raw TCP"

    def __init__(self, bench):
        super().__init__(bench)
        world = self.world
        echo = self.keep(world.start(self.tool(), "tcp-echo",
                                     stdout=subprocess.PIPE, bufsize=0))
        self.ball("tcp-ping", read_line(echo.stdout))


class Between(Line):
    """ball -> here | there -> echo, and back, all through pipes."""

    def join(self, here, there=None, *form):
        if there is not None:
            self.keep(self.world.start(self.tool(), "echo", *form,
                                       stdin=there.stdout,
                                       stdout=there.stdin))
        self.ball("ping", *form, stdin=here.stdout, stdout=here.stdin)

    def end_of(self, *command, **kw):
        return self.keep(self.world.start(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            bufsize=0, **kw))


class Secchat(Between):
    name = "secchat, lines in pipes"
    form = "plain"

    def __init__(self, bench):
        super().__init__(bench)
        self.pair = Pair(self.world, self.form)
        self.mine += [self.pair.host, self.pair.joiner]
        self.join(self.pair.joiner, self.pair.host,
                  *(["json"] if self.form == "json" else []))


class SecchatJson(Secchat):
    name = "secchat, JSON in pipes"
    form = "json"


class SecchatFront:
    """From front end to front end: the front end is the ball."""
    name = "secchat, between front ends"

    def __init__(self, bench):
        self.pair = Pair(bench.world, "front")

    def play(self, count):
        self.pair.joiner.stdin.write(b"%d %d\n" % (count, BYTES - 1))
        return float(read_line(self.pair.joiner.stdout, 120).split()[0])

    def close(self):
        self.pair.close()


class SshCat(Between):
    name = "ssh cat"

    def __init__(self, bench):
        super().__init__(bench)
        here = self.end_of(*bench.sshd().ssh(), "cat")
        self.join(here)


class Fernet(Between):
    name = "Fernet line chat"

    def __init__(self, bench):
        super().__init__(bench)
        world = self.world
        made = world.run(PYTHON, "-c", "from cryptography.fernet import "
                         "Fernet; print(Fernet.generate_key().decode())")
        if made.returncode != 0:
            raise Missing("python3-cryptography is not installed "
                          "(make bench installs it)")
        script = world.write(
            "fernet_chat.py",
            open(os.path.join(HERE, "fernet_chat.py"), encoding="utf-8")
            .read())
        port, secret = str(free_port()), made.stdout.strip()
        command = [PYTHON, script]
        host = self.end_of(*command, "host", port, secret)
        wait_listening(int(port))
        self.join(self.end_of(*command, "join", port, secret), host)


class NcatSsl(Between):
    name = "ncat --ssl"

    def __init__(self, bench):
        super().__init__(bench)
        ncat, port = need("ncat", "ncat"), free_port()
        there = self.end_of(ncat, "--ssl", "-l", "127.0.0.1", str(port))
        wait_listening(port)
        here = self.end_of(ncat, "--ssl", "127.0.0.1", str(port))
        self.join(here, there)


class SocatOpenssl(Between):
    name = "socat openssl"

    def __init__(self, bench):
        super().__init__(bench)
        socat, port = need("socat", "socat"), free_port()
        cert = self.world.certificate()
        there = self.end_of(socat, f"OPENSSL-LISTEN:{port},bind=127.0.0.1,"
                            f"cert={cert},verify=0,nodelay", "STDIO")
        wait_listening(port)
        here = self.end_of(socat, f"OPENSSL:127.0.0.1:{port},verify=0,"
                           "nodelay", "STDIO")
        self.join(here, there)


CONTENDERS = [SecchatFront, RawTcp, Secchat, SshCat, Fernet, SecchatJson,
              NcatSsl, SocatOpenssl]
GATED = {"rtt-raw": RawTcp, "rtt-ssh": SshCat, "rtt-fernet": Fernet}


class Results(dict):
    """Rows that were measured; missing says why others were not."""

    def __init__(self):
        super().__init__()
        self.missing = {}


def measure(bench):
    count = 200 if bench.short else 2000
    lines, why, took, out = [], {}, {}, Results()
    with on_one_cpu():
        for kind in CONTENDERS:
            try:
                lines.append(kind(bench))
            except Missing as e:
                why[kind] = str(e)
        for line in lines:
            took[type(line)] = []
        for _ in range(bench.rounds):
            for line in lines:
                took[type(line)].append(line.play(count))
    for line in lines:
        line.close()
    ours = took[SecchatFront]
    for key, peer in GATED.items():
        if peer in took:
            out[key] = Measured("us", ours, took[peer], SecchatFront.name,
                                peer.name)
        else:
            out.missing[key] = why[peer]
    bench.more["Round trips of 64 bytes on one processor, us"] = all_of(took)
    return out


def all_of(took):
    """Everybody's middle, also of those that no gate compares with."""
    raw = took[RawTcp]
    return ("through", "p50", "vs raw TCP", ""), [
        (kind.name, f"{statistics.median(t):.1f}",
         f"{statistics.median(a / b for a, b in zip(t, raw)):.2f}", "")
        for kind, t in took.items()]
