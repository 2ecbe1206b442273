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
        self.closed = False
        threading.Thread(target=self.accept, daemon=True).start()

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
                self.pairs.append((a, b))
                for x, y in ((a, b), (b, a)):
                    threading.Thread(target=self.copy, args=(x, y),
                                     daemon=True).start()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def cut(self):
        with self.lock:
            for one in self.pairs:
                for s in one:
                    try:
                        s.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass
                    s.close()
            self.pairs = []

    def end(self):
        self.cut()
        self.listener.close()
