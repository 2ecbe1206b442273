"""The programs are the same, byte for byte, wherever the tree lies.

A copy of it in another folder, made by another make with other settings, with
the flags of a release.  Three programs have every library and the directories
that several share; SECCHAT_LONG=1 makes them all.
"""
# seconds: 200
import filecmp
import os
import shutil
import subprocess

from secchat_test import BIN, ROOT, check, check_equal, main, scratch, skip

PARTS = ("Makefile", "bin", "include", "sandbox", "src", "tests/deps")
FEW = ("secchat-crypto-legacy", "secchat-identity", "secchat-price")


def no_programs(folder, names):
    """What lies beside the sources in bin/ is no part of the tree."""
    return [n for n in names if folder == os.path.join(ROOT, "bin") and
            not n.endswith(".c")]


def tree(path):
    """What the programs are made of, there."""
    for part in PARTS:
        src, dst = os.path.join(ROOT, part), os.path.join(path, part)
        if os.path.isdir(src):
            shutil.copytree(src, dst, ignore=no_programs)
        else:
            os.makedirs(os.path.dirname(dst), exist_ok=True)
            shutil.copy(src, dst)
    return path


def built(path, names):
    """make, with nothing of the environment that this runs in."""
    done = subprocess.run(
        ["make", "-s", "-j2", "CI=1", *(f"bin/{n}" for n in names)], cwd=path,
        check=False, umask=0o077, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env={
            "PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": path,
            "TZ": "Asia/Tokyo"})
    check_equal(done.returncode, 0, done.stdout[-2000:])
    return path + "/bin"


def compiler(program):
    """Who compiled it, as it says itself."""
    return subprocess.run(["readelf", "-p", ".comment", program],
                          capture_output=True, text=True, check=True).stdout


def object_of(top, out, *flags):
    subprocess.run(
        ["gcc", "-g", "-Iinclude", "-D_GNU_SOURCE", *flags, "-c", "-o", out,
         "src/util/hex.c"], cwd=top, check=True)
    return out


def byte_for_byte():
    names = FEW
    if os.environ.get("SECCHAT_LONG"):
        names = sorted(n for n in os.listdir(BIN) if n.startswith("secchat")
                       and not n.endswith(".c"))
    there = built(tree(scratch() + "/another/folder"), names)
    if compiler(f"{BIN}/{names[0]}") != compiler(f"{there}/{names[0]}"):
        skip("the programs under test were made by another compiler")
    same, differ, missing = filecmp.cmpfiles(BIN, there, names, shallow=False)
    check_equal((differ, missing), ([], []), "not the same in two folders")
    check_equal(len(same), len(names), "programs")


def where_is_seen():
    """It is a flag that does it: what is made without it differs."""
    there = tree(scratch() + "/third")
    one, two = object_of(ROOT, there + "/1.o"), object_of(there, there + "/2.o")
    check(not filecmp.cmp(one, two, shallow=False), "the folder is not seen")


main(byte_for_byte, where_is_seen)
