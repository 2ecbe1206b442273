"""Bad input of every kind, as one table: each option, file, subcommand,
/command, JSON command and state of the world gets one sentence that says what
is wrong and what to do next, and its exit code; nothing is left behind.

# users: root nobody
# seconds: 240

The rows are in bad_rows.py, but for those that need code.  Options, /commands
and JSON commands are read from the tables in src/: one that has no row here
fails the test.  Each row is printed with its exit code and first line.
SECCHAT_LONG=1 tries every condition with every command.
"""
import ctypes
import json
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import tempfile

from bad_rows import (ACCEPT, ANY, CHAT, COMMANDS, CONFIG, FILES, JSON_LINES,
                      JSON_MEMBERS, KINDS, NETWORK, NOT_A_COMMAND,
                      NOWHERE, OPTION_VALUES, OWN, SECRETS, SLASH, USAGE,
                      WORKS, json_commands, option_rows, slash_commands)
from secchat_test import (ROOT, SAN, SECCHAT, Terminal, check, check_equal,
                          host, join, main, make_key, pair, pipe_of, pump,
                          scratch, skip_part, wait_until, without_notice)

LONG = bool(os.environ.get("SECCHAT_LONG"))
IS_ROOT = os.geteuid() == 0
NOBODY = 65534
GETS_THERE = "cannot wait on 192.0.2.1"
TRIED = {"rows": 0}


# ---- a row ---------------------------------------------------------------

def run(args, env=None, stdin=subprocess.DEVNULL, **kw):
    """(exit code, stdout, stderr)."""
    done = subprocess.run([SECCHAT, *args], stdin=stdin, check=False,
                          stdout=kw.pop("stdout", subprocess.PIPE),
                          stderr=kw.pop("stderr", subprocess.PIPE),
                          env={**os.environ, **(env or {})}, timeout=60, **kw)
    return (done.returncode, (done.stdout or b"").decode(),
            (done.stderr or b"").decode())


def shown(value, width=44):
    text = value.decode("utf-8", "backslashreplace") \
        if isinstance(value, bytes) else value
    text = text.encode("unicode_escape").decode()
    return text if len(text) <= width else text[:width - 3] + "..."


# What is told beside an error, and is none.
NOTES = re.compile(r"^secchat: (made this computer's identity|nobody is "
                   r"remembered yet|memory for keys is|prices: |they see )")


def judge_words(what, err, pattern):
    """One sentence of ours, what to do next below it, nothing else."""
    err = without_notice(err)
    lines = [x for x in err.splitlines() if not NOTES.match(x)]
    check(lines, what, "says nothing:", repr(err))
    check(not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", err), what,
          repr(err))
    check(lines[0].startswith("secchat: "), what, repr(err))
    check(len(lines[0]) > 20 and len(err) < 4000, what, repr(err))
    heads = [x for x in lines if not x.startswith("  ")]
    check_equal(len(heads), 1, f"{what}: sentences in {err!r}")
    check(len(lines) > 1, what, "does not say what to do:", repr(err))
    check(re.search(pattern, err), what, "does not say", pattern, repr(err))


def says(args, code, pattern=ANY, what=None, **kw):
    """Run it: the exit code (or one of several), and the words."""
    what = what or " ".join(shown(a) for a in args)
    got, out, err = run(args, **kw)
    TRIED["rows"] += 1
    print(f"  {shown(what, 60):60} {got:3}  "
          f"{(err.splitlines() or [''])[0][:90]}")
    codes = code if isinstance(code, tuple) else (code,)
    check(got in codes, what, f"ended with {got}, not {code}:", err, out)
    if got != 0:
        judge_words(what, err, pattern)
    return err


def everything(top):
    """What is below a folder: {name: (type and mode, contents)}."""
    found = {}
    for folder, names, files in os.walk(os.fsencode(top)):
        for name in names + files:
            path = os.path.join(folder, name)
            st = os.lstat(path)
            data = None
            if stat.S_ISREG(st.st_mode) and st.st_size <= 2 * HUGE_FILE:
                try:
                    with open(path, "rb") as f:
                        data = f.read()
                except PermissionError:
                    pass
            found[path] = (st.st_mode, st.st_size, data)
    return found


