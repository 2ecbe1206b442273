# not a test
"""A relay between two suites, whose cable can be cut."""
import socket
import threading

from secchat_test import port_of


class Relay:
    """Hands bytes on between whoever calls and `target`."""

    def __init__(self, target=None, at="127.0.0.1", port=0):
        self.target = target
        self.source = "127.0.0.1"       # where its calls come from
        self.listener = socket.create_server((at, port))
        self.port = self.listener.getsockname()[1]
        self.addr = f"{at}:{self.port}"
        self.lock, self.pairs, self.calls = threading.Lock(), [], 0
        self.accepts = threading.Thread(target=self.accept, daemon=True)
        self.accepts.start()

    def accept(self):
        while True:
            try:
                a, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.calls += 1
                try:
                    b = socket.create_connection(
                        port_of(self.target),
                        source_address=(self.source, 0))
                except (OSError, AttributeError):
                    a.close()
                    continue
                gone = threading.Event()
                threads = [threading.Thread(target=self.copy, daemon=True,
                                            args=(*pair, gone))
                           for pair in ((a, b), (b, a))]
                self.pairs.append((a, b, gone, threads))
                for t in threads:
                    t.start()

    def copy(self, source, sink, gone):
        """From one to the other, until either ends or `gone` is set."""
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        """Closed only when nobody reads it any more: a thread that is about
        to would take from whatever gets the descriptor's number next."""
        with self.lock:
            for a, b, gone, threads in self.pairs:
                gone.set()
                for s in (a, b):
                    shut(s)
                self.wake()
                for t in threads:
                    t.join()
                a.close()
                b.close()
            self.pairs = []

    def wake(self):
        """Whoever waits in copy() for something else looks at `gone`."""

    def end(self):
        shut(self.listener)
        self.accepts.join()
        self.cut()
        self.listener.close()


def shut(s):
    """Whoever waits in it returns."""
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
