"""What each program links is what its row in the Makefile's table says.

The table is the isolation story: a program that does not link libsodium
cannot hold a key by mistake.  The rows are read from the Makefile and compared
with the NEEDED entries of the programs themselves.
"""
import os
import re
import subprocess

from secchat_test import BIN, ROOT, check, check_equal, main, scratch

# Every program may have these, from the C library and the compiler.
ALWAYS = {"libc.so.6", "libm.so.6", "libpthread.so.0",
          "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
SONAMES = {"libseccomp": "libseccomp.so.2", "libsodium": "libsodium.so.23",
           "jansson": "libjansson.so.4", "libcurl": "libcurl.so.4",
           "libcrypto": "libcrypto.so.3"}

# Said here a second time on purpose: a row of the Makefile that gives a
# library to a program that must not have it is caught too.
HOLDERS = {"libsodium": {"secchat-crypto", "secchat-identity",
                         "secchat-canary"},
           "jansson": {"secchat-script", "secchat-price"},
           "libcurl": {"secchat-price"},
           "libcrypto": {"secchat-crypto-legacy"}}


def table():
    """{program: set of pkg-config names}, from the Makefile."""
    with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as f:
        text = f.read().replace("\\\n", " ")
    programs = re.search(r"^PROGRAMS\s*:=(.*)$", text, re.M).group(1).split()
    rows = dict(re.findall(r"^LIBS_(\S+)\s*:=(.*)$", text, re.M))
    return {p: set(rows[p].split()) for p in programs}


def needed(path):
    out = subprocess.run(["readelf", "-dW", path], check=True,
                         capture_output=True, text=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", out))


def complaints(program, libs, path):
    """What is wrong with one program, as a list of sentences."""
    allowed = ALWAYS | {SONAMES[x] for x in libs}
    have = needed(path)
    out = [f"{program} links {x}, which its row does not name"
           for x in sorted(have - allowed)]
    return out + [f"{program} does not link {SONAMES[x]}, which its row names"
                  for x in sorted(libs) if SONAMES[x] not in have]


def rows_match():
    rows = table()
    check(len(rows) >= 7, "the Makefile's table was not found")
    found = [c for p, libs in rows.items()
             for c in complaints(p, libs, os.path.join(BIN, p))]
    check_equal(found, [], "link table")


def holders():
    for lib, who in HOLDERS.items():
        check_equal({p for p, libs in table().items() if lib in libs}, who,
                    lib)


# What asks for memory.  Who calls none of these allocates nothing by itself,
# in a long chat or a large file: its buffers are of a fixed size.
ALLOCATORS = {"malloc", "calloc", "realloc", "reallocarray", "free",
              "aligned_alloc", "posix_memalign", "strdup", "strndup",
              "asprintf", "vasprintf", "getline", "fopen", "fdopen",
              "open_memstream", "sodium_malloc", "sodium_allocarray"}
# Those that a text or a file passes through, and all they may call: arena
# pages, once and before the filter.
STEADY = {"secchat": set(), "secchat-crypto": {"sodium_malloc"},
          "secchat-crypto-legacy": set(), "secchat-net": set(),
          "secchat-file": set(), "secchat-script": set(),
          "secchat-tty": set()}


def imported(path):
    out = subprocess.run(["nm", "-D", "--undefined-only", path], check=True,
                         capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in out.splitlines()}


def no_allocations():
    for program, may in STEADY.items():
        found = imported(os.path.join(BIN, program)) & ALLOCATORS
        check_equal(found, may, program)
    check("malloc" in imported(os.path.join(BIN, "secchat-audit")),
          "a call of malloc would be seen")


def hardened():
    """Position independent, no writable code, everything bound at start."""
    for p in table():
        out = subprocess.run(["readelf", "-hldW", os.path.join(BIN, p)],
                             check=True, capture_output=True,
                             text=True).stdout
        check("DYN (Position-Independent" in out, p, "is not PIE")
        check("GNU_RELRO" in out and "BIND_NOW" in out, p, "relro")
        check(re.search(r"GNU_STACK.* RW +0x", out), p, "stack")
        check(not re.search(r"LOAD.* RWE ", out), p, "writable code")
        check("RPATH" not in out and "RUNPATH" not in out, p, "rpath")


def build_probe(*libs):
    top = scratch()
    with open(top + "/x.c", "w", encoding="utf-8") as f:
        f.write("int main(void){return 0;}\n")
    subprocess.run(["gcc", "-o", top + "/x", top + "/x.c",
                    "-Wl,--no-as-needed", *libs], check=True)
    return top + "/x"


def control():
    """The comparison sees a library too much and one too few."""
    path = build_probe("-lsodium")
    check_equal(complaints("x", set(), path),
                ["x links libsodium.so.23, which its row does not name"])
    check_equal(complaints("x", {"libsodium", "jansson"}, path),
                ["x does not link libjansson.so.4, which its row names"])
    check_equal(complaints("x", {"libsodium"}, path), [])


main(rows_match, holders, no_allocations, hardened, control)
