"""Completions of bash, zsh and fish: commands, options, files and people; and
that they, the manual page and the table of src/cli/options.c have the same
options.

# seconds: 60
"""
import os
import re
import shutil
import subprocess

from secchat_test import (BIN, ROOT, SECCHAT, Terminal, check, check_equal,
                          main, scratch, skip_part, wait_until)

FOLDER = os.path.join(ROOT, "completions")
PEOPLE = ["anna", "Bob Smith"]
COMMANDS = {"host", "join", "keygen", "fingerprint", "id", "peers", "audit",
            "prices", "help"}
# Which commands a mask of the table means.
MASKS = {"CMD_HOST": {"host"}, "CMD_JOIN": {"join"},
         "CMD_PRICES": {"prices"}, "CMD_CHAT": {"host", "join"},
         "CMD_SHOW": {"host", "join", "prices"},
         "CMD_ANY": {"host", "join", "prices"}}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def table():
    """command: its options, from src/cli/options.c."""
    out = {"host": set(), "join": set(), "prices": set()}
    row = re.compile(r'^\{ "([a-z-]+)",\s*(?:0|\'.\'),\s*(?:"[^"]*"|NULL),'
                     r'\s*([A-Z_ |]+),', re.M)
    for name, masks in row.findall(read("src/cli/options.c")):
        masks = {m.strip() for m in masks.split("|")}
        if "CONF_ONLY" in masks:
            continue
        for mask in masks - {"CONF"}:
            for command in MASKS[mask]:
                out[command].add("--" + name)
    check(len(out["host"]) > 20 and "--key" in out["join"], out)
    return out


TABLE = table()


def known_commands():
    names = re.findall(r'^\{ "([a-z]+)", "', read("src/cli/commands.c"), re.M)
    check_equal(set(names), COMMANDS, "the commands")


def manual_page():
    """Every option is in the page, and nothing else."""
    page = read("docs/man/secchat.1")
    found = set()
    for section in ("Secrets", "Options", "Prices"):
        text = re.search(rf"^\.Ss {section}\n(.*?)^\.S[sh] ", page,
                         re.M | re.S)[1]
        for item in re.findall(r"^\.It (Fl .*)", text, re.M):
            found |= {"-" + w for w in flags(item) if w[:1] == "-"}
    check_equal(found, set().union(*TABLE.values()), "secchat.1")


def flags(line):
    """What mdoc takes for an option in a line of macros, and writes a dash
    before; whatever else begins with one is shown with one dash too few."""
    macro, out = "", []
    for word in line.split():
        if re.fullmatch("[A-Z][a-z]", word):
            macro = word
        elif macro == "Fl" and re.match("[-a-z]", word):
            out.append(word)
        else:
            check(not re.match("-[a-z]", word), "no Fl before", word, line)
    for word in out:
        check(len(word) == 1 or word[0] == "-", "one dash:", word, line)
    return out


def dashes():
    """Options have two in every page, letters one."""
    check_equal(flags("It Fl q , -quiet Ar n , Fl -x"), ["q", "-quiet", "-x"],
                "flags")
    for name in sorted(os.listdir(os.path.join(ROOT, "docs/man"))):
        for line in re.findall(r"^\.((?!Dl|Li|Bl|Bd|\\).*)",
                               read("docs/man/" + name), re.M):
            flags(line)


def exit_codes():
    """err.h, the page and the help have the same."""
    codes = set(re.findall(r"^\tEXIT_\w+ += (\d+),",
                           read("include/secchat/err.h"), re.M))
    check(len(codes) > 10, codes)
    page = read("docs/man/secchat.1").split(".Sh EXIT STATUS")[1]
    page = page.split(".Sh ")[0]
    check_equal(set(re.findall(r"^\.It (\d+)$", page, re.M)), codes, "page")
    said = run_help().split("Exit codes\n")[1]
    check_equal(set(re.findall(r"(?:^|  )(\d+) ", said, re.M)), codes, "help")
    check(max(map(len, said.splitlines())) <= 80, said)


def run_help(*command):
    return subprocess.run([SECCHAT, *command, "--help"], text=True,
                          capture_output=True, check=True).stdout


def help_of_each():
    """Below the heading: every option of those that have a table of their
    own, and what it means there."""
    own = set(re.findall(r'^\t\{ "(--[a-z-]+)", ',
                         read("src/audit/options.c"), re.M)) | {"--only"}
    check(len(own) > 6, own)
    for command, options in (("audit", own), ("id", {"--json", "--no-input"}),
                             ("peers", {"--quiet", "--json"})):
        listed = run_help(command).split("\nOptions\n")[1]
        check_equal(set(re.findall(r"^  .{4}(--[a-z-]+)", listed, re.M)),
                    options | {"--help"}, command)
    listed = run_help("prices")
    check("stdin" not in listed and "your lines" not in listed, listed)
    check("stdin" in run_help("host"), "host")


def programs_have_pages():
    """Of the workers; secchat(1) names every program once."""
    page = read("docs/man/secchat.1")
    names = sorted(f[8:-2] for f in os.listdir(os.path.join(ROOT, "bin"))
                   if re.fullmatch(r"secchat-[a-z-]+\.c", f))
    check_equal(sorted(re.findall(r"^\.It Nm secchat-(\S+)$", page, re.M)),
                names, "programs")
    for name in names:
        if name in ("audit", "canary"):     # started by nobody but audit
            continue
        check(f".Xr secchat-{name} 8" in page, "SEE ALSO", name)
        own = read(f"docs/man/secchat-{name}.8")
        check(f".Nm secchat-{name}" in own and ".Sh SEE ALSO" in own, name)


