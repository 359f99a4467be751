import pytest

from nlpseq.evaluation.surface import Surface, surface


@pytest.mark.parametrize(
    ("answers", "references", "sources", "expected"),
    [
        (["a b"], [("c d e f",)], ["a c"], Surface(0.5, 50)),
        (["a b", "c"], [("a",), ("b", "c d e")], ["x", "C!"], Surface(1, 100 / 3)),
        (["a, b."], [("A - B",)], ["Only ab"], Surface(1, 0)),
        (["今天很好"], [("今天。",)], ["今天不好"], Surface(2, 75)),
        ([("a", "b")], [(("a", "b", "c", "d"),)], [("a", "b")], Surface(0.5, 100)),
        (["a a a b"], [("a a",)], ["a"], Surface(2, 75)),
        ([""], [("a",)], ["a"], Surface(0, 0)),
        (["a"], [("",)], [""], Surface(0, 0)),
        ([], [], [], Surface(0, 0)),
        (["a"], [("a",)], None, Surface(1, None)),
    ],
)
def test_words_are_counted_and_looked_for_in_the_source(answers, references, sources, expected):
    found = surface(answers, references, sources)
    assert found.length_ratio == pytest.approx(expected.length_ratio)
    assert found.copy_rate == pytest.approx(expected.copy_rate)


@pytest.mark.parametrize(
    ("found", "tree", "rows"),
    [
        (Surface(1.0), {"length_ratio": 1.0}, [["length ratio", "1.00"]]),
        (
            Surface(0.5, 12.345),
            {"length_ratio": 0.5, "copy_rate": 12.345},
            [["length ratio", "0.50"], ["copy rate", "12.35"]],
        ),
    ],
)
def test_only_what_is_known_is_shown(found, tree, rows):
    assert found.as_json() == tree
    assert list(found.rows()) == rows
