"""secchat keygen and secchat fingerprint: a key file is made whole or not at
all, never in the place of anything, and only a file that others cannot read
is taken for one.  The fingerprints are computed here a second time.
"""
# users: root nobody
import base64
import hashlib
import os
import re
import resource
import socket
import subprocess
import threading

from secchat_test import (BIN, SECCHAT, check, check_equal, main, scratch,
                          skip_part)

IDENTITY = os.path.join(BIN, "secchat-identity")


def run(*args, cwd=None, **kw):
    kw.setdefault("stdin", subprocess.DEVNULL)
    kw.setdefault("stdout", subprocess.PIPE)
    done = subprocess.run([IDENTITY, *args], stderr=subprocess.PIPE, cwd=cwd,
                          timeout=20, check=False, **kw)
    done.out = (done.stdout or b"").decode()
    done.err = done.stderr.decode()
    return done


def refused(done, code, *words):
    """It said so on stderr alone, in the form of every error."""
    check_equal(done.returncode, code, done.err)
    check_equal(done.out, "", "stdout of a refusal")
    check(re.match(r"secchat: .*\n(  .*\n)?$", done.err), repr(done.err))
    for w in words:
        check(w in done.err, w, "is not in", repr(done.err))


def prints(data):
    """Both fingerprints of a key file's bytes."""
    full = base64.b64encode(hashlib.sha256(data[:44]).digest()).decode()
    return (f"SHA256:{full.rstrip('=')}\n"
            f"old form {hashlib.sha256(data).hexdigest()[:16]}\n")


def put(path, data, mode=0o600):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as f:
        f.write(data)
    os.chmod(path, mode)
    return path


KEY = base64.urlsafe_b64encode(bytes(range(200, 232)))


# ---- keygen --------------------------------------------------------------

def makes_a_key():
    d = scratch()
    for args, path in ((["keygen"], "secret.key"),
                       (["keygen", "a.key"], "a.key"),
                       (["keygen", f"{d}/b.key"], f"{d}/b.key"),
                       (["keygen", "--no-input", "--", "-c"], "-c")):
        old = os.umask(0o000)
        done = run(*args, cwd=d)
        os.umask(old)
        check_equal((done.returncode, done.err), (0, ""), args)
        full = os.path.join(d, path)
        with open(full, "rb") as f:
            data = f.read()
        check(re.fullmatch(rb"[A-Za-z0-9_-]{43}=", data), data)
        check_equal(len(base64.urlsafe_b64decode(data)), 32, "bytes")
        st = os.stat(full)
        check_equal((st.st_mode & 0o7777, st.st_nlink, st.st_uid),
                    (0o600, 1, os.geteuid()), "mode, links, owner")
        check(done.out.startswith(path + ":"), done.out)
        check(prints(data) in done.out, done.out)
        check(f"secchat host --key {path}" in done.out, done.out)
        check(data.decode() not in done.out, "the key itself is shown")
        again = run("fingerprint", *args[1:], cwd=d)
        check_equal((again.returncode, again.out), (0, prints(data)), "again")
    check_equal(sorted(os.listdir(d)), ["-c", "a.key", "b.key",
                                        "secret.key"], "files")


def keys_differ():
    d = scratch()
    keys = set()
    for i in range(20):
        check_equal(run("keygen", str(i), cwd=d).returncode, 0, "keygen")
        with open(f"{d}/{i}", "rb") as f:
            keys.add(f.read())
    check_equal(len(keys), 20, "different keys")


def never_overwrites():
    d = scratch()
    put(f"{d}/file", b"precious", 0o644)
    put(f"{d}/empty", b"")
    os.mkdir(f"{d}/dir")
    os.mkfifo(f"{d}/fifo")
    os.symlink("file", f"{d}/link")
    os.symlink("nowhere", f"{d}/dangling")
    os.symlink("/dev/full", f"{d}/device")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"{d}/sock")
        before = sorted(os.listdir(d))
        for name in before:
            refused(run("keygen", f"{d}/{name}"), 3, "there already",
                    "never overwritten")
        check_equal(sorted(os.listdir(d)), before, "files")
    with open(f"{d}/file", "rb") as f:
        check_equal(f.read(), b"precious", "the file")


