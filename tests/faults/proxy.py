# not a test
"""A TCP proxy that does harm by a schedule which a seed determines.

Between a joiner and a host it hands on the bytes of every connection until
they reach the place that the schedule names: a direction and a byte, in the
handshake or behind it.  There something happens: one of the kinds below.
What does not end the connection is followed by the next entry; a new
connection takes the next one too.

The proxy knows as much of secchat/1 as an observer does: the lengths of the
handshake and `u16 L` in front of every frame, so that it can swap, repeat and
reflect whole frames.
"""
import collections
import random
import socket
import struct
import time

from secchat_test import check, others, port_of

# Lengths of what each side says before frames begin, by HELLO_J's mode.
SAID = {1: ((44, 80), (76, 48)), 2: ((44, 48), (44, 48)),
        3: ((44, 32, 64), (44, 96)), 4: ((44, 80, 64), (76, 96)),
        16: ((76, 48), (44, 48))}

# kind: how often, of 100
GENTLE = {"delay": 3, "dribble": 4, "split": 4, "merge": 3}
CUTS = {"drop": 12, "reset": 10, "truncate": 9, "half-close": 8, "stall": 4,
        "late": 9, "refuse": 5}
FORGED = {"flip": 10, "duplicate": 6, "swap": 4, "replay": 5, "reflect": 4}
KINDS = {**GENTLE, **CUTS, **FORGED}
FRAMES_ONLY = {"swap", "replay", "reflect"}
ENDS_WITHIN = 15.0      # seconds, after something was forged

J, H = 0, 1             # whose bytes


class Fault:
    """One entry: what happens, to whose bytes, and where."""

    def __init__(self, rng, kinds=None, shaking=0.4):
        kinds = kinds or KINDS
        self.kind = rng.choices(list(kinds), kinds.values())[0]
        self.whose = rng.choice((J, H))
        self.shaking = rng.random() < shaking and \
            self.kind not in FRAMES_ONLY
        # Counted from where the entry begins to be looked at.
        self.place = rng.randrange(125 if self.shaking else 2500)
        self.size = rng.randrange(1, 400)
        self.bit = rng.randrange(8)
        self.both = rng.random() < 0.5
        self.millis = rng.randrange(1, 60)
        self.later = rng.randrange(0, 130)
        self.at = None

    def __str__(self):
        return (f"{self.kind} {'JH'[self.whose]} {self.place}"
                f"{' in the handshake' if self.shaking else ''}")


