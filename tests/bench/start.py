"""From exec to the first message: host and join, and ssh."""
import subprocess
import time

from gates import Measured
from suites import key, tree
from world import free_port, read_line, read_until


def ours(world):
    """Milliseconds from the exec of host to a line of the joiner's."""
    words = ["--key", key(world), "--accept-intro", "1", "--no-input"]
    secchat, address = tree(world) + "/secchat", f"127.0.0.1:{free_port()}"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
             "stderr": subprocess.PIPE, "bufsize": 0}
    started = time.monotonic()
    host = world.start(secchat, "host", *words, address, **pipes)
    read_until(host.stderr, "waiting on")
    joiner = world.start(secchat, "join", *words, address, **pipes)
    joiner.stdin.write(b"here\n")
    read_line(host.stdout)
    took = time.monotonic() - started
    world.stop(host, joiner)
    return took * 1000


def theirs(world, sshd):
    """The same of ssh, whose server runs already."""
    started = time.monotonic()
    ssh = world.start(*sshd.ssh(), "echo here", stdout=subprocess.PIPE,
                      bufsize=0)
    read_line(ssh.stdout)
    took = time.monotonic() - started
    world.stop(ssh)
    return took * 1000


def measure(bench):
    sshd, us, them = bench.sshd(), [], []
    for _ in range(bench.rounds):
        us.append(ours(bench.world))
        them.append(theirs(bench.world, sshd))
    return {"start-ssh": Measured("ms", us, them, "host, join and a line",
                                  "ssh echo, sshd runs")}