class Untouched:
    """Whatever happens within, the folder is afterwards as it was."""

    def __init__(self, top):
        self.top, self.before = top, everything(top)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            check_equal(everything(self.top), self.before, "what is left")


# ---- the command line ----------------------------------------------------

def commands():
    top = scratch()
    with Untouched(top):
        for args, code, pattern in COMMANDS:
            says(args, code, pattern, cwd=top)


def base_of(name, mask):
    """A command line that takes this option, and what stands behind it."""
    if "CHAT" in mask or "SHOW" in mask or "HOST" in mask or "ANY" in mask:
        command, at = "host", [NOWHERE]
    elif "JOIN" in mask:
        command, at = "join", ["127.0.0.1:1"]
    else:
        command, at = "prices", []
    more = [] if command == "prices" else ["--accept-intro=1"]
    if name == "accept-intro":
        more = ["--key", options.key]
    return [command, *(m for m in more if m != "--" + name)], at


def options():
    """Every option: each value that it cannot have, none, and twice."""
    options.key = make_key()
    rows = option_rows()
    check(len(rows) > 30, rows)
    for name, letter, arg, mask, kind in rows:
        check(kind in OPTION_VALUES, f"no rows for the type of --{name}")
        command, at = base_of(name, mask)
        for value, code, pattern in OPTION_VALUES[kind]:
            value = os.fsencode(value)
            says([*command, b"--%s=%s" % (name.encode(), value), *at], code,
                 pattern)
        if "CONF_ONLY" in mask:
            continue
        if arg == "NULL" or arg.startswith('"['):
            if kind != "HELP":
                says([*command, f"--{name}=", *at], USAGE, "needs a value")
        else:
            says([*command, *at, f"--{name}"], USAGE, "needs a value")
            if kind == "PATH":
                check(name in FILES, f"no rows for the file of --{name}")
                says([*command, f"--{name}=a", f"--{name}=b", *at], USAGE,
                     "is given twice")
        says([*command, f"--{name}x", *at], USAGE, "unknown option")
        for other in ("keygen", "id", "peers", "audit"):
            if "ANY" not in mask and name not in OTHER_OPTIONS:
                says([other, f"--{name}"], USAGE, ANY)


# What every subcommand takes.
OTHER_OPTIONS = ("no-input", "plain", "ascii", "no-color", "quiet", "verbose",
                 "json")


# ---- files ---------------------------------------------------------------

def place(kind, top, good, name="it"):
    """What stands where a file is expected; its path, or None: not here.
    Without something good a folder is expected."""
    path = os.fsencode(f"{top}/{name}")
    if kind in ("null", "full", "zero"):
        return b"/dev/" + kind.encode()
    if kind == "no-folder":
        return os.fsencode(top) + b"/none/it"
    if kind == "below-file":
        write(path, b"")
        return path + b"/it"
    if kind == "name-300":
        return os.fsencode(top + "/" + "x" * 300)
    if kind == "name-5000":
        return os.fsencode(top + "/x" * 2500)
    if kind == "name-not-utf8":
        path = os.fsencode(top) + b"/\xff\xfe"
    if kind in CONTENTS:
        write(path, CONTENTS[kind])
    elif kind == "folder":
        os.mkdir(path, 0o700)
    elif kind == "fifo":
        os.mkfifo(path, 0o600)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
    elif kind == "loop":
        os.symlink(path, path)
    elif kind == "dangling":
        os.symlink(path + b".none", path)
    elif kind == "link":
        write(path + b".good", good)
        os.symlink(path + b".good", path)
    elif kind != "missing":
        if kind == "owner" and not IS_ROOT:
            return None
        write(path, good)
        if kind == "owner":
            os.chown(path, NOBODY, NOBODY)
        elif kind.startswith("mode-"):
            os.chmod(path, int(kind[5:], 8))
    return path


HUGE_FILE = 1 << 20
CONTENTS = {"empty": b"", "huge": b"x" * HUGE_FILE, "zeros": bytes(45),
            "not-utf8": b"\xff\xfe\x80 = \xc3\x28\n"}


def write(path, data):
    if data is None:
        os.mkdir(path, 0o700)
        return
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, 0o600)


def files():
    """Every file that is read or written, and what may stand in its place."""
    key = make_key()
    for name, f in FILES.items():
        for kind in KINDS:
            one_file(name, f, kind, key)


