# not a test
"""Programs that are traced from their first instruction on."""
import ctypes
import os
import pwd
import signal

from secchat_test import check, check_equal

PTRACE_TRACEME, PTRACE_CONT = 0, 7
NOBODY = pwd.getpwnam("nobody").pw_uid

libc = ctypes.CDLL(None, use_errno=True)


def ptrace(request, pid):
    return libc.ptrace(ctypes.c_long(request), ctypes.c_int(pid), None, None)


class Traced:
    """A program at its exec, stopped; its descriptor 2 is read here."""

    def __init__(self, path, uid=None):
        self.err, err_w = os.pipe()
        program = os.open(path, os.O_PATH)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.become(program, path, err_w, uid)
            finally:
                os._exit(99)
        os.close(program)
        os.close(err_w)
        self.living = True
        self.wait()
        check(self.living and os.WSTOPSIG(self.status) == signal.SIGTRAP,
              f"{path} was not started: {self.status:#x}")

    @staticmethod
    def become(program, path, err, uid):
        os.dup2(os.open("/dev/null", os.O_RDWR), 0)
        os.dup2(0, 1)
        os.dup2(err, 2)
        if uid is not None:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        if ptrace(PTRACE_TRACEME, 0) == 0:
            os.execve(program, [os.path.basename(path)], {})

    def wait(self):
        _, self.status = os.waitpid(self.pid, 0)
        self.living = os.WIFSTOPPED(self.status)

    def dumpable(self):
        """The files of a process that is not belong to root."""
        owner = os.stat(f"/proc/{self.pid}/status").st_uid
        check(owner in (0, NOBODY), "owner", owner)
        return owner != 0

    def run(self):
        """Let it go on, traced: (exit code, its words)."""
        while self.living:
            check_equal(ptrace(PTRACE_CONT, self.pid), 0, "PTRACE_CONT")
            self.wait()
        with os.fdopen(os.dup(self.err)) as f:
            words = f.read()
        return os.waitstatus_to_exitcode(self.status), words

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.living:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        os.close(self.err)
