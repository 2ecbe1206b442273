"""The model of acknowledgement, rekey and RESUME, checked by Spin: every
state within the bounds, and again with one rule less at a time, which must
break the property that the rule is there for.

What the properties say is in docs/protocol.md, "What the model shows".  With
SECCHAT_LONG=1 the bounds are larger.
"""
# seconds: 120
import atexit
import os
import re
import shutil
import subprocess
import tempfile

from secchat_test import ROOT, check, check_equal, main, skip

MODEL = os.path.join(ROOT, "tests/model/resume.pml")
LONG = bool(os.environ.get("SECCHAT_LONG"))

# Texts of J, texts of H, requests for new keys, connections that break.
SMALL = (1, 0, 1, 1)
SHORT_BOUNDS = [(1, 0, 1, 2), (1, 1, 0, 2), (0, 0, 2, 2)]
LONG_BOUNDS = [*SHORT_BOUNDS, (2, 1, 1, 1), (2, 1, 0, 2), (0, 0, 1, 3),
               (1, 1, 1, 2)]

# What the assertion says that guards a property.
PROPERTIES = {
    "common secret": r"\.rs&p\[",
    "exactly once, in order": r"(d|text)==p\[\d\]\.received",
    "ack never above shown": r"b<=p\[.*\]\.shown",
    "same keys": r"a==\(?p\[",
    "everything arrives": r"\.state==\d+\)\)?&&",
}

# The rule that is taken away, the bounds, the property that breaks.  Looking
# again at F3 is implied by closing the others at N1: nothing breaks.
CROSS = (0, 0, 2, 2)
MUTATIONS = [
    (1, "old secret kept until SWITCH", SMALL, "common secret"),
    (2, "sel's secret kept until OPEN", SMALL, "common secret"),
    (3, "unconfirmed texts sent anew", SMALL, "everything arrives"),
    (4, "ack says what was shown", SMALL, "ack never above shown"),
    (5, "look again at F3", CROSS, None),
    (6, "others closed at N1", CROSS, "common secret"),
    (7, "live one closed at N1", CROSS, "common secret"),
    (8, "repeats dropped", SMALL, "exactly once, in order"),
    (9, "SWITCH is the last frame", SMALL, "same keys"),
]

built = {}      # bounds and options: the checker


def build(bounds, *options):
    """The checker for these bounds, as Spin and gcc make it."""
    if (bounds, options) in built:
        return built[bounds, options]
    folder = tempfile.mkdtemp(prefix="model.")
    atexit.register(shutil.rmtree, folder, True)
    texts_j, texts_h, rekeys, cuts = bounds
    done = subprocess.run(
        ["spin", f"-DTEXTS_J={texts_j}", f"-DTEXTS_H={texts_h}",
         f"-DREKEYS={rekeys}", f"-DCUTS={cuts}", "-a", MODEL], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check_equal((done.returncode, done.stdout), (0, b""), "spin")
    done = subprocess.run(
        ["gcc", "-O1", "-w", *options, "-o", "pan", "pan.c"], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check_equal((done.returncode, done.stdout), (0, b""), "gcc")
    built[bounds, options] = folder
    return folder


SAFETY = ("-DSAFETY", "-DCOLLAPSE", "-DVECTORSZ=2048")


def run(bounds, mutation=0, options=SAFETY, arguments=("-w24",)):
    done = subprocess.run(
        ["./pan", "-m100000", *arguments], cwd=build(bounds, *options),
        env={**os.environ, "MUTATION": str(mutation)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode()
    states = re.search(r"(\d+) states, stored", text)
    check(done.returncode == 0 and states, text)
    check("max search depth too small" not in text and
          "Search not completed" not in text or "errors: 1" in text, text)
    errors = int(re.search(r"errors: (\d+)", text).group(1))
    return errors, int(states.group(1)), text.splitlines()[0]


def say(bounds, states, words):
    print(f"texts {bounds[0]} and {bounds[1]}, new keys {bounds[2]}, "
          f"cuts {bounds[3]}: {words} {states} states", flush=True)


def every_state():
    for bounds in LONG_BOUNDS if LONG else SHORT_BOUNDS:
        errors, states, what = run(bounds)
        check_equal(errors, 0, what)
        say(bounds, states, "no error in")


def every_run_ends():
    """There is no way back to a state that was: no run goes on for ever, so
    that what holds at the end of all of them does come true."""
    bounds = (1, 1, 1, 1) if LONG else SMALL
    errors, states, what = run(bounds, 0, ("-DNP", "-DVECTORSZ=2048"),
                               ("-w22", "-l"))
    check_equal(errors, 0, what)
    say(bounds, states, "no run without end in")


def each_rule_is_needed():
    for number, rule, bounds, broken in MUTATIONS:
        errors, states, what = run(bounds, number)
        if broken is None:
            check_equal(errors, 0, what)
            say(bounds, states, f"without \"{rule}\" no error in")
            continue
        check_equal(errors, 1, f"without the rule \"{rule}\": errors")
        check(re.search(PROPERTIES[broken], what), "without", rule,
              "something else broke:", what)
        say(bounds, states, f"without \"{rule}\" not {broken}, seen after")


if __name__ == "__main__":
    missing = [p for p in ("spin", "gcc") if not shutil.which(p)]
    if missing:
        skip(f"{missing[0]} is not installed")
    main(every_state, every_run_ends, each_rule_is_needed)