class Flow:
    """The bytes of one side on their way to the other."""

    def __init__(self, wire, me, src, dst):
        self.wire, self.me, self.src, self.dst = wire, me, src, dst
        self.seen = 0           # bytes taken from src
        self.ended = False      # src will say no more
        self.shut = False       # dst was told so
        self.sink = False       # what still comes is thrown away
        self.queue = collections.deque()        # (when, bytes)
        self.due = 0.0
        self.shape = None       # a gentle fault, and for how many bytes
        self.left = 0
        self.message = b""      # what there is of the present one
        self.before = None      # the last whole frame
        self.said = None        # handshake messages still to come
        self.pending = b""      # what a trick has not handed on
        self.swapped = None     # a frame that waits for the next

    # -- where messages end --

    def length(self):
        """Of the present message, or None when too little of it is there."""
        if self.said is None and self.me == J and len(self.message) > 8:
            mode = self.message[8]
            for flow in self.wire.flows:
                flow.said = list(SAID.get(mode, ((), ()))[flow.me])
        if self.said is None:
            return None
        if self.said:
            return self.said[0]
        if len(self.message) < 2:
            return None
        return 2 + struct.unpack(">H", self.message[:2])[0]

    def pieces(self, data):
        """The bytes cut where a message ends: (bytes, the message that is
        now whole or None, whether they are of a frame)."""
        while data:
            want = self.length()
            n = 1 if want is None else want - len(self.message)
            piece, data = data[:n], data[n:]
            self.message += piece
            whole, frame = None, self.said == []
            if self.length() == len(self.message):
                whole, self.message = self.message, b""
                if self.said:
                    self.said.pop(0)
            yield piece, whole, frame

    # -- taking --

    def take(self, data):
        wire = self.wire
        while data and not wire.done and not self.sink:
            f = wire.fault
            mine = f and f.whose == self.me
            if mine and f.at is None:
                self.place(f)
            if not mine or self.seen + len(data) <= f.at:
                self.hand_on(data)
                return
            n = max(0, f.at - self.seen)
            self.hand_on(data[:n])
            data = wire.strike(f, self, data[n:])
        if wire.holding is self and data:
            wire.held += data

    def place(self, f):
        f.at = self.seen + f.place
        if not f.shaking and self.seen == 0:
            f.at += 170

    def hand_on(self, data):
        """Pass bytes on; frame by frame where that matters."""
        self.seen += len(data)
        for piece, whole, frame in self.pieces(data):
            trick = self.wire.trick
            if frame and trick and trick.whose == self.me:
                self.play(trick, whole, piece)
            else:
                self.put(piece)
            if whole and frame:
                self.before = whole

    def play(self, trick, whole, piece):
        """swap, replay and reflect: with the first whole frame behind the
        place; its pieces wait until it is there."""
        self.pending += piece
        if whole is None:
            return
        frame, self.pending = self.pending, b""
        if trick.kind == "swap":
            if self.swapped is None:
                self.swapped = frame
                return
            self.put(frame + self.swapped)
        elif len(frame) < len(whole):
            # The place was in the middle of this one.
            self.put(frame)
            return
        elif trick.kind == "replay":
            old = self.before if trick.both else None
            self.put(frame + (old or frame))
        else:
            self.put(frame)
            other = self.wire.flows[1 - self.me]
            other.put(frame)
        self.wire.trick = None
        self.wire.forged()

    # -- giving --

    def put(self, data):
        if not data:
            return
        now = time.monotonic()
        f = self.shape
        if f is None:
            self.append(max(now, self.due), data)
            return
        data, rest = data[:self.left], data[self.left:]
        self.left -= len(data)
        if f.kind == "dribble":
            for i in range(len(data)):
                self.append(max(now, self.due) + 0.0002, data[i:i + 1])
        elif f.kind == "split":
            n = 1 + f.millis
            for i in range(0, len(data), n):
                self.append(max(now, self.due) + 0.001, data[i:i + n])
        elif f.kind == "delay":
            self.append(max(now + f.millis / 1000, self.due), data)
        elif self.queue and self.queue[-1][0] > now:    # merge
            self.queue[-1] = (self.queue[-1][0], self.queue[-1][1] + data)
        else:
            self.append(max(now + f.millis / 1000, self.due), data)
        if self.left == 0:
            self.shape = None
            self.wire.next_fault()
            self.put(rest)

    def append(self, when, data):
        self.due = when
        self.queue.append((when, data))

    def give(self, now):
        """Send what is due."""
        while self.queue and self.queue[0][0] <= now:
            when, data = self.queue[0]
            try:
                n = self.dst.send(data)
            except BlockingIOError:
                return
            except OSError:
                self.queue.clear()
                self.sink = True
                return
            if n < len(data):
                self.queue[0] = (when, data[n:])
                return
            self.queue.popleft()
        if self.ended and not self.queue and not self.shut:
            self.finish()

    def finish(self):
        """The end of src, told to dst."""
        self.shut = True
        self.sink = True
        try:
            self.dst.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Wire:
    """One connection: two flows."""

    def __init__(self, proxy, caller):
        self.proxy = proxy
        callee = socket.create_connection(proxy.target, timeout=5)
        for s in (caller, callee):
            s.setblocking(False)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ends = (caller, callee)
        self.gone = [False, False]
        self.flows = (Flow(self, J, caller, callee),
                      Flow(self, H, callee, caller))
        self.done = False
        self.fault = None
        self.trick = None       # a fault that needs whole frames
        self.holding = None     # late: a flow whose bytes are kept
        self.held = b""
        self.hold_until = self.close_caller_at = None
        self.waits_for = None   # late: how far the next one must be
        self.told_by = None     # forged: when it must have ended
        self.stalled = False

    def next_fault(self):
        self.fault = self.proxy.draw()

    def forged(self):
        self.told_by = time.monotonic() + ENDS_WITHIN

    def strike(self, f, flow, data):
        """It happens, in front of data.  What is left for hand_on."""
        self.fault = None
        self.proxy.struck(f)
        return getattr(self, "do_" + f.kind.replace("-", "_"))(f, flow, data)

    # -- gentle: the connection must survive --

    def gentle(self, f, flow, data):
        flow.shape, flow.left = f, f.size
        return data

    do_delay = do_dribble = do_split = do_merge = gentle

    # -- cuts --

    def do_drop(self, _f, _flow, _data):
        self.close()
        return b""

    def do_reset(self, _f, _flow, _data):
        self.close(reset=True)
        return b""

    def do_refuse(self, f, _flow, _data):
        self.close()
        self.proxy.refuse(f.millis * 5 / 1000)
        return b""

    def do_truncate(self, _f, flow, _data):
        """Half a frame, the end of the stream, and nothing to the other."""
        flow.ended = True
        flow.give(float("inf"))
        self.flows[1 - flow.me].sink = True
        return b""

    def do_half_close(self, _f, flow, _data):
        flow.ended = True
        flow.give(float("inf"))
        return b""

    def do_stall(self, f, flow, _data):
        """Bytes vanish, and nobody hears of the other's end."""
        flow.sink = True
        if f.both:
            self.flows[1 - flow.me].sink = True
        self.stalled = True
        return b""

    def do_late(self, f, flow, data):
        """The joiner sees the end; what it had sent arrives when it has
        called again and got that far."""
        flow = self.flows[J]
        self.holding, self.held = flow, data if f.whose == J else b""
        for each in self.flows:
            each.sink = True
        self.flows[H].queue.clear()
        self.stalled = True
        now = time.monotonic()
        self.close_caller_at = now + 0.01
        self.waits_for = f.later
        self.hold_until = now + 3
        return b""

    def release(self):
        """The late bytes arrive, and then the end."""
        flow = self.flows[J]
        self.holding = None
        flow.queue.append((0.0, self.held))
        flow.ended = True
        flow.give(float("inf"))

    # -- forged: the connection must end --

    def do_flip(self, f, flow, data):
        self.forged()
        return bytes([data[0] ^ 1 << f.bit]) + data[1:]

    def do_duplicate(self, f, flow, data):
        self.forged()
        flow.hand_on(data[:f.size])
        return data

    def whole_frames(self, f, _flow, data):
        self.trick = f
        return data

    do_swap = do_replay = do_reflect = whole_frames

    # -- the end --

    def close(self, reset=False):
        if self.done:
            return
        self.done = True
        for s in self.ends:
            if reset:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
            s.close()

    def hear(self, flow):
        """src can be read."""
        try:
            data = flow.src.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.gone[flow.me] = flow.ended = True
            if self.stalled:
                flow.shut = True        # nobody hears of it
            return
        if self.holding is flow:
            self.held += data
        elif not flow.sink:
            flow.take(data)

    def look(self, now):
        """What time brings."""
        if self.close_caller_at is not None and now >= self.close_caller_at:
            self.close_caller_at = None
            while not self.gone[J]:
                before = len(self.held)
                self.hear(self.flows[J])
                if len(self.held) == before:
                    break
            self.ends[J].close()
            self.gone[J] = True
        if self.holding and not self.close_caller_at and (
                now >= self.hold_until or self.next_is_there()):
            self.release()
        for flow in self.flows:
            if not self.done:
                flow.give(now)
        if not self.done and (all(self.gone) or (
                not self.stalled and any(
                    self.gone[f.me] and f.shut for f in self.flows))):
            self.close()
        if not self.done and self.told_by and now > self.told_by:
            check(False, "a forged connection goes on:",
                  self.proxy.history[-3:])

    def next_is_there(self):
        wires = self.proxy.wires
        later = wires[wires.index(self) + 1:]
        return any(w.flows[J].seen >= self.waits_for for w in later)

    def reading(self):
        return [f for f in self.flows
                if not self.gone[f.me] and not self.done]


