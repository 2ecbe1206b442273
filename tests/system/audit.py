"""`secchat audit`: every check of the table has a finding, nothing fails on a
good build, two runs say the same, and a session that runs is not disturbed.

# users: root nobody
# seconds: 90
"""
import json
import os
import pwd
import re
import stat
import subprocess

import secchat_test as st
from secchat_test import (BIN, ROOT, SECCHAT, check, check_equal, main,
                          make_key, pair, scratch, skip_part, wait_gone)

IS_ROOT = os.geteuid() == 0
PROGRAMS = ["secchat", "secchat-crypto", "secchat-net", "secchat-dial",
            "secchat-tty", "secchat-script", "secchat-identity"]
# What an ordinary user cannot see, and the report must say so.
FOR_ROOT = {"process.program", "process.libraries", "filter.live",
            "keys.root"}


def audit(*args, env=None):
    """Exit code, report, stderr."""
    done = subprocess.run([SECCHAT, "audit", *args], capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


def first_report():
    """Of a session with itself; the same for all who only look at it."""
    if not first_report.has:
        first_report.has.append(audit("--json"))
    return first_report.has[0]


first_report.has = []


def findings(*args, env=None):
    code, out, err = audit("--json", *args, env=env)
    check_equal(err, "", "stderr")
    report = json.loads(out)
    return code, report


def of(report, ident, subject=None):
    return [f for f in report["findings"] if f["id"] == ident and
            subject in (None, f["subject"])]


def not_ok(report):
    """What a failed test says of a report."""
    return [f for f in report["findings"] if f["verdict"] != "ok"]


def verdicts(report, ident):
    return {f["subject"]: f["verdict"] for f in of(report, ident)}


def table_ids():
    """Every id of the table of checks, and when it is asked for."""
    with open(ROOT + "/src/audit/checks.c", encoding="utf-8") as f:
        return dict(re.findall(
            r'^\{ "([a-z.-]+)",.*?((?:NOW|LIVING|FILES|WHEN_)[A-Z_ |]*),',
            f.read(), re.M | re.S))


def good_build():
    code, out, err = first_report()
    check_equal(err, "", "stderr")
    report = json.loads(out)
    bad = [f for f in report["findings"] if f["verdict"] == "fail"]
    check_equal(bad, [], "failed")
    check_equal(code, 0, "exit code")
    check_equal(report["as"], "root" if IS_ROOT else "user", "as")
    for ident, when in table_ids().items():
        if when != "WHEN_PROVE":
            check(of(report, ident), "no finding for", ident)
    for ident in ("process.seccomp", "process.no-new-privs",
                  "process.limits", "outside.readv", "outside.mem",
                  "outside.ptrace", "outside.fd", "outside.maps",
                  "outside.getfd"):
        check_equal(set(verdicts(report, ident)), set(PROGRAMS), ident)
        have = set(verdicts(report, ident).values())
        if have == {"n/a"} and ident.startswith("outside."):
            skip_part("the system lets nobody look into a process")
        else:
            check_equal(have, {"ok"}, ident)
    acts = verdicts(report, "selftest.acts")
    check(set(acts) >= set(PROGRAMS) | {"secchat-price"}, acts)
    check_equal(set(acts.values()), {"ok"}, "acts")
    for ident in FOR_ROOT:
        have = set(verdicts(report, ident).values())
        if IS_ROOT and have == {"n/a"}:
            skip_part("root here may not look into processes")
        else:
            check_equal(have, {"ok"} if IS_ROOT else {"n/a"}, ident)
    total = sum(report["counts"].values())
    check_equal(total, len(report["findings"]), "counts")


def left_behind():
    folder = os.environ.get("TMPDIR", "/tmp")
    return [n for n in os.listdir(folder) if n.startswith("secchat-audit.")]


def twice_the_same():
    first, second = (json.loads(r[1])["findings"] for r in
                     (first_report(), audit("--json")))
    for one, other in zip(first, second):
        check_equal(one, other, "two runs")
    check_equal(len(first), len(second), "findings")
    check_equal(left_behind(), [], "left behind")


def hashes():
    """The sums are those of sha256sum."""
    report = json.loads(first_report()[1])
    for name in PROGRAMS:
        out = subprocess.run(["sha256sum", os.path.join(BIN, name)],
                             capture_output=True, text=True, check=True)
        check_equal(of(report, "program.hash", name)[0]["evidence"],
                    out.stdout.split()[0], name)


def link_rows():
    """The audit's own list of libraries is that of the Makefile."""
    sonames = {"libseccomp": "SECCOMP", "libsodium": "SODIUM",
               "jansson": "JANSSON", "libcurl": "LIBCURL",
               "libcrypto": "LIBCRYPTO"}
    with open(ROOT + "/Makefile", encoding="utf-8") as f:
        libs = dict(re.findall(r"^LIBS_(\S+)\s*:=(.*)$", f.read(), re.M))
    with open(ROOT + "/src/audit/table.c", encoding="utf-8") as f:
        rows = dict(re.findall(r'^\s*\{\s*"(secchat[a-z-]*)",.*?'
                               r"\{\s*([A-Z, ]*?)\s*\}\s*\}", f.read(),
                               re.M | re.S))
    check_equal({p: {sonames[x] for x in row.split()}
                 for p, row in libs.items()},
                {p: set(re.findall("[A-Z]+", row))
                 for p, row in rows.items()}, "rows")


def live_session():
    """By number and by itself; texts go on before, during and after."""
    h, j = pair(["--key", make_key()])
    h.send("before")
    j.wait("message")
    pids = [h.popen.pid, h.workers()["crypto"].pid]
    reports = []
    for pid in pids:
        only = [] if pid == pids[0] else ["--only", "process.s"]
        code, report = findings(str(pid), *only)
        check_equal(code, 0, not_ok(report))
        check_equal(report["audit"], "live", "kind")
        check_equal(set(verdicts(report, "process.seccomp")),
                    {"secchat", "secchat-crypto", "secchat-net",
                     "secchat-script"}, "processes")
        reports.append(report)
    check_equal(of(reports[0], "process.seccomp"),
                of(reports[1], "process.seccomp"),
                "by supervisor and by worker")
    # Two sessions are running, so that none is chosen.
    code, _, err = audit("--live")
    check_equal(code, 2, "--live")
    check("sessions are running" in err, err)
    for s in (h, j):
        row = re.search(rf"^  {s.popen.pid}  (\S+)  since "
                        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  secchat (.*)$",
                        err, re.M)
        check(row, "no row for", s.role, err)
        check_equal((row[1], row[2].split()[0]),
                    (pwd.getpwuid(os.getuid()).pw_name, s.role), row[0])
    h.send("after")
    j.wait("message", text="after")
    check_equal(len(h.has("link")) + len(h.has("error")), 0, "disturbed")
    everyone = h.everyone() + j.everyone()
    h.do("quit")
    for s in (h, j):
        check_equal(s.wait_exit(), 0, s.role)
    wait_gone(everyone)


def older_format():
    """Who stands in crypto's place is looked at as crypto is."""
    h, j = pair(["--legacy", "fernet", "--key", make_key()])
    h.send("before")
    j.wait("message")
    code, report = findings(str(h.popen.pid))
    check_equal(code, 0, not_ok(report))
    names = {"secchat", "secchat-crypto-legacy", "secchat-net",
             "secchat-script"}
    for ident in ("process.seccomp", "process.descriptors", "process.limits",
                  "outside.readv", "process.libraries", "filter.live"):
        check_equal(set(verdicts(report, ident)), names, ident)
    keys = ("keys.memory", "keys.locked", "keys.root")
    for ident in keys:
        check_equal(set(verdicts(report, ident)), {"secchat-crypto-legacy"},
                    ident)
    check_equal(verdicts(report, "keys.locked"),
                {"secchat-crypto-legacy": "ok"}, "locked")
    libraries = of(report, "program.link", "secchat-crypto-legacy")[0]
    check("libcrypto" in libraries["evidence"] and
          "libsodium" not in libraries["evidence"], libraries)
    # by the worker's own number as well
    code, report = findings(str(h.workers()["crypto-"].pid), "--only", "keys.")
    check_equal((code, {f["subject"] for f in report["findings"]}),
                (0, {"secchat-crypto-legacy"}), report)
    code, out, _ = audit("--policy", "secchat-crypto-legacy")
    check("secchat-crypto-legacy\n" in out and "older format" in out, out)
    h.send("after")
    j.wait("message", text="after")
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (0, 0), "exit codes")


