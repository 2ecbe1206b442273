"""Our side: release programs, and pairs of suites in a chat."""
import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import termios

from world import BIN, TOOLS, Broken, free_port, read_line, read_until, \
    wait_listening

# Bench programs that take a worker's place in a copied build tree.
STAND_INS = {"front": {"secchat-script": "front"},
             "one": {"secchat-crypto": "one", "secchat-net": "pass"}}


def tree(world, kind="release"):
    """A folder with the programs, as installed: nobody reads them.  Kinds
    but "release" have stand-ins of the bench among them."""
    path = world.path("bin-" + kind)
    if os.path.isdir(path):
        return path
    os.mkdir(path, 0o755)
    for name in os.listdir(BIN):
        if name.startswith("secchat") and "." not in name:
            shutil.copy(os.path.join(BIN, name), os.path.join(path, name))
    for name, tool in STAND_INS.get(kind, {}).items():
        shutil.copy(os.path.join(TOOLS, tool), os.path.join(path, name))
    for name in os.listdir(path):
        os.chmod(os.path.join(path, name), 0o711)
    return path


def key(world):
    path = world.path("secret.key")
    if not os.path.exists(path):
        done = world.run(os.path.join(tree(world), "secchat"), "keygen", path)
        if done.returncode != 0:
            raise Broken("keygen: " + done.stderr)
    return path


def on_terminal(world, *words):
    """A secchat on a terminal of its own: the process and the other end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    child = world.start(
        os.path.join(tree(world), "secchat"), *words, stdin=slave,
        stdout=slave, stderr=slave, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(slave)
    return child, master


class Pair:
    """Two suites in a chat over a key file.

    form: "plain" (lines in and out), "json", "front" (the bench's own front
    end, which speaks plain lines of commands and times).
    """

    def __init__(self, world, form="plain", kind=None, options=()):
        self.world, self.form = world, form
        self.secchat = os.path.join(
            tree(world, kind or ("front" if form == "front" else "release")),
            "secchat")
        self.options = ["--key", key(world), "--accept-intro", "1",
                        "--no-input", *options]
        self.options += ["--json"] if form == "json" else []
        self.port = free_port()
        self.host = self.begin("host", f"127.0.0.1:{self.port}")
        wait_listening(self.port)
        self.joiner = self.begin("join", f"127.0.0.1:{self.port}")
        for s in (self.host, self.joiner):
            self.wait_connected(s)

    def begin(self, *words):
        return self.world.start(
            self.secchat, *words, *self.options, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)

    def wait_connected(self, s):
        if self.form == "json":
            read_until(s.stdout, '"connected"')
        elif self.form == "front":
            read_until(s.stdout, "connected")
        else:
            read_until(s.stderr, "connected")

    def command(self, s, **fields):
        s.stdin.write(json.dumps(fields).encode() + b"\n")

    def event(self, s, ev):
        while (e := json.loads(read_line(s.stdout)))["ev"] != ev:
            pass
        return e

    def close(self):
        self.world.stop(self.host, self.joiner)