def one_file(name, f, kind, key):
    top = scratch()
    folder = os.path.dirname(f.where)
    if folder:
        os.mkdir(f"{top}/{folder}", 0o700)
    if f.where != "it" and kind in ELSEWHERE:
        return
    path = place(kind, os.path.join(top, folder).rstrip("/"), f.good,
                 os.path.basename(f.where))
    if path is None:
        return
    names = {b"FILE": path, b"KEY": os.fsencode(key), b"TOP": os.fsencode(top)}
    args = [re.sub(b"FILE|KEY|TOP", lambda m: names[m[0]], os.fsencode(a))
            for a in f.command]
    env = {k: v.replace("TOP", top) for k, v in (f.env or {}).items()}
    taken = kind in f.taken and (kind not in OWN or IS_ROOT or
                                 f.taken is KINDS)
    if SAN and IS_ROOT and not taken and (
            kind in OWN or f.good is None and kind.startswith("mode-")):
        skip_part("sandbox: a root that is not confined may read anything")
        return
    code = (USAGE, CONFIG) if kind == "name-5000" else CONFIG
    if taken:
        code = WORKS if GETS_TO_CHAT in f.command else 0
    words = GETS_THERE if taken else f.words
    if f.good is None and kind.startswith("mode-") and not IS_ROOT:
        # A folder that cannot be gone into, or not be written to, only later.
        code, words = (WORKS, CONFIG), ANY
    was = everything(top)
    err = says(args, code, words, f"{name}: {kind}", env=env)
    now = everything(top)
    if GETS_THERE not in err and not taken:
        check(top in err or "/dev/" in err, "does not name it:", err)
        for p in [p for p in now if p not in was]:
            # What was made on the way is whole: the identity.
            check(p.endswith((b"/secchat", b"/secchat/identity")), name, kind,
                  "leaves", p)
    for p, (mode, size, data) in was.items():
        check(p in now, name, kind, "has removed", p)
        if not (name == "log" and taken):
            check_equal(now[p][:1] + now[p][2:], (mode, data),
                        f"{name}: {kind}: {p} was changed")
        elif data is not None:
            check((now[p][2] or data).startswith(data), name, kind, "changed")


GETS_TO_CHAT = NOWHERE
# Kinds that are about the name of the file, which is given here.
ELSEWHERE = ("null", "full", "zero", "no-folder", "below-file", "name-300",
             "name-5000", "name-not-utf8")


def secrets():
    """What is read from a descriptor instead of a code or passphrase."""
    for line, kind, code, pattern in SECRETS:
        fd = pipe_of(line)
        args = ["join", *ACCEPT, f"--{kind}-fd", str(fd), "127.0.0.1:1"]
        try:
            err = says(args, code, pattern, f"{kind}: {shown(line)}",
                       pass_fds=[fd])
            check("lusab-babads" not in err and "babaq" not in err, err)
        finally:
            os.close(fd)


# ---- in a chat -----------------------------------------------------------

def still_talks(a, b):
    a.send("still here", "last")
    b.wait("message", text="still here")
    a.wait("delivered", ref="last")


def leave(j, h):
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


def judge_event(what, e, pattern):
    print(f"  {shown(what, 60):60}  -   {e['msg'][:90]}")
    TRIED["rows"] += 1
    check(len(e["msg"]) > 10 and re.search(pattern, e["msg"]), what, e)
    check(not re.search(r"[\x00-\x1f\x7f]", e["msg"] + e.get("next", "")), e)


def told(s):
    """The next error; or a file that has failed, which says as much."""
    def news():
        return s.has("error")[told.errors:] + [
            e for e in s.has("file") if e["state"] == "failed"][told.files:]

    wait_until(news, "an error")
    e = news()[0]
    told.errors += e["ev"] == "error"
    told.files += e["ev"] == "file"
    return e


told.errors = told.files = 0