def bad_places():
    d = scratch()
    put(f"{d}/file", b"x")
    refused(run("keygen", f"{d}/no/k"), 3, "folder", "No such file")
    refused(run("keygen", f"{d}/file/k"), 3, "folder", "Not a directory")
    refused(run("keygen", f"{d}/"), 2, "name of a file is missing")
    refused(run("keygen", ""), 2, "name of a file is missing")
    refused(run("keygen", f"{d}/" + "n" * 300), 3, "File name too long")
    refused(run("keygen", "x" * 5000), 2, "too long")
    refused(run("keygen", f"{d}/a\x1b[2J\nb/k"), 3, "a^[[2J^Jb")
    os.mkdir(f"{d}/closed", 0o500)
    if os.geteuid() != 0:
        refused(run("keygen", f"{d}/closed/k"), 3, "Permission denied")
    check_equal(os.listdir(f"{d}/closed"), [], "files")


def usage():
    d = scratch()
    refused(run(), 2, "keygen or fingerprint")
    refused(run("key"), 2, "keygen or fingerprint")
    for command in ("keygen", "fingerprint"):
        refused(run(command, "a", "b", cwd=d), 2, "more than one")
        refused(run(command, "--force", cwd=d), 2, "option")
        refused(run(command, "-", cwd=d), 2, "option")
    check_equal(os.listdir(d), [], "files")


def nothing_left_behind():
    """A full disk, and a limit on file sizes, leave no half a key."""
    d = scratch()

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
    refused(run("keygen", f"{d}/k", preexec_fn=limit), 3, "could not be made",
            "too large", "left behind")
    check_equal(os.listdir(d), [], "after a limit")
    if os.geteuid() != 0:
        skip_part("a full disk: only root can mount one")
        return
    mount = ["mount", "-t", "tmpfs", "-o", "size=4096", "tmpfs", d]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode != 0:
        skip_part("a full disk: mount says " + done.stderr.decode().strip())
        return
    try:
        with open(f"{d}/fill", "wb") as f:
            f.write(b"x" * 4096)
        refused(run("keygen", f"{d}/k"), 3, "could not be made", "No space",
                "left behind")
        check_equal(os.listdir(d), ["fill"], "after a full disk")
    finally:
        subprocess.run(["umount", d], check=True)


def closed_descriptors():
    """With no stdout the key file does not take its number."""
    d = scratch()

    def close(*fds):
        return lambda: [os.close(fd) for fd in fds]
    for i, fds in enumerate(((1,), (0, 1), (0, 1, 2), (2,))):
        done = run("keygen", f"{d}/{i}", preexec_fn=close(*fds))
        check_equal(done.returncode, 0, fds)
        with open(f"{d}/{i}", "rb") as f:
            check(re.fullmatch(rb"[A-Za-z0-9_-]{43}=", f.read()), fds)
    with open("/dev/full", "wb") as full:
        done = run("keygen", f"{d}/full", stdout=full)
        check_equal(done.returncode, 1, done.err)
        check("it was made, but" in done.err, done.err)
        done = run("fingerprint", f"{d}/full", stdout=full)
        check_equal(done.returncode, 1, done.err)


