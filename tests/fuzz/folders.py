"""Inputs for the fuzzer of the folder that received files go to."""
from acts import str8, u8
DIRS = (
    'XDG_DOWNLOAD_DIR="$HOME/Downloads"\n', 'XDG_DOWNLOAD_DIR="$HOME"',
    'XDG_DOWNLOAD_DIR="$HOMER/x"', 'XDG_DOWNLOAD_DIR="/d/"', "",
    'XDG_DOWNLOAD_DIR="/d', 'XDG_DOWNLOAD_DIR=/d', 'XDG_DOWNLOAD_DIR="//"',
    'XDG_DOWNLOAD_DIR="/a\\"b\\\\c"', 'XDG_DOWNLOAD_DIR="/a\\',
    '# a\n \tXDG_DOWNLOAD_DIR="/x"\nXDG_MUSIC_DIR="/y"\n',
    'XDG_DOWNLOAD_DIR="/' + "x" * 3990 + '"',
    'XDG_DOWNLOAD_DIR="/x"\nXDG_DOWNLOAD_DIR="y"\n')


def folder_seeds():
    for n, dirs in enumerate(DIRS):
        for how in (1, 3, 7):
            for home in ("/home/x", "home", "/"):
                size = (len(dirs) + 15) // 16 if len(dirs) > 255 else len(dirs)
                yield (f"desktop{n}-{how}-{len(home)}", u8(
                    128 | how | 16 * (len(dirs) > 255)) + str8(home) + u8(
                        size) + dirs.encode() + bytes(9))
    yield "no-home", u8(128) + u8(0)
    for n in range(3):
        yield f"secret{n}", u8(136 + 32) + str8("/d") + u8(0) + u8(n)
    for n in range(1, 13):
        for m in (0, 1):
            yield f"desktop-fails{n}-{m}", u8(129) + str8("/h") + u8(
                0) + bytes(m) + u8(n) + bytes(9)
            yield f"downloads{n}-{m}", u8(129) + str8("/h") + u8(
                0) + u8(1) + u8(m) + u8(n * m) + bytes(9)
        for d, named in enumerate(("/", "/a/b//", "b", "", "x" * 255, "//")):
            yield f"named{d}-{n}", u8(136) + str8(named) + u8(0) + u8(
                0) + u8(n)
            yield f"named-file{d}-{n}", u8(136) + str8(named) + u8(
                0) + u8(n & 1) + u8(0) + u8(n)
            yield f"named-none{d}-{n}", u8(136) + str8(named) + u8(
                0) + u8(0) + u8(1) + u8(n)

    # Whose and of which kind it is, and a name; 8: one of a killed process.
    def lies(how, name=""):
        return u8(how) + str8(name)

    def there(*some):
        return u8(len(some)) + b"".join(some)

    nothing = u8(0)
    one = str8("name.txt")
    some = there(lies(0, "name.txt"), lies(1, "name-2.txt"), lies(
        0, "name-3.txt"), lies(8 + 16), lies(
            9 + 32), lies(10 + 48), lies(12 + 64), lies(
                0, ".secchat-x.part"), lies(
                    0, ".secchat-0123456789abcdef.par"))
    for n, begun in enumerate((nothing, some)):
        for root in (0, 1, 2):
            yield f"kept{n}-{root}", u8(0) + begun + one + u8(root)
        # Each of the calls fails in each way.
        for call in range(24):
            for why in range(1, 13):
                yield f"fails{n}-{call}-{why}", u8(0) + begun + one + u8(
                    0) + bytes(call) + u8(why) + bytes(60)
                yield f"fails-two{n}-{call}-{why}", u8(0) + begun + one + (
                    u8(0) + bytes(call) + u8(why) * 2 + bytes(60))
        # Where names are given in weaker ways.
        for call in range(6, 22):
            for first in (4, 5, 6):
                for second in (3, 5, 10):
                    for third in (0, 3, 10):
                        yield (f"weak{n}-{call}-{first}{second}{third}", u8(
                            0) + begun + one + u8(0) + bytes(call) + u8(
                                first) + u8(second) + u8(third) + bytes(40))
        for call in range(6, 22):
            for last in range(8):
                yield f"weakest{n}-{call}-{last}", u8(0) + begun + one + u8(
                    0) + bytes(call) + bytes(
                        (4, 10, 0, 10, 10 * (last & 1), 5 * (last & 2),
                         10 * (last >> 2))) + bytes(40)
    for name in ("x" * 255, "\xe9", "a\tb", ".", "..", ".secchat-", "a.b.c"):
        for call in range(6, 14):
            for why in (4, 8, 9):
                yield f"odd{len(name)}{ord(name[0])}-{call}-{why}", u8(
                    0) + nothing + str8(name) + u8(0) + bytes(call) + u8(
                        why) + bytes(50)
    taken = there(*[lies(0, "name.txt")])
    yield "taken", u8(0) + taken + one + u8(0) + bytes(8) + u8(3) * 250


SEEDS = {"folder": folder_seeds}
