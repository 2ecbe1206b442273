#!/usr/bin/python3
"""Write src/text/unicode_data.c: what Unicode says about each code point.

    src/text/unicode.py           write the file
    src/text/unicode.py --check   say whether it is what would be written

The facts come from the Unicode character database as Debian's package
unicode-data installs it; SECCHAT_UNICODE names another folder.  A build needs
neither this program nor the package: what it writes is kept with the sources.
Exit status 0; 1 with --check when the file differs; 2 without the database.
"""
import os
import re
import sys

UCD = os.environ.get("SECCHAT_UNICODE", "/usr/share/unicode")
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "unicode_data.c")
ALL = 0x110000

# Code points to a block, and blocks to a group of blocks.
LOW, HIGH = 16, 32

# Characters that count for two columns although the database of this version
# says one.  What is counted too narrow makes a row longer than the terminal.
WIDER = [
    (0x2630, 0x2637, "trigrams: wide since Unicode 16"),
    (0x268a, 0x268f, "monograms and digrams: wide since Unicode 16"),
    (0x3248, 0x324f, "numbers on squares: ambiguous; wide in glibc"),
    (0x4dc0, 0x4dff, "hexagrams: wide since Unicode 16; wide in glibc"),
]

VIRAMA, OVERLAY = "9", "1"  # canonical combining classes


def lines(name):
    with open(os.path.join(UCD, name), encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if line:
                yield [field.strip() for field in line.split(";")]


def ranges(name, wanted=None):
    """(first, last, value) of a file `XXXX..XXXX ; value`."""
    for field in lines(name):
        first, _, last = field[0].partition("..")
        if wanted is None or field[1] == wanted:
            yield int(first, 16), int(last or first, 16), field[1]


def column(name, default, wanted=None):
    values = [default] * ALL
    for first, last, value in ranges(name, wanted):
        values[first:last + 1] = [value] * (last + 1 - first)
    return values


def is_dressed(decomposition):
    """Whether it is other characters in another shape: mathematical, wide,
    raised.  Those that Unicode only calls compatible are letters of their own
    where they are spelled with others than ASCII's, as Thai sara am is."""
    tag, *spelled = decomposition.split()
    return tag[0] == "<" and (
        tag != "<compat>" or all(int(cp, 16) < 0x80 for cp in spelled))


def categories():
    """General category and combining class of every code point, and whether
    it is others in another shape."""
    cat, ccc, first = ["Cn"] * ALL, ["0"] * ALL, None
    dressed = [False] * ALL
    for field in lines("UnicodeData.txt"):
        cp = int(field[0], 16)
        if field[1].endswith(", First>"):
            first = cp
            continue
        if not field[1].endswith(", Last>"):
            first = cp
        for c in range(first, cp + 1):
            cat[c], ccc[c] = field[2], field[3]
            dressed[c] = field[5] != "" and is_dressed(field[5])
    return cat, ccc, dressed


def version():
    with open(os.path.join(UCD, "EastAsianWidth.txt"), encoding="utf-8") as f:
        return re.search(r"-(\d+\.\d+\.\d+)\.txt", f.readline()).group(1)


def columns_of(cat, gcb, wide, wider):
    """How many columns a terminal gives it."""
    if cat in ("Mn", "Me", "Cf") or gcb in ("V", "T"):
        return 0
    return 2 if wider or wide in ("W", "F") else 1


def record(facts):
    """The row of C that describes a code point of which all this is so."""
    cat, ccc, gcb, joining, wide, wider, ignorable, picture, dressed = facts
    bits = [name for name, yes in (
        ("CHAR_IGNORABLE", ignorable), ("CHAR_PICTURE", picture),
        ("CHAR_VIRAMA", ccc == VIRAMA), ("CHAR_OVERLAY", ccc == OVERLAY),
        ("CHAR_DRESSED", dressed and cat[0] in "LN")
    ) if yes]
    cols = columns_of(cat, gcb, wide, wider)
    return (f"{{ CAT_{cat.upper()}, {cols}, GCB_{gcb.upper()}, "
            f"JOIN_{joining}, {' | '.join(bits) or '0'} }}")


def records():
    """Every code point's row."""
    cat, ccc, dressed = categories()
    wider = [False] * ALL
    for first, last, _ in WIDER:
        wider[first:last + 1] = [True] * (last + 1 - first)
    rows = {}
    for facts in zip(
            cat, ccc, column("auxiliary/GraphemeBreakProperty.txt", "Other"),
            column("extracted/DerivedJoiningType.txt", "U"),
            column("EastAsianWidth.txt", "N"), wider,
            column("DerivedCoreProperties.txt", "",
                   "Default_Ignorable_Code_Point"),
            column("emoji/emoji-data.txt", "", "Extended_Pictographic"),
            dressed):
        if facts not in rows:
            rows[facts] = record(facts)
        yield rows[facts]


def fold(values, size):
    """Cut into blocks of size; the numbers of the blocks, and the blocks."""
    blocks, numbers = {}, []
    for i in range(0, len(values), size):
        block = tuple(values[i:i + size])
        numbers.append(blocks.setdefault(block, len(blocks)))
    return numbers, [v for block in blocks for v in block]


def table(name, kind, values):
    yield f"const {kind} {name}[{len(values)}] = {{"
    row = "\t"
    for v in values:
        if len(row) + len(f"{v},") > 120:
            yield row
            row = "\t"
        row += f"{v},"
    yield row
    yield "};"


def source():
    rows = {}
    number = [rows.setdefault(r, len(rows)) for r in records()]
    numbers, blocks = fold(number, LOW)
    groups, numbers = fold(numbers, HIGH)
    assert len(rows) <= 256 and len(groups) == ALL // LOW // HIGH
    assert max(groups) < 256 and max(numbers) < 65536
    yield "/*"
    yield " * What Unicode says about each code point.  Written by unicode.py;"
    yield " * change that, not this."
    yield " */"
    yield '#include "unicode.h"'
    yield ""
    yield "/* clang-format off */"
    yield f'const char text_unicode_version[] = "{version()}";'
    yield ""
    yield f"const struct text_char text_chars[{len(rows)}] = {{"
    for row in rows:
        yield f"\t{row},"
    yield "};"
    yield ""
    yield from table("text_groups", "uint8_t", groups)
    yield ""
    yield from table("text_blocks", "uint16_t", numbers)
    yield ""
    yield from table("text_numbers", "uint8_t", blocks)
    yield "/* clang-format on */"


def main():
    if not os.path.exists(os.path.join(UCD, "UnicodeData.txt")):
        print(f"unicode.py: no Unicode database in {UCD}; install the package"
              " unicode-data", file=sys.stderr)
        return 2
    text = "\n".join(source()) + "\n"
    if sys.argv[1:] == ["--check"]:
        with open(OUT, encoding="ascii") as f:
            if f.read() == text:
                return 0
        print("unicode.py: src/text/unicode_data.c is not what the database"
              f" of Unicode {version()} gives; run src/text/unicode.py")
        return 1
    with open(OUT, "w", encoding="ascii") as f:
        f.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
