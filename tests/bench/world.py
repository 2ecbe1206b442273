"""Where the bench runs: a network namespace of its own, an ordinary user, a
folder in memory, and the processes that it starts there.

The bench itself keeps what it needs to read /proc of others; everybody it
measures is an ordinary user without a capability.
"""
import fcntl
import os
import pwd
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
# tests/run has built already.
BUILT = "SECCHAT_OBJ" in os.environ
OBJ = os.environ.get("SECCHAT_OBJ") or os.environ.get("O", "build/release")
BIN = os.path.join(ROOT, "bin" if OBJ == "build/release" else OBJ + "/bin")
TOOLS = os.path.join(ROOT, OBJ, "bench")
HERE = os.path.join(ROOT, "tests/bench")
PYTHON = "/usr/bin/python3"     # Debian's, with Debian's packages
INSIDE = "SECCHAT_BENCH_INSIDE"
DEADLINE = 30.0


class Missing(Exception):
    """A row cannot be measured here; the text says why."""


class Broken(Exception):
    """Something that was started does not do what it should."""


# ---- namespaces ----------------------------------------------------------

def works(*command):
    return subprocess.run([*command, "true"], check=False, timeout=10,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def enter():
    """Start this program again in namespaces of its own, where they can be
    had; returns when it runs in the best there is."""
    if INSIDE in os.environ:
        return
    if os.geteuid() == 0:
        ways = [["unshare", "--net", "--mount"], ["unshare", "--net"]]
    else:
        ways = [["unshare", "--user", "--map-current-user", "--keep-caps",
                 "--net"]]
    for way in ways:
        if works(*way):
            os.environ[INSIDE] = " ".join(way[1:])
            os.execvp(way[0], [*way, PYTHON, *sys.argv])
    os.environ[INSIDE] = ""


def loopback_up():
    """What `ip link set lo up` does."""
    SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        ask = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(s, SIOCGIFFLAGS, ask))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS,
                    struct.pack("16sH14x", b"lo", flags | IFF_UP))


# ---- the user ------------------------------------------------------------

MADE = "secchat-bench"          # where nobody cannot be given a shell


