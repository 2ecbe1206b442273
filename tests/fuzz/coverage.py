#!/usr/bin/python3
"""Which branches of each parser the fuzzers' corpora reach.

`make fuzz-coverage` builds the fuzzers with clang's source-based coverage and
runs this: each over its corpus in tests/fuzz/corpus.  tests/fuzz/unreachable
says which branches no input can reach, and why; a row of it that is reached
after all, or that no longer is in the source, is an error.  --lines shows what
is not reached in a file (or in "all"), as that table would have it.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
OBJ = "build/fuzzcov"
TABLE = "tests/fuzz/unreachable"
# Per cent of what can be reached that each parser has to have.
LEAST = 95

# What is read there, and by which files.
PARSERS = [
    ("frames and payloads", "wire/frame wire/body wire/file wire/hello"),
    ("handshake, codes, key files", "noise/handshake noise/parts noise/code "
     "noise/keyfile noise/phrase noise/chain"),
    ("the peer's bytes, cut", "net/cutter net/conn net/accept net/slots "
     "net/outq net/limit util/byteq"),
    ("messages between processes", "ipc/recv util/reader"),
    ("... to crypto", "crypto/engine crypto/door crypto/trial crypto/resume "
     "crypto/session crypto/session_open crypto/session_asked "
     "crypto/session_time crypto/session_out crypto/rekey crypto/verify "
     "crypto/peers crypto/secret crypto/bulk crypto/bulk_move "
     "crypto/bulk_peer vault/outbox"),
    ("... to net", "net/from_crypto net/from_super net/loop"),
    ("... to the supervisor", "super/handlers super/known super/rename "
     "super/worker super/pump super/price_job super/call super/redial "
     "super/suspend super/stopped super/end super/chat"),
    ("... to the front ends", "tty/links tty/lost tty/verify tty/sealed "
     "tty/prices tty/files tty/wait script/from_super script/from_crypto "
     "script/link"),
    ("... about files", "super/files super/files_send super/files_receive "
     "super/files_name super/files_show super/files_folder super/files_temp "
     "file/loop file/slots file/source file/sink"),
    ("... to dial", "dial/dial"),
    ("names, sockets, proxies", "dial/socks dial/lookup dial/connect "
     "dial/listen util/addr util/source"),
    ("text for terminals", "text/classify text/cluster text/place text/rows "
     "text/together text/unit util/utf8"),
    ("keys and lines", "tty/keys tty/edit tty/line tty/kill tty/paste "
     "tty/held tty/input tty/command tty/filecmd tty/complete tty/plain "
     "tty/recall tty/said"),
    ("JSON commands", "script/command script/feed script/lines script/event"),
    ("prices", "price/parse price/fetch quote/record quote/decimal "
     "quote/json quote/table"),
    ("command line and files", "cli/options cli/target cli/prices "
     "cli/conflicts cli/config people/people text/name util/suggest"),
    ("the older formats", "legacy/base64 legacy/fernet legacy/gcm "
     "legacy/keyring legacy/engine legacy/out legacy/secret"),
    ("the audit", "audit/elf audit/proc audit/scan audit/descriptors "
     "audit/process"),
]


def run_all(names):
    """Run them over their corpora; the others' last profiles stay."""
    everyone = [os.path.basename(f)[:-2] for f in sorted(
        glob.glob("tests/fuzz/*.c")) if not f.endswith("standalone.c")]
    for name in [n for n in everyone if not names or n in names]:
        folders = [f for f in (f"tests/fuzz/corpus/{name}",
                               f"build/seeds/{name}") if os.path.isdir(f)]
        subprocess.run([f"{OBJ}/fuzz/{name}", *folders], check=True,
                       stdout=subprocess.DEVNULL, env={
                           **os.environ,
                           "LLVM_PROFILE_FILE": f"{OBJ}/{name}.profraw"})
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o",
                    f"{OBJ}/all.profdata",
                    *(f"{OBJ}/{name}.profraw" for name in everyone)],
                   check=True)


