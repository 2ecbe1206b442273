"""Plain pipes: one line in is one message, the peer's lines come out.

# seconds: 90
"""
import os
import re
import subprocess
import tempfile

from secchat_test import (SECCHAT, Proc, Suite, check, check_equal, host,
                          join, main, make_key, secret_pipe, wait_until)


class Shell:
    """A pipeline as people write it, the code on descriptor 3."""

    def __init__(self, line, code, data=b""):
        r = secret_pipe(code)
        with tempfile.TemporaryFile() as given:
            given.write(data)
            given.seek(0)
            self.files = [tempfile.TemporaryFile() for _ in range(2)]
            # dash takes descriptors of one digit only.
            popen = subprocess.Popen(
                ["bash", "-c", f"exec 3<&{r}; {line}"], pass_fds=[r],
                stdin=given, stdout=self.files[0], stderr=self.files[1],
                env={**os.environ, "SECCHAT": SECCHAT})
        os.close(r)
        proc = Proc(popen.pid)
        wait_until(proc.gone, "the pipeline to end")
        self.returncode = popen.wait()
        self.stdout, self.stderr = map(self.text, self.files)

    @staticmethod
    def text(f):
        f.seek(0)
        with f:
            return f.read()


def join_pipe(h, **kw):
    """A joiner without --json."""
    return Suite("join", h.addr, json_mode=False,
                 secret=h.has("listening")[0]["code"], **kw)


def echo_hi():
    h = host()
    done = Shell(f'echo hi | "$SECCHAT" join --code-fd 3 --accept-intro 1 '
                 f'{h.addr}', h.has("listening")[0]["code"])
    check_equal((done.returncode, done.stdout), (0, b""),
                done.stderr.decode())
    check_equal(h.wait("message")["text"], "hi", "text")
    check_equal(h.wait_exit(), 0, "host")


def thousand_lines():
    """Through cat on both sides: the same thousand lines come out."""
    lines = "".join(f"{i} {'z' * (i % 90)}\n" for i in range(1000)).encode()
    h = host()
    done = Shell(f'cat | "$SECCHAT" join --code-fd 3 --accept-intro 1 '
                 f'{h.addr} | cat', h.has("listening")[0]["code"],
                 lines)
    check_equal((done.returncode, done.stdout), (0, b""),
                done.stderr.decode())
    check_equal(h.wait_exit(), 0, "host")
    got = "".join(e["text"] + "\n" for e in h.has("message")).encode()
    check_equal(got, lines, "lines")


def lines_come_out():
    """What the peer says is on stdout, filtered, and nothing else is."""
    h = host()
    j = join_pipe(h)
    h.wait("connected")
    h.send("plain")
    h.send("\x1b[2J\u202ered")
    h.send("two\nrows")
    wait_until(lambda: len(h.has("delivered")) == 3, "delivery")
    check_equal(j.lines[0], "plain", "line 1")
    check_equal(j.lines[1], "^[[2J<U+202E>red", "line 2")
    check_equal(j.lines[2:], ["two", "rows"], "lines 3 and 4")
    h.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    check_equal(len(j.lines), 4, j.lines)


def last_line_without_end():
    h = host()
    j = join_pipe(h)
    j.write("with\nwithout")
    j.close_stdin()
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    check_equal([e["text"] for e in h.has("message")], ["with", "without"],
                "texts")


def nothing_to_say():
    """With an empty input one only receives, until the other side leaves."""
    h = host()
    j = join_pipe(h)
    j.close_stdin()
    h.wait("connected")
    h.send("to one who listens")
    wait_until(lambda: h.has("delivered"), "delivery")
    h.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    check_equal(j.lines, ["to one who listens"], "lines")


def refused_lines():
    """A line that cannot be sent is named, the others go; exit 6."""
    h = host()
    j = join_pipe(h)
    j.write(b"good\n\xff\xfe\nx" + b"y" * 65499 + b"\nalso good\n")
    j.close_stdin()
    check_equal(j.wait_exit(), 6, "joiner")
    check("line 2" in j.stderr() and "line 3" in j.stderr(), j.stderr())
    check_equal(h.wait_exit(), 0, "host")
    check_equal([e["text"] for e in h.has("message")], ["good", "also good"],
                "texts")