# ---- a person who knows two others ----------------------------------------

def env():
    home = scratch()
    os.makedirs(home + "/secchat", 0o700)
    with open(home + "/secchat/peers", "w", encoding="utf-8") as f:
        f.write("secchat peers 1\n")
        for i, name in enumerate(PEOPLE):
            f.write(f"{i + 9:02x}" + "00" * 31 +
                    f" verified 2026-11-22 - {name}\n")
    os.chmod(home + "/secchat/peers", 0o600)
    return {**os.environ, "XDG_DATA_HOME": home, "HOME": home,
            "XDG_CONFIG_HOME": home, "LC_ALL": "C.UTF-8",
            "PATH": BIN + ":" + os.environ.get("PATH", "/usr/bin:/bin")}


def names_alone():
    done = subprocess.run(["secchat", "peers", "-q"], env=env(), text=True,
                          capture_output=True, check=False)
    check_equal((done.stdout, done.stderr, done.returncode),
                ("anna\nBob Smith\n", "", 0), "peers -q")


def run(command, where):
    done = subprocess.run(command, env=env(), cwd=where, text=True,
                          capture_output=True, check=False, timeout=30,
                          stdin=subprocess.DEVNULL)
    check_equal(done.stderr, "", f"stderr of {command[:2]}")
    return {line.split("\t")[0] for line in done.stdout.splitlines() if line}


def bash(line, where):
    script = f'''. {FOLDER}/secchat.bash
        COMP_WORDS=({line}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        _secchat secchat "${{COMP_WORDS[COMP_CWORD]}}" \\
            "${{COMP_WORDS[COMP_CWORD-1]}}"
        printf '%s\\n' "${{COMPREPLY[@]}}"'''
    return run(["bash", "--norc", "-c", script], where)


def fish(line, where):
    line = line.replace(' ""', " ").replace("'", "")
    return run(["fish", "--no-config", "-c",
                f"source {FOLDER}/secchat.fish; complete -C '{line}'"], where)


def every_case(complete, where):
    """The same questions to a shell."""
    with open(where + "/my.key", "w", encoding="ascii"):
        pass
    check_equal({w for w in complete('secchat ""', where)
                 if not w.startswith("-")}, COMMANDS, "commands")
    check_equal(complete("secchat jo", where), {"join"}, "jo")
    for command, options in TABLE.items():
        check_equal({w for w in complete(f"secchat {command} --", where)
                     if w.startswith("--")}, options, command)
    check_equal(complete("secchat host --keep", where), {"--keep"}, "--keep")
    check_equal(complete("secchat join --keep", where), set(), "join --keep")
    check("my.key" in complete("secchat host --key my", where), "a file")
    check_equal(complete('secchat peers ""', where) - {"--help"},
                {"list", "show", "forget"}, "peers")
    check_equal({w.replace("\\", "") for w in
                 complete('secchat peers show ""', where)}, set(PEOPLE),
                "people")
    check_equal(complete("secchat join --name an", where), {"anna"}, "name")
    check_equal(complete("secchat host --colors e", where), {"eastern"},
                "colors")
    check("--strict" in complete("secchat audit --s", where), "audit")


def in_bash():
    every_case(bash, scratch())


def in_fish():
    if not shutil.which("fish"):
        skip_part("fish is not installed")
        return
    every_case(fish, scratch())


class Zsh:
    """An interactive zsh on a terminal of its own: only its editor can ask."""

    def __init__(self):
        where = scratch()
        with open(where + "/.zshrc", "w", encoding="ascii") as f:
            f.write(f"fpath=({FOLDER} $fpath)\nautoload -Uz compinit\n"
                    "compinit -u -D\nunsetopt PROMPT_SP\n"
                    "zstyle ':completion:*' verbose no\nLISTMAX=1000\n"
                    "PS1='z> '\n")
        self.t = Terminal(["zsh", "-d", "-i"], rows=100, cols=100,
                          env={**env(), "ZDOTDIR": where, "TERM": "xterm",
                               "HOME": where})
        self.t.expect("z> ")

    def ask(self, keys, pattern):
        """Type it; what is shown from then on, once the pattern is there."""
        self.t.text = ""
        self.t.type(keys)
        self.t.expect(pattern)
        return self.t.plain()

    def options(self, command, wanted):
        """What it offers for an option."""
        self.t.text = ""
        self.t.type(f"secchat {command} --\t\t")

        def shown():
            self.t.read(0.1)
            return set(re.findall(r"(--[a-z][a-z-]+)", self.t.plain()))

        wait_until(lambda: shown() >= wanted, f"zsh: {command}")
        got = shown()
        self.ask("\x15\r", "z>")
        return got


def in_zsh():
    if not shutil.which("zsh"):
        skip_part("zsh is not installed")
        return
    z = Zsh()
    for keys, pattern in (
            ("secchat jo\t", r"jo\a?in "),
            ("secchat peers show an\t", r"an\a?na"),
            ("secchat join --name Bo\t", r"Bo\a?b\\ Smith"),
            ("secchat host --colors e\t", r"e\a?astern"),
            ("secchat host --kee\t", r"--kee\a?p ")):
        z.ask(keys, pattern)
        z.ask("\x15\r", "z>")
    for command, options in TABLE.items():
        check_equal(z.options(command, options), options, f"zsh: {command}")


main(known_commands, manual_page, dashes, exit_codes, help_of_each,
     programs_have_pages, names_alone, in_bash, in_fish, in_zsh)
