# not a test
"""Objects of the first build for a second one with other settings, of which
most objects have never heard."""
import glob
import os
import shutil

from secchat_test import ROOT

RELEASE = os.environ.get("SECCHAT_OBJ", "build/release")


def knows(rule, word):
    """Whether one of the files that an object is made of has this in it."""
    with open(rule, encoding="utf-8") as f:
        parts = f.read().replace("\\\n", " ").split(":")[1].split()
    for part in parts:
        if not os.path.exists(os.path.join(ROOT, part)):
            return True     # left over from another tree
        with open(os.path.join(ROOT, part), encoding="utf-8") as f:
            if word in f.read():
                return True
    return False


def borrow(obj, word):
    """Into the folder obj, all that do not have the word in them.  Only by
    tests/run, which has just made the first build's."""
    if "SECCHAT_BIN" not in os.environ:
        return
    for rule in glob.glob(os.path.join(ROOT, RELEASE, "obj/**/*.d"),
                          recursive=True):
        mine = os.path.join(ROOT, obj, os.path.relpath(
            rule, os.path.join(ROOT, RELEASE)))[:-2]
        if not os.path.exists(rule[:-2] + ".o"):
            continue
        if not knows(rule, word):
            os.makedirs(os.path.dirname(mine), exist_ok=True)
            shutil.copy2(rule[:-2] + ".o", mine + ".o")
        elif os.path.exists(mine + ".o") and not os.path.exists(mine + ".d"):
            os.unlink(mine + ".o")      # borrowed before it knew
