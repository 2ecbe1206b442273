"""The programs of `make TEST_LIMITS=1` say what they are, cannot be installed,
and are confined like any others."""
import os
import subprocess

from secchat_test import (BIN, ROOT, SECCHAT, check, check_equal, main,
                          make_key, pair, scratch)


def version(program):
    return subprocess.run([program, "--version"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def says_what_it_is():
    check("test limits: not for use" in version(SECCHAT), version(SECCHAT))
    release = os.path.join(ROOT, "bin/secchat")
    if os.path.exists(release):
        check("test limits" not in version(release), version(release))


def is_not_installed():
    top = scratch()
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    done = subprocess.run(
        ["make", "-s", "-C", ROOT, "--no-print-directory", "TEST_LIMITS=1",
         f"DESTDIR={top}", "install"], env=env, capture_output=True,
        text=True, check=False)
    check(done.returncode != 0 and "cannot be installed" in done.stderr,
          done.stderr)
    check_equal(os.listdir(top), [], "what was installed")


def is_confined():
    h, j = pair(["--key", make_key()])
    for s in (h, j):
        for name, p in s.workers().items():
            check_equal((p.status()["Seccomp"], p.status()["NoNewPrivs"]),
                        ("2", "1"), f"{name} in {BIN}")
    j.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


main(says_what_it_is, is_not_installed, is_confined)
