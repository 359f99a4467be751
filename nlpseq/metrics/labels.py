"""Answers made of labels: one label, or a label for each token."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from nlpseq.metrics.protocol import Answer

NOTHING = ""
"""Stands where an answer or a reference has no label, because the other is longer."""


def pairs(hypothesis: Answer, references: tuple[Answer, ...]) -> Iterator[tuple[str, str]]:
    """Each label said, with the label expected in its place.

    Of several references (there is at least one) any may agree; where none does, the first
    counts as the expected one.
    """
    rows = [_labels(hypothesis), *map(_labels, references)]
    for said, *expected in zip_longest(*rows, fillvalue=NOTHING):
        yield said, said if said in expected else expected[0]


def _labels(answer: Answer) -> tuple[str, ...]:
    return (answer,) if isinstance(answer, str) else answer
