"""Wherever secchat repeats what others wrote, it went through the filter:
arguments, names of files and folders, settings, people's files, addresses,
workers' last words, the log, texts and names of a peer.

# seconds: 60
"""
import os
import subprocess
import unicodedata

from secchat_test import (ROOT, SECCHAT, Suite, check, check_equal, host,
                          join, main, make_key, scratch, secret_pipe,
                          skip_part)

# A title, an override, something invisible, a C1, a byte that is no UTF-8.
EVIL = b"e\x1b]0;t\x07\xe2\x80\xaex\xe2\x80\x8by\xc2\x9bz\xff!"
SHOWN = "e^[]0;t^G<U+202E>xy<U+009B>z<FF>!"
# What a file's name may hold is all but a slash; a key's file as well.
UTF8 = {"LC_ALL": "C.UTF-8"}
INTRO = ["--accept-intro", "1", "--no-input"]
FAKE = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"),
                    "unit/super")


def check_harmless(data, what):
    """Valid UTF-8 in which nothing acts, hides or is undefined."""
    try:
        text = data.decode()
    except UnicodeDecodeError as e:
        raise AssertionError(f"{what}: not UTF-8: {data!r}") from e
    for c in text:
        check(c == "\n" or unicodedata.category(c) not in
              ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"),
              what, "holds", ascii(c), "in", ascii(text))
    return text


def say(args, code=None, shown=SHOWN, env=None, **kw):
    """Run secchat; both streams are harmless and the text is there."""
    done = subprocess.run(
        [SECCHAT, *args], stdin=subprocess.DEVNULL, capture_output=True,
        env={**os.environb, **{k.encode(): v if isinstance(v, bytes)
                               else v.encode()
                               for k, v in {**UTF8, **(env or {})}.items()}},
        check=False, timeout=30, **kw)
    text = (check_harmless(done.stdout, f"stdout of {args}") +
            check_harmless(done.stderr, f"stderr of {args}"))
    if code is not None:
        check_equal(done.returncode, code, f"{args}: {text}")
    check(shown in text, args, "does not show", shown, "but", text)
    return text


def checker():
    """The test would see it."""
    for bad in (EVIL, b"\x1b", b"\xe2\x80\x8b", b"\xc2\x9b", b"\r"):
        try:
            check_harmless(bad, "this")
        except AssertionError:
            continue
        check(False, "not noticed:", bad)
    check_harmless("naïve 你好 ✓ \n".encode(), "this")


def arguments():
    for args, code in (
            ([EVIL], 2), (["--" + "x", EVIL], 2), (["join", b"--" + EVIL], 2),
            (["join", "--rekey-every", EVIL, "h"], 2), (["help", EVIL], 2),
            (["join", *INTRO, EVIL], None), (["join", "a", EVIL], 2),
            (["host", EVIL], 2), (["peers", EVIL], 2),
            (["peers", "show", EVIL], None), (["peers", "forget", EVIL], None),
            (["id", EVIL], 2), (["fingerprint", EVIL], None),
            (["host", *INTRO, "--key", b"/nowhere/" + EVIL], None),
            (["prices", EVIL], 2), (["prices", "--proxy", EVIL], 2),
            (["prices", "--prices-url", EVIL], 2), (["audit", EVIL], 2),
            (["audit", "--policy", EVIL], 2),
            (["host", *INTRO, "--log", b"/nowhere/" + EVIL, "0"], None)):
        say(args, code, SHOWN if args[0] != "--x" else "--x")


def ascii_terminal():
    """Without a UTF-8 locale only ASCII comes out."""
    text = say(["naïve" + "\u202e"], 2, "na<U+00EF>ve<U+202E>",
               {"LC_ALL": "C"})
    check(text.isascii(), text)


def files():
    """A key file in a folder with such a name: made, read, refused."""
    folder = os.path.join(scratch().encode(), EVIL)
    os.mkdir(folder)
    path = os.path.join(folder, b"k")
    say(["keygen", path], 0)
    say(["keygen", path], None)
    os.chmod(path, 0o644)
    say(["host", *INTRO, "--key", path, "127.0.0.1:0"], None)
    os.chmod(path, 0o600)
    with open(path, "wb") as f:
        f.write(b"short\n")
    say(["fingerprint", path], None)
    say(["host", *INTRO, "--key", path, "127.0.0.1:0"], None)


def settings():
    """Names, values and the file's own name."""
    folder = os.path.join(scratch().encode(), EVIL)
    os.makedirs(os.path.join(folder, b"secchat"), 0o700)
    path = os.path.join(folder, b"secchat/config")
    for line in (EVIL, EVIL + b" = 1", b"name = " + EVIL,
                 b"rekey-every = " + EVIL, b"key = /nowhere/" + EVIL):
        with open(path, "wb") as f:
            f.write(line + b"\n")
        os.chmod(path, 0o600)
        say(["host", *INTRO, "127.0.0.1:0"], None,
            env={"XDG_CONFIG_HOME": folder})
        say(["host", *INTRO, "--config", path, "127.0.0.1:0"], None)


def people():
    """A list of people that somebody else has written to."""
    folder = os.path.join(scratch().encode(), EVIL)
    os.makedirs(os.path.join(folder, b"secchat"), 0o700)
    env = {"XDG_DATA_HOME": folder}
    say(["peers"], 0, "", env)
    with open(os.path.join(folder, b"secchat/peers"), "wb") as f:
        f.write(b"secchat-peers 1\n" + EVIL + b"\n")
    os.chmod(os.path.join(folder, b"secchat/peers"), 0o600)
    say(["peers"], None, env=env)
    say(["id", "rename", EVIL], None, "", env)


def last_words():
    """What a captured worker writes, on stderr and in the log."""
    if not os.path.exists(FAKE):
        skip_part(f"{FAKE} is not built")
        return
    log = os.path.join(scratch(), "log")
    r = secret_pipe("e")
    s = Suite("join", "-v", "--log", log, "--crypto-worker", FAKE,
              "--code-fd", str(r), "127.0.0.1:1", json_mode=False, extra=[r])
    os.close(r)
    s.wait_exit()
    with open(log, "rb") as f:
        for data in (s.err, f.read()):
            text = check_harmless(data, "a worker's words")
            check("^[[2Jforged" in text, "the worker's words:", text)


def peer_text():
    """A plain pipe shows rows; with --json everything is escaped."""
    key = make_key()
    h = host("--key", key)
    j = join(h, "--key", key, json_mode=False, env=UTF8)
    h.wait("connected")
    text = EVIL[:-2].decode() + "e\u0301\u0301\u0301\u0301\u0301\ue000"
    h.send(text)
    j.wait_line("<U\\+E000>")
    check_equal(j.lines[-1], SHOWN[:-5] + "e\u0301\u0301\u0301\u0301<U+E000>",
                "the row")
    j.write(text + "\n")
    e = h.wait("message")
    check_equal(e["text"], text, "the text")
    check_equal(sorted(e["flags"]), ["bidi", "c0", "c1", "invisible"],
                "flags")


main(checker, arguments, ascii_terminal, files, settings, people, last_words,
     peer_text)
