"""Every process of a suite is killed in every state of a chat.

The suite of the victim ends with 1 and a sentence that names worker and
signal, the other side with 4, and no process is left behind.

# seconds: 120
"""
import signal
import socket

from secchat_test import (SECCHAT, Terminal, check, check_equal, host,
                          join, main, make_key, pair, wait_gone,
                          wait_until)

WORKERS = ("crypto", "net", "script")


def names_it(suite, worker, number):
    """The sentence: which worker, which signal."""
    said = suite.stderr() + " ".join(
        str(e.get("msg", "")) for e in suite.has("error"))
    check(f"secchat-{worker}" in said and str(number) in said,
          "not named:", worker, number, "in", said)


def during_a_chat():
    for worker in WORKERS:
        for role in ("host", "join"):
            h, j = pair(["--key", make_key()])
            victim, other = (h, j) if role == "host" else (j, h)
            for s in (h, j):
                s.send("something under way")
            for s in (h, j):
                s.wait("message")
            everyone = victim.everyone()
            victim.workers()[worker].kill()
            check_equal(victim.wait_exit(), 1, f"{role}, {worker} killed")
            names_it(victim, worker, 9)
            other.loses_the_link()
            wait_gone(everyone)


def other_signals():
    """A worker that the sandbox or an assertion kills is named the same."""
    for number in (signal.SIGSEGV, signal.SIGSYS, signal.SIGABRT):
        h, j = pair(["--key", make_key()])
        everyone = h.everyone()
        h.workers()["crypto"].kill(number)
        check_equal(h.wait_exit(), 1, "host")
        names_it(h, "crypto", int(number))
        j.loses_the_link()
        wait_gone(everyone)


def while_waiting():
    for worker in WORKERS:
        h = host("--key", make_key())
        everyone = h.everyone()
        h.workers()[worker].kill()
        check_equal(h.wait_exit(), 1, worker)
        names_it(h, worker, 9)
        wait_gone(everyone)


def in_the_handshake():
    """The joiner has said its HELLO and nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        addr = "127.0.0.1:%d" % listener.getsockname()[1]
        for worker in WORKERS:
            j = join(addr, "--key", make_key())
            conn, _ = listener.accept()
            check(conn.recv(44).startswith(b"SECCHAT"), "HELLO_J")
            everyone = [j.proc, *j.wait_workers(*WORKERS).values()]
            j.workers()[worker].kill()
            check_equal(j.wait_exit(), 1, worker)
            names_it(j, worker, 9)
            wait_gone(everyone)
            conn.close()


def supervisor_killed():
    """Everybody leaves on end of file."""
    for role in ("host", "join"):
        h, j = pair(["--key", make_key()])
        victim, other = (h, j) if role == "host" else (j, h)
        everyone = victim.everyone()
        victim.proc.kill()
        wait_gone(everyone)
        other.loses_the_link()
    h = host()
    everyone = h.everyone()
    h.proc.kill()
    wait_gone(everyone)


def signals_to_the_supervisor():
    """TERM and HUP end a chat in order: 143 here, 0 there."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        h, j = pair(["--key", make_key()])
        everyone = h.everyone()
        h.proc.kill(number)
        check_equal(h.wait_exit(), 143, "host")
        check_equal(j.wait_exit(), 0, "joiner")
        wait_gone(everyone)
    h = host()
    everyone = h.everyone()
    h.proc.kill(signal.SIGINT)
    check_equal(h.wait_exit(), 130, "interrupted before a chat")
    wait_gone(everyone)


def stopped_worker():
    """A worker that hangs does not keep the suite from leaving."""
    for worker in WORKERS:
        h, j = pair(["--key", make_key()])
        everyone = h.everyone()
        h.workers()[worker].kill(signal.SIGSTOP)
        h.proc.kill(signal.SIGTERM)
        h.wait_exit(15)
        wait_gone(everyone)
        # a goodbye needs crypto and net
        if worker == "tty" or j.has("end") or j.has("left"):
            check_equal(j.wait_exit(30), 0, "joiner")
        else:
            j.loses_the_link()


def terminal_restored():
    """With the terminal's front end killed the settings are as before."""
    key = make_key()
    for victim in ("tty", "crypto", "net", "supervisor"):
        t = Terminal([SECCHAT, "host", "--accept-intro", "1", "--key", key,
                      "127.0.0.1:0"])
        t.expect("Waiting on port")
        workers = t.wait_workers("tty", "crypto", "net")
        everyone = [t.proc, *workers.values()]
        wait_until(lambda t=t: not t.is_restored(), "raw mode")
        (t.proc if victim == "supervisor" else workers[victim]).kill()
        status = t.wait_exit()
        wait_gone(everyone)
        check_equal(status, -9 if victim == "supervisor" else 1, victim)
        check(t.is_restored(), "the terminal is not restored:", victim)
        if victim != "supervisor":
            check(f"secchat-{victim}" in t.plain(), t.plain()[-500:])
        t.end()


main(during_a_chat, other_signals, while_waiting, in_the_handshake,
     supervisor_killed, signals_to_the_supervisor, stopped_worker,
     terminal_restored)
