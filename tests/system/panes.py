# not a test
"""Real terminals for system tests: panes of a tmux server of their own."""
import os
import re
import shutil
import subprocess

from secchat_test import (BIN, DEADLINE, check_equal, scratch, skip,
                          wait_until)

if not shutil.which("tmux"):
    skip("tmux is not installed")


class Tmux:
    """A server of its own, with nobody's settings."""

    def __init__(self):
        folder = scratch()
        self.socket = os.path.join(folder, "tmux")
        self.panes = []
        # A command that is typed stays short, wherever the programs are.
        self.env = {**os.environ, "XDG_STATE_HOME": folder,
                    "PATH": BIN + ":" + os.environ["PATH"],
                    "ENV": os.path.join(folder, "rc")}
        with open(self.env["ENV"], "w", encoding="utf-8") as f:
            f.write("PS1='ready> '\n")
        self.call("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x",
                  "80", "-y", "24", "sh")
        self.call("set", "-g", "remain-on-exit", "off")

    def call(self, *args):
        done = subprocess.run(["tmux", "-S", self.socket, *args],
                              env=self.env, capture_output=True, text=True,
                              check=False)
        check_equal(done.returncode, 0, f"tmux {args}: {done.stderr}")
        return done.stdout

    def pane(self):
        self.panes.append(Pane(self, self.call(
            "new-window", "-P", "-F", "#{pane_id}", "sh").strip()))
        return self.panes[-1]

    def others(self, but):
        """What stands in the other panes that are there."""
        out = ""
        for pane in self.panes:
            if pane is not but:
                done = subprocess.run(
                    ["tmux", "-S", self.socket, "capture-pane", "-p", "-t",
                     pane.id], capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    out += f"\nanother screen:\n{done.stdout.rstrip()}\n"
        return out

    def end(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"],
                       capture_output=True, check=False)


class Pane:
    """A shell in a terminal."""

    def __init__(self, tmux, pane_id):
        self.tmux, self.id = tmux, pane_id
        self.wait(r"^ready> *$")

    def type(self, text, enter=True):
        self.tmux.call("send-keys", "-t", self.id, "-l", text)
        if enter:
            self.tmux.call("send-keys", "-t", self.id, "Enter")

    def key(self, name):
        self.tmux.call("send-keys", "-t", self.id, name)

    def screen(self, history=False):
        args = ["-S", "-2000"] if history else []
        return self.tmux.call("capture-pane", "-p", "-t", self.id, *args)

    def wait(self, pattern, seconds=DEADLINE):
        found = []

        def look():
            found[:] = [re.search(pattern, self.screen(), re.M)]
            return found[0]

        try:
            # Each look is a process of tmux's.
            wait_until(look, pattern, seconds, 0.025)
        except AssertionError as e:
            raise AssertionError(f"{e}; the screen:\n{self.screen()}" +
                                 self.tmux.others(self)) from e
        return found[0]

    def shell_pid(self):
        return int(self.tmux.call("display", "-p", "-t", self.id,
                                  "#{pane_pid}"))

    def settings(self):
        """stty -a, in the pane itself."""
        path = os.path.join(scratch(), "stty")
        self.type(f"clear; stty -a >{path}; echo done >>{path}")
        wait_until(lambda: os.path.exists(path) and
                   "done" in open(path, encoding="utf-8").read(), "stty")
        with open(path, encoding="utf-8") as f:
            return f.read()

    def flags(self):
        """What the program may have changed of the terminal."""
        return self.tmux.call(
            "display", "-p", "-t", self.id,
            "#{alternate_on} #{cursor_flag} #{mouse_any_flag} "
            "#{keypad_flag} #{keypad_cursor_flag} #{scroll_region_upper} "
            "#{scroll_region_lower} #{insert_flag} #{wrap_flag}")


def with_tmux(case):
    """The same case, with a server that ends with it."""
    def run():
        tmux = Tmux()
        try:
            case(tmux)
        finally:
            tmux.end()
    run.__name__ = case.__name__
    run.__doc__ = case.__doc__
    return run
