"""Every linter flags a bad snippet, and lets its correct twin pass."""
import os
import shutil
import subprocess

from secchat_test import ROOT, check, check_equal, main, scratch

GOOD = """/*
 * A file that nobody has anything against.
 */
#include <stddef.h>

int good_answer(void);

int
good_answer(void)
{
	return 42;
}
"""


def tree():
    """A small tree with the linters in it."""
    top = scratch()
    shutil.copytree(os.path.join(ROOT, "tests/lint"), top + "/tests/lint")
    for name in (".clang-format", ".clang-tidy"):
        shutil.copy(os.path.join(ROOT, name), top)
    return top


def lint(path, text, *args):
    top = tree()
    full = os.path.join(top, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as f:
        f.write(text)
    done = subprocess.run([top + "/tests/lint/run", *args, path],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def flagged(linter, path, text, *args):
    """Only this linter says something, and it is not silent."""
    code, out = lint(path, text, *args)
    check(code == 1 and f"lint: failed: {linter}" in out, linter,
          "did not flag", path, ":", out)


def passes(path, text, *args):
    code, out = lint(path, text, *args)
    check(code == 0 and "nothing found" in out, path, "was flagged:", out)


def layers():
    def with_line(line):
        return GOOD.replace("#include <stddef.h>", line)
    for path, line in (
            ("src/net/x.c", "#include <sodium.h>"),
            ("src/net/x.c", '#include "secchat/noise.h"'),
            ("src/net/x.c", '#include "secchat/vault.h"'),
            ("src/vault/x.c", "#include <sodium.h>"),
            ("src/vault/x.c", "#include <openssl/evp.h>"),
            ("src/net/x.c", '#include "../crypto/engine.h"'),
            ("src/util/x.c", '#include "secchat/ipc.h"'),
            ("src/tty/x.c", "#include <jansson.h>"),
            ("src/crypto/x.c", "#include <seccomp.h>"),
            ("src/ipc/x.c", '#include "secchat/noise.h"'),
            ("bin/secchat-net.c", '#include "../src/crypto/engine.h"')):
        flagged("layers", path, with_line(line), "--quick")
    for path, line in (
            ("src/noise/x.c", "#include <sodium.h>"),
            ("src/net/x.c", '#include "secchat/ipc.h"'),
            ("src/net/x.c", '#include "net.h"'),
            ("src/cli/x.c", '#include "../super/super.h"'),
            ("bin/secchat-net.c", '#include "../src/net/net.h"')):
        passes(path, with_line(line), "--quick")


def headers():
    text = "/*\n * A header.\n */\n\n%sint net_count(void);\n"
    flagged("headers", "src/net/x.h", text % "", "--quick")
    passes("src/net/x.h", text % "/* How many there are. */\n", "--quick")


def text_rules():
    long_line = "/* " + "x" * 80 + " */\n"
    flagged("text", "tests/unit/x.c", GOOD + "/* clang-format off */\n" +
            "/* " + "x" * 132 + " */\n", "--quick")
    flagged("text format", "tests/unit/x.c", GOOD + "/* end */ \n", "--quick")
    flagged("text", "tests/system/x.py", "# " + long_line, "--quick")


def formatting():
    flagged("format", "src/net/x.c", GOOD.replace("\treturn", "  return"),
            "--quick")


def shell():
    bad = '#!/bin/sh\nrm -rf $1/lib\n'
    flagged("shellcheck", "tests/lint/x", bad, "--quick")
    passes("tests/lint/x", bad.replace("$1/lib", '"${1:?}/lib"'), "--quick")


def manual():
    page = (".Dd November 21, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n"
            ".Nd does nothing\n")
    flagged("mandoc", "docs/man/x.1", page + ".Zz\n", "--quick")
    passes("docs/man/x.1", page, "--quick")


def tidy():
    bad = GOOD.replace("return 42;", "int a[2] = {1, 2};\n\n\treturn "
                       "good_answer() == good_answer() ? a[0] : a[1];")
    flagged("clang-tidy", "src/net/x.c", bad)
    passes("src/net/x.c", GOOD)


def analyzer():
    """What it reports, what the table excuses, and a row too many."""
    bad = GOOD.replace("stddef.h", "stdlib.h").replace(
        "return 42;", "char *p = malloc(8);\n\n\tfree(p);\n\tfree(p);\n"
        "\treturn 1;")
    top, path = tree(), "src/net/x.c"
    os.makedirs(top + "/src/net")

    def analyze(text, row):
        for name, content in ((path, text), ("known", row)):
            with open(os.path.join(top, name), "w", encoding="utf-8") as f:
                f.write(content)
        done = subprocess.run(
            [top + "/tests/lint/analyze", "--known", "known", path], cwd=top,
            capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    row = f"{path} good_answer analyzer-double-free a reason\n"
    code, out = analyze(bad, "# nothing\n")
    check(code == 1 and "analyzer-double-free" in out, "not flagged", out)
    check_equal(analyze(bad, row), (0, ""), "with its row")
    code, out = analyze(GOOD, row)
    check(code == 1 and "nothing needs this row" in out, "not needed", out)
    code, out = analyze(bad, row.replace(" a reason", ""))
    check(code == 1 and "without a reason" in out, "no reason", out)
    flagged("clang-tidy analyzer cppcheck", path, bad)


def check_cpp():
    bad = GOOD.replace("return 42;", "char a[2];\n\n\ta[2] = 1;\n"
                       "\treturn a[0];")
    code, out = lint("src/net/x.c", bad)
    check(code == 1 and "cppcheck" in out.splitlines()[-1],
          "cppcheck did not flag", out)


main(layers, headers, text_rules, formatting, shell, manual, tidy,
     analyzer, check_cpp)