def nobody_shows_it():
    """The peer's program stops reading: after the drain time, exit 6."""
    h = host()
    j = join_pipe(h)
    h.wait("connected")
    h.paused = True
    j.write(b"x" * 1000 + b"\n")
    for _ in range(3000):
        j.write(b"x" * 1000 + b"\n")
    wait_until(lambda: len(j.out) < 1 << 20, "the first megabytes")
    j.close_stdin()
    check_equal(j.wait_exit(40), 6, "joiner")
    check("undelivered" in j.stderr() or "not delivered" in j.stderr(),
          j.stderr())
    h.paused = False
    check(h.wait_exit() in (0, 4), "host")


def wrong_secret():
    h = host()
    wrong = h.has("listening")[0]["code"].replace("-", "")[::-1]
    done = Shell(f'echo hi | "$SECCHAT" join --code-fd 3 --accept-intro 1 '
                 f'{h.addr}', wrong)
    check_equal(done.returncode, 5, done.stderr.decode())
    check_equal(h.has("message"), [], "messages")


def reader_goes_away():
    """`| head -1`: a broken pipe ends the chat in order."""
    h = host()
    j = join_pipe(h)
    h.wait("connected")
    j.popen.stdout.close()
    j.stdout_open = False
    for i in range(20):
        h.send(f"line {i}")
    check_equal(j.wait_exit(), 6, "joiner")
    check("standard output cannot be written" in j.stderr(), j.stderr())
    check_equal(h.wait_exit(), 6, "host, whose lines nobody has seen")


def kept_host(key):
    """A plain host for one chat after the other."""
    h = Suite("host", "--keep", "--key", key, "127.0.0.1:0", json_mode=False)
    wait_until(lambda: b"waiting on " in h.err, "the host")
    h.addr = re.search(r"waiting on (\S+)", h.stderr())[1]
    return h


def line_of_another_chat():
    """--keep: a line that was begun for one person is told, and no part of
    it reaches the next one."""
    key = make_key()
    h = kept_host(key)
    j = join(h, "--key", key)
    j.wait("connected")
    h.write("for the first\nto the first al")
    check_equal(j.wait("message")["text"], "for the first", "whole")
    h.stdin_read()
    j.do("quit")
    check_equal(j.wait_exit(), 0, "the first")
    wait_until(lambda: b"input line 2 was not sent" in h.err, "a word")
    # The next one leaves before the end of the line has come.
    for _ in range(2):
        j = join(h, "--key", key)
        j.wait("connected")
        h.write("so to the fir")
        h.stdin_read()
        j.do("quit")
        check_equal(j.wait_exit(), 0, "one who hears nothing")
        check_equal(j.has("message"), [], "messages")
    j = join(h, "--key", key)
    j.wait("connected")
    h.write("st\nto the last\n")
    check_equal(j.wait("message")["text"], "to the last", "text")
    h.close_stdin()
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    check_equal(h.stderr().count("was not sent"), 1, h.stderr())


def command_of_another_chat():
    """The same with --json."""
    key = make_key()
    h = host("--keep", "--key", key)
    j = join(h, "--key", key)
    h.wait("connected")
    h.write('\n{"do":"send","text":"to the fi')
    h.stdin_read()
    j.do("quit")
    e = h.wait("error")
    check_equal((e["code"], e["line"]), (2, 2), "error")
    check_equal(h.wait("end")["undelivered"], 0, "end")
    h.wait("listening")
    j = join(h, "--key", key)
    h.wait("connected")
    h.write('rst"}\n{"do":"send","text":"to the second"}\n{"do":"x"}\n')
    check_equal(j.wait("message")["text"], "to the second", "text")
    check_equal(h.wait("error")["line"], 2, "counted from the chat's first")
    # One that was written for the first and is read now.
    h.do("send", chat=1, ref="late", text="to the first")
    h.do("send", chat=2, text="to the second again")
    e = h.wait("error")
    check_equal((e["ref"], e["msg"]), ("late", "the command is for chat 1, "
                                       "and this is 2"), "error")
    check_equal(j.wait("message")["text"], "to the second again", "text")
    h.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")
    check_equal(len(h.has("error")), 3, "errors")


