#!/usr/bin/python3
"""docs/protocol.md against the code: its known answers are the ones that the
unit tests hold the program to, and its frames and limits are the headers'."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# The page's label, and the name in tests/unit/data/.
LABELS = {"g": "cpace_g", "Y_H": "cpace_YH", "Y_J": "cpace_YJ",
          "ISK": "cpace_ISK", "root": "root0", "rs": "rs0", "rid": "rid0",
          "SAS": "sas", "Kq": "xwing_ss", "epoch 1 root": "epoch1_root",
          "frame OPEN": "frame_J_OPEN", "frame MSG": "frame_J_MSG_hello"}
LIMITS = {"HELLO_TIMEOUT": 5000, "HANDSHAKE_TIMEOUT": 10000,
          "HALF_OPEN_MAX": 4, "HALF_OPEN_PER_SOURCE": 2, "FAILED_BURST": 5,
          "FAILED_REFILL": 30000, "CODE_FAILURES_MAX": 1000,
          "PASSPHRASE_FAILURES_MAX": 100, "PING_IDLE": 60000,
          "LOST_AFTER": 15000, "CLOSE_WAIT": 3000, "WINDOW_MSGS": 256,
          "REKEY_MSGS": 20, "REKEY_TIME": 600000, "REKEY_WAIT": 30000,
          "BUSY_PING_EVERY": 15000, "SECRET_LINE_MAX": 1024}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def header_answers():
    """{case: {key: hex}} of the tables in C."""
    cases = {}
    text = read("tests/unit/data/secchat1.h") + \
        read("tests/unit/data/suite2.h")
    for case, body in re.findall(r"answers_(\w+)\[\] = \{(.*?)\n\};", text,
                                 re.S):
        rows = re.findall(r'\{ "(\w+)",((?:\s*"[0-9a-f]*")+) \}', body)
        cases[case] = {k: "".join(re.findall(r'"(\w*)"', v))
                       for k, v in rows}
    return cases


def page_answers(page, case):
    """[(label, hex)] of one block of the page."""
    block = re.search(case + r":\n\n```\n(.*?)```", page, re.S).group(1)
    answers = []
    for line in block.splitlines():
        label, value = line[:13].strip(), line[13:].replace(" ", "")
        if label:
            answers.append([label, value])
        else:
            answers[-1][1] += value
    return answers


def check_answers(page, want, case):
    """Every answer of the page; the labels repeat behind "epoch 1"."""
    wrong, epoch = [], None
    for label, value in page_answers(page, case):
        key = LABELS.get(label, label)
        if label == "epoch 1 root":
            epoch = 1
        if label in ("ck_JH", "ck_HJ"):
            key = f"epoch1_{label}" if epoch else label + "0"
        if want.get(key) != value:
            wrong.append(f"{case}: {label} is not {key}")
    return wrong


def check_frames(page):
    """The page's frame codes and the header's enumeration."""
    body = re.search(r"enum frame_type \{(.*?)\};", read(
        "include/secchat/wire.h"), re.S).group(1)
    code, codes = 0, {}
    for name, value in re.findall(r"FRAME_(\w+)(?: = 0x(\w+))?", body):
        code = int(value, 16) if value else code + 1
        codes[name] = code
    table = page[page.index("\n## Transport frame\n"):]
    rows = {name: int(number, 16) for number, name in
            re.findall(r"^\| (\d\d) \| (\w+) \|", table, re.M)}
    return [] if rows == codes else [f"frames differ: {rows} {codes}"]


def check_limits():
    text = read("include/secchat/limits.h")
    return [f"{name} is not {value} as the page says"
            for name, value in LIMITS.items()
            if not re.search(rf"\b{name}\s*= {value},", text)]


def main():
    page = read("docs/protocol.md")
    answers = header_answers()
    wrong = check_frames(page) + check_limits()
    for case in ("KEY", "PASS"):
        wrong += check_answers(page, answers[case.lower()], case)
    wrong += check_answers(page, answers["pass_pq"], "PASS in suite 2")
    for line in wrong:
        print(line)
    print("the page and the code " + ("differ" if wrong else "agree"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
