"""The second implementation on its own: known answers, and against itself.

A peer that is wrong in the same way on both sides would not notice; the known
answers of the protocol (three independent computations) would.  They are on
the page and in tests/unit/data; a folder of published ones adds to them.
"""
import json
import os
import socket
import threading

from protocol_page import LABELS, header_answers, page_answers, read
from secchat_test import check, check_equal, main, skip_part

import noise
import secchat1 as sc
import secrets1
from peer import Peer

MODES = {"PASS": sc.PASS, "KEY": sc.KEY, "ID": sc.ID, "PAIR": sc.PAIR}
PHRASE = "correct horse battery staple"


def vectors(name):
    folder = os.environ.get("SECCHAT_VECTORS")
    if not folder:
        skip_part("SECCHAT_VECTORS is not set")
        return None
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return json.load(f)


class Logged(Peer):
    """Keeps what it has sent."""

    def send_raw(self, data):
        if not hasattr(self, "log"):
            self.log = []
        self.log.append(bytes(data).hex())
        super().send_raw(data)


def lobby_key(mode):
    if mode in (sc.PASS, sc.PAIR):
        return secrets1.stretch(secrets1.passphrase_password(PHRASE),
                                b"lobby")
    return b"\x99" * 32 if mode == sc.KEY else b""


def given(mode, key, role, a, s):
    """A side of the known answers: r, e, y, x and the long-term key."""
    joiner = role == sc.JOINER
    forge = {"r": (b"\x33" if joiner else b"\x44") * 32,
             "e": noise.KeyPair((b"\x11" if joiner else b"\x22") * 32),
             "y": (b"\x05" if joiner else b"\x06") * 31 + b"\x01",
             "x": noise.KeyPair((b"a" if joiner else b"b") * 32)}
    return Logged(a, role, key, mode, noise.KeyPair(s * 32), None, b"lobby",
                  forge)


def computed(mode):
    """Everything that a known answer may be asked about, in hex."""
    key, (a, b) = lobby_key(mode), socket.socketpair()
    j = given(mode, key, sc.JOINER, a, b"\x77")
    h = given(mode, key, sc.HOST, b, b"\x88")
    in_step(j.handshake, h.handshake)
    j.send_open()
    j.send_msg("hello")
    h.send_open()
    h.recv_open()
    h.send(sc.ACK, ack=1)
    first = j.epoch
    j.rekey()
    out = dict(zip(("HELLO_J", "F3", "N3") if j.with_ids else
                   ("HELLO_J", "F3"), j.log))
    out.update(zip(("HELLO_H", "N2"), h.log))
    out.update(zip(("frame_J_OPEN", "frame_J_MSG_hello", "frame_J_REKEY"),
                   j.log[-3:]))
    out.update(zip(("frame_H_OPEN", "frame_H_ACK"), h.log[-2:]))
    x_j, x_h = j.forge["x"], h.forge["x"]
    following = first.next(x_j.dh(x_h.pk), x_j.pk, x_h.pk)
    out.update(hexes(j, h, first, following))
    a.close()
    b.close()
    return out


def in_step(ours, theirs):
    t = threading.Thread(target=theirs)
    t.start()
    ours()
    t.join()


def hexes(j, h, first, following):
    k1, k2 = j.hs.split()
    values = {"h": j.h, "k1": k1, "k2": k2, "prologue": sc.prologue(
        j.hello_j, j.hello_h + j.y_h, j.y_j)}
    for epoch, name in ((first, "%s0"), (following, "epoch1_%s")):
        for what in ("root", "ck_JH", "ck_HJ", "rs", "rid"):
            values[name % what] = getattr(epoch, what.lower())
    if j.psk:
        values["psk"] = j.psk
    if j.cpace:
        values.update({
            "cpace_g": j.cpace.g, "cpace_YH": j.y_h, "cpace_YJ": j.y_j,
            "cpace_CI": j.cpace.ci, "cpace_sid": j.cpace.sid,
            "cpace_ISK": j.cpace.isk(j.y_h, j.y_h, j.hello_h, j.y_j,
                                     j.hello_j)})
    out = {name: value.hex() for name, value in values.items()}
    check_equal((h.h, h.sas()), (j.h, j.sas()), "both sides")
    return {**out, "sas": j.sas()}