def json_lines():
    """Every JSON command with what it cannot have: told, and the chat goes
    on."""
    check_equal(sorted(JSON_MEMBERS), sorted(json_commands()), "commands")
    key = make_key()
    h, j = pair(["--key", key])
    for line, pattern in JSON_LINES:
        h.write((line if isinstance(line, bytes) else line.encode()) + b"\n")
        if pattern is not None:
            judge_event(line, told(h), pattern)
    for name, members in JSON_MEMBERS.items():
        rows = [(m, 1, "has no member") for m in ("x", "DO", "x" * 1000)]
        rows += [(member, value, ANY) for member, value in members]
        for member, value, pattern in rows:
            h.write(json.dumps({"do": name} | (
                {} if value is None else {member: value})) + "\n")
            judge_event(f"{name} {member}={value!r}", told(h), pattern)
    for what in paths_to_send():
        h.do("sendfile", path=what)
        judge_event(f"sendfile {what}", told(h), ANY)
    still_talks(h, j)
    leave(j, h)


def paths_to_send():
    top = scratch()
    for kind in ("missing", "folder", "fifo", "socket", "loop", "dangling",
                 "mode-0", "no-folder", "below-file", "name-300"):
        folder = f"{top}/{kind}"
        os.mkdir(folder)
        if kind == "mode-0" and IS_ROOT:
            continue
        yield place(kind, folder, b"x").decode()
    yield from ("/dev/null", "/dev/zero", "/dev/full", "relative/none",
                "~/none")


def slash_lines():
    """Every /command with what it cannot have: told, and nothing is sent."""
    table = slash_commands()
    check_equal(sorted(SLASH), sorted(n for n, kind in table
                                      if kind != "NOTHING"), "commands")
    key = make_key()
    t = Terminal([SECCHAT, "host", "--accept-intro", "1", "--key", key,
                  "127.0.0.1:0"], rows=40, cols=100,
                 env={"TERM": "xterm", "LC_ALL": "C.UTF-8"})
    port = t.expect(r"aiting on port (\d+)")[1]
    j = join("127.0.0.1:" + port, "--key", key)
    j.wait("connected")
    t.expect("you .*>")
    rows = [(f"/{name} {arg}".rstrip(), pattern) for name in SLASH
            for arg, pattern in SLASH[name]]
    rows += [(f"/{name} x", f"/{name} takes nothing behind it")
             for name, kind in table if kind == "NOTHING"]
    rows += [("/" + word, pattern) for word, pattern in NOT_A_COMMAND]
    for line, pattern in rows:
        t.text = ""
        t.type(line + "\r")
        m = t.expect(pattern)
        TRIED["rows"] += 1
        print(f"  {shown(line, 60):60}  -   {m[0][:90]}")
        t.type("\x15")
    check_equal(j.has("message"), [], "was sent")
    t.type("still here\r")
    j.wait("message", text="still here")
    t.type("/quit\r")
    check_equal((t.wait_exit(), j.wait_exit()), (0, 0), "exit codes")
    check(t.is_restored(), "the terminal")


# ---- the world -----------------------------------------------------------

class Probe:
    """A command that is tried in each state of the world."""

    def __init__(self, args, code, pattern=ANY, makes=None):
        self.args, self.code, self.pattern = args, code, pattern
        self.makes = makes      # a file that is there afterwards, or is not


PROBES = {
    "version": Probe(["--version"], 0),
    "usage": Probe(["jion"], USAGE, "unknown command"),
    "keygen": Probe(["keygen", "TOP/new.key"], 0, makes="new.key"),
    "fingerprint": Probe(["fingerprint", "KEY"], 0),
    "no key": Probe(["host", *ACCEPT, "--key", "/nonexistent", NOWHERE],
                    CONFIG, "no such key file"),
    "chat": Probe(CHAT, NETWORK, GETS_THERE),
    "code": Probe(["host", "--json", *ACCEPT, NOWHERE], NETWORK, GETS_THERE),
    "id new": Probe(["id", "new"], 0, makes="secchat/identity"),
    "prices": Probe(["prices", "--prices-url", "https://127.0.0.1:1"], 10),
}


def limit(what, value):
    return lambda: resource.setrlimit(what, (value, value))


def ignore(*numbers):
    return lambda: [signal.signal(n, signal.SIG_IGN) for n in numbers]


def block_all():
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())


def lose_cwd():
    path = tempfile.mkdtemp(prefix="gone.")
    os.chdir(path)
    os.rmdir(path)


def close_fds(*fds):
    return lambda: [os.close(fd) for fd in fds]


