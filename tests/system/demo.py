"""The demonstration and its bot: what a newcomer sees first has to work."""
import json
import os
import re
import signal
import subprocess

from secchat_test import (BIN, ROOT, SECCHAT, Proc, Terminal, check,
                          check_equal, child_pids, host, join, main, pump,
                          secret_pipe, wait_until)

DEMO = os.path.join(ROOT, "tests/demo")
BOT = os.path.join(ROOT, "tests/echo_bot.py")
TEXTS = ["hi", "", "two\nlines", "\x1b[2J\u202e \U0001f600", "\"\\/",
         "x" * 9999]


started = []


def bot(*args, **kw):
    b = subprocess.Popen([BOT, *args], stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "SECCHAT": SECCHAT}, **kw)
    started.append(b)
    return b


def case(function):
    """Whatever happens, no bot stays, nor what it has started."""
    def run():
        try:
            function()
        finally:
            for p in (p for p in bots() if p.pid not in before):
                for pid in child_pids(p.pid):
                    Proc(pid).kill(signal.SIGTERM)
                p.kill()
            for b in started:
                b.wait()
                b.stdout.close()
            started.clear()
    run.__name__ = function.__name__
    return run


def bots():
    """Those of this test: it may run twice at once, with two homes."""
    home = f"HOME={os.environ['HOME']}".encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                is_bot = BOT.encode() in f.read()
            with open(f"/proc/{pid}/environ", "rb") as f:
                if is_bot and home in f.read().split(b"\0"):
                    found.append(Proc(int(pid)))
        except OSError:
            pass
    return found


before = {p.pid for p in bots()}


def echo(s):
    for text in TEXTS:
        s.send(text, "r")
        check_equal(s.wait("message")["text"], text, "the echo")


@case
def bot_joins():
    h = host()
    code = secret_pipe(h.has("listening")[0]["code"])
    b = bot("join", "--code-fd", str(code), h.addr, pass_fds=[code])
    os.close(code)
    h.wait("connected")
    echo(h)
    h.do("sendfile", path=os.path.abspath(__file__))
    check_equal(h.wait("file", state="declined")["why"], "peer", "a file")
    h.do("quit")
    check_equal((h.wait_exit(), b.wait()), (0, 0), "exit codes")
    lines = [json.loads(line) for line in b.stdout]
    check_equal([e["text"] for e in lines], TEXTS, "what it prints")


@case
def bot_hosts():
    b = bot("host", "127.0.0.1:0")
    where = json.loads(b.stdout.readline())
    j = join(where["addr"], secret=where["code"])
    j.wait("connected")
    echo(j)
    j.do("quit")
    check_equal((j.wait_exit(), b.wait()), (0, 0), "exit codes")


@case
def bot_refused():
    """What ends secchat ends the bot, with the same exit code."""
    b = bot("join", "--no-input", "--key", "/nonexistent", "127.0.0.1",
            stderr=subprocess.DEVNULL)
    check_equal(b.wait(), 3, "exit code")
    check_equal(json.loads(b.stdout.readline())["code"], 3, "the error")


CABLE = ["The cable is cut", "are you still there", "back after",
         r"bot +\| are you still there"]


@case
def scripted():
    done = subprocess.run([DEMO], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=120,
                          env={**os.environ, "SECCHAT_BIN": BIN})
    check_equal((done.returncode, done.stderr), (0, ""), done.stdout)
    wanted = ["shows the code \\w{5}-\\w{5}", "bot +\\| hi! did the build",
              r"host +\| a trick: \\u001b\[2J", "delivered",
              "New keys: epoch 1",
              "offers a file, build.log, of 4,194,304", "is the same",
              r"BTC +\d+", "SAMPLE|Data provided|Data from", *CABLE,
              "secchat-crypto .*seccomp mode 2", "exit code 0", "keys.memory"]
    at = 0
    for pattern in wanted:
        m = re.compile(pattern).search(done.stdout, at)
        check(m, "does not show", pattern, "behind", done.stdout[:at])
        at = m.end()
    check("\x1b" not in done.stdout, "a control character")


@case
def on_a_terminal():
    t = Terminal([DEMO], env={"SECCHAT_BIN": BIN, "TERM": "xterm"})
    t.expect("Press Enter")
    t.type("\n")
    t.expect("you[^\n]*> ?")
    t.type("hello, bot\r")
    t.expect("│ hello, bot\\s+[^\n]*│ hello, bot|hello, bot(.|\n)*hello, bot")
    t.type("cut\r")
    t.expect("connection lost")
    t.expect(r"back after \d+ s")
    t.type("/quit\r")
    check_equal(t.wait_exit(), 0, "exit code")
    check(t.is_restored(), "the terminal is not restored")


@case
def ended_from_outside():
    """It takes everything with it, wherever it was."""
    t = Terminal([DEMO], env={"SECCHAT_BIN": BIN, "TERM": "xterm"})
    t.expect("Press Enter")
    mine = [p for p in bots() if p.pid not in before]
    check_equal(len(mine), 1, "bots")
    t.proc.kill(signal.SIGTERM)
    check_equal(t.wait_exit(), 143, "exit code")
    wait_until(mine[0].gone, "the bot to end")
    pump(0)
    check(t.is_restored(), "the terminal is not restored")


main(bot_joins, bot_hosts, bot_refused, scripted, on_a_terminal,
     ended_from_outside)
