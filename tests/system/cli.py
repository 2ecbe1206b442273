"""The command line: every row gives arguments, the exit code, and fragments
that must be on stderr (or stdout, when the code is 0).

# users: root nobody
# seconds: 120
"""
import json
import os
import re
import resource
import signal
import socket
import subprocess

from secchat_test import (SECCHAT, Suite, Terminal, check, check_equal, main,
                          make_key, scratch, write_key)

INTRO = ["--accept-intro", "1"]


def run(args, env=None, stdin=subprocess.DEVNULL, **kw):
    return subprocess.run([SECCHAT, *args], stdin=stdin, capture_output=True,
                          text=True, check=False, timeout=30,
                          env={**os.environ, **(env or {})}, **kw)


def expect(args, code, *fragments, **kw):
    """Errors are on stderr and data on stdout, never the other way round."""
    done = run(args, **kw)
    what = f"secchat {' '.join(args)}"
    check_equal(done.returncode, code, f"{what}: {done.stderr}{done.stdout}")
    said, silent = ((done.stdout, done.stderr) if code == 0 else
                    (done.stderr, done.stdout))
    for f in fragments:
        check(f.lower() in said.lower(), what, "does not say", repr(f),
              "but", said)
    check_equal(silent, "", what + ", the other stream")
    return done


def table(rows):
    for args, code, *fragments in rows:
        expect(args, code, *fragments)


def help_and_version():
    version = re.compile(r"^secchat \d+\.\d+\.\d+")
    check(version.match(expect(["--version"], 0).stdout), "--version")
    table([
        (["help"], 0, "secchat host", "secchat join", "keygen"),
        (["--help"], 0, "secchat host"),
        (["-h"], 0, "secchat host"),
        (["help", "host"], 0, "secchat host", "--key", "--keep"),
        (["help", "join"], 0, "secchat join", "--code-fd"),
        (["host", "--help"], 0, "--key"),
        (["join", "-h"], 0, "--key"),
        (["keygen", "--help"], 0, "secret.key"),
        (["help", "fingerprint"], 0, "fingerprint"),
    ])


def help_shows_examples_first():
    out = expect(["help", "join"], 0).stdout
    check(0 <= out.find("secchat join 192") < out.find("--key"), out)


def mistakes():
    """Usage errors: 2, what is wrong, and what may have been meant."""
    table([
        ([], 2),
        (["jion"], 2, 'unknown command "jion"', 'did you mean "join"?'),
        (["hots"], 2, 'did you mean "host"?'),
        (["keygne"], 2, 'did you mean "keygen"?'),
        (["xyzzy"], 2, 'unknown command "xyzzy"'),
        (["help", "jion"], 2, "jion"),
        (["host", "--jsno"], 2, "--jsno", "--json"),
        (["host", "--nonsense"], 2, "--nonsense"),
        (["host", "-x"], 2, "-x"),
        (["host", "--key"], 2, "--key"),
        (["host", "--json=1"], 2, "--json"),
        (["join"], 2, "secchat join 192"),
        (["join", "a", "b"], 2),
        (["host", "1", "2"], 2),
        (["host", "99999"], 2, "99999"),
        (["host", "-5"], 2),
        (["host", "127.0.0.1:x"], 2, "127.0.0.1:x"),
        (["host", ""], 2),
        (["join", "127.0.0.1:0"], 2),
        (["join", "127.0.0.1:"], 2),
        (["join", ":5000"], 2),
        (["join", "[::1"], 2),
        (["join", "http://example.org/"], 2),
        (["host", "--accept-intro", "x"], 2),
        (["host", "--accept-intro", "-1"], 2),
        (["host", "--accept-intro", "99999999999999999999"], 2),
        (["join", "--code-fd", "x", "127.0.0.1"], 2, "--code-fd"),
        (["join", "--code-fd", "-1", "127.0.0.1"], 2),
        (["join", "--code-fd", "77", "127.0.0.1"], 2, "77"),
        (["join", "--code-fd", "99999999999", "127.0.0.1"], 2),
        (["host", "--code-fd", "0"], 2, "--code-fd"),
        (["join", "--keep", "127.0.0.1"], 2, "--keep"),
        (["host", "--key", "f", "--passphrase"], 2),
        (["host", "--passphrase", "--passphrase-fd", "0"], 2),
        (["join", "--key", "f", "--code-fd", "0", "127.0.0.1"], 2),
        (["host", "--crypto-worker", "relative"], 2),
        (["keygen", "a", "b"], 2),
    ])