class Proxy:
    """Listens in front of a host's address.  Once armed it does harm, `limit`
    times (0: for ever); `shaking` is how many of 1 hit the handshake."""


    def __init__(self, target, seed, kinds=None, limit=0, shaking=0.4):
        self.target = port_of(target)
        self.rng = random.Random(f"faults {seed}")
        self.kinds, self.limit, self.shaking = kinds, limit, shaking
        self.holder = socket.socket()   # keeps the port while we refuse
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.holder.bind(("127.0.0.1", 0))
        self.port = self.holder.getsockname()[1]
        self.addr = f"127.0.0.1:{self.port}"
        self.listener = None
        self.opens_at = 0.0
        self.armed = False
        self.wires = []
        self.accepted = 0
        self.counts = collections.Counter()
        self.history = []
        others.append(self)
        self.listen()

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(16)
        self.listener.setblocking(False)

    def refuse(self, seconds):
        if self.listener:
            self.listener.close()
        self.listener = None
        self.opens_at = time.monotonic() + seconds

    def total(self):
        return sum(self.counts.values())

    def draw(self):
        if not self.armed or (self.limit and self.total() >= self.limit):
            return None
        return Fault(self.rng, self.kinds, self.shaking)

    def struck(self, f):
        self.counts[f.kind] += 1
        self.history.append(f"{self.accepted}: {f}")

    def arm(self):
        """From here on, beginning with the connection that there is."""
        self.armed = True
        if self.wires:
            self.wires[-1].next_fault()

    def disarm(self):
        self.armed = False
        for w in self.wires:
            w.fault = None

    def cut_for_good(self):
        self.disarm()
        self.refuse(1e9)
        for w in self.wires:
            w.close()

    def accept(self):
        try:
            caller, _ = self.listener.accept()
        except OSError:
            return
        try:
            wire = Wire(self, caller)
        except OSError:         # the host has gone
            caller.close()
            return
        self.accepted += 1
        wire.next_fault()
        self.wires.append(wire)

    # -- for secchat_test.pump --

    def wants(self, now):
        """Descriptors to read and write, and when time matters next."""
        reading, writing, when = [], [], now + 0.5
        if self.listener:
            reading.append(self.listener)
        else:
            when = min(when, self.opens_at)
        for w in self.wires:
            for f in w.reading():
                reading.append(f.src)
            for f in w.flows:
                if f.queue and not w.done:
                    if f.queue[0][0] <= now:
                        writing.append(f.dst)
                    else:
                        when = min(when, f.queue[0][0])
            if w.close_caller_at is not None or w.holding or w.told_by:
                when = min(when, now + 0.005)
        return reading, writing, when

    def serve(self, ready, now):
        if self.listener in ready and self.listener:
            self.accept()
        if not self.listener and now >= self.opens_at:
            self.listen()
        for w in list(self.wires):
            for f in w.reading():
                if f.src in ready and not w.done:
                    w.hear(f)
            if not w.done:
                w.look(now)
        self.wires = [w for w in self.wires if not w.done]

    def end(self):
        for w in self.wires:
            w.close()
        for s in (self.listener, self.holder):
            if s:
                s.close()
        others.remove(self)

