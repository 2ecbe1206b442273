"""Files in the second implementation: docs/protocol.md, "Files".

It takes every offer when it is told to, and keeps what comes in memory.
"""
import struct

import secchat1 as sc
from session import Session

CHUNK = 65495
WINDOW = 1 << 20


class Theirs:
    """A file that the other side offers."""

    def __init__(self, size, name):
        self.size, self.name, self.data = size, name, bytearray()
        self.accepted = self.done = False
        self.cancelled = None


class Ours:
    def __init__(self, data):
        self.data, self.sent, self.acked = data, 0, 0
        self.ready = self.done = False
        self.cancelled = None


class FileSession(Session):
    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.theirs, self.ours = {}, {}
        self.hold = 0       # how much of our file may leave; 0: all of it

    def offer(self, data, name="a file"):
        fid = max(self.ours, default=-1 if self.role == sc.JOINER else 0) + 2
        self.ours[fid] = Ours(data)
        name = name if isinstance(name, bytes) else name.encode()
        self.send_numbered(sc.FILE_OFFER, struct.pack(
            ">IQB", fid, len(data), len(name)) + name)
        return fid

    def accept(self, fid):
        t = self.theirs[fid]
        t.accepted = True
        self.send_numbered(sc.FILE_ACCEPT,
                           struct.pack(">IQ", fid, len(t.data)))

    def cancel(self, fid, reason=2):
        f = self.theirs.get(fid) or self.ours[fid]
        f.cancelled = reason
        self.send_numbered(sc.FILE_CANCEL, struct.pack(">IB", fid, reason))

    def send_data(self, fid, at, data):
        self.send(sc.FILE_DATA, struct.pack(">IQ", fid, at) + data)

    def pump(self, fid):
        """As much as may leave now."""
        o = self.ours[fid]
        end = min(len(o.data), o.acked + WINDOW, self.hold or len(o.data))
        while o.ready and o.cancelled is None and o.sent < end:
            piece = o.data[o.sent:min(o.sent + CHUNK, end)]
            if len(piece) < 1000 and o.sent + len(piece) < len(o.data):
                break
            self.send_data(fid, o.sent, piece)
            o.sent += len(piece)

    def confirm(self, fid, at):
        o = self.ours[fid]
        if not o.acked <= at <= o.sent:
            raise sc.Violation(f"{at} of file {fid} confirmed")
        o.acked = at
        if at == len(o.data) and not o.done:
            o.done = True
            self.send_numbered(sc.FILE_END, struct.pack(">IQ", fid, at))

    def on_frame(self, f):
        handler = {
            sc.FILE_OFFER: self.on_offer, sc.FILE_ACCEPT: self.on_accept,
            sc.FILE_CANCEL: self.on_cancel, sc.FILE_END: self.on_end,
        }.get(f.kind)
        if handler:
            new, rest = self.take_number(f)
            if new:
                handler(rest)
            self.send(sc.ACK)
        elif f.kind == sc.FILE_DATA:
            self.on_data(*struct.unpack(">IQ", f.body[:12]), f.body[12:])
        elif f.kind == sc.FILE_ACK:
            fid, at = struct.unpack(">IQ", f.body)
            if self.ours[fid].cancelled is None:
                self.confirm(fid, at)
                self.pump(fid)
        else:
            super().on_frame(f)

    def on_offer(self, rest):
        fid, size, n = struct.unpack(">IQB", rest[:13])
        if len(rest) != 13 + n or fid in self.theirs:
            raise sc.Violation("offer")
        self.theirs[fid] = Theirs(size, rest[13:].decode("utf-8"))

    def on_accept(self, rest):
        fid, at = struct.unpack(">IQ", rest)
        o = self.ours[fid]
        if o.done or o.cancelled is not None:
            return
        if not o.acked <= at <= o.sent or o.ready:
            raise sc.Violation(f"accepted from {at}")
        o.ready, o.sent, o.acked = True, at, at
        self.confirm(fid, at)
        self.pump(fid)

    def on_cancel(self, rest):
        fid, reason = struct.unpack(">IB", rest)
        (self.theirs.get(fid) or self.ours[fid]).cancelled = reason

    def on_end(self, rest):
        fid, size = struct.unpack(">IQ", rest)
        t = self.theirs[fid]
        if t.size != size or len(t.data) != size:
            raise sc.Violation("an end before the end")
        t.done = True

    def on_data(self, fid, at, data):
        t = self.theirs[fid]
        if t.cancelled is not None:
            return
        if not t.accepted or at != len(t.data) or at + len(data) > t.size:
            raise sc.Violation(f"{len(data)} bytes at {at}")
        t.data += data
        self.send(sc.FILE_ACK, struct.pack(">IQ", fid, len(t.data)))

    def open_again(self, **kw):
        """And what had been accepted is asked for once more."""
        for o in self.ours.values():
            o.ready = False
        accepted = {m for m, (k, _) in self.unacked.items()
                    if k == sc.FILE_ACCEPT}
        super().open_again(**kw)
        known = {struct.unpack(">I", self.unacked[m][1][:4])[0]
                 for m in accepted if m < self.resent_from}
        for fid, t in self.theirs.items():
            if t.accepted and not t.done and t.cancelled is None and \
                    fid in known:
                self.accept(fid)
        return self