def another_worker():
    """A process that is none of ours is named, in whatever is asked for."""
    top = scratch()
    worker = top + "/moon"
    st.shutil.copy(os.path.join(BIN, "secchat-crypto"), worker)
    os.chmod(worker, 0o755)
    s = st.host("--key", make_key(), "--crypto-worker", worker)
    code, report = findings(str(s.popen.pid), "--only", "process.limits")
    check_equal(code, 9, "exit code")
    bad = [f for f in report["findings"] if f["verdict"] == "fail"]
    check_equal([f["id"] for f in bad], ["session.start"], bad)
    check("moon" in bad[0]["evidence"], bad)


def found_by_itself():
    """Other tests of this user may run at the same time."""
    s = st.host("--key", make_key())
    code, out, err = audit("--live", "--json", "--only", "process.s")
    if code == 2:
        check(str(s.popen.pid) in err.split(), err)
    else:
        check_equal((code, err), (0, ""), out)
        check_equal(set(verdicts(json.loads(out), "process.seccomp")),
                    {"secchat", "secchat-crypto", "secchat-net",
                     "secchat-script"}, "processes")


def files():
    """Modes of the identity, its folder, the peers and a key file."""
    top = scratch()
    env = {"XDG_DATA_HOME": top}
    os.makedirs(top + "/secchat", 0o700)
    for name, ident in (("identity", "files.identity"),
                        ("peers", "files.peers")):
        path = f"{top}/secchat/{name}"
        with open(path, "w", encoding="ascii") as f:
            f.write("x")
        os.chmod(path, 0o600)
        code, report = findings("--only", "files.", env=env)
        check_equal((code, of(report, ident)[0]["verdict"]), (0, "ok"),
                    name)
        os.chmod(path, 0o644)
        code, report = findings("--only", "files.", env=env)
        check_equal((code, of(report, ident)[0]["verdict"]), (9, "fail"),
                    name)
        os.chmod(path, 0o600)
    os.chmod(top + "/secchat", 0o770)
    code, report = findings("--only", "files.", env=env)
    check_equal((code, of(report, "files.folder")[0]["verdict"]),
                (9, "fail"), "folder")


