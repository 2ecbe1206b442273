"""A lost connection between our suite and the second implementation: the
session goes on whichever side calls, at whatever moment the cable is cut, and
who breaks a rule of it is shown the door.

# seconds: 120
"""
import os

from interop_pair import Listener, Pumped, Shared, wait_until
from secchat_test import check, check_equal, connect, main, wait_gone

import secchat1 as sc
from session import Session


class Talker(Pumped, Session):
    pass


def talker(k, sock, role):
    return Talker(sock, role, k.key, {"pass": sc.PASS, "key": sc.KEY,
                                      "id": sc.ID, "pair": sc.PAIR}[k.mode],
                  k.s, None)


def with_host(mode="key"):
    k = Shared(mode)
    h = k.host()
    p = talker(k, connect(h.addr), sc.JOINER).start()
    h.wait("connected")
    return h, p


def with_joiner(mode="key"):
    k, listener = Shared(mode), Listener()
    j = k.join(listener.addr)
    p = talker(k, listener.answer(), sc.HOST).start()
    j.wait("connected")
    return j, p, listener


def again(s, p, listener, **kw):
    """The next connection, as far as RESUME."""
    s.wait("link", state="lost")
    sock = listener.answer(s) if listener else connect(s.addr)
    return p.resume(sock, **kw)


def texts(s):
    return [e["text"] for e in s.has("message")]


# ---- moments at which the cable is cut -----------------------------------

def after_texts(p):
    p.send_msg("one")


def theirs_derived(p):
    """They have both REKEYs and have switched; we have not looked at it,
    and hold the old secret alone."""
    p.send_msg("one")
    p.rekey()
    while p.recv().kind != sc.SWITCH:
        pass


def half_way(p):
    """REKEY both ways; our SWITCH is out, theirs may be."""
    p.rekey()
    while p.next is None:
        p.on_frame(p.recv())


def after_rekey(p):
    p.rekey()
    n = p.epoch.n
    while p.epoch.n == n:
        p.on_frame(p.recv())


def unread(p):
    """They have sent something that we never look at."""


def resumes(make):
    for mode in ("key", "pass", "id", "pair"):
        s, p, *listener = make(mode)
        listener = listener[0] if listener else None
        sent = 0
        for moment in (after_texts, theirs_derived, half_way, after_rekey,
                       unread):
            s.send(f"before {moment.__name__}")
            moment(p)
            p.lose()
            s.wait("link", state="lost")
            s.send(f"after {moment.__name__}")
            s.inbox.append(s.has("link", state="lost")[-1])
            again(s, p, listener).open_again()
            s.wait("link", state="resumed")
            sent += 2
            p.send_msg(f"new {moment.__name__}")
            while p.received < sent:
                p.on_frame(p.recv())
            p.wait_acked()
        check_equal(p.texts, [f"{when} {m.__name__}" for m in (
            after_texts, theirs_derived, half_way, after_rekey, unread)
            for when in ("before", "after")], f"{mode}: what we were sent")
        check_equal(len(texts(s)), p.sent, f"{mode}: what they were sent")
        everyone = s.everyone()
        p.close()
        check_equal(s.wait_exit(), 0, mode)
        wait_gone(everyone)


def resumes_at_the_host():
    resumes(with_host)


def resumes_at_the_joiner():
    resumes(with_joiner)


# ---- what must not be ----------------------------------------------------

LIES = {
    "more received than was sent": {"rx_next": 99},
    "less sent than was received": {"tx_next": 1},
    "less received than acknowledged": {"rx_next": 1},
}


def lies_in_open():
    for make in (with_host, with_joiner):
        for what, lie in LIES.items():
            s, p, *listener = make()
            s.send("hello")
            check_equal(p.recv_text(), "hello", "text")
            wait_until(lambda s=s: s.has("delivered"), "receipt")
            p.send_msg("hello")
            p.wait_acked()
            p.lose()
            again(s, p, listener[0] if listener else None)
            try:
                p.open_again(**lie)
            except sc.Lost:
                pass
            check_equal(s.wait_exit(), 5, what)


def unknown_sessions():
    """REFUSE 4, and the right one is served all the same."""
    h, p = with_host("pass")
    p.send_msg("hello")
    p.wait_acked()
    real, p.held = p.held, [sc.Epoch(0, os.urandom(160))]
    p.lose()
    for _ in range(20):
        try:
            p.resume(connect(h.addr))
            check(False, "a RESUME of nothing")
        except sc.Refused as e:
            check_equal(str(e), "resume", "reason")
    p.held = real
    # the right name with another secret: closed behind F3, never counted
    for _ in range(20):
        try:
            p.resume(connect(h.addr), rs=os.urandom(32))
            check(False, "a RESUME with another secret")
        except sc.Lost:
            pass
    check(not h.has("attempt"), "they count as guesses")
    p.resume(connect(h.addr)).open_again()
    p.send_msg("still here")
    p.wait_acked()
    p.close()
    check_equal((h.wait_exit(), texts(h)), (0, ["hello", "still here"]), "end")


def wrong_choice():
    """sel = 1 where the joiner's second name was random: it hangs up, and
    calls again."""
    j, p, listener = with_joiner()
    p.lose()
    try:
        again(j, p, listener, sel=1)
        check(False, "accepted")
    except sc.Lost:
        pass
    p.resume(listener.answer(j)).open_again()
    j.wait("link", state="resumed")
    p.close()
    check_equal(j.wait_exit(), 0, "exit code")


def not_after_close():
    """Who said CLOSE has nothing to resume."""
    h, p = with_host()
    p.send_close()
    h.wait_exit()
    j, p, listener = with_joiner()
    j.do("quit")
    while not p.peer_left:
        p.recv()
    p.lose()
    check_equal(j.wait_exit(), 0, "exit code")


main(resumes_at_the_host, resumes_at_the_joiner, lies_in_open,
     unknown_sessions, wrong_choice, not_after_close)
