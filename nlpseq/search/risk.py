"""Minimum risk: of several answers the one that is closest to the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from nlpseq.metrics.protocol import Metric


def least_risk(texts: Sequence[str], metric: Metric) -> list[int]:
    """The numbers of ``texts``, the one of least risk first; of equal ones the first is first.

    Minimum Bayes risk (Kumar & Byrne 2004, https://aclanthology.org/N04-1022): each text is
    judged by the mean score that ``metric`` gives it with each of the others as reference.
    """

    @cache  # draws are often the same
    def score(text: str, other: str) -> float:
        return metric.score(metric.statistics(text, (other,))).value

    def utility(number: int) -> float:
        others = (other for place, other in enumerate(texts) if place != number)
        return sum(score(texts[number], other) for other in others)

    return sorted(range(len(texts)), key=utility, reverse=metric.higher_is_better)
