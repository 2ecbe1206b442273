"""Negative controls of the audit: builds that are wrong on purpose
(tests/controls/build) must fail, with the right check and no other, and the
good build must pass the same checks.

# users: root nobody
# seconds: 90
"""
import json
import os
import subprocess

from secchat_test import ROOT, SECCHAT, check, check_equal, main, skip_part

IS_ROOT = os.geteuid() == 0
OBJ = os.environ.get("SECCHAT_OBJ", "build/release")
OUTSIDE = {"outside.readv", "outside.mem", "outside.ptrace", "outside.fd",
           "outside.maps", "outside.getfd"}


def audit(program, *args):
    done = subprocess.run([program, "audit", "--json", *args], check=False,
                          capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    check_equal(done.stderr, "", "stderr")
    return done.returncode, json.loads(done.stdout)


def failed(report):
    return {(f["id"], f["subject"]) for f in report["findings"]
            if f["verdict"] == "fail"}


def control(name, *args, good=True):
    """The findings that failed in this build; the good one has none."""
    if good:
        code, report = audit(SECCHAT, *args)
        check_equal((code, failed(report)), (0, set()), "the good build")
    code, report = audit(os.path.join(ROOT, OBJ, "controls", name,
                                      "bin/secchat"), *args)
    bad = failed(report)
    check_equal(code, 9 if bad else 0, "exit code")
    return bad, report


def verdicts(report):
    return {f["verdict"] for f in report["findings"]}


def evidence(report, ident):
    return " ".join(f["evidence"] for f in report["findings"]
                    if f["id"] == ident)


def key_leaks_to_net():
    """Found in net's memory by root, and by the user who owns it."""
    bad, report = control("leak", "--prove", "--only", "canary.")
    if not bad and "n/a" in verdicts(report):
        skip_part("nobody here may read the memory of the canary's host")
        return
    check_equal(bad, {("canary.keys", "secchat-net")}, "leak")
    check("key-file" in evidence(report, "canary.keys"), report)


def files_and_keys_mix():
    """Bytes of a file with the supervisor, a key with who moves files; the
    good build was seen by the control before."""
    bad, report = control("files", "--prove", "--only", "canary.", good=False)
    if not bad and "n/a" in verdicts(report):
        skip_part("nobody here may read the memory of the canary's host")
        return
    check_equal(bad, {("canary.file", "secchat"),
                      ("canary.keys", "secchat-file"),
                      ("canary.links", "secchat-file")}, "files")
    check("key-file, on its link with crypto" in
          evidence(report, "canary.links"), report)


def one_row_too_many():
    # system/audit has run it for the good build.
    bad, report = control("row", "--only", "selftest.", good=False)
    check_equal(bad, {("selftest.acts", "secchat-crypto")}, "row")
    check("open a file to read" in evidence(report, "selftest.acts"), report)


def another_filter_is_live():
    """Only root can read it back; nobody else is told that it is fine."""
    bad, report = control("filter", "--only", "filter.")
    if verdicts(report) == {"n/a"}:
        check_equal(bad, set(), "not to be seen")
        if IS_ROOT:
            skip_part("this kernel or container does not tell its filters")
        return
    check(IS_ROOT, "only root can know", report)
    check_equal(bad, {("filter.live", "secchat-net")}, "filter")


def a_library_too_many():
    bad, report = control("library", "--only", "program.link")
    check_equal(bad, {("program.link", "secchat-crypto")}, "library")
    check("libcurl" in evidence(report, "program.link"), report)


def stays_dumpable():
    bad, report = control("dumpable", "--only", "outside.")
    if not bad and verdicts(report) == {"n/a"}:
        skip_part("the system lets nobody look into a process")
        return
    check_equal({ident for ident, _ in bad}, OUTSIDE, "dumpable")
    bad, _ = control("dumpable", "--only", "process.dumpable")
    check_equal({ident for ident, _ in bad}, {"process.dumpable"}, "owner")


def key_file_stays_open():
    bad, report = control("keyfile", "--only", "keys.closed")
    if verdicts(report) == {"n/a"}:
        skip_part("this file system gives no leases")
    else:
        check_equal(bad, {("keys.closed", "")}, "key file")
    bad, report = control("keyfile", "--only", "process.descriptors")
    if verdicts(report) == {"n/a"}:
        skip_part("this kernel does not tell how many descriptors are open")
    else:
        check_equal(bad, {("process.descriptors", "secchat-crypto")}, "open")


main(key_leaks_to_net, files_and_keys_mix, one_row_too_many,
     another_filter_is_live,
     a_library_too_many, stays_dumpable, key_file_stays_open)
