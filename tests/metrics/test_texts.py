import numpy as np
import pytest

from nlpseq.metrics.texts import VARYING, references_each, tally, text_of


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((), 0), ((1,), 1), ((1, 1, 1), 1), ((4, 4), 4), ((1, 2), VARYING), ((3, 1, 2), VARYING)],
)
def test_the_number_of_references_follows_from_sums(numbers, expected):
    rows = [tally(("a reference",) * number) for number in numbers]
    assert references_each(np.array(rows, dtype=float).reshape(-1, 3).sum(axis=0)) == expected


@pytest.mark.parametrize("answer", ["a text", ("a", "text")])
def test_tokens_are_a_text_with_spaces(answer):
    assert text_of(answer) == "a text"
