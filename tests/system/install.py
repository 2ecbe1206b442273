"""`make install`: the right files in the right places, and a chat with what
was installed, which finds its workers without the build tree.

# seconds: 180
"""
import json
import os
import shutil
import stat
import subprocess

import secchat_test as st
from objects import borrow
from secchat_test import (ROOT, check, check_equal, main, scratch,
                          skip_part)
from trace_test import NOBODY, Traced

WORKERS = {"secchat-crypto", "secchat-crypto-legacy", "secchat-net",
           "secchat-dial", "secchat-tty",
           "secchat-script", "secchat-identity", "secchat-price",
           "secchat-audit", "secchat-canary", "secchat-file"}


COMPLETIONS = ["bash-completion/completions/secchat",
               "zsh/site-functions/_secchat",
               "fish/vendor_completions.d/secchat.fish"]


def completions(share):
    """What lies there beside the manual pages."""
    for folder, _, names in os.walk(share):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), share)
            if not path.startswith("man/"):
                yield path


def make(*words, ok=True):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(["make", "-s", "-C", ROOT, "--no-print-directory",
                           "-j2", *words], env=env, capture_output=True,
                          text=True, check=False)
    if ok:
        check_equal(done.returncode, 0, f"make {words}: {done.stderr}")
    return done


def built_and_installed():
    """An own object directory, since the place of the workers is compiled
    in; then nothing of the build tree is needed."""
    top = scratch()
    args = [f"O={top}/obj", f"PREFIX={top}/usr", f"DESTDIR={top}/stage"]
    borrow(f"{top}/obj", "SECCHAT_LIBEXECDIR")
    make(*args, "install")
    stage = f"{top}/stage{top}/usr"
    check_equal(set(os.listdir(stage + "/bin")), {"secchat"}, "bin")
    check_equal(set(os.listdir(stage + "/libexec/secchat")), WORKERS,
                "libexec")
    for folder, _, names in os.walk(stage):
        for name in names:
            mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
            check_equal(mode, 0o644 if "/share/" in folder else 0o711, name)
    man = stage + "/share/man"
    check_equal(sorted(os.path.join(folder, page) for folder in
                       os.listdir(man) for page in
                       os.listdir(os.path.join(man, folder))),
                sorted(f"man{page[-1]}/{page}" for page in
                       os.listdir(ROOT + "/docs/man")), "manual pages")
    check_equal(sorted(completions(stage + "/share")), sorted(COMPLETIONS),
                "completions")
    os.rename(stage, f"{top}/usr")
    subprocess.run(["rm", "-rf", top + "/obj"], check=True)
    not_dumpable(f"{top}/usr")
    chat_with(f"{top}/usr/bin/secchat")
    audited(top, f"{top}/usr/bin/secchat")
    make(f"PREFIX={top}/usr", "uninstall")
    check_equal(os.listdir(f"{top}/usr/bin"), [], "bin after uninstall")
    check_equal(os.listdir(f"{top}/usr/libexec/secchat"), [], "libexec")
    check_equal([name for _, _, names in os.walk(f"{top}/usr")
                 for name in names], [], "anything after uninstall")


def not_dumpable(usr):
    """From exec on, for a user who cannot read the program: before its first
    instruction."""
    if os.geteuid() != 0:
        skip_part("not dumpable at exec: only root installs for others")
        return
    for path in [usr + "/bin/secchat",
                 *(f"{usr}/libexec/secchat/{w}" for w in WORKERS)]:
        with Traced(path, NOBODY) as t:
            check_equal(t.dumpable(), False, path + " is dumpable at exec")
        readable = scratch() + "/readable"
        shutil.copy(path, readable)
        os.chmod(readable, 0o755)
        with Traced(readable, NOBODY) as t:
            check_equal(t.dumpable(), True, "a readable one")


def audited(top, program):
    """For an ordinary user, who cannot read the programs: what that hides is
    said, and the time between exec and lock-down is closed."""
    if os.geteuid() != 0:
        return
    os.chmod(top, 0o711)
    done = subprocess.run(
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
         program, "audit", "--json"], check=False, capture_output=True,
        text=True, cwd="/", env={**os.environ, "TMPDIR": "/tmp"})
    report = json.loads(done.stdout)
    bad = [f for f in report["findings"] if f["verdict"] == "fail"]
    check_equal((done.returncode, bad), (0, []), "audit")
    verdicts = {f["id"]: f["verdict"] for f in report["findings"]}
    check_equal((verdicts["program.hash"], verdicts["program.window"]),
                ("n/a", "ok"), "what is installed")


def chat_with(program):
    done = subprocess.run([program, "--version"], capture_output=True,
                          text=True, check=False)
    check_equal(done.returncode, 0, "--version " + done.stderr)
    st.SECCHAT = program
    h, j = st.pair(["--key", st.make_key()])
    for p in h.workers().values():
        exe = p.read("cmdline")
        check(exe is not None, "no command line")
    j.send("installed")
    check_equal(h.wait("message")["text"], "installed", "text")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


def variants_refused():
    """A build that runs unconfined cannot be installed."""
    top = scratch()
    for variant in ("SAN=address", "COV=1"):
        done = make(variant, f"DESTDIR={top}", "install", ok=False)
        check(done.returncode != 0 and "cannot be installed" in done.stderr,
              variant, done.stderr)
    check_equal(os.listdir(top), [], "what was installed")


main(built_and_installed, variants_refused)