def storm():
    """A signal that nobody waits for, 1,000 times a second."""
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)


def no_arguments():
    """exec with an empty argv."""
    libc = ctypes.CDLL(None, use_errno=True)
    empty = (ctypes.c_char_p * 1)(None)
    libc.execve(SECCHAT.encode(), empty, empty)


BROKEN = (1, 2, 3, 4, 8, 10, 127)   # 127 is the loader's
ALL_BROKEN = dict.fromkeys(PROBES, (0, *BROKEN))
NO_MAKING = {"keygen": CONFIG, "id new": CONFIG}
NO_HOME = {"id new": CONFIG}
# Of processes; what they are for is not theirs alone.
FEW = {"chat": CONFIG, "code": CONFIG, "id new": CONFIG}
NO_CHAT = {"chat": CONFIG, "no key": CONFIG, "code": CONFIG}
# What is said then, where that is more than a word of the state's own.
WORDS = {"without 1": "standard output is closed",
         "without 0, 1": "standard output is closed",
         "no more processes": "cannot start secchat-",
         "48 MiB of addresses": "too little memory to stretch a code"}

# name: (what is done between fork and exec, the environment, other exit
# codes than usual)
WORLD = {
    "as usual": (None, {}, {}),
    "without 0": (close_fds(0), {}, {}),
    "without 1": (close_fds(1), {}, NO_CHAT),
    "without 2": (close_fds(2), {}, {}),
    "without 0, 1": (close_fds(0, 1), {}, NO_CHAT),
    "without 0, 1, 2": (close_fds(0, 1, 2), {}, NO_CHAT),
    "no HOME": (None, {"HOME": None, "XDG_DATA_HOME": None}, NO_HOME),
    "HOME is not there": (None, {"HOME": "TOP/none", "XDG_DATA_HOME": None},
                          {}),
    "HOME is relative": (None, {"HOME": "home", "XDG_DATA_HOME": None},
                         NO_HOME),
    "HOME is a file": (None, {"HOME": "KEY", "XDG_DATA_HOME": None},
                       NO_HOME),
    "HOME is huge": (None, {"HOME": "/x" * 4000, "XDG_DATA_HOME": None},
                     NO_HOME),
    "HOME is /proc": (None, {"HOME": "/proc", "XDG_DATA_HOME": None},
                      NO_HOME),
    **{f"{n} descriptors": (limit(resource.RLIMIT_NOFILE, n), {}, ALL_BROKEN)
       for n in (4, 5, 6, 8, 10, 12, 16, 24)},
    **{f"{n} MiB of addresses": (limit(resource.RLIMIT_AS, n << 20), {},
                                 ALL_BROKEN) for n in (4, 8, 12, 16, 24, 32)},
    "48 MiB of addresses": (limit(resource.RLIMIT_AS, 48 << 20), {},
                            {"code": CONFIG}),
    "files of 0 bytes": (limit(resource.RLIMIT_FSIZE, 0), {}, NO_MAKING),
    "files of 20 bytes": (limit(resource.RLIMIT_FSIZE, 20), {}, NO_MAKING),
    "no locked memory": (limit(resource.RLIMIT_MEMLOCK, 0), {}, ALL_BROKEN),
    "no more processes": (limit(resource.RLIMIT_NPROC, 0), {},
                          {} if os.geteuid() == 0 else FEW),
    **{f"{n} KiB of stack": (limit(resource.RLIMIT_STACK, n << 10), {},
                             ALL_BROKEN) for n in (64, 128, 255)},
    "a little stack": (limit(resource.RLIMIT_STACK, 256 << 10), {}, {}),
    "a signal a millisecond": (storm, {}, {}),
    "SIGPIPE, SIGCHLD, SIGHUP ignored": (
        ignore(signal.SIGPIPE, signal.SIGCHLD, signal.SIGHUP), {}, {}),
    "every signal ignored": (
        ignore(*(signal.valid_signals() - {9, 19, 32, 33})), {}, {}),
    "every signal blocked": (block_all, {}, {}),
    "umask 0777": (lambda: os.umask(0o777), {}, {}),
    "umask 0": (lambda: os.umask(0), {}, {}),
    "a folder that is gone": (lose_cwd, {}, {}),
    "TZ": (None, {"TZ": "/dev/zero"}, {}),
    "TZ is huge": (None, {"TZ": "x" * 100000}, {}),
    "LC_ALL": (None, {"LC_ALL": "xx_YY.UTF-17", "LANG": "\x1b[2J"}, {}),
    "TERM unset": (None, {"TERM": None}, {}),
    "TERM unknown": (None, {"TERM": "x" * 10000}, {}),
    "PATH empty": (None, {"PATH": ""}, {}),
    "XDG folders": (None, {"XDG_STATE_HOME": "x", "XDG_CONFIG_HOME": "x",
                           "XDG_DOWNLOAD_DIR": "x"}, {}),
    "10,000 variables": (None, {f"V{i}": "x" * 20 for i in range(10000)}, {}),
    "not UTF-8": (None, {"HOME": "TOP/\udcff\udcfe", "LANG": "\udcff",
                         "XDG_DATA_HOME": None}, {}),
}
# A sanitizer needs terabytes of addresses, and descriptors of its own: with 8
# its look for leaks never ends.
NOT_SANITIZED = re.compile(r"\d+ (descriptors|MiB of addresses)")
# What every command is tried in also without SECCHAT_LONG.
WORLD_PROBES = ("usage", "keygen", "chat", "id new")
ALSO = {"48 MiB of addresses": ("code",)}


