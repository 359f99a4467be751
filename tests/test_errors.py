"""The tree of errors is the one drawn, and each carries its exit code."""

import re

import pytest

from nlpseq import errors
from nlpseq.errors import DataError, MissingExtra, NlpseqError, Place, Stopped, UnknownName, nearest


def drawn():
    """Name, depth and exit code of each line of the drawing."""
    for line in errors.__doc__.splitlines():
        found = re.match(r"    ([│├└─ ]*)([A-Z]\w+)  .*?(?:exit code (\d))?$", line)
        if found and found[2] != "Stopped":
            yield found[2], len(found[1]) // 4, found[3]


def tree(cls, depth=0):
    yield cls.__name__, depth
    for child in cls.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child, depth + 1)


def test_the_drawing_is_the_tree():
    assert [(name, depth) for name, depth, _ in drawn()] == list(tree(NlpseqError))


def test_the_drawing_tells_the_exit_codes():
    told = {name: int(code) for name, _, code in drawn() if code}
    assert told == {"NlpseqError": 2, "Failure": 1}
    for name, _ in tree(NlpseqError):
        cls = getattr(errors, name)
        assert cls.exit_code == (1 if issubclass(cls, errors.Failure) else 2)


def test_an_unknown_name_is_a_key_error_whose_message_is_not_quoted():
    error = UnknownName("no 'x' among the cells")
    assert isinstance(error, KeyError)
    assert str(error) == "no 'x' among the cells"


def test_an_error_without_a_message_has_an_empty_one():
    assert str(NlpseqError()) == str(UnknownName()) == ""


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("a.txt"), "a.txt"),
        (Place("a.txt", 3), "a.txt:3"),
        (Place("a.txt", 3, 7), "a.txt:3:7"),
    ],
)
def test_a_place_leaves_out_what_is_unknown(place, text):
    assert str(place) == text
    assert str(DataError("is blank", place)) == f"{text}: is blank"


def test_a_data_error_is_placed_once():
    first, second = Place("a.txt", 1), Place("b.txt", 2)
    placed = DataError("is blank").at(first)
    assert str(placed) == "a.txt:1: is blank"
    assert placed.at(second) is placed


def test_a_missing_extra_holds_the_line_that_installs_it():
    message = "spaCy is not installed; install it with: pip install 'nlpseq[spacy]'"
    assert str(MissingExtra("spaCy", "spacy")) == message


def test_stopped_is_no_error_and_ends_as_the_shell_expects():
    assert not issubclass(Stopped, Exception)
    assert Stopped(15).exit_code == 143


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("widht", ["width", "depth"], "did you mean 'width'?"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("zzz", [], "none is known"),
        ("", ["a"], "known: a"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_nearest_else_with_all(name, known, hint):
    assert nearest(name, iter(known)) == hint
