"""Bad input of every kind: each flag, file, command and condition of the
world gets a sentence that says what is wrong, and its exit code.

# users: root nobody
# seconds: 120
"""
import json
import os
import re
import resource
import socket
import subprocess

from secchat_test import (ROOT, SECCHAT, check, check_equal, host, join, main,
                          make_key, scratch, skip_part)

USAGE, CONFIG, NETWORK = 2, 3, 4
CHAT = ["host", "--accept-intro", "1", "--no-input"]


def run(args, stdin=subprocess.DEVNULL, env=None, limits=(), **kw):
    """(exit code, stdout, stderr); never a death by a signal."""
    def limit():
        for what, value in limits:
            resource.setrlimit(what, (value, value))

    done = subprocess.run([SECCHAT, *args], stdin=stdin, check=False,
                          stdout=kw.pop("stdout", subprocess.PIPE),
                          stderr=kw.pop("stderr", subprocess.PIPE),
                          env={**os.environ, **(env or {})}, timeout=60,
                          preexec_fn=limit, **kw)
    return (done.returncode, (done.stdout or b"").decode(),
            (done.stderr or b"").decode())


def says(args, code, pattern, **kw):
    """The exit code, a first line with the pattern, a next step, and no
    control character; returns what was said."""
    got, out, err = run(args, **kw)
    print(f"  {' '.join(args)[:60]:60} {got}: {err.splitlines()[:1]}")
    check_equal(got, code, f"exit code of {args}: {err}")
    check(err.startswith("secchat: "), args, repr(err))
    check(re.search(pattern, err), args, "does not say", pattern, repr(err))
    check(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", err), repr(err))
    return err


# ---- the command line ----------------------------------------------------

COMMANDS = [
    ([], USAGE, "what to do is missing(.|\n)*Try: secchat help"),
    (["jion"], USAGE, 'unknown command "jion". Did you mean "join"'),
    ([""], USAGE, 'unknown command ""'),
    (["x" * 10000], USAGE, "unknown command"),
    (["\x1b[2J"], USAGE, r"unknown command .\^\[\[2J"),
    (["help", "jion"], USAGE, 'Did you mean "join"'),
    (["join"], USAGE, "whom to call is missing"),
    (["join", "a", "b"], USAGE, "one argument too many"),
    (["join", "a:99999"], USAGE, '"a:99999" is not an address'),
    (["join", ""], USAGE, "is not an address"),
    (["join", "x" * 300], USAGE, "is not an address"),
    (["host", "99999"], USAGE, '"99999" is not an address'),
    (["keygen", "a", "b"], USAGE, "."),
    (["fingerprint", "/nonexistent"], CONFIG, "no such|there is no|missing"),
    (["id", "shwo"], USAGE, 'Did you mean "secchat id show"'),
    (["id", "rename"], USAGE, "the name is missing"),
    (["id", "--jsn"], USAGE, 'Did you mean "--json"'),
    (["id", "new", "--json"], USAGE, "--json means nothing"),
    (["peers", "show"], USAGE, "who is missing"),
    (["peers", "show", "nobody"], CONFIG, "nobody called"),
    (["peers", "forget", "nobody"], CONFIG, "nobody called"),
]

# Each with a value that it cannot have; the rest takes none.
VALUES = {
    "key": ["/nonexistent", "/", "/dev/null", "/etc/passwd", ""],
    "passphrase-fd": ["x", "-1", "99", "1", "99999999999", ""],
    "code-fd": ["x", "-1", "99", "1", "99999999999", ""],
    "name": ["a/b", "", "x" * 65, "a\x1b", "'"],
    "rekey-every": ["0", "x", "1000001", "5,5", "5,25h", "", "-1"],
    "wait": ["0s", "x", "25h", "-1s", "5"],
    "accept-intro": ["0", "x", "-1", "4294967296", ""],
    "log": ["/nonexistent/log", "/", "/dev/full", ""],
    "config": ["/nonexistent", "/", "/dev/null", ""],
    "crypto-worker": ["relative", "/nonexistent", "/etc/passwd"],
}


def commands():
    for args, code, pattern in COMMANDS:
        says(args, code, pattern)


def option_rows():
    """What the program takes, as its own help says: {name: takes a value}."""
    found = {}
    for command in ("host", "join"):
        for m in re.finditer(r"^  .{4}--([a-z-]+)(\[=\w+\])?( [A-Z]\S*)?",
                             run(["help", command])[1], re.M):
            found[m[1]] = (command, bool(m[2] or m[3]))
    return found


def flags():
    """Every option of host and join: a wrong value, no value, twice."""
    rows = option_rows()
    check(len(rows) > 20, "help shows too few options:", rows)
    for name, (command, takes) in rows.items():
        at = ["127.0.0.1:1"] if command == "join" else ["127.0.0.1:0"]
        base = [command, "--no-input", "--accept-intro", "1"]
        if name in ("no-input", "accept-intro"):
            base = [command]
        if not takes:
            says([command, f"--{name}=maybe", *at], USAGE,
                 "yes or no|takes no value")
            continue
        for value in VALUES.get(name, []):
            extra = ["--id"] if name == "name" else []
            code, _, err = run([*base, f"--{name}={value}", *extra, *at])
            check(code in (1, USAGE, CONFIG), name, repr(value), code, err)
            check(err.startswith("secchat: ") and err.count("\n") >= 1,
                  name, repr(value), repr(err))
        if name != "wait":
            says([command, *at, f"--{name}"], USAGE, "needs a value")


# ---- files ---------------------------------------------------------------

def key_files():
    top = scratch()
    good = make_key()
    with open(good, encoding="ascii") as f:
        key = f.read()
    bad = {"empty": "", "short": key[:-3], "huge": key * 100000,
           "binary": "\0" * 45, "letters": "!" * 44 + "\n"}
    for name, text in bad.items():
        path = f"{top}/{name}"
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, 0o600)
        says([*CHAT, "--key", path], CONFIG, "key file")
        says(["fingerprint", path], CONFIG, ".")
    for mode in (0o644, 0o660, 0o602):
        os.chmod(good, mode)
        err = says([*CHAT, "--key", good], CONFIG, "other|chmod")
        check("chmod" in err and good in err, err)
    os.chmod(good, 0o600)
    os.mkfifo(top + "/fifo")
    os.symlink(good, top + "/link")
    s = socket.socket(socket.AF_UNIX)
    s.bind(top + "/socket")
    for name in ("fifo", "link", "socket", ""):
        says([*CHAT, "--key", f"{top}/{name}"], CONFIG, ".")
    says(["keygen", good], CONFIG, "exist|already")
    with open(good, encoding="ascii") as f:
        check_equal(f.read(), key, "the key file was changed")


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
            err = says([*CHAT, *args], CONFIG, pattern, env=env)
            check(path in err and "secret-word" not in err, err)
    os.remove(path)
    os.mkdir(path)
    says(CHAT, CONFIG, "not a regular file", env={"XDG_CONFIG_HOME": top})
    os.rmdir(path)
    os.mkfifo(path)
    says(CHAT, CONFIG, "not a regular file", env={"XDG_CONFIG_HOME": top})
    if os.geteuid() == 0:
        os.remove(path)
        with open(path, "wb") as f:
            f.write(b"keep = yes\n")
        os.chown(path, 65534, 65534)
        says(CHAT, CONFIG, "somebody else", env={"XDG_CONFIG_HOME": top})


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