def llvm_cov(*words):
    names = sorted(glob.glob(f"{OBJ}/fuzz/*"))
    objects = [w for n in names[1:] for w in ("-object", n)]
    return subprocess.run(
        ["llvm-cov", *words[:1], f"-instr-profile={OBJ}/all.profdata",
         names[0], *objects, *words[1:]], check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


class Branch:
    """One side of one condition, named so that lines may move."""

    def __init__(self, file, function, side, words, line, reached):
        self.file, self.function, self.side = file, function, side
        self.words, self.line, self.reached = words, line, reached

    def row(self):
        return f"{self.file} {self.function} {self.side} {self.words}"


def source_of(path, region):
    """The text of a condition; what comes last as CONDITION N, if not once."""
    first, begin, last, end = region
    lines = source_of.cache.setdefault(path, open(
        path, encoding="utf-8").read().splitlines())
    part = lines[first - 1:last]
    part[-1] = part[-1][:end - 1]
    part[0] = part[0][begin - 1:]
    return " ".join(" ".join(part).split())


source_of.cache = {}


def branches():
    """All branches of what is below src, and the functions never called."""
    out, called = [], {}
    data = json.loads(llvm_cov("export", "-skip-expansions"))["data"][0]
    for f in data["functions"]:
        path = os.path.relpath(f["filenames"][0], ROOT) \
            if f["filenames"][0].startswith("/") else f["filenames"][0]
        path = path.removeprefix("./")
        if not (path.startswith("src/") and path.endswith(".c")):
            continue
        file, name = path[4:-2], f["name"].split(":")[-1]
        called[file, name] = max(f["count"], called.get((file, name), 0))
        seen = {}
        for b in f["branches"]:
            if b[6] != 0:
                continue
            words = source_of(path, b[:4])
            n = seen[words] = seen.get(words, 0) + 1
            for side, count in (("T", b[4]), ("F", b[5])):
                out.append(Branch(file, name, side if n == 1 else
                                  f"{side}{n}", words, b[0], count > 0))
    return out, called


def unreachable(all_branches, called):
    """Takes away what tests/fuzz/unreachable gives a reason for.

    Returns the branches that are left, how many each reason took, and the
    rows that are wrong: their branch is reached, or there is none.
    """
    rows = {}
    for b in all_branches:
        rows.setdefault(b.row(), []).append(b)
    gone, reasons, wrong, reason = set(), {}, [], None
    with open(TABLE, encoding="utf-8") as f:
        lines = f.read().splitlines()
    for line in lines:
        if not line or line.startswith("#"):
            continue
        if not line.startswith("\t"):
            reason = line
            reasons[reason] = 0
            continue
        row = line.strip()
        if row.endswith(" *"):
            key = tuple(row.split()[:2])
            mine = [b for b in all_branches
                    if (b.file, b.function) == key]
            if called.get(key, 1) > 0:
                mine = []
        else:
            mine = rows.get(row, [])
        if not mine or any(b.reached or b in gone for b in mine):
            wrong.append(row)
            continue
        gone.update(mine)
        reasons[reason] += len(mine)
    return [b for b in all_branches if b not in gone], reasons, wrong


def per_cent(got, count):
    # Never rounded up to something that it is not.
    return f"{int(100 * got / count)} %" if count else "none"


def count_of(some):
    return sum(b.reached for b in some), len(some)


def show(everything, left):
    """A row for each parser; true if each reaches what it has to."""
    def of(branch_list, names):
        return [b for b in branch_list if b.file in names]

    print("| what is read | reached | of all | of what can be | "
          "by file below `src`, of what can be |\n|---|---|---|---|---|")
    below, everyone = [], set()
    for what, words in PARSERS:
        names = words.split()
        everyone.update(names)
        got, count = count_of(of(everything, names))
        _, can = count_of(of(left, names))
        files = ", ".join(f"{n} {per_cent(*count_of(of(left, [n])))}"
                          for n in names)
        print(f"| {what} | {got} | {per_cent(got, count)} of {count} | "
              f"{per_cent(got, can)} of {can} | {files} |")
        if 100 * got < LEAST * can:
            below.append(what)
    got, count = count_of(of(everything, everyone))
    _, can = count_of(of(left, everyone))
    print(f"| all of them | {got} | {per_cent(got, count)} of {count} | "
          f"{per_cent(got, can)} of {can} | |")
    return below


def show_lines(left, names):
    """What is not reached, as tests/fuzz/unreachable would have it."""
    for b in left:
        if not b.reached and (names == ["all"] or b.file in names):
            print(f"\t{b.row()}    :{b.line}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-run", action="store_true",
                        help="what the last run reached")
    parser.add_argument("--only", metavar="FUZZER", nargs="+", default=[],
                        help="run these anew")
    parser.add_argument("--lines", metavar="DIR/FILE", nargs="+")
    o = parser.parse_args()
    os.chdir(ROOT)
    if not o.no_run:
        run_all(o.only)
    everything, called = branches()
    left, reasons, wrong = unreachable(everything, called)
    if o.lines:
        show_lines(left, o.lines)
        return 0
    below = show(everything, left)
    print("\n| not to be reached, because | branches |\n|---|---|")
    for reason, count in reasons.items():
        print(f"| {reason} | {count} |")
    for row in wrong:
        print(f"{TABLE}: reached, named twice, or not there: {row}",
              file=sys.stderr)
    for what in below:
        print(f"below {LEAST} % of what can be reached: {what}",
              file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
