"""The bench's short form: every row yields a figure or says what is missing,
and a figure that misses its gate is reported as missed.  How large a figure
is does not matter here: `make bench` asserts that.

# seconds: 120
"""
import json
import os
import subprocess

from secchat_test import ROOT, check, check_equal, main, scratch, skip_part

RUN = os.path.join(ROOT, "tests/bench/run")
# What a machine may lack: the peers come with `make bench`.
MAY_LACK = ("is not installed", "does not let", "only by root")


def bench(*words):
    done = subprocess.run([RUN, *words], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def measured():
    """The short form's results, measured once."""
    if measured.text is None:
        path = os.path.join(scratch(), "bench.json")
        code, out, err = bench("--short", "--json", path)
        check_equal(code, 0, f"exit status:\n{out}\n{err}")
        with open(path, encoding="utf-8") as f:
            measured.text = f.read()
    return json.loads(measured.text)


measured.text = None


def every_row():
    rows = measured()["rows"]
    check_equal(len(rows), len({r["key"] for r in rows}), "each row once")
    with_figure = 0
    for row in rows:
        if "missing" in row:
            check(any(w in row["missing"] for w in MAY_LACK), row)
            skip_part(f"{row['what']}: {row['missing']}")
            continue
        check(row["value"] >= 0 and row["values"], row)
        with_figure += 1
    check(with_figure >= 5, "rows with a figure:", with_figure)


def with_figures(figures):
    """judged again with other figures: exit status and words."""
    results = measured()
    for row in results["rows"]:
        row.pop("missing", None)
        row.setdefault("unit", "us")
        row.setdefault("ours", [1.0])
        row["values"] = [figures(row["key"])]
    path = os.path.join(scratch(), "planted.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(results, f)
    code, out, err = bench("--judge", path)
    check_equal(err, "", "stderr")
    return code, out


def good(key):
    """What passes whichever way the gate opens."""
    return 1000.0 if key.startswith(("bulk", "file")) else 0.01


def wrong_ratio_is_missed():
    code, out = with_figures(good)
    check_equal(code, 0, "all is good:\n" + out)
    check("MISSED" not in out, out)
    for key, value in (("rtt-raw", 99.0), ("bulk-ssh", 0.5), ("idle", 3.0)):
        code, out = with_figures(lambda k: value if k == key else good(k))
        check_equal(code, 1, f"{key} is {value}:\n{out}")
        check(f"\nmissed: {key}\n" in out, out)
        check_equal(out.count("MISSED"), 1, out)


def rows_by_name():
    code, _, err = bench("--short", "no-such-row")
    check_equal(code, 2, err)
    check("no such row: no-such-row" in err, err)


if __name__ == "__main__":
    main(every_row, wrong_ratio_is_missed, rows_by_name)
