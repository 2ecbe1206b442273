#!/usr/bin/python3
"""An echo bot: answers each message with its own text.

    SECCHAT=bin/secchat tests/echo_bot.py host 127.0.0.1:0
    SECCHAT=bin/secchat tests/echo_bot.py join --code-fd 3 192.0.2.10 3<code

Its words are secchat's; secchat-json(7) explains what they say to each other.
It prints what it sees: where it waits, with the code, and each text.
"""
import json
import os
import subprocess
import sys

command = [os.environ.get("SECCHAT", "secchat"), *sys.argv[1:],
           "--json", "--accept-intro", "1"]
with subprocess.Popen(command, stdin=subprocess.PIPE, close_fds=False,
                      stdout=subprocess.PIPE, text=True) as chat:
    for line in chat.stdout:
        event = json.loads(line)
        if event["ev"] in ("listening", "message", "error"):
            print(json.dumps(event), flush=True)
        if event["ev"] == "message":
            answer = {"do": "send", "text": event["text"]}
            print(json.dumps(answer), file=chat.stdin, flush=True)
sys.exit(chat.returncode)
