"""What answers look like beside references and sources: how long, and how much is copied.

Words are counted without punctuation; in scripts without spaces each character is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nlpseq.languages import words
from nlpseq.metrics.protocol import Answer
from nlpseq.metrics.texts import text_of


@dataclass(frozen=True)
class Surface:
    """The shape of answers that are texts; 0 where there is nothing to divide by."""

    length_ratio: float  # words of the answers / words of the references
    copy_rate: float | None = None  # of 100 words of the answers, those that stand in the source

    def as_json(self) -> dict[str, Any]:
        """What is known, ready for JSON."""
        rate = {} if self.copy_rate is None else {"copy_rate": self.copy_rate}
        return {"length_ratio": self.length_ratio, **rate}

    def rows(self) -> Iterator[list[str]]:
        """What is known, as rows of a table."""
        yield ["length ratio", f"{self.length_ratio:.2f}"]
        if self.copy_rate is not None:
            yield ["copy rate", f"{self.copy_rate:.2f}"]


def surface(
    answers: Sequence[Answer],
    references: Sequence[tuple[Answer, ...]],
    sources: Sequence[Answer] | None = None,
) -> Surface:
    """Measure ``answers``; of several references the mean length counts.

    ``sources`` are in the language of the answers; None where they are not.
    """
    said = [_words(answer) for answer in answers]
    length = sum(map(len, said))
    expected = sum(
        sum(len(_words(reference)) for reference in accepted) / len(accepted)
        for accepted in references
    )
    ratio = length / expected if expected else 0.0
    if sources is None:
        return Surface(ratio)
    known = [set(_words(source)) for source in sources]
    copied = sum(word in there for found, there in zip(said, known, strict=True) for word in found)
    return Surface(ratio, 100 * copied / length if length else 0.0)


def _words(answer: Answer) -> list[str]:
    return words(text_of(answer).lower())