def strict():
    """What is only a warning counts with --strict."""
    code, report = findings("--only", "program.")
    warned = [f for f in report["findings"] if f["verdict"] == "warn"]
    check_equal(bool(warned), not IS_ROOT, warned)
    check_equal(audit("--only", "program.", "--strict")[0],
                9 if warned else 0, warned)


def poorer_system():
    """Where there are no user namespaces: said, and a failure only with
    --strict."""
    script = ("echo 0 > /proc/sys/user/max_user_namespaces || exit 77; "
              "exec \"$0\" audit --json --only process.namespaces \"$@\"")
    for words, want in (([], 0), (["--strict"], 9)):
        done = subprocess.run(["unshare", "-U", "--map-root-user", "sh", "-c",
                               script, SECCHAT, *words], check=False,
                              capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)
        if not done.stdout:
            skip_part("no user namespace to take user namespaces away in")
            return
        check_equal(done.returncode, want, done.stderr)
        have = verdicts(json.loads(done.stdout), "process.namespaces")
        check_equal(have["secchat-crypto"], "warn", "crypto")


def policies():
    """Every row of every table, with its reason; every message."""
    code, out, err = audit("--policy")
    check_equal((code, err), (0, ""), "--policy")
    for name in PROGRAMS:
        check(re.search(f"^{name}$", out, re.M), name)
    with open(ROOT + "/sandbox/crypto.c", encoding="utf-8") as f:
        for why in re.findall(r'ALLOW[A-Z_]*\(\w+,\s+"([^"]+)"', f.read()):
            check(why in out, "no reason:", why)
    with open(ROOT + "/include/secchat/ipc_msgs.h", encoding="utf-8") as f:
        for name in re.findall(r"^X\((\w+),", f.read(), re.M):
            check(re.search(rf"^  {name} ", out, re.M), name)
    code, one, _ = audit("--policy", "secchat-net")
    check_equal(code, 0, "one")
    check("secchat-net\n" in one and "secchat-crypto\n" not in one, one)


