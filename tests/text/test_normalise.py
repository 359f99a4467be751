"""The one form of a text that its tokens stand for."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpseq.text.normalise import JOINER, normalise

ASSIGNED = [*range(0xD800), *range(0xE000, 0x33480), *range(0xE0000, 0xE0200)]
CHARACTERS = [chr(code) for code in ASSIGNED]
SPACES = [c for c in CHARACTERS if c.isspace() or unicodedata.category(c) == "Cc"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \t\r\n ", ""),
        ("  two   words ", "two words"),
        ("a\r\nb", "a b"),
        ("cafe\u0301", "café"),
        (f"e{JOINER}\u0301", "é"),
        (JOINER, ""),
        ("\u3000全角　空白\u00a0", "全角 空白"),
        ("a\x00b\x1bc\x9bd", "a b c d"),
        ("\u202eright to left\u202c", "\u202eright to left\u202c"),
        ("zero\u200bwidth \u200djoined \ufeff", "zero\u200bwidth \u200djoined \ufeff"),
        ("“Don’t” — ﬁ…", "“Don’t” — ﬁ…"),
        ("ÄÖÜ İ", "ÄÖÜ İ"),
    ],
)
def test_only_spaces_and_composition_change(text, expected):
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ÄÖÜ Straße", "äöü straße"),
        ("ΟΔΟΣ", "οδος"),
        ("İ", "i\u0307"),
        ("J\u030c", "\u01f0"),
        ("\u212b", "å"),
    ],
)
def test_lower_case_is_composed_again(text, expected):
    assert normalise(text, lowercase=True) == expected


def test_every_white_space_and_control_character_becomes_a_space():
    assert len(SPACES) > 80
    assert {normalise(f"a{space}b") for space in SPACES} == {"a b"}


def test_every_other_character_stays():
    others = "a".join(c for c in CHARACTERS if c not in SPACES and c != JOINER)

    assert normalise(others) == unicodedata.normalize("NFC", others)


@pytest.mark.parametrize("lowercase", [False, True])
def test_normalising_every_character_twice_changes_nothing_more(lowercase):
    once = normalise("a".join(CHARACTERS), lowercase=lowercase)

    assert normalise(once, lowercase=lowercase) == once


@given(st.text(st.characters() | st.sampled_from(["\u0301", "İ", "Σ", "\x85", " ", JOINER])))
def test_normalising_twice_changes_nothing_more(text):
    for lowercase in (False, True):
        once = normalise(text, lowercase=lowercase)

        assert normalise(once, lowercase=lowercase) == once
        assert len(once.splitlines()) <= 1
        assert JOINER not in once


@given(st.text())
def test_how_a_text_was_composed_makes_no_difference(text):
    for lowercase in (False, True):
        apart = unicodedata.normalize("NFD", text)

        assert normalise(apart, lowercase=lowercase) == normalise(text, lowercase=lowercase)