def another_with_the_secret():
    """The program of the other person ends without a word, and whoever comes
    next has the same secret: nothing that was written before reaches them,
    and what is written for the first later is refused."""
    key = make_key()
    h = host("--keep", "--key", key)
    j = join(h, "--key", key)
    h.wait("connected", chat=1)
    j.proc.kill(9)
    h.wait("link", state="lost")
    for i in range(300):
        h.do("send", chat=1, ref=f"r{i}", text=f"for the first {i}")
    h.stdin_read()
    j = join(h, "--key", key)
    h.wait("connected", chat=2)
    h.do("send", chat=1, ref="late", text="for the first, late")
    h.do("send", chat=2, ref="good", text="for the second")
    check_equal(j.wait("message")["text"], "for the second", "text")
    h.wait("delivered", ref="good")
    check_equal(h.wait("error")["ref"], "late", "error")
    check_equal([e["ref"] for e in h.has("undelivered")],
                [f"r{i}" for i in range(300)], "given back")
    j.do("quit")
    check_equal(h.wait("end")["undelivered"], 300, "end")
    h.wait("listening")
    check_equal(h.has("intro")[-1]["chat"], 3, "the next chat")
    j.wait_exit()
    # The same with an end of its own: each is counted once.
    j = join(h, "--key", key)
    h.wait("connected", chat=3)
    j.proc.kill(9)
    h.wait("link", state="lost")
    for i in range(3):
        h.send("x", f"s{i}")
    h.stdin_read()
    j = join(h, "--key", key)
    h.wait("connected", chat=4)
    h.do("quit")
    check_equal((h.wait_exit(), j.wait_exit()), (6, 0), "exit codes")
    check_equal(h.has("end")[-1]["undelivered"], 3, "end")
    check_equal(len(j.has("message")), 0, "texts of before")


def undelivered_and_kept():
    """--keep: texts that crypto was never given are counted, and the next
    chat comes."""
    key = make_key()
    h = host("--keep", "--key", key)
    j = join(h, "--key", key)
    h.wait("connected")
    j.paused = True
    for i in range(60):
        h.send("x" * 60000, f"r{i}")
    h.stdin_read()
    j.do("quit")
    e = h.wait("end")
    lost = len(h.has("undelivered"))
    check_equal((e["code"], e["undelivered"]), (6, lost), "end")
    check(f"; {lost} in all" in h.wait("error")["msg"], h.has("error"))
    h.wait("listening")
    check(f"; {lost} in all" in h.stderr(), h.stderr())
    j = join(h, "--key", key)
    h.wait("connected")
    h.do("quit")
    check_equal((j.wait_exit(), h.wait_exit()), (0, 0), "exit codes")


def unreadable_input():
    """The cause is named, the exit code is what the end event says, and no
    message is said to be undelivered where none was."""
    key = make_key()
    within = ("sh", "-c", 'exec "$0" "$@" </')
    cause = "standard input cannot be read: Is a directory"
    for json_mode in (True, False):
        h = host("--key", key)
        j = Suite("join", "--key", key, h.addr, within=within,
                  json_mode=json_mode)
        h.wait("connected")
        h.do("quit")
        check_equal((j.wait_exit(), h.wait_exit()), (6, 0), "exit codes")
        check(f"secchat: {cause}\n" in j.stderr(), j.stderr())
        check("undelivered" not in j.stderr(), j.stderr())
        if json_mode:
            e = j.wait("error")
            check_equal((e["code"], e["msg"]), (6, cause), "error")
            e = j.wait("end")
            check_equal((e["code"], e["undelivered"]), (6, 0), "end")
    h = Suite("host", "--keep", "--key", key, "127.0.0.1:0", within=within)
    h.addr = f"127.0.0.1:{h.wait('listening')['port']}"
    for _ in range(2):                  # and so after each chat
        j = join(h, "--key", key)
        h.wait("connected")
        j.do("quit")
        check_equal((h.wait("error")["msg"], h.wait("end")["code"]),
                    (cause, 6), "with --keep")
        check_equal(j.wait_exit(), 0, "joiner")
        h.wait("listening")


def full_output():
    """The cause is named on stderr, and nothing is said of messages."""
    key = make_key()
    for json_mode in (True, False):
        h = host("--key", key)
        j = Suite("join", "--key", key, h.addr, json_mode=json_mode,
                  within=("sh", "-c", 'exec "$0" "$@" >/dev/full'))
        h.send("for nobody")
        check_equal(j.wait_exit(), 6, "joiner")
        check("secchat: standard output cannot be written: No space left"
              in j.stderr(), j.stderr())
        check("undelivered" not in j.stderr(), j.stderr())
        h.do("quit")
        h.wait_exit()


main(echo_hi, thousand_lines, lines_come_out, last_line_without_end,
     nothing_to_say, refused_lines, nobody_shows_it, wrong_secret,
     reader_goes_away, line_of_another_chat, command_of_another_chat,
     another_with_the_secret, undelivered_and_kept, unreadable_input,
     full_output)
