"""The second implementation and ours talk with each other, in both roles."""
from interop_pair import with_host, with_joiner
from secchat_test import check, check_equal, main, wait_until

import secchat1 as sc


def speaks_our_protocol():
    """The second implementation and ours, in both roles, long texts too."""
    for make in (with_host, with_joiner):
        s, p = make()
        for i, text in enumerate(("hello", "ünï", "", "y" * 65499)):
            p.send_msg(text)
            check_equal(s.wait("message")["text"], text, "to secchat")
            s.send(text, f"r{i}")
            check_equal(p.recv_text(), text, "from secchat")
            s.wait("delivered", ref=f"r{i}")
            p.wait_acked()
        p.send(sc.PING, bytes(8))
        s.do("quit")
        check_equal(p.recv_text(), None, "an orderly end")
        p.sock.close()
        check_equal(s.wait_exit(), 0, s.role)
        s, p = make()
        p.send_msg("and goodbye")
        p.wait_acked()
        p.close()
        check_equal(s.wait_exit(), 0, s.role + " when the peer leaves")


def repeats_are_dropped():
    """mseq below the next one: acknowledged again, not shown again."""
    s, p = with_host()
    p.send_msg("one")
    p.wait_acked()
    p.send_msg("one", mseq=1)
    p.send_msg("two")
    p.wait_acked()
    p.close()
    check_equal(s.wait_exit(), 0, "host")
    check_equal([e["text"] for e in s.has("message")], ["one", "two"],
                "texts")


def rekeys():
    """Asked for by either side, by both at once, and by the count."""
    for make in (with_host, with_joiner):
        s, p = make()
        s.do("rekey")
        until_epoch(p, 1)
        check_equal(s.wait("rekey")["epoch"], 1, "epoch")
        p.rekey()
        until_epoch(p, 2)
        check_equal(s.wait("rekey", why="peer")["epoch"], 2, "epoch")
        s.do("rekey")
        p.rekey()
        until_epoch(p, 3)
        check_equal(s.wait("rekey")["epoch"], 3, "epoch")
        for i in range(100):
            s.send(f"s{i}")
            check_equal(p.recv_text(), f"s{i}", "text")
            p.send_msg(f"p{i}")
        p.wait_acked()
        wait_until(lambda s=s: s.count["delivered"] == 100, "delivery")
        check_equal([e["text"] for e in s.has("message")],
                    [f"p{i}" for i in range(100)], "texts")
        check(s.has("rekey", why="count"), "no rekey by the count")
        # The last of them may be on its way in either direction.
        wait_until(lambda s=s, p=p: s.has("rekey")[-1]["epoch"] >= p.epoch.n,
                   "the same epoch")
        check(s.has("rekey")[-1]["epoch"] <= p.epoch.n + 1, "epochs differ")
        s.do("quit")
        check_equal(p.recv_text(), None, "an orderly end")
        p.sock.close()
        check_equal(s.wait_exit(), 0, s.role)


def until_epoch(p, n):
    while p.epoch.n < n:
        p.on_frame(p.recv())


def close_counts_both_ways():
    """CLOSE carries how many texts there were, after a rekey too."""
    s, p = with_host()
    for i in range(3):
        p.send_msg(f"{i}")
    p.rekey()
    until_epoch(p, 1)
    p.send_close()
    while not p.ended:
        p.on_frame(p.recv())
    p.sock.close()
    check_equal(s.wait_exit(), 0, "host")
    check_equal(len(s.has("message")), 3, "messages")


main(speaks_our_protocol, repeats_are_dropped, rekeys,
     close_counts_both_ways)