class World:
    def __init__(self):
        self.notes = []
        self.inside = os.environ.get(INSIDE, "")
        self.children = []
        self.made_user = self.shadowed = False
        if "--net" in self.inside:
            loopback_up()
            self.notes.append("network: loopback of a namespace of its own")
        else:
            self.notes.append("network: this computer's loopback (no network "
                              "namespace can be had here)")
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="secchat-bench.", dir=memory)
        self.choose_user()
        os.chmod(self.folder, 0o755)
        self.notes.append(f"user: {self.user}; folder: {self.folder}, "
                          + ("in memory" if memory else "on disk"))

    def choose_user(self):
        if os.geteuid() != 0:
            self.user = pwd.getpwuid(os.geteuid()).pw_name
            self.become = ["setpriv", "--ambient-caps=-all",
                           "--inh-caps=-all"] if self.inside else []
            return
        self.user = "nobody" if "--mount" in self.inside else MADE
        if self.user == MADE:
            self.make_user()
        entry = pwd.getpwnam(self.user)
        self.uid, self.gid = entry.pw_uid, entry.pw_gid
        if self.user == "nobody":
            self.give_shell(entry)
        shutil.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self.become = ["setpriv", f"--reuid={entry.pw_uid}",
                       f"--regid={entry.pw_gid}", "--clear-groups",
                       "--inh-caps=-all"]

    def give_shell(self, entry):
        """sshd starts the login shell.  In this mount namespace alone nobody
        has one, and another name, since nss-systemd calls nobody locked."""
        own = os.path.join(self.folder, "passwd")
        with open("/etc/passwd", encoding="utf-8") as f, \
                open(own, "w", encoding="utf-8") as out:
            for line in f:
                if line.startswith(entry.pw_name + ":"):
                    line = (f"{MADE}:x:{entry.pw_uid}:{entry.pw_gid}::"
                            f"{self.folder}:/bin/sh\n")
                out.write(line)
        subprocess.run(["mount", "--bind", own, "/etc/passwd"], check=True)
        self.shadowed, self.user = True, MADE

    def make_user(self):
        try:
            pwd.getpwnam(MADE)
        except KeyError:
            subprocess.run(["useradd", "--system", "--no-create-home",
                            "--shell", "/bin/sh", MADE], check=True)
            self.made_user = True

    # -- files --

    def path(self, name):
        return os.path.join(self.folder, name)

    def own(self, path):
        """Of the measured user, and of nobody else."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)
        return path

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return self.own(path)

    def certificate(self):
        """Of a server that nobody checks, with its key."""
        path = self.path("cert.pem")
        if not os.path.exists(path):
            need("openssl", "openssl")
            self.run("openssl", "req", "-x509", "-newkey", "rsa:2048",
                     "-nodes", "-subj", "/CN=bench", "-days", "2", "-keyout",
                     path, "-out", path + ".crt")
            with open(path + ".crt", encoding="ascii") as crt, \
                    open(path, "a", encoding="ascii") as out:
                out.write(crt.read())
        return path

    def mkdir(self, name):
        path = self.path(name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return self.own(path)

    # -- processes --

    def env(self):
        return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                "HOME": self.folder, "LANG": "C.UTF-8", "TERM": "xterm",
                "XDG_STATE_HOME": self.path("state"),
                "PYTHONDONTWRITEBYTECODE": "1"}

    def start(self, *command, **kw):
        """A process of the measured user; ended at the end at the latest."""
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("stdout", subprocess.DEVNULL)
        kw.setdefault("stderr", subprocess.DEVNULL)
        kw.setdefault("env", self.env())
        kw.setdefault("cwd", self.folder)
        child = subprocess.Popen([*self.become, *command], **kw)
        self.children.append(child)
        return child

    def run(self, *command, **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("timeout", 600)
        kw.setdefault("env", self.env())
        kw.setdefault("cwd", self.folder)
        return subprocess.run([*self.become, *command], check=False,
                              capture_output=True, text=True, **kw)

    def stop(self, *children):
        """Gone, and their pipes closed."""
        for c in children:
            for p in family(c.pid) if c.poll() is None else ():
                try:
                    os.kill(p, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            c.wait()
            for f in (c.stdin, c.stdout, c.stderr):
                if f is not None:
                    f.close()
            if c in self.children:
                self.children.remove(c)

    def close(self):
        self.stop(*list(self.children))
        if self.shadowed:
            subprocess.run(["umount", "/etc/passwd"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.made_user:
            subprocess.run(["userdel", MADE], check=False)


def family(pid):
    """A process and all below it."""
    found = [pid]
    for p in found:
        try:
            with open(f"/proc/{p}/task/{p}/children", encoding="ascii") as f:
                found += [int(c) for c in f.read().split()]
        except OSError:
            pass
    return found


def staying(pid):
    """The same without who called the other side and is about to go."""
    found = []
    for p in family(pid):
        try:
            with open(f"/proc/{p}/comm", encoding="ascii") as f:
                if f.read() != "secchat-dial\n":
                    found.append(p)
        except OSError:
            pass
    return found


def need(program, package):
    path = shutil.which(program, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if path is None:
        raise Missing(f"{package} is not installed (make bench installs it)")
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read_line(f, seconds=DEADLINE):
    """One line of an unbuffered pipe."""
    line, deadline = b"", time.monotonic() + seconds
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([f], [], [], left)[0]:
            raise Broken(f"no line in {seconds} s, only {line!r}")
        byte = os.read(f.fileno(), 1)
        if not byte:
            raise Broken(f"it ended after {line!r}")
        line += byte
    return line.decode("utf-8", "replace").rstrip("\n")


def read_until(f, words, seconds=DEADLINE):
    while words not in (line := read_line(f, seconds)):
        pass
    return line


def wait_listening(port, seconds=DEADLINE):
    """Until somebody listens there; nobody is connected to."""
    deadline, want = time.monotonic() + seconds, f":{port:04X} "
    while time.monotonic() < deadline:
        for name in ("/proc/net/tcp", "/proc/net/tcp6"):
            try:
                with open(name, encoding="ascii") as f:
                    if any(want in x and " 0A " in x for x in f):
                        return
            except OSError:
                pass
        time.sleep(0.005)
    raise Broken(f"nobody listens on port {port}")


class on_one_cpu:
    """Everybody who is started within runs on one processor."""

    def __enter__(self):
        self.all = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(self.all)})

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.all)
