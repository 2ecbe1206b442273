#!/usr/bin/python3
"""Which branches of each parser the fuzzers' corpora reach.

`make fuzz-coverage` builds the fuzzers with clang's source-based coverage and
runs this: each over its corpus in tests/fuzz/corpus (and, with --found, what
`make fuzz` has found in build/fuzz/corpus).  Prints a row for each file;
--lines shows, for a file of that name, the lines with a branch not taken.
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

# What is read there, and by which files.
PARSERS = [
    ("frames and payloads", "wire/frame wire/body wire/file wire/hello"),
    ("handshake, codes, key files", "noise/handshake noise/parts noise/code "
     "noise/keyfile noise/phrase noise/chain"),
    ("the peer's bytes, cut", "net/cutter net/conn net/accept net/slots "
     "net/outq net/limit"),
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
     "tty/prices tty/wait script/from_super script/from_crypto script/link"),
    ("... about files", "super/files super/files_send super/files_receive "
     "super/files_name super/files_show file/loop file/slots file/source "
     "file/sink"),
    ("... to dial", "dial/dial"),
    ("names, sockets, proxies", "dial/socks dial/lookup dial/connect "
     "dial/listen util/addr"),
    ("text for terminals", "text/classify text/cluster text/place text/rows "
     "text/together text/unit util/utf8"),
    ("keys and lines", "tty/keys tty/edit tty/line tty/kill tty/paste "
     "tty/input tty/command tty/complete tty/plain tty/recall tty/said"),
    ("JSON commands", "script/command script/feed script/lines script/event"),
    ("prices", "price/parse price/fetch quote/record quote/decimal "
     "quote/json quote/table"),
    ("command line and files", "cli/options cli/target cli/prices "
     "cli/conflicts cli/config people/people people/name util/suggest"),
    ("the audit", "audit/elf audit/proc audit/scan audit/descriptors "
     "audit/process"),
]


def run_all(found):
    profiles = []
    for source in sorted(glob.glob("tests/fuzz/*.c")):
        name = os.path.basename(source)[:-2]
        if name == "standalone":
            continue
        folders = [f"tests/fuzz/corpus/{name}"]
        if found and os.path.isdir(f"build/fuzz/corpus/{name}"):
            folders.append(f"build/fuzz/corpus/{name}")
        profile = f"{OBJ}/{name}.profraw"
        subprocess.run([f"{OBJ}/fuzz/{name}", *folders], check=True,
                       stdout=subprocess.DEVNULL, env={
                           **os.environ, "LLVM_PROFILE_FILE": profile})
        profiles.append(profile)
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o",
                    f"{OBJ}/all.profdata", *profiles], check=True)


def llvm_cov(*words):
    names = sorted(glob.glob(f"{OBJ}/fuzz/*"))
    objects = [w for n in names[1:] for w in ("-object", n)]
    return subprocess.run(
        ["llvm-cov", *words[:1], f"-instr-profile={OBJ}/all.profdata",
         names[0], *objects, *words[1:]], check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def branches():
    """Covered and all branches of every file below src."""
    out = {}
    data = json.loads(llvm_cov("export", "-summary-only"))["data"][0]
    for f in data["files"]:
        path = os.path.relpath(f["filename"], ROOT) \
            if f["filename"].startswith("/") else f["filename"]
        path = path.removeprefix("./")
        if path.startswith("src/") and path.endswith(".c"):
            b = f["summary"]["branches"]
            out[path[4:-2]] = (b["covered"], b["count"])
    return out


def per_cent(got, count):
    return f"{100 * got / max(count, 1):.0f} %"


def show(all_files):
    done, total = 0, 0
    print("| what is read | branches | | by file below `src` |\n"
          "|---|---|---|---|")
    for what, names in PARSERS:
        counts = {n: all_files.get(n, (0, 0)) for n in names.split()}
        got = sum(c[0] for c in counts.values())
        count = sum(c[1] for c in counts.values())
        done, total = done + got, total + count
        files = ", ".join(f"{n} {per_cent(*c)}" for n, c in counts.items())
        print(f"| {what} | {got} of {count} | {per_cent(got, count)} | "
              f"{files} |")
    print(f"| all of them | {done} of {total} | {per_cent(done, total)} | |")


def show_lines(name):
    path = os.path.join(ROOT, f"src/{name}.c")
    text = llvm_cov("show", "-show-branches=count", "-show-expansions=false",
                    f"-sources={path}", f"./src/{name}.c", f"src/{name}.c")
    last = ""
    for line in text.splitlines():
        bar = line.split("|")
        if len(bar) >= 3 and bar[0].strip().isdigit():
            last = line
        elif "Branch (" in line and (
                "[True: 0," in line or "False: 0]" in line):
            print(last)
            print("        " + line.strip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--found", action="store_true")
    parser.add_argument("--no-run", action="store_true")
    parser.add_argument("--lines", metavar="DIR/FILE")
    o = parser.parse_args()
    os.chdir(ROOT)
    if not o.no_run:
        run_all(o.found)
    if o.lines:
        show_lines(o.lines)
    else:
        show(branches())
    return 0


if __name__ == "__main__":
    sys.exit(main())
