"""False openings in every mode, by the second implementation: shares and
points that give nothing, tags, keys, commitments.

A host closes without a word and goes on waiting, and lets in the right one
afterwards; a joiner ends.  Nobody is shown as connected.
"""
import os

from interop_pair import Shared
from secchat_test import check, check_equal, main, read_to_end, wait_gone

import noise
import secchat1 as sc


def flip_last(message):
    return message[:-1] + bytes([message[-1] ^ 1])


def flip_first(message):
    return bytes([message[0] ^ 1]) + message[1:]


GIVEN_UP = (sc.Lost, noise.AuthError, BrokenPipeError, ConnectionResetError)
NO_ELEMENT = b"\xff" * 32
NEGATIVE = b"\x01" + bytes(31)          # odd, so not canonical
# Whoever counts on K = the identity needs no code.
IDENTITY = {"share": bytes(32), "k": bytes(32), "key": bytes(32)}
SHARES = {
    "a share that is no element": {"share": NO_ELEMENT},
    "a share that is not canonical": {"share": NEGATIVE},
    "the identity for a share": IDENTITY,
    "another code": {"key": b"\x01" * 32},
}


ZERO_E = {"e": noise.zero_pair()}
ZERO_S = {"s": noise.zero_pair()}
STRANGER = {"s": noise.KeyPair()}


def own_key(k):
    """The suite's own long-term key, by somebody who has it whole."""
    return {"s": k.identity(), "blind": True}


def own_public_key(k):
    """The same, by somebody who does not know its secret half."""
    return {"s": noise.KeyPair(pk=k.identity().pk)}


def forged(k, change):
    return change(k) if callable(change) else change


# ---- joiners --------------------------------------------------------------

def turned_away(k, h, what, change):
    """The host closes; it shows nobody, and it is still there."""
    p = k.call(h, **forged(k, change))
    try:
        p.start()
        check(False, "let in:", k.mode, what)
    except GIVEN_UP:
        pass
    p.sock.close()
    check(h.stdout_open and not h.has("connected"), k.mode, what)


def right_one(k, h):
    p = k.call(h).start()
    h.wait("connected")
    p.close()
    check_equal(h.wait_exit(), 0, k.mode)
    check_equal(h.has("message"), [], "messages")
    check_equal(len(h.has("connected")), 1, "connected")


def to_a_host(mode, changes):
    k = Shared(mode)
    h = k.host()
    for what, change in changes.items():
        turned_away(k, h, what, change)
    right_one(k, h)


def joiners_shares():
    for mode in ("pass", "pair"):
        to_a_host(mode, SHARES)


def joiners_tags():
    psk = {"F3's tag": {"F3": flip_last}, "F3's E_J": {"F3": flip_first},
           "E_J of zeros": ZERO_E}
    to_a_host("key", {**psk, "another key": {"key": b"\x01" * 32}})
    to_a_host("pass", psk)
    to_a_host("pair", psk)
    to_a_host("id", {"E_J of zeros": ZERO_E, "another E_J": {"F3": flip_first}})


LONG_TERM = {
    "N3's first tag": {"N3": flip_first},
    "N3's last tag": {"N3": flip_last},
    "S_J of zeros": ZERO_S,
    "our own public key": own_public_key,
}


def joiners_long_term_keys():
    to_a_host("id", {**LONG_TERM, "our own key": own_key,
                     "a stranger": STRANGER})
    to_a_host("pair", {**LONG_TERM, "our own key": own_key})


# ---- hosts ----------------------------------------------------------------

def gives_up(mode, what, change):
    k = Shared(mode)
    j, p = k.wait()
    everyone = j.everyone()
    p = k.peer(p.sock, sc.HOST, **forged(k, change))
    try:
        p.handshake()
        p.send_open()
        p.send_msg("never shown")
        p.recv_open()
        check(False, "taken for the host:", mode, what)
    except GIVEN_UP:
        pass
    p.sock.close()
    check_equal(j.wait_exit(), 5, f"{mode}: {what}")
    check(not j.has("connected") and not j.has("message"), mode, what)
    wait_gone(everyone)


def false_hosts():
    psk = {"N2's tag": {"N2": flip_last}, "N2's E_H": {"N2": flip_first},
           "E_H of zeros": ZERO_E}
    both = {"our own public key": own_public_key, "our own key": own_key,
            "S_H of zeros": ZERO_S}
    for mode, changes in (
            ("pass", {**psk, **SHARES}),
            ("key", {**psk, "another key": {"key": b"\x01" * 32}}),
            ("id", {**psk, **both, "a stranger": STRANGER}),
            ("pair", {**psk, **SHARES, **both})):
        for what, change in changes.items():
            gives_up(mode, what, change)


main(joiners_shares, joiners_tags, joiners_long_term_keys, false_hosts)