def table():
    """Widths, no escape sequences where none belong, commands beside."""
    code, out, err = audit("--plain", "--only", "process.s")
    check_equal((code, err), (0, ""), "--plain")
    check("\x1b" not in out and out.isascii(), "plain")
    check("$ grep Seccomp /proc/PID/status" in out, "how")
    code, out, _ = audit("--only", "process.s")
    check_equal(max(len(x) for x in out.splitlines()) <= 80, True, "width")


def documented():
    """docs/audit.md explains every id, and no other."""
    with open(ROOT + "/docs/audit.md", encoding="utf-8") as f:
        explained = re.findall(r"\*\*([a-z]+\.[a-z-]+)\*\*", f.read())
    check_equal(sorted(explained), sorted(table_ids()), "docs/audit.md")


def wrong_words():
    for words, what in ((["--jsn"], "unknown option"),
                        (["x"], "not understood"),
                        (["--only", "moon"], "begins with"),
                        (["1", "2"], "not understood"),
                        (["--policy", "secchat-moon"], "has a policy"),
                        (["--policy", "--prove"], "exclude"),
                        (["1"], "belongs to no session")):
        code, out, err = audit(*words)
        check_equal((code, out), (2, ""), words)
        check(what in err, err)
    check_equal(audit("--help")[0], 0, "--help")


def prove():
    """As root and as an ordinary user; without user namespaces only root."""
    code, report = findings("--prove")
    check_equal(code, 0, not_ok(report))
    check_equal(report["audit"], "prove", "kind")
    for ident, when in table_ids().items():
        if when == "WHEN_PROVE":
            check(of(report, ident), "no finding for", ident)
    start = of(report, "canary.start")[0]
    if start["verdict"] == "n/a" or "n/a" in verdicts(
            report, "canary.keys").values():
        skip_part("nobody here may read the memory of the canary's host")
        return
    for ident in ("canary.keys", "canary.text", "canary.file",
                  "canary.arguments", "canary.descriptors"):
        check_equal(verdicts(report, ident),
                    {p: "ok" for p in (
                        "secchat", "secchat-crypto", "secchat-crypto-legacy",
                        "secchat-net", "secchat-tty", "secchat-file")},
                    ident)
    check_equal(verdicts(report, "canary.core"),
                {"secchat-crypto": "ok", "secchat-crypto-legacy": "ok"},
                "dumps")
    check("it shows it" in of(report, "canary.text",
                              "secchat-tty")[0]["evidence"], "text")
    check("reads and writes it" in of(report, "canary.file",
                                      "secchat-file")[0]["evidence"], "file")
    links = of(report, "canary.links")
    check_equal([(f["subject"], f["verdict"]) for f in links],
                [("secchat-file", "ok")], links)
    check("the bytes of both files with crypto" in links[0]["evidence"],
          links)
    check_equal(left_behind(), [], "left behind")
    check_equal(verdicts(report, "keymem.root"),
                {"sodium_malloc": "ok", "memfd_secret": "ok"} if IS_ROOT
                else {"": "n/a"}, "root")


def interrupted():
    """Ctrl-C, or a terminal that is closed: nobody is left, and no folder."""
    for signum, code, words in ((st.signal.SIGINT, 130, []),
                                (st.signal.SIGHUP, 143, []),
                                (st.signal.SIGINT, 130, ["--prove"])):
        folder = scratch()
        p = subprocess.Popen([SECCHAT, "audit", *words],
                             stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE,
                             env={**os.environ, "TMPDIR": folder})
        proc = st.Proc(p.pid)
        st.wait_until(lambda f=folder: os.listdir(f), "the folder")
        proc.kill(signum)
        p.communicate(timeout=st.DEADLINE)
        check_equal(p.returncode, code, "exit code")
        check_equal(os.listdir(folder), [], "left behind")


def full_disk():
    """A report that cannot be written is no good report."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([SECCHAT, "audit", "--only", "files."],
                              stdout=full, check=False,
                              stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL)
    check_equal(done.returncode, 1, "exit code")
    check(b"could not be written" in done.stderr, done.stderr)
    check(stat.S_ISCHR(os.stat("/dev/full").st_mode), "/dev/full")


main(good_build, twice_the_same, hashes, link_rows, live_session,
     older_format, another_worker, found_by_itself, files, strict,
     poorer_system, policies, table, documented, wrong_words, prove,
     interrupted, full_disk)
