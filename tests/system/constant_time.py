"""No branch and no address of ours depends on a secret.

Starts tests/ct/constant_time.c under valgrind's Memcheck, which complains of
branches and addresses that depend on undefined memory, with every secret
marked as undefined.  Its controls, functions that do depend on a key, must be
complained about.  What may be known, and why, is in tests/ct/ct.h; which
branches stay, and why, is in tests/ct/known.supp.
"""
# seconds: 120
import os
import re
import shutil
import subprocess

from secchat_test import ROOT, check, check_equal, main, scratch, skip

PROGRAM = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"),
                       "ct/constant_time")
KNOWN = os.path.join(ROOT, "tests/ct/known.supp")


def memcheck(*args):
    """(exit status, what the program printed, {case: complaints})."""
    log = os.path.join(scratch(), "log")
    done = subprocess.run(
        ["valgrind", "-q", "--error-limit=no", "--num-callers=8",
         f"--log-file={log}", *args, PROGRAM],
        capture_output=True, text=True, check=False)
    with open(log, encoding="utf-8") as f:
        text = re.sub(r"^[=*]+\d+[=*]+ ?", "", f.read(), flags=re.M)
    parts = re.split(r"^case (\w+)\n", text, flags=re.M)
    return done.returncode, done.stdout, dict(zip(parts[1::2], parts[2::2]))


def as_declared():
    status, out, complaints = memcheck(f"--suppressions={KNOWN}")
    print(out, end="")
    for case in re.findall(r"^FAILED (\w+)", out, re.M):
        print(f"--- {case}\n{complaints[case][:4000]}")
    check_equal(status, 0, "exit status")
    for control in ("memcmp", "branch", "index", "hash"):
        check(f"control_{control} " in complaints[f"control_{control}"],
              "the complaint is not about", control)


def every_suppression_is_needed():
    """Each branch that known.supp lists is really there: without the list
    Memcheck names every function in it."""
    _, _, complaints = memcheck()
    said = "".join(v for k, v in complaints.items() if "control" not in k)
    with open(KNOWN, encoding="utf-8") as f:
        entries = re.findall(r"Memcheck:Cond\n(.*?)\n}", f.read(), re.S)
    check(len(entries) >= 4, "known.supp was not understood")
    for entry in entries:
        names = re.findall(r"fun:(\w+)", entry)
        frames = r"[^\n]*\n[^\n]*".join(names)
        check(re.search(frames, said), "not needed:", entry)


if not os.path.exists(PROGRAM) or not shutil.which("valgrind"):
    skip("valgrind is not installed: constant time was not tested")
main(as_declared, every_suppression_is_needed)
