#!/usr/bin/python3
"""An echo bot: answers each message with its own text.

    SECCHAT=bin/secchat tests/echo_bot.py host 127.0.0.1:0
    SECCHAT=bin/secchat tests/echo_bot.py join --code-fd 3 192.0.2.10 3<code

Its words are secchat's; secchat-json(7) explains what they say to each other.
It prints what it sees: where it waits, with the code, and each text.  Files
that it is offered it takes with --download-dir FOLDER, and declines without.
"""
import json
import os
import subprocess
import sys

command = [os.environ.get("SECCHAT", "secchat"), *sys.argv[1:],
           "--json", "--accept-intro", "1"]
takes_files = "accept" if "--download-dir" in sys.argv else "decline"
with subprocess.Popen(command, stdin=subprocess.PIPE, close_fds=False,
                      stdout=subprocess.PIPE, text=True) as chat:
    for line in chat.stdout:
        event = json.loads(line)
        if event["ev"] in ("listening", "message", "error"):
            print(json.dumps(event), flush=True)
        answer = None
        if event["ev"] == "intro":      # with --keep one chat follows another
            which = event["chat"]
        elif event["ev"] == "message":
            answer = {"do": "send", "text": event["text"]}
        elif event["ev"] == "file" and event["dir"] == "in" and \
                event["state"] == "offered":
            answer = {"do": takes_files, "n": event["n"]}
        if answer:
            print(json.dumps({**answer, "chat": which}), file=chat.stdin,
                  flush=True)
sys.exit(chat.returncode)