def at_once():
    """Of many that make the same file one wins, and it is whole."""
    d = scratch()
    results = []
    threads = [threading.Thread(target=lambda: results.append(
        run("keygen", f"{d}/k"))) for _ in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check_equal(sorted(r.returncode for r in results), [0] + [3] * 11,
                "exit codes")
    won = [r for r in results if r.returncode == 0][0]
    with open(f"{d}/k", "rb") as f:
        check(prints(f.read()) in won.out, won.out)


# ---- fingerprint ---------------------------------------------------------

def good_files():
    d = scratch()
    for i, end in enumerate((b"", b"\n", b"\r\n")):
        for mode in (0o600, 0o400):
            path = put(f"{d}/{i}{mode}", KEY + end, mode)
            done = run("fingerprint", path)
            check_equal((done.returncode, done.out, done.err),
                        (0, prints(KEY + end), ""), "fingerprint")


BAD = [
    # what is in the file
    b"", b"x", KEY[:43], KEY + b"x", KEY + b"\n\n", KEY + b"\r", b"\n" + KEY,
    KEY[:43] + b"A", b"=" * 44, b"+" + KEY[1:], b"/" + KEY[1:], b" " * 44,
    b"\0" * 44, b"\xff" * 44, b"correct horse battery staple, 44 chars long!",
    base64.b64encode(b"\xfb" * 32), KEY[:42] + b"B=", b"A" * 100000,
]


def bad_files():
    d = scratch()
    for i, data in enumerate(BAD):
        refused(run("fingerprint", put(f"{d}/{i}", data)), 3,
                "does not hold a key")


def wrong_files():
    d = scratch()
    key = put(f"{d}/key", KEY)
    for mode in (0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777):
        os.chmod(key, mode)
        refused(run("fingerprint", "key", cwd=d), 3, "other users can read",
                "chmod 600 key")
    os.chmod(key, 0o600)
    os.symlink("key", f"{d}/link")
    os.symlink("nowhere", f"{d}/dangling")
    os.symlink("loop", f"{d}/loop")
    os.mkfifo(f"{d}/fifo", 0o600)
    for name in ("link", "dangling", "loop", "fifo", "."):
        refused(run("fingerprint", f"{d}/{name}"), 3, "not a regular file")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(f"{d}/sock")
        refused(run("fingerprint", f"{d}/sock"), 3, "not a regular file")
    refused(run("fingerprint", f"{d}/nope"), 3, "no such key file",
            f"secchat keygen {d}/nope")
    refused(run("fingerprint", f"{d}/no/nope"), 3, "no such key file")
    refused(run("fingerprint", f"{d}/key/x"), 3, "Not a directory")
    for device in ("/dev/null", "/dev/zero", "/dev/tty"):
        done = run("fingerprint", device)
        check_equal(done.returncode, 3, done.err)
    os.chmod(key, 0)
    if os.geteuid() != 0:
        refused(run("fingerprint", key), 3, "Permission denied")
    os.chmod(key, 0o600)
    check_equal(run("fingerprint", key).returncode, 0, "and a good one")


def another_owner():
    """A file of root's is taken, one of a third person's is not."""
    if os.geteuid() != 0:
        skip_part("the owner's check: only root can give a file away")
        return
    d = scratch()
    os.chmod(d, 0o755)
    key = put(f"{d}/key", KEY)
    os.chown(key, 65534, 65534)
    done = run("fingerprint", key)
    check_equal(done.returncode, 3, done.err)
    check("belongs to another" in done.err or "Permission" in done.err,
          done.err)
    done = run("fingerprint", key, user=65534, group=65534, extra_groups=[])
    check_equal((done.returncode, done.out), (0, prints(KEY)), done.err)


def by_its_name():
    """The same through secchat itself."""
    d = scratch()
    done = subprocess.run([SECCHAT, "keygen"], cwd=d, capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    check_equal((done.returncode, done.stderr), (0, ""), "secchat keygen")
    again = subprocess.run([SECCHAT, "fingerprint"], cwd=d, check=False,
                           capture_output=True, text=True)
    check(again.stdout and again.stdout in done.stdout, again.stdout)
    check_equal(again.returncode, 0, again.stderr)


main(makes_a_key, keys_differ, never_overwrites, bad_places, usage,
     nothing_left_behind, closed_descriptors, at_once, good_files, bad_files,
     wrong_files, another_owner, by_its_name)