def world():
    """Each state of the world: the same exit codes and words as ever, or a
    sentence about it."""
    key = make_key()
    if SAN:
        skip_part("few descriptors and addresses: a sanitizer needs more")
    for name, (act, env, codes) in WORLD.items():
        if SAN and NOT_SANITIZED.match(name):
            continue
        for probe in PROBES if LONG else (*WORLD_PROBES, *ALSO.get(name, ())):
            one_state(name, act, env, probe, codes.get(probe), key)
    with open("/dev/full", "wb") as full:
        check_equal(run(["--version"], stdout=full)[0], 1, "a full stdout")
        check_equal(run(["jion"], stderr=full)[0], USAGE, "a full stderr")
    done = subprocess.run([SECCHAT], preexec_fn=no_arguments, check=False,
                          capture_output=True, timeout=60)
    check_equal(done.returncode, USAGE, "no argv")
    judge_words("no argv", done.stderr.decode(), "what to do is missing")


def one_state(name, act, env, probe, code, key):
    p = PROBES[probe]
    top = scratch()
    args = [a.replace("TOP", top).replace("KEY", key) for a in p.args]
    whole = {**os.environ, "XDG_DATA_HOME": top, "XDG_CONFIG_HOME": top}
    for k, v in env.items():
        whole.pop(k, None)
        if v is not None:
            whole[k] = v.replace("KEY", key).replace("TOP", top)
    done = subprocess.run([SECCHAT, *args], stdin=subprocess.DEVNULL,
                          capture_output=True, env=whole, preexec_fn=act,
                          check=False, timeout=60)
    words = done.stderr.decode("utf-8", "backslashreplace")
    what = f"{name}: {probe}"
    print(f"  {what:60} {done.returncode:3}  "
          f"{(words.splitlines() or [''])[0][:90]}")
    TRIED["rows"] += 1
    want = p.code if code is None else code
    check(done.returncode in (want if isinstance(want, tuple) else (want,)),
          what, f"ended with {done.returncode}, not {want}:", words)
    silent = "without 2" in name or ", 2" in name or done.returncode == 127 \
        or probe == "prices"
    if done.returncode != 0 and not silent:
        pattern = p.pattern if want == p.code else ANY
        judge_words(what, words,
                    pattern if code is None else WORDS.get(name, pattern))
    if p.makes is not None:
        made = os.path.exists(f"{top}/{p.makes}")
        if "HOME" not in env or probe == "keygen":
            check_equal(made, done.returncode == 0, what)
        for path in made * [f"{top}/{p.makes}"]:
            check_equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, what)

# ---- what needs more than a row ------------------------------------------

START = ["host", *ACCEPT]

