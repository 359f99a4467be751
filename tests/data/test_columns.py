"""Columns: how those of a task are found in a file, and what values files may hold."""

import pytest

from nlpseq.data.columns import as_value, headless, is_header, locate
from nlpseq.errors import DataError, Place, SettingError
from nlpseq.task import Column

COLUMNS = (Column("text", "text", also=("sentence", "review")), Column("label", "label"))
PLACE = Place("f.csv", 1)


@pytest.mark.parametrize(
    ("names", "asked", "expected"),
    [
        (["text", "label"], {}, {"text": 0, "label": 1}),
        (["id", "label", "text"], {}, {"text": 2, "label": 1}),
        (["LABEL", "Text"], {}, {"text": 1, "label": 0}),
        (["label", "Review"], {}, {"text": 1, "label": 0}),
        (["review", "text", "label"], {}, {"text": 1, "label": 2}),  # its own name comes first
        (["review", "sentence", "label"], {}, {"text": 1, "label": 2}),
        (["Text", "text", "label"], {}, {"text": 1, "label": 2}),  # the same letters come first
        (["a", "b"], {"text": "b", "label": "a"}, {"text": 1, "label": 0}),
        (["A", "label"], {"text": "a"}, {"text": 0, "label": 1}),
        (["a", "b"], {"text": "2", "label": "1"}, {"text": 1, "label": 0}),
        (["x", "label"], {"text": "1"}, {"text": 0, "label": 1}),
        (["2", "label", "1"], {"text": "1"}, {"text": 2, "label": 1}),  # a name before a number
    ],
)
def test_a_column_is_found_by_name_or_as_it_was_asked_for(names, asked, expected):
    assert locate(COLUMNS, names, asked, PLACE) == expected


ADVICE = "give --columns {}=NAME or, for a file without header, numbers: --columns text=1,label=2"


@pytest.mark.parametrize(
    ("names", "asked", "expected"),
    [
        (
            ["a", "label"],
            {},
            "f.csv:1: found columns 'a', 'label', expected 'text' or 'sentence' or 'review'; "
            + ADVICE.format("text"),
        ),
        (
            ["text"],
            {},
            "f.csv:1: found columns 'text', expected 'label'; " + ADVICE.format("label"),
        ),
        ([], {}, "f.csv:1: found columns none, expected 'text' or "),
        (["x" * 1000] * 3, {}, f"f.csv:1: found columns '{'x' * 39}..., '{'x' * 39}..."),
        ([f"{n}" for n in range(12)], {}, "'9' and 2 more, expected 'text'"),
        (["text", "label"], {"text": "body"}, "found columns 'text', 'label', expected 'body'; "),
        (["text", "label", "text"], {}, "f.csv:1: found 2 columns 'text', expected one; "),
        (["Text", "TEXT", "label"], {}, "found 2 columns 'text', expected one; "),
        (["a", "label"], {"text": "3"}, "found 2 columns, expected a number 3 among them; "),
        (["a", "label"], {"text": "0"}, "found 2 columns, expected a number 0 among them; "),
        (["a", "label"], {"text": "9" * 5000}, "expected '999"),
        (["a", "b"], {"text": "1", "label": "a"}, "f.csv:1: text and label are one column, 'a'"),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_what_is(names, asked, expected):
    with pytest.raises(DataError) as caught:
        locate(COLUMNS, names, asked, PLACE)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "call", [lambda a: locate(COLUMNS, ["a"], a, PLACE), lambda a: headless(COLUMNS, a)]
)
def test_a_column_that_the_task_has_not_is_refused(call):
    with pytest.raises(
        SettingError, match="^--columns: the task has no column 'txt'; did you mean 'text'?"
    ):
        call({"txt": "1"})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, False),
        ({"text": "1"}, False),
        ({"text": "2", "label": "1"}, True),
        ({"text": "2", "label": "a"}, False),
        ({"text": "٢", "label": "1"}, False),
        ({"text": "-2", "label": "1"}, False),
    ],
)
def test_a_file_has_no_header_when_all_columns_are_numbers(asked, expected):
    assert headless(COLUMNS, asked) is expected


def test_a_header_has_a_name_of_every_column():
    assert is_header(COLUMNS, ["id", "Label", "REVIEW"])
    assert not is_header(COLUMNS, ["text", "pos"])


@pytest.mark.parametrize(
    ("kind", "found", "expected"),
    [
        ("text", "a  b\n", "a  b\n"),
        ("text", "", ""),
        ("text", None, ""),
        ("text", ["a", "b c"], ("a", "b c")),
        ("text", [], ()),
        ("label", "a b", "a b"),
        ("label", 1, "1"),
        ("label", True, "true"),
        ("label", None, ""),
        ("tokens", "a b", ("a", "b")),
        ("tokens", "a  b", ("a", "", "b")),
        ("tokens", "", ()),
        ("tokens", None, ()),
        ("tokens", ["a b", "c"], ("a b", "c")),
        ("token_labels", "N V", ("N", "V")),
        ("token_labels", [0, 1], ("0", "1")),
        ("a plugin's own", "a b", "a b"),
    ],
)
def test_values_are_texts_or_tuples_of_texts(kind, found, expected):
    assert as_value(kind, found) == expected


@pytest.mark.parametrize(
    ("kind", "found", "expected"),
    [
        ("text", 3, "found 3, expected a text"),
        ("text", True, "found True, expected a text"),
        ("text", {"a": 1}, "found {'a': 1}, expected a text"),
        ("text", [1], "found 1, expected a text"),
        ("text", ["a", None], "found None, expected a text"),
        ("text", ["a", " "], "found ' ' in a list, expected no blank text there"),
        ("text", ["a", ["b"]], "found ['b'], expected a text"),
        ("label", 1.5, "found 1.5, expected a text or a whole number"),
        ("label", ["a"], "found ['a'], expected a text or a whole number"),
        ("tokens", 3, "found 3, expected a text"),
        ("tokens", ["a", ""], "found '' in a list, expected no blank text there"),
    ],
)
def test_other_values_are_refused(kind, found, expected):
    with pytest.raises(DataError) as caught:
        as_value(kind, found)
    assert str(caught.value) == expected
