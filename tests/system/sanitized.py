"""Programs of a sanitizer build report where tests/run looks: a file.

Each control below has one mistake and is linked as those programs are, with
tests/san/options.c; started without an environment and with a stderr that
nobody reads, as workers are, it must leave a report.  And tests/san/left_out
names nothing that is not there.
"""
import os
import re
import subprocess

from secchat_test import ROOT, check, check_equal, main, scratch, skip

MISTAKES = {
    "heap": ("char *p = malloc(8);\n\tfree(p);\n\treturn p[n];",
             "heap-use-after-free"),
    "stack": ("char a[8] = {0}, *p = a;\n\treturn p[n + 7];",
              "stack-buffer-overflow"),
    "signed": ("int big = 0x7fffffff;\n\treturn big + n > 0;",
               "runtime error: signed integer overflow"),
    "leak": ("char *volatile p = malloc(8);\n\tp = 0;\n"
             "\treturn p != 0;",
             "detected memory leaks"),
    "none": ("return n - 1;", None),
}


def build(name, body, top):
    """A program with this main in top/bin; n is 1."""
    source = os.path.join(top, name + ".c")
    with open(source, "w", encoding="utf-8") as f:
        f.write("#include <stdlib.h>\n\nint\nmain(int n, char **argv)\n{\n"
                f"\t(void)argv;\n\t{body}\n}}\n")
    done = subprocess.run(
        ["gcc", "-O0", "-g", "-D_GNU_SOURCE", "-Iinclude", "-w",
         "-fsanitize=address,undefined", "-static-libubsan", source,
         "tests/san/options.c", "-o", f"{top}/bin/{name}"],
        cwd=ROOT, check=False, text=True, capture_output=True)
    if "cannot find" in done.stderr:
        skip("gcc has no libasan and libubsan here")
    check_equal(done.returncode, 0, done.stderr)


def reports():
    top = scratch()
    os.mkdir(top + "/bin")
    os.mkdir(top + "/reports")
    for name, (body, sentence) in MISTAKES.items():
        build(name, body, top)
        done = subprocess.run([f"{top}/bin/{name}"], env={}, check=False,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        check((done.returncode == 0) == (sentence is None), name,
              "ended with", done.returncode)
        found = [f for f in os.listdir(top + "/reports")
                 if f.startswith(name + ".")]
        check_equal(len(found), 0 if sentence is None else 1,
                    f"reports of {name}")
        if sentence:
            with open(f"{top}/reports/{found[0]}", encoding="utf-8") as f:
                check(sentence in f.read(), name, "reported something else")


def rows():
    """(test, case, reason) of what is left out."""
    with open(os.path.join(ROOT, "tests/san/left_out"),
              encoding="utf-8") as f:
        return [line.split(None, 2) for line in f if line[0] not in "#\n"]


def nothing_unknown_is_left_out():
    for test, case, *reason in rows():
        check(reason, "no reason:", test, case)
        path = os.path.join(ROOT, "tests", test)
        kind = ".c" if test.startswith("unit/") else ".py"
        check(os.path.exists(path + kind), "no such test:", test)
        if case == "all":
            continue
        with open(path + kind, encoding="utf-8") as f:
            last = f.read().rpartition("\nmain(")[2]
        check(re.search(rf"\b{case}\b", last), "no such case:", test, case)


main(reports, nothing_unknown_is_left_out)
