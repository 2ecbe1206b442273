"""What is typed ahead of a prompt never becomes a message, nor a secret.

# users: root nobody
"""
from secchat_test import (SECCHAT, Terminal, check, check_equal, host, main,
                          pump)

PROMPT = r"[Cc]ode[^\n]*: ?$"


def joiner(h, *args):
    t = Terminal([SECCHAT, "join", *args, h.addr])
    return t


def marker_arrives(h, t):
    """The first and only thing the host hears is what is typed now."""
    h.wait("connected")
    t.expect(r"you[^\n]*> ?")
    t.type("this one is meant\r")
    check_equal(h.wait("message")["text"], "this one is meant", "text")
    pump(0.2)       # a second message would be on its way by now
    check_equal(len(h.has("message")), 1, "messages")
    check(not h.has("attempt"), "a wrong attempt")
    t.type("/quit\r")
    check_equal(t.wait_exit(), 0, "joiner")
    check_equal(h.wait_exit(), 0, "host")
    check(t.is_restored(), "the terminal is not restored")


def code_twice():
    """The code typed twice in one go: the second line goes nowhere."""
    h = host()
    code = h.has("listening")[0]["code"]
    t = joiner(h, "--accept-intro", "1")
    t.expect(PROMPT)
    t.type(f"{code}\n{code}\n")
    marker_arrives(h, t)


def before_the_intro():
    """Typed before the program asked for anything: dropped."""
    h = host()
    code = h.has("listening")[0]["code"]
    t = joiner(h)
    t.type("\nbabad-babad\nnot for anybody\n")
    t.expect("Press Enter")
    t.type("\n")
    t.expect(PROMPT)
    t.type(code + "\n")
    marker_arrives(h, t)


def another_try():
    """At a terminal a wrong code is asked for again."""
    h = host()
    code = h.has("listening")[0]["code"]
    wrong = ("babad" if code[:5] != "babad" else "lusab") + code[5:]
    t = joiner(h, "--accept-intro", "1")
    t.expect(PROMPT)
    t.type(wrong + "\nnot for anybody\n")
    h.wait("attempt", failed=1)
    h.events = [e for e in h.events if e["ev"] != "attempt"]
    t.expect(r"failed[\s\S]*again[\s\S]*" + PROMPT)
    t.type(code + "\n")
    marker_arrives(h, t)


def passphrase_is_hidden():
    """--passphrase: typed without echo, and nowhere on the screen."""
    secret = "correct horse battery"
    h = host(secret=secret, flag="--passphrase-fd")
    t = joiner(h, "--accept-intro", "1", "--passphrase")
    t.expect(r"(?i)passphrase[^\n]*: ?$")
    t.type(secret + "\n" + secret + "\n")
    marker_arrives(h, t)
    check("correct horse" not in t.text, "the passphrase was echoed")


main(code_twice, before_the_intro, another_try, passphrase_is_hidden)
