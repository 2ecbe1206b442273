# not a test
"""A suite of ours on one end, the second implementation on the other."""
import os
import select
import socket

from secchat_test import connect, host, join, wait_until, write_key

import secchat1 as sc
from peer import Peer


class Key:
    """A key file and its bytes."""

    def __init__(self):
        self.key = os.urandom(32)
        self.path = write_key(self.key)


class Pumped(Peer):
    """A peer beside which the suites go on being read and written."""

    def recv_exactly(self, n):
        wait_until(lambda: select.select([self.sock], [], [], 0)[0],
                   f"{n} bytes from secchat")
        return super().recv_exactly(n)


def with_host():
    """A host of ours with a scripted joiner."""
    k = Key()
    h = host("--key", k.path)
    p = Pumped(connect(h.addr), sc.JOINER, k.key).start()
    h.wait("connected")
    return h, p


def with_joiner():
    """A joiner of ours with a scripted host."""
    k = Key()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        j = join("127.0.0.1:%d" % listener.getsockname()[1], "--key", k.path)
        conn, _ = listener.accept()
    conn.settimeout(20)
    p = Pumped(conn, sc.HOST, k.key).start()
    j.wait("connected")
    return j, p
