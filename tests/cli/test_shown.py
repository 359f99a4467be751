import itertools
import os
import pty
import re
import sys
import unicodedata

import pytest

from nlpseq.cli.terminal import LONGEST, Console, Shade, bracketed, cut, shown

EVERY = range(sys.maxunicode + 1)
MARKS_OF_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0}  # letters by category, but nothing is seen
JOINERS = {0x200C, 0x200D}
HARMLESS_MARKS = {0x061C, 0x200E, 0x200F}  # of direction; they neither open nor override
WRITING = {  # format characters that are seen, or shape what is seen
    *range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD,
    *range(0x13430, 0x13456),
}  # fmt: skip


@pytest.fixture(scope="module")
def printed():
    """What becomes of every character when it stands alone on its line."""
    rest = [chr(code) for code in EVERY if chr(code) != "\n"]
    lines = shown("\n".join(rest)).split("\n")
    return dict(zip(rest, lines, strict=True)) | {"\n": shown("\n")}


def test_only_what_is_seen_reaches_a_terminal(printed):
    """The allow-list: any other character must be written out in ASCII."""
    assert len(printed) == 1_114_112
    for character, form in printed.items():
        code = ord(character)
        if form == character:
            visible = unicodedata.category(character)[0] in "LMNPS" and code not in FILLERS
            unassigned = unicodedata.category(character) in ("Zs", "Cn", "Co")
            assert (
                visible or unassigned or character in "\n\t"
                or code in JOINERS | HARMLESS_MARKS | WRITING
            ), hex(code)  # fmt: skip
        else:
            assert re.fullmatch(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}", form)
            assert int(form[2:], 16) == code


def test_everything_that_is_seen_stays(printed):
    for character, form in printed.items():
        category = unicodedata.category(character)
        seen = category[0] in "LMNPS" and ord(character) not in FILLERS
        if seen or category in ("Zs", "Co"):
            assert form == character, hex(ord(character))


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


def printed_on_terminal(monkeypatch, text, shades=(), **environment):
    """What a result becomes on the way to a terminal."""
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ours, theirs = pty.openpty()
    with open(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        Console().result(text, shades)
        sent = b""
        while not sent.endswith(b"\n"):  # a terminal hands on its input in parts
            sent += os.read(ours, 1000)
        monkeypatch.undo()
    os.close(ours)
    return sent.decode()


SHADES = (Shade("not", 0.0), Shade("so\x1b[1m", 0.2), Shade("bad", 0.6))


def test_the_strongest_word_has_the_strongest_colour(monkeypatch):
    assert printed_on_terminal(monkeypatch, "NO", SHADES, TERM="xterm") == (
        "NO\tnot \x1b[30;48;5;229mso\\x1b[1m\x1b[0m \x1b[30;48;5;226mbad\x1b[0m\r\n"
    )


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}, {}], ids=str
)
def test_where_no_colours_are_wanted_there_are_brackets(monkeypatch, environment):
    assert printed_on_terminal(monkeypatch, "NO", SHADES, **environment) == (
        "NO\tnot [0.00] so\\x1b[1m [0.20] bad [0.60]\r\n"
    )


def test_a_pipe_gets_results_exactly_as_they_are(capfdbinary):
    text = "a\x1b[31m\u202e\u2028\x00ü"
    Console().result(text, [Shade("b\x07", 1.0)])
    assert capfdbinary.readouterr().out.decode() == f"{text}\tb\x07 [1.00]\n"


def test_words_are_shaded_in_brackets_where_there_are_no_colours():
    assert bracketed([Shade("not", 0.3141), Shade("bad", 0.6)]) == "\tnot [0.31] bad [0.60]"
    assert bracketed([]) == ""
