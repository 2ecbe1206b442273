#!/usr/bin/python3
"""A line chat as one would write it in half an hour: Fernet over TCP.

    fernet_chat.py host PORT KEY | join PORT KEY
"""
import socket
import sys
import threading

from cryptography.fernet import Fernet

role, port, key = sys.argv[1:]
if role == "host":
    listener = socket.create_server(("127.0.0.1", int(port)))
    print("listening", file=sys.stderr, flush=True)
    sock, _ = listener.accept()
else:
    sock = socket.create_connection(("127.0.0.1", int(port)))
sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
fernet = Fernet(key)


def receive():
    for token in sock.makefile("rb"):
        print(fernet.decrypt(token.strip()).decode(), flush=True)


threading.Thread(target=receive, daemon=True).start()
for line in sys.stdin:
    sock.sendall(fernet.encrypt(line.rstrip("\n").encode()) + b"\n")
