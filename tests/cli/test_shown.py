import re
import sys
import unicodedata

import pytest

from nlpseq.cli.terminal import LONGEST, Shade, bracketed, cut, shown

EVERY = range(sys.maxunicode + 1)
MARKS_OF_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0}  # letters by category, but nothing is seen
JOINERS = {0x200C, 0x200D}
HARMLESS_MARKS = {0x061C, 0x200E, 0x200F}  # of direction; they neither open nor override
WRITING = {  # format characters that are seen, or shape what is seen
    *range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD,
    *range(0x13430, 0x13456),
}  # fmt: skip


def test_only_what_is_seen_reaches_a_terminal():
    """The allow-list: any other character must be written out in ASCII."""
    for code in EVERY:
        character = chr(code)
        printed = shown(character)
        if printed == character:
            visible = unicodedata.category(character)[0] in "LMNPS" and code not in FILLERS
            unassigned = unicodedata.category(character) in ("Zs", "Cn", "Co")
            assert (
                visible or unassigned or character in "\n\t"
                or code in JOINERS | HARMLESS_MARKS | WRITING
            ), hex(code)  # fmt: skip
        else:
            assert re.fullmatch(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}", printed)
            assert int(printed[2:], 16) == code


def test_everything_that_is_seen_stays():
    for code in EVERY:
        category = unicodedata.category(chr(code))
        if category[0] in "LMNPS" and code not in FILLERS or category in ("Zs", "Co"):
            assert shown(chr(code)) == chr(code), hex(code)


def test_joiners_and_text_from_right_to_left_stay():
    for text in ("می\u200cخواهم", "👩\u200d🚀", "e\u0301", "שלום", "one\ttwo\nthree", "　"):
        assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\rb", r"a\x0db"),
        ("\x9b2J", r"\x9b2J"),
        ("\ud83d", r"\ud83d"),
        ("a\u202eb\u202c", r"a\u202eb\u202c"),  # an override, and so its end
        ("\u202aa\u202c", "\u202aa\u202c"),
        ("\u2067a\u2069", "\u2067a\u2069"),
        ("\u2067\u202aa\u202c\u2069", "\u2067\u202aa\u202c\u2069"),
        ("\u2067a", r"\u2067a"),
        ("a\u2069", r"a\u2069"),
        ("\u2067\na\u2069", "\\u2067\na\\u2069"),  # a line ends all that is open
        ("\u202a\u2067a\u202c\u2069", "\\u202a\u2067a\\u202c\u2069"),  # crossed
        ("\u2067\u2067a\u2069", "\\u2067\u2067a\u2069"),
    ],
)
def test_what_is_left_open_is_written_out(text, printed):
    assert shown(text) == printed


def test_marks_of_direction_are_balanced_on_each_line_whatever_comes():
    import itertools

    pairs = {"\u202c": "\u202a\u202b", "\u2069": "\u2066\u2067\u2068"}
    for text in itertools.product("\u202a\u2066\u202c\u2069\u202ex\n", repeat=5):
        for line in shown("".join(text)).split("\n"):
            stack = []
            for mark in line:
                if mark in pairs:
                    assert stack
                    assert stack.pop() in pairs[mark]
                elif ord(mark) in MARKS_OF_DIRECTION:
                    assert mark != "\u202e"
                    stack.append(mark)
            assert not stack


def test_a_message_is_one_line_and_not_too_long():
    assert cut("a\nb\r\n c") == "a b c"
    assert cut("x" * LONGEST) == "x" * LONGEST
    assert cut("x" * 10_000) == "x" * LONGEST + "... (10,000 characters)"


def test_words_are_shaded_in_brackets_where_there_are_no_colours():
    assert bracketed([Shade("not", 0.3141), Shade("bad", 0.6)]) == "\tnot [0.31] bad [0.60]"
    assert bracketed([]) == ""
