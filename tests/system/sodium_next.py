# not a test
"""A newer libsodium beside the system's, and a secchat built with it.

Debian's unstable release has it.  It is fetched with apt, which checks
Debian's signatures, but with folders of its own: the system's package lists
and packages are neither read nor changed.  What was fetched stays in
build/sodium-next.
"""
import fcntl
import os
import re
import shutil
import subprocess
import time

from objects import RELEASE, borrow
from secchat_test import ROOT, skip

NEEDED = "1.0.22"
SOURCE = "http://deb.debian.org/debian sid main"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
FOLDER = os.path.join(ROOT, "build/sodium-next")
DOWNLOAD = 60           # seconds for each step of it
BUILD = 240
LOCK = 300              # for another run that does the same

OBJ = "build/pq" if RELEASE == "build/release" else RELEASE + "-pq"


def system_version():
    done = subprocess.run(["pkg-config", "--modversion", "libsodium"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip()


def is_new(version):
    numbers = [int(n) for n in re.findall(r"\d+", version)]
    return numbers >= [int(n) for n in NEEDED.split(".")]


# ---- fetching ------------------------------------------------------------

def attempt(command, cwd, seconds=DOWNLOAD):
    """Its output; where it fails the test is skipped, and says why."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True,
                              check=False, timeout=seconds,
                              stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        skip(f"libsodium {NEEDED}: there is no {command[0]} here")
    except subprocess.TimeoutExpired:
        skip(f"libsodium {NEEDED}: {command[0]} took more than {seconds} s")
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["?"]
        skip(f"libsodium {NEEDED} cannot be had: {lines[0]}")
    return done.stdout


def apt_options(folder):
    for name in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, name))
    with open(os.path.join(folder, "sources.list"), "w",
              encoding="ascii") as f:
        f.write(f"deb [signed-by={KEYRING}] {SOURCE}\n")
    with open(os.path.join(folder, "status"), "w", encoding="ascii"):
        pass
    settings = {
        "Dir::Etc::sourcelist": folder + "/sources.list",
        "Dir::Etc::sourceparts": "/nonexistent",
        "Dir::State": folder, "Dir::State::lists": folder + "/lists",
        "Dir::State::status": folder + "/status",
        "Dir::Cache": folder + "/cache", "APT::Sandbox::User": "root",
        "APT::Update::Error-Mode": "any", "Acquire::Languages": "none",
        "Acquire::Retries": "0", "Acquire::http::Timeout": "10"}
    return [word for k, v in settings.items() for word in ("-o", f"{k}={v}")]


def fetch(folder):
    """libsodium's library and headers, unpacked into the folder."""
    apt = os.path.join(folder, "apt")
    options = apt_options(apt)
    attempt(["apt-get", *options, "-q", "update"], apt)
    depends = attempt(["apt-cache", *options, "depends", "libsodium-dev"], apt)
    library = re.search(r"Depends: (libsodium\d+)", depends)
    if library is None:
        skip(f"libsodium {NEEDED}: Debian's unstable release has none now")
    attempt(["apt-get", *options, "-q", "download", "libsodium-dev",
             library[1]], apt)
    for name in os.listdir(apt):
        if name.endswith(".deb"):
            attempt(["dpkg-deb", "-x", name, folder], apt)
    shutil.rmtree(apt)


def describe(folder):
    """What pkg-config is to say of it.  The path is for this tree alone."""
    for lib, _, files in os.walk(os.path.join(folder, "usr/lib")):
        if "libsodium.so" in files:
            break
    else:
        skip(f"libsodium {NEEDED}: no libsodium.so in Debian's package")
    with open(os.path.join(lib, "pkgconfig/libsodium.pc"),
              encoding="utf-8") as f:
        version = re.search(r"^Version: *(\S+)", f.read(), re.M)[1]
    if not is_new(version):
        skip(f"libsodium {NEEDED}: Debian's unstable release has {version}")
    final = lib.replace(folder, FOLDER)
    with open(os.path.join(folder, "libsodium.pc"), "w",
              encoding="utf-8") as f:
        f.write(f"Name: libsodium\nDescription: the newer one\n"
                f"Version: {version}\n"
                f"Libs: -L{final} -Wl,-rpath,{final} -lsodium\n")


def lock():
    """Two runs do not fetch or build at once.  Held until the test ends."""
    try:
        os.makedirs(os.path.dirname(FOLDER), exist_ok=True)
        fd = os.open(FOLDER + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC,
                     0o666)
    except OSError as e:
        skip(f"libsodium {NEEDED} has no place: {e}")
    deadline = time.monotonic() + LOCK
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return fd
        except BlockingIOError:
            if time.monotonic() > deadline:
                skip(f"libsodium {NEEDED}: another run prepares it for long")
            time.sleep(0.1)


def prepare():
    """The folder is there whole or not at all."""
    pc = os.path.join(FOLDER, "libsodium.pc")
    if not os.path.exists(pc):
        new = FOLDER + ".new"
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(new)
        fetch(new)
        describe(new)
        os.rename(new, FOLDER)
    with open(pc, encoding="utf-8") as f:
        return re.search(r"^Version: *(\S+)", f.read(), re.M)[1]


# ---- building ------------------------------------------------------------

def build(*targets):
    """secchat and these targets of OBJ, with the newer libsodium."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
                        "O", "SAN")}
    env["PKG_CONFIG_PATH"] = FOLDER
    borrow(OBJ, "#include <sodium")
    command = ["make", "-s", "--no-print-directory", "-j2", "CI=1",
               f"O={OBJ}", f"CFLAGS=-isystem {FOLDER}/usr/include", "all",
               *(f"{OBJ}/{t}" for t in targets)]
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=BUILD)
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-4000:])
    return os.path.join(ROOT, OBJ, "bin")