def introduction():
    """Not a terminal and not accepted: 7, with the number; nothing sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        addr = "127.0.0.1:%d" % listener.getsockname()[1]
        key = make_key()
        table([
            (["join", "--key", key, addr], 7, "--accept-intro 1"),
            (["join", "--key", key, "--accept-intro", "2", addr], 7,
             "--accept-intro 1"),
            (["host", "--no-input", "--key", key, "127.0.0.1:0"], 7,
             "--accept-intro 1"),
            (["host", "--no-input", "--accept-intro", "1", "127.0.0.1:0"], 2,
             "cannot be shown on a pipe"),
        ])
        listener.setblocking(False)
        try:
            listener.accept()
            check(False, "a packet was sent before consent")
        except BlockingIOError:
            pass


def bad_key(text, mode=0o600, name="bad.key"):
    path = os.path.join(scratch(), name)
    with open(path, "wb") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def key_files():
    """Whatever is wrong with a key file: 3, and the way out."""
    good = make_key()
    with open(good, "rb") as f:
        text = f.read()
    link = os.path.join(scratch(), "link.key")
    os.symlink(good, link)
    fifo = os.path.join(scratch(), "fifo.key")
    os.mkfifo(fifo, 0o600)
    secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    cases = [
        ("/nonexistent/secret.key", "keygen"),
        (bad_key(b""), "44"),
        (bad_key(text.strip()[:43]), "44"),
        (bad_key(text.strip() + b"x"), "44"),
        (bad_key(text + text), "44"),
        (bad_key(b"!" * 44), "44"),
        (bad_key(b"x" * 100000), "44"),
        (bad_key(text, 0o644), "chmod"),
        (bad_key(text, 0o640), "chmod"),
        (bad_key(text, 0o604), "chmod"),
        (scratch(), "file"),
        (link, "link"),
        (fifo, "regular"),
        ("/dev/null", "regular"),
    ]
    for path, word in cases:
        for role in (["host", "127.0.0.1:0"], ["join", "127.0.0.1:1"]):
            done = expect([role[0], *INTRO, "--key", path, *role[1:]], 3,
                          word)
            check(text.strip().decode() not in done.stderr, "the key is told")
    check(secret not in expect(["host", *INTRO, "--key",
                                bad_key(secret.encode() + b"?")], 3).stderr,
          "what the file holds is told")


def fingerprints():
    """Of the file, in the full and the old form; nothing else is printed."""
    import hashlib
    import base64
    path = write_key(bytes(range(32)))
    with open(path, "rb") as f:
        text = f.read()
    full = base64.b64encode(hashlib.sha256(text.strip()).digest())
    old = hashlib.sha256(text).hexdigest()[:16]
    done = expect(["fingerprint", path], 0,
                  "SHA256:" + full.decode().rstrip("="), old)
    check(text.strip().decode() not in done.stdout, "the key is printed")
    expect(["fingerprint", "/nonexistent"], 3)
    expect(["fingerprint", bad_key(b"nothing")], 3)


def keygen():
    folder = scratch()
    expect(["keygen", folder + "/a.key"], 0, "SHA256:")
    expect(["keygen", folder + "/a.key"], 3, "there already")
    expect(["keygen", folder + "/no/such/folder.key"], 3)
    expect(["keygen"], 0, cwd=folder)
    check(os.path.exists(folder + "/secret.key"), "the default name")
    os.symlink(folder + "/target", folder + "/link")
    expect(["keygen", folder + "/link"], 3)
    check(not os.path.exists(folder + "/target"), "written through a link")


def network():
    """What cannot be reached: 4, what, why, and what to do."""
    key = make_key()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        expect(["host", *INTRO, "--key", key, f"127.0.0.1:{port}"], 4,
               "cannot wait on", str(port))
    expect(["join", *INTRO, "--key", key, f"127.0.0.1:{port}"], 4,
           "cannot reach 127.0.0.1", "refused", "secchat host")
    expect(["join", *INTRO, "--key", key, "name.invalid"], 4, "name.invalid",
           "address")
    expect(["host", *INTRO, "--key", key, "192.0.2.1:0"], 4,
           "cannot wait on 192.0.2.1")


def ipv6():
    key = make_key()
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        print("skipped: this computer has no IPv6 loopback address")
        return
    h = Suite("host", "--key", key, "[::1]:0")
    addr = h.wait("listening")["addr"]
    check(addr.startswith("[::1]:"), addr)
    j = Suite("join", "--key", key, addr)
    j.wait("connected")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


def json_tells_errors_too():
    """What fails before a chat is an event as well, with the exit code."""
    s = Suite("join", "--key", make_key(), "127.0.0.1:1")
    check_equal(s.wait_exit(), 4, "joiner")
    check_equal(s.has("error")[-1]["code"], 4, "error event")
    check(s.has("error")[-1]["next"], "no advice")
    check_equal(s.events[-1]["ev"], "end", "last event")
    check_equal(s.events[-1]["code"], 4, "end event")


def json_says_what_was_accepted():
    """Also when something else is wrong before anybody could be asked."""
    for words, accepted, code in (
            ((*INTRO, "--download-dir", "/nodir/x"), True, 3),
            (("--accept-intro", "2", "--download-dir", "/nodir/x"), False, 3),
            (("--accept-intro", "2"), False, 7)):
        done = run(["host", "--json", *words, "--key", make_key(),
                    "127.0.0.1:0"], env={"XDG_STATE_HOME": scratch()})
        events = [json.loads(line) for line in done.stdout.splitlines()]
        check_equal(done.returncode, code, done)
        check_equal((events[0]["ev"], events[0]["accepted"]),
                    ("intro", accepted), words)
        check_equal(events[-1]["code"], code, words)


def rows_of_a_terminal():
    """Sentences are broken between words there, and nowhere else; what is no
    terminal gets a line."""
    print_ = "SHA256:" + "A" * 43
    command = ["join", "--code-fd", "77", "127.0.0.1"]
    line = run(command).stderr
    for cols in (20, 40, 80):
        t = Terminal([SECCHAT, *command], cols=cols)
        check_equal(t.wait_exit(), 2, "exit")
        rows = t.plain().replace("\r", "").splitlines()
        check(max(map(len, rows)) <= cols, cols, rows)
        check_equal(" ".join(rows).split(), line.split(), cols)
    home = scratch()
    os.makedirs(home + "/secchat", 0o700)
    with open(home + "/secchat/peers", "w", encoding="utf-8") as f:
        f.write(f"secchat peers 1\n{'09' * 32} verified 2026-11-22 "
                "[2001:db8::1]:5000 Somebody Else\n")
    os.chmod(home + "/secchat/peers", 0o600)
    for cols in (len(print_) + 2, 80):
        t = Terminal([SECCHAT, "peers"], cols=cols,
                     env={"XDG_DATA_HOME": home, "HOME": home})
        check_equal(t.wait_exit(), 0, "exit")
        check(re.search(r"(^|\s)SHA256:[\w+/]{43}(\s|$)", t.plain()),
              cols, t.plain())


def code_typed_wrong():
    """What is most likely is said first; a try later it is in order."""
    h = Suite("host", "127.0.0.1:0")
    addr, code = h.wait("listening")["addr"], h.has("listening")[0]["code"]
    t = Terminal([SECCHAT, "join", *INTRO, addr])
    t.expect("Code from")
    t.type(("b" if code[0] != "b" else "d") + code[1:] + "\r")
    t.expect("  this is not the code on their screen")
    t.expect(r"Try again[^\0]*Code from")
    t.type("\r")
    check_equal(t.wait_exit(), 5, "exit")
    h.do("quit")
    h.wait_exit()


def full_log():
    """Where nothing more can be written that is said, once."""
    log = scratch() + "/log"

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    done = subprocess.run(
        [SECCHAT, "host", *INTRO, "--log", log, "--key", "/nodir/x"],
        preexec_fn=limit, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False, timeout=30)
    check_equal(done.returncode, 3, done)
    check_equal(done.stderr.count(f"events are missing in the log {log}"), 1,
                done.stderr)


def bad_commands():
    """What a script says wrong is told, and nothing ends."""
    h = Suite("host", "--key", make_key(), "127.0.0.1:0")
    h.wait("listening")
    for line in ("nonsense", "[]", "1", "{}", '{"do":"sned"}', '{"do":1}',
                 '{"do":"send"}', '{"do":"send","text":1}',
                 '{"do":"send","text":"a","txt":"b"}', "{" * 5000,
                 '{"do":"send","text":"\\ud800"}', '{"do":"quit"} x',
                 '{"do":"quit","do":"quit"}', "\xff"):
        h.write(line.encode("latin1") + b"\n")
        check_equal(h.wait("error")["code"], 2, line)
    check(any("send" in e["next"] for e in h.has("error")), "no suggestion")
    h.write(b"x" * 600000 + b"\n")
    check_equal(h.wait("error")["code"], 2, "a long line")
    h.do("quit")
    check_equal(h.wait_exit(), 0, "host")


def closed_descriptors():
    """Started with stdin, stdout or stderr closed: no crash, no confusion
    of a link with a standard stream.  Nobody could read what comes out of a
    chat without stdout, so there is none."""
    key = make_key()
    for closing, code in (("<&-", 4), (">&-", 3), ("2>&-", 4),
                          ("<&- >&- 2>&-", 3)):
        for args in ('join --json --key "$1" 127.0.0.1:1',
                     'join --key "$1" 127.0.0.1:1',
                     'host --json --key "$1" 192.0.2.1:0',
                     'host --key "$1" 192.0.2.1:0'):
            done = subprocess.run(
                ["sh", "-c", f'exec "$0" {args} --accept-intro 1 {closing}',
                 SECCHAT, key],
                capture_output=True, check=False, timeout=30)
            check_equal(done.returncode, code, f"{args} {closing}: {done}")
            check_equal(b"standard output is closed" in done.stderr,
                        closing == ">&-", done)


def full_output():
    """What cannot be printed is no success, and says so."""
    home = os.path.dirname(make_key())
    env = {**os.environ, "XDG_DATA_HOME": home}
    subprocess.run([SECCHAT, "id", "new"], env=env, check=True, timeout=30,
                   capture_output=True)
    with open("/dev/full", "wb") as full:
        for args in ("--help", "-h", "--version", "help", "help host",
                     "host --help", "keygen --help", "id --help",
                     "audit --help", "id", "id --json", "id rename bob",
                     "audit --policy"):
            done = subprocess.run(
                [SECCHAT, *args.split()], env=env, stdout=full,
                stderr=subprocess.PIPE, check=False, timeout=30)
            check_equal(done.returncode, 1, f"{args}: {done.stderr}")
            check_equal(done.stderr.count(
                b": No space left on device\n"), 1,
                f"{args}: {done.stderr}")


def no_home():
    """Without any home or XDG variable a chat still works."""
    path = make_key()
    done = subprocess.run(
        [SECCHAT, "join", *INTRO, "--key", path, "127.0.0.1:1"], env={},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, timeout=30)
    check_equal(done.returncode, 4, done.stderr)


def secrets_not_from_argv():
    """There is no flag that takes the secret itself."""
    out = expect(["help", "join"], 0).stdout + expect(["help", "host"],
                                                      0).stdout
    for flag in ("--code ", "--code=", "--passphrase=", "--password"):
        check(flag not in out, flag)
    expect(["join", "--code", "lusab-babad", "127.0.0.1"], 2)
    expect(["join", "--passphrase=secret words", "127.0.0.1"], 2)


main(help_and_version, help_shows_examples_first, mistakes, introduction,
     key_files, fingerprints, keygen, network, ipv6, json_tells_errors_too,
     json_says_what_was_accepted, rows_of_a_terminal, code_typed_wrong,
     full_log, full_output, bad_commands, closed_descriptors, no_home,
     secrets_not_from_argv)
