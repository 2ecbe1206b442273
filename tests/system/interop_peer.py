"""The second implementation on its own: known answers, and against itself.

A peer that is wrong in the same way on both sides would not notice; the known
answers of the protocol (three independent computations) would.
"""
import json
import os
import socket
import threading

from secchat_test import check, check_equal, main, skip_part

import noise
import secchat1 as sc
from peer import Peer


def vectors():
    folder = os.environ.get("SECCHAT_VECTORS")
    if not folder:
        skip_part("SECCHAT_VECTORS is not set")
        return None
    with open(os.path.join(folder, "secchat1_selfgen.json"),
              encoding="utf-8") as f:
        return json.load(f)


def hexes(d):
    return {k: bytes.fromhex(v) for k, v in d.items()
            if isinstance(v, str) and k not in ("name", "noise_name", "sas")}


def check_case(given, case):
    v = hexes(case)
    pattern = case["noise_name"].split("_")[1]
    sides = [noise.Handshake(pattern, first, v["prologue"], v.get("psk"),
                             noise.KeyPair(given[e]), noise.KeyPair(given[s]))
             for first, e, s in ((True, "eJ", "sJ"), (False, "eH", "sH"))]
    for i, name in enumerate(("F3", "N2", "N3")):
        if name in v:
            writer, reader = sides if i % 2 == 0 else sides[::-1]
            message = writer.write()
            check(v[name].endswith(message), case["name"], name)
            reader.read(message)
    for side in sides:
        check_equal(side.h, v["h"], "h")
        check_equal(side.split(), (v["k1"], v["k2"]), "split")
    epoch = sc.Epoch.first(v["h"], v["k1"], v["k2"])
    check_equal((epoch.root, epoch.ck_jh, epoch.ck_hj, epoch.rs, epoch.rid),
                (v["root0"], v["ck_JH0"], v["ck_HJ0"], v["rs0"], v["rid0"]),
                "epoch 0")
    check_epoch1(epoch, v)


def check_epoch1(epoch, v):
    if "epoch1_root" not in v:
        return
    x_j, x_h = noise.KeyPair(b"a" * 32), noise.KeyPair(b"b" * 32)
    nxt = epoch.next(x_j.dh(x_h.pk), x_j.pk, x_h.pk)
    check_equal((nxt.root, nxt.ck_jh, nxt.rs, nxt.rid),
                (v["epoch1_root"], v["epoch1_ck_JH"], v["epoch1_rs"],
                 v["epoch1_rid"]), "epoch 1")


def known_handshakes():
    """Noise, key schedule and one rekey of every mode."""
    data = vectors()
    if data:
        given = hexes(data["inputs"])
        for case in data["cases"]:
            if not case["name"].startswith("RESUME"):
                check_case(given, case)


def known_key_mode():
    """Every byte of a handshake in mode KEY, and its first frames."""
    data = vectors()
    if not data:
        return
    given = hexes(data["inputs"])
    case = next(c for c in data["cases"] if c["name"] == "KEY")
    v = hexes(case)
    psk = sc.make_psk(given["keyfile"], sc.KEY, 1)
    check_equal(psk, v["psk"], "psk")
    e_j, e_h = noise.KeyPair(given["eJ"]), noise.KeyPair(given["eH"])
    c = sc.commitment(given["rJ"], e_j.pk)
    check_equal(sc.hello(sc.KEY, 1, c), v["HELLO_J"], "HELLO_J")
    check_equal(sc.hello(sc.KEY, 1, given["rH"]), v["HELLO_H"], "HELLO_H")
    check_equal(sc.prologue(v["HELLO_J"], v["HELLO_H"]), v["prologue"],
                "prologue")
    check_equal(sc.sas(c, given["rJ"], given["rH"], e_j.pk, e_h.pk),
                case["sas"].replace(" ", ""), "SAS")
    check_frames(given, v)


def check_frames(given, v):
    """The frames as they stand on the wire open to what they should be."""
    jh, hj = sc.Chain(v["ck_JH0"], 0), sc.Chain(v["ck_HJ0"], 1)
    kinds = []
    for chain, names in ((jh, ("frame_J_OPEN", "frame_J_MSG_hello")),
                         (hj, ("frame_H_OPEN", "frame_H_ACK"))):
        for name in names:
            f = sc.Frame(chain.open(v[name][2:]))
            kinds.append(f.kind)
            if name == "frame_J_OPEN":
                check_equal(sc.open_get(f.body)[0], given["rJ"], "r_J")
            if name == "frame_J_MSG_hello":
                check_equal(f.body[:8], bytes(7) + b"\1", "mseq")
    check_equal(kinds, [sc.OPEN, sc.MSG, sc.OPEN, sc.ACK], "frames")


def both_ways():
    """Two peers talk over a socket pair and leave in order."""
    a, b = socket.socketpair()
    key = os.urandom(32)
    h = Peer(b, sc.HOST, key)
    t = threading.Thread(target=h.start)
    t.start()
    j = Peer(a, sc.JOINER, key).start()
    t.join()
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


main(known_handshakes, known_key_mode, both_ways, another_key)