CONFIG_FILES = [
    (b"jsn = yes\n", 0o600, ":1: unknown setting"),
    (b"\nkeep\n", 0o600, ":2: there is no ="),
    (b"keep = yes\0\n", 0o600, "NUL byte"),
    (b"#" * 16385, 0o600, "more than 16384 bytes"),
    (b"x" * (1 << 20), 0o600, "more than 16384 bytes"),
    (b"\x1b[2J = \x9b\n", 0o600, "unknown setting"),
    (b"keep = yes\n", 0o620, "chmod go-w"),
    (b"keep = yes\n", 0o602, "chmod go-w"),
    (b"\nprices-key = abc123\n", 0o640, ":2: other people(.|\n)*chmod go"),
    (b"key = /a\nid = yes\n", 0o600, ":2: --key and --id exclude"),
    (b"passphrase = secret-word\n", 0o600, ":1: .*yes or no"),
]


def config_files():
    top = scratch()
    folder = top + "/secchat"
    os.mkdir(folder)
    path = folder + "/config"
    for data, mode, pattern in CONFIG_FILES:
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, mode)
        for args, env in ((["--config", path], {}),
                          ([], {"XDG_CONFIG_HOME": top})):
            err = says([*START, *args], CONFIG, pattern, env=env)
            check(path in err and "secret-word" not in err, err)
    os.remove(path)
    os.mkdir(path)
    says(START, CONFIG, "not a regular file", env={"XDG_CONFIG_HOME": top})
    os.rmdir(path)
    os.mkfifo(path)
    says(START, CONFIG, "not a regular file", env={"XDG_CONFIG_HOME": top})
    if os.geteuid() == 0:
        os.remove(path)
        with open(path, "wb") as f:
            f.write(b"keep = yes\n")
        os.chown(path, 65534, 65534)
        says(START, CONFIG, "somebody else", env={"XDG_CONFIG_HOME": top})


def config_is_used():
    """The file's key brings two together; the page has every setting."""
    key = make_key()
    path = scratch() + "/config"
    with open(path, "w", encoding="ascii") as f:
        f.write(f"# mine\nkey = {key}\n\nrekey-every = 3\n")
    h = host("--config", path)
    j = join(h, "--config", path)
    check_equal(j.wait("connected")["mode"], "key", "mode")
    for i in range(4):
        j.send(str(i))
    check_equal(j.wait("rekey")["why"], "count", "why")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    with open(ROOT + "/src/cli/options.c", encoding="utf-8") as f:
        rows = re.findall(r'^\{ "([a-z-]+)",[^}]*?\bCONF\b', f.read(), re.M)
    with open(ROOT + "/docs/man/secchat.conf.5", encoding="utf-8") as f:
        page = re.findall(r"^\.It Ic (\S+) Ta", f.read(), re.M)
    check_equal(sorted(page), sorted(rows), "settings")


def key_modes():
    """What others may read is refused with the line to type."""
    good = make_key()
    for mode in (0o644, 0o660, 0o602):
        os.chmod(good, mode)
        err = says([*CHAT[:-2], good, NOWHERE], CONFIG, "other|chmod")
        check("chmod" in err and good in err, err)


def not_a_terminal():
    says(["host"], USAGE, "pipe")
    says(["host", "--key", make_key()], 7, "introduction")
    says(["host", "--no-input", "--accept-intro", "1"], USAGE, "pipe")
    says(["join", "--no-input", "--accept-intro", "1", "127.0.0.1:1"], USAGE,
         "no terminal to type the secret")


def read_only_home():
    """A mode keeps everybody out but root, whom a mount keeps out."""
    top = scratch()
    if os.geteuid() == 0:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", top],
                          check=False, capture_output=True).returncode != 0:
            skip_part("a read-only home: tmpfs cannot be mounted here")
            return
    else:
        os.chmod(top, 0o500)
    env = {"HOME": top, "XDG_DATA_HOME": "", "XDG_STATE_HOME": "",
           "XDG_CONFIG_HOME": ""}
    try:
        says(["id", "new"], CONFIG, ".", env=env)
        says([*START, "--id"], CONFIG, ".", env=env)
        says([*START, "--key", make_key(), "--log", top + "/log"], CONFIG,
             "cannot open the log", env=env)
        key = make_key()                # a key file needs no home
        h = host("--key", key, env=env)
        j = join(h, "--key", key, env=env)
        j.send("hi")
        check_equal(h.wait("message")["text"], "hi", "text")
        j.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", top], check=True)


