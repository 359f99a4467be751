"""The share of words with the right tag."""

from __future__ import annotations

import numpy as np

from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics


class WordsRight(Metric):
    """Words with the right tag, of all words; a word without a tag is wrong."""

    name = "words_right"

    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        """How many words are right, and how many there are."""
        reference = references[0]
        right = sum(a == b for a, b in zip(hypothesis, reference, strict=False))
        return np.array([right, len(reference)], dtype=np.float64)

    def score(self, total: Statistics) -> Score:
        """The percentage."""
        right, words = total
        return Score(self.name, 100 * right / max(words, 1), "match:exact")
