import pytest
from rich.cells import cell_len

from nlpseq.evaluation.table import NAME, aligned, name


def test_columns_stand_under_each_other():
    assert aligned([["metric", "value"], ["f1", "9.10"]]) == ["metric  value", "f1       9.10"]


def test_texts_may_stand_to_the_left():
    assert aligned([["a", "b", "1"], ["long", "longer", "22"]], left=2) == [
        "a     b        1",
        "long  longer  22",
    ]


def test_wide_letters_take_two_columns():
    wide, narrow = aligned([["好评", "1"], ["good", "2"]])
    assert cell_len(wide) == cell_len(narrow)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("pos", "pos"),
        ("two\nlines\tand more", "two lines and more"),
        ("x" * 24, "x" * 24),
        ("x" * 25, "x" * 23 + "…"),
        ("", ""),
    ],
)
def test_a_name_is_one_short_line(given, shown):
    assert name(given) == shown


def test_a_wide_name_is_cut_by_its_columns():
    assert cell_len(name("评" * 20)) <= NAME
