"""The deterministic simulation: thousands of sessions in random weather, and
the mistakes that it must find (tests/storm).

The seeds of the short form are fixed; the long form draws one and prints it.

# seconds: 150
"""
import os
import random
import subprocess

from secchat_test import ROOT, check, check_equal, main

STORM = os.path.join(ROOT, os.environ.get("SECCHAT_OBJ", "build/release"),
                     "storm/storm")
LONG = bool(os.environ.get("SECCHAT_LONG"))
SESSIONS = 50000 if LONG else 1500      # of each of two processes
FIRST = random.randrange(1 << 40) if LONG else 1


def ends(process):
    out, _ = process.communicate()
    print(out, end="")
    check_equal(process.returncode, 0, " ".join(process.args))
    check("resumed" in out, "it says what it did")


def promises_are_kept():
    """Twice, because there are two processors."""
    both = [subprocess.Popen(
        [STORM, "--seed", str(FIRST + i * SESSIONS), "--sessions",
         str(SESSIONS)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True) for i in range(2)]
    for process in both:
        ends(process)


def planted_bugs_are_found():
    done = subprocess.run([STORM, "--bugs"], capture_output=True, text=True,
                          check=False)
    print(done.stdout, end="")
    check_equal(done.returncode, 0, "every planted bug is found")
    check("MISSED" not in done.stdout, "none is missed")


def the_same_again():
    """One seed is one session."""
    runs = {subprocess.run([STORM, "--seed", "7", "--sessions", "30"],
                           capture_output=True, text=True, check=True).stdout
            for _ in range(2)}
    check_equal(len(runs), 1, "the same seed, another session")


main(promises_are_kept, planted_bugs_are_found, the_same_again)