# ---- the world -----------------------------------------------------------

def closed_descriptors():
    """Without 0, 1 or 2 nothing else is written to or read by mistake."""
    for fd in (0, 1, 2):
        p = subprocess.run(["sh", "-c", f'exec "$0" --version {fd}>&-',
                            SECCHAT], capture_output=True, check=False)
        check(p.returncode in (0, 1), fd, p)
        p = subprocess.run(["sh", "-c", f'exec "$0" "$@" {fd}>&-', SECCHAT,
                            *CHAT, "--key", "/nonexistent"],
                           capture_output=True, check=False)
        check_equal(p.returncode, CONFIG, f"without descriptor {fd}")
    with open("/dev/full", "wb") as full:
        check_equal(run(["--version"], stdout=full)[0], 1, "a full stdout")
        check_equal(run(["jion"], stderr=full)[0], USAGE, "a full stderr")


def not_a_terminal():
    says(["host"], USAGE, "pipe")
    says(["host", "--key", make_key()], 7, "introduction")
    says(["host", "--no-input", "--accept-intro", "1"], USAGE, "pipe")
    says(["join", "--no-input", "--accept-intro", "1", "127.0.0.1:1"], USAGE,
         "no terminal to type the secret")


def homes():
    """No home, one that cannot be written, one that is a file."""
    top = scratch()
    afile = top + "/file"
    with open(afile, "wb"):
        pass
    for home in ("", "relative", afile, afile + "/below", "/proc"):
        env = {"HOME": home, "XDG_DATA_HOME": "", "XDG_STATE_HOME": "",
               "XDG_CONFIG_HOME": ""}
        says(["id", "new"], CONFIG, ".", env=env)
        says([*CHAT, "--id"], CONFIG, ".", env=env)
        # What needs no home goes on without one.
        says([*CHAT, "--key", "/nonexistent"], CONFIG, "/nonexistent", env=env)


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
        says([*CHAT, "--id"], CONFIG, ".", env=env)
        says([*CHAT, "--key", make_key(), "--log", top + "/log"], CONFIG,
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


def limits():
    """Few descriptors, little memory: a sentence, never a crash."""
    for what, values in ((resource.RLIMIT_NOFILE, (4, 5, 6, 8, 12, 16)),
                         (resource.RLIMIT_AS, (1 << 22, 1 << 23, 1 << 24)),
                         (resource.RLIMIT_FSIZE, (0,))):
        for value in values:
            code, _, err = run([*CHAT, "--json", "--key", make_key(),
                                "192.0.2.1:0"],
                               limits=[(what, value)])
            check(code in (0, 1, 2, 3, 4, 8, 127), what, value, code, err)
            check(code in (0, 127) or err, what, value, "no word")


def network():
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
        says([*CHAT, "--key", make_key(), f"127.0.0.1:{port}"], NETWORK,
             "cannot wait on .*in use")
    says(["join", "--accept-intro", "1", "--no-input", "--key", make_key(),
          f"127.0.0.1:{port}"], NETWORK, "cannot reach .*refused")
    says([*CHAT, "--key", make_key(), "192.0.2.1:0"], NETWORK,
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
                 ("z\u00e9\U0001f600", False, "2026-01-02", "-")], "people")
    check(all(re.fullmatch(r"SHA256:\S{43}", e["fingerprint"]) for e in got),
          got)
    check_equal(run(["id", "new"], env=env)[0], 0, "id new")
    e = json.loads(run(["peers", "show", "bob", "--json"], env=env)[1])
    check(re.fullmatch(r"\d{60}", e["safety"]), e)
    e = json.loads(run(["id", "show", "--json"], env=env)[1])
    check_equal((e["file"], e["name"]), (top + "/secchat/identity", ""), "id")


main(commands, flags, key_files, config_files, config_is_used,
     closed_descriptors, not_a_terminal, homes, read_only_home, full_disk,
     limits, network, lists_as_json)
