"""Answers made of texts, and what a signature says of their references."""

from __future__ import annotations

from collections.abc import Sequence

from nlpseq.metrics.protocol import Answer, Statistics

VARYING = -1
"""The number of references where segments differ in it, as sacreBLEU writes it."""


def text_of(answer: Answer) -> str:
    """A text as it is; tokens with a space between."""
    return answer if isinstance(answer, str) else " ".join(answer)


def tally(references: Sequence[Answer]) -> tuple[int, int, int]:
    """A segment, its references and their square: sums that tell whether all have as many."""
    return 1, len(references), len(references) ** 2


def references_each(tally: Statistics) -> int:
    """How many references each segment has, from the sum of all :func:`tally`.

    The mean of squares is the square of the mean only where all numbers are the same.
    """
    segments, references, squares = tally.tolist()
    if segments * squares != references**2:
        return VARYING
    return int(references / segments) if segments else 0
