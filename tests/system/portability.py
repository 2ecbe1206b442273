"""The build elsewhere: in two folders byte for byte the same, and by clang.

The long form, with more compilers, levels and libraries, is `make
portability`.
"""
# seconds: 180
import filecmp
import os
import shutil
import subprocess

from secchat_test import (BIN, ROOT, check, check_equal, main, scratch, skip,
                          skip_part)

PARTS = ("Makefile", "bin", "include", "sandbox", "src", "tests/deps")


def tree(path):
    """What the programs are made of, there."""
    for part in PARTS:
        src, dst = os.path.join(ROOT, part), os.path.join(path, part)
        if os.path.isdir(src):
            shutil.copytree(src, dst, ignore=lambda d, names: [
                n for n in names if d.endswith("/bin") and
                not n.endswith(".c")])
        else:
            os.makedirs(os.path.dirname(dst), exist_ok=True)
            shutil.copy(src, dst)
    return path


def compiler(program):
    """Who compiled it, as it says itself."""
    return subprocess.run(["readelf", "-p", ".comment", program],
                          capture_output=True, text=True, check=False).stdout


def byte_for_byte():
    """The programs that are tested, and those of a copy of the tree that is
    elsewhere, made by another make with other settings."""
    there = tree(scratch() + "/another/folder")
    done = subprocess.run(
        ["make", "-s", "-j2", "CI=1", "all"], cwd=there, check=False,
        umask=0o077, env={"PATH": os.environ["PATH"], "LC_ALL": "C",
                          "HOME": there, "TZ": "Asia/Tokyo"},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check_equal(done.returncode, 0, done.stdout[-2000:])
    names = sorted(n for n in os.listdir(there + "/bin")
                   if not n.endswith(".c"))
    check("secchat" in names and "secchat-crypto" in names, names)
    if compiler(BIN + "/secchat") != compiler(there + "/bin/secchat"):
        skip_part("the programs under test were made by another compiler")
        return
    _, differ, missing = filecmp.cmpfiles(BIN, there + "/bin", names,
                                          shallow=False)
    check_equal((differ, missing), ([], []), "not the same in two folders")
    # It is a flag that does it: what is made without it differs.
    for top in (ROOT, there):
        subprocess.run(
            ["gcc", "-g", "-Iinclude", "-D_GNU_SOURCE", "-c", "-o",
             f"{there}/{len(top)}.o", "src/util/hex.c"], cwd=top, check=True)
    check(not filecmp.cmp(f"{there}/{len(ROOT)}.o", f"{there}/{len(there)}.o",
                          shallow=False), "where it was made is not seen")


def clang():
    if not shutil.which("clang-14"):
        skip("clang-14 is not installed")
    done = subprocess.run(["tests/portability/run", "--quick", "clang-14"],
                          cwd=ROOT, capture_output=True, text=True,
                          check=False)
    check(done.returncode == 0 and "| ok: " in done.stdout, done.stdout,
          done.stderr)


main(byte_for_byte, clang)