def full_disk():
    if os.geteuid() != 0:
        skip_part("a full disk: only root may mount a small one")
        return
    top = scratch() + "/small"
    os.mkdir(top)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=9",
                       "none", top], check=False,
                      capture_output=True).returncode != 0:
        skip_part("a full disk: tmpfs cannot be mounted here")
        return
    try:
        os.close(os.open(top + "/log", os.O_CREAT, 0o600))
        with open(top + "/fill", "wb") as f:
            f.write(b"x" * 4096)
        says(["keygen", top + "/k"], CONFIG, ".")
        check(not os.path.exists(top + "/k"), "half a key file stayed")
        says(["id", "new"], CONFIG, ".", env={"XDG_DATA_HOME": top})
        key = make_key()                # a log that cannot grow stops nobody
        h = host("--key", key, "--log", top + "/log")
        j = join(h, "--key", key)
        j.send("hi")
        check_equal(h.wait("message")["text"], "hi", "text")
        j.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    finally:
        subprocess.run(["umount", "-l", top], check=True)


def network():
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
        says([*START, "--key", make_key(), f"127.0.0.1:{port}"], NETWORK,
             "cannot wait on .*in use")
    says(["join", "--accept-intro", "1", "--no-input", "--key", make_key(),
          f"127.0.0.1:{port}"], NETWORK, "cannot reach .*refused")
    says([*START, "--key", make_key(), "192.0.2.1:0"], NETWORK,
         "cannot wait on")


def lists_as_json():
    top = scratch()
    os.mkdir(top + "/secchat", 0o700)
    with open(top + "/secchat/peers", "w", encoding="utf-8") as f:
        f.write("secchat peers 1\n" + "".join(
            f"{n}0{'ab' * 31} {s} 2026-01-02 - {name}\n" for n, s, name in
            ((1, "verified", "bob"), (2, "unverified", "z\u00e9\U0001f600"))))
    os.chmod(top + "/secchat/peers", 0o600)
    env = {"XDG_DATA_HOME": top}
    code, out, err = run(["peers", "list", "--json"], env=env)
    check_equal((code, err), (0, ""), "peers list --json")
    check(out.isascii(), out)
    got = [json.loads(line) for line in out.splitlines()]
    check_equal([(e["name"], e["verified"], e["met"], e["addr"]) for e in got],
                [("bob", True, "2026-01-02", "-"),
                 ("peer-20ab", False, "2026-01-02", "-")], "people")
    check_equal([e.get("was") for e in got], [None, "z\u00e9\U0001f600"],
                "a name that can be none any more")
    check(all(re.fullmatch(r"SHA256:\S{43}", e["fingerprint"]) for e in got),
          got)
    check_equal(run(["id", "new"], env=env)[0], 0, "id new")
    e = json.loads(run(["peers", "show", "bob", "--json"], env=env)[1])
    check(re.fullmatch(r"\d{60}", e["safety"]), e)
    e = json.loads(run(["id", "show", "--json"], env=env)[1])
    check_equal((e["file"], e["name"]), (top + "/secchat/identity", ""), "id")


def signals_in_a_chat():
    """Signals that nobody waits for, to every process, and stops that are
    gone at once: no text is lost, doubled or out of order."""
    h, j = pair(["--key", make_key()])
    everyone = h.everyone() + j.everyone()
    for i in range(TEXTS):
        h.send(str(i))
        j.send(str(-i))
        for p in everyone:
            for number in (signal.SIGCHLD, signal.SIGWINCH, signal.SIGSTOP,
                           signal.SIGCONT, signal.SIGURG):
                p.kill(number)
        pump(0)
    for s in (h, j):
        s.wait_count("message", TEXTS)
        s.wait_count("delivered", TEXTS)
    check_equal([e["text"] for e in j.has("message")],
                [str(i) for i in range(TEXTS)], "to the joiner")
    check_equal([e["text"] for e in h.has("message")],
                [str(-i) for i in range(TEXTS)], "to the host")
    leave(j, h)


TEXTS = 100


def all_rows():
    print(f"{TRIED['rows']} rows")


main(commands, options, files, secrets, json_lines, slash_lines, world,
     config_files, config_is_used, key_modes, not_a_terminal, read_only_home,
     full_disk, signals_in_a_chat, network, lists_as_json, all_rows)