def known_answers():
    """Every byte of all four modes: tables, page, and published file."""
    tables, page = header_answers(), read("docs/protocol.md")
    data = vectors("secchat1_selfgen.json")
    published = {c["name"]: c for c in data["cases"]} if data else {}
    for name, mode in MODES.items():
        have = computed(mode)
        compare(have, tables[name.lower()], name)
        compare(have, published.get(name, {}), name)
        if mode in (sc.PASS, sc.KEY):
            compare(have, labelled(page_answers(page, name)), name + " page")
    print(f"    {compare.count} values")


def compare(have, want, what):
    for key, value in want.items():
        if key in ("name", "noise_name"):
            continue
        compare.count += 1
        check_equal(have.get(key), value.replace(" ", ""), f"{what}: {key}")


compare.count = 0


def labelled(answers):
    """The page's labels as the names of the tables."""
    out, epoch = {}, "%s0"
    for label, value in answers:
        if label == "epoch 1 root":
            epoch = "epoch1_%s"
        key = LABELS.get(label, label)
        out[epoch % key if key.startswith("ck_") else key] = value
    return out


def secrets():
    """Codes, fingerprints and safety numbers as the page has them."""
    check_equal(secrets1.make_code(0x7f000001), "lusab-babad", "a code")
    check_equal(secrets1.code_password(" LuSab--baba d"), b"lusabbabad",
                "typed")
    for bad in ("lusab-babae", "lusab-baba", "lusab-babadd", "alsab-babad"):
        try:
            secrets1.code_password(bad)
            check(False, "taken for a code:", bad)
        except ValueError:
            pass
    v = vectors("signal_numeric_fingerprint.json")
    if v:
        halves = [secrets1.safety_half(
            bytes.fromhex(v[f"{who}_identity"])[1:],
            v[f"{who}_stable_id_ascii"].encode()) for who in ("alice", "bob")]
        check_equal("".join(sorted(halves)), v["displayable"], "safety")


def both_ways():
    """Two peers talk over a socket pair and leave in order, in all modes."""
    for mode in MODES.values():
        one_pair(mode)


def one_pair(mode):
    a, b = socket.socketpair()
    key = b"" if mode == sc.ID else os.urandom(32)
    s_j, s_h = noise.KeyPair(), noise.KeyPair()
    h = Peer(b, sc.HOST, key, mode, s_h, [s_j.pk])
    j = Peer(a, sc.JOINER, key, mode, s_j, [s_h.pk])
    in_step(j.start, h.start)
    check_equal(j.sas(), h.sas(), "SAS")
    for text in ("hello", "", "ünï", "x" * 65499):
        j.send_msg(text)
        check_equal(h.recv_text(), text, "text")
        j.wait_acked()
    rekeyed(j, h)
    t = threading.Thread(target=j.close)
    t.start()
    check_equal(h.recv_text(), None, "the end")
    t.join()
    a.close()
    b.close()


def rekeyed(j, h):
    """Asked for by one, by the other, and by both at once."""
    for n, asking in enumerate(((j,), (h,), (j, h)), 1):
        for p in asking:
            p.rekey()
        j.send_msg(f"in epoch {n}")
        h.send_msg(f"also in epoch {n}")
        check_equal(h.recv_text(), f"in epoch {n}", "text")
        check_equal(j.recv_text(), f"also in epoch {n}", "text")
        for p in (j, h):
            p.wait_acked()
        while j.epoch.n < n or h.epoch.n < n:
            for p in (j, h):
                if p.epoch.n < n:
                    p.on_frame(p.recv())
        check_equal(j.epoch.root, h.epoch.root, "root")


def another_key():
    """The host does not answer F3, and hangs up."""
    a, b = socket.socketpair()

    def serve():
        try:
            Peer(b, sc.HOST, bytes(32)).handshake()
        except noise.AuthError:
            refused.append(True)
        b.close()

    refused = []
    t = threading.Thread(target=serve)
    t.start()
    try:
        Peer(a, sc.JOINER, b"\1" * 32).handshake()
        check(False, "let in with another key")
    except sc.Lost:
        pass
    t.join()
    a.close()
    check(refused, "the host noticed nothing")


main(known_answers, secrets, both_ways, another_key)
