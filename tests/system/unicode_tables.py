"""The generated tables of Unicode are what the database gives.

# seconds: 30
"""
import os
import shutil
import subprocess

from secchat_test import ROOT, check, check_equal, main, scratch, skip

DATABASE = "/usr/share/unicode"
GENERATOR = os.path.join(ROOT, "src/text/unicode.py")

if not os.path.exists(f"{DATABASE}/UnicodeData.txt"):
    skip("unicode-data is not installed")


def check_tables(folder):
    done = subprocess.run(["/usr/bin/python3", GENERATOR, "--check"],
                          env={**os.environ, "SECCHAT_UNICODE": folder},
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def as_generated():
    """The file in the tree is what the generator writes."""
    code, words = check_tables(DATABASE)
    if code == 1 and "of Unicode 15.0.0" not in words:
        skip("unicode-data is of another version: " + words)
    check_equal((code, words), (0, ""), "unicode.py --check")


def one_change(name, old, new):
    """A database that differs in one place is noticed."""
    folder = os.path.join(scratch(), "unicode")
    shutil.copytree(DATABASE, folder, copy_function=os.symlink)
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    check(old in text, old, "is not in", name)
    os.unlink(path)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(old, new, 1))
    check_equal(check_tables(folder)[0], 1, f"with another {name}")


def other_tables():
    one_change("extracted/DerivedJoiningType.txt", "0628          ; D",
               "0628          ; R")


def no_database():
    """Without one it says what to install, and leaves the file alone."""
    code, words = check_tables(scratch())
    check_equal(code, 2, "exit status")
    check("unicode-data" in words, words)


main(as_generated, other_tables, no_database)
