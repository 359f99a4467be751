"""The answer of least risk."""

import numpy as np
import pytest

from nlpseq.metrics.protocol import Metric, Score
from nlpseq.search.risk import least_risk


class Shared(Metric):
    """The share of words that stand in the reference."""

    name = "shared"

    def statistics(self, hypothesis, references):
        words, other = hypothesis.split(), references[0].split()
        return np.array([sum(word in other for word in words), len(words)], dtype=float)

    def score(self, total):
        return Score(self.name, 100 * total[0] / max(total[1], 1))


class Missing(Shared):
    """Its opposite: lower is better."""

    higher_is_better = False

    def score(self, total):
        return Score("missing", 100 - super().score(total).value)


@pytest.mark.parametrize("metric", [Shared(), Missing()])
@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["x y", "a b", "a b c", "a b c d"], [1, 2, 3, 0]),
        (["a", "a", "a"], [0, 1, 2]),  # of equal ones the first is first
        (["", "b", "a", "a"], [2, 3, 0, 1]),
        (["a"], [0]),
        ([], []),
    ],
)
def test_the_text_closest_to_the_others_comes_first(metric, texts, order):
    assert least_risk(texts, metric) == order


def test_no_text_is_judged_by_itself():
    assert least_risk(["b c", "a b", "a d"], Shared()) == [1, 0, 2]
