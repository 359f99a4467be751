"""Accuracy: the share of labels that are right."""

from __future__ import annotations

import numpy as np

from nlpseq.metrics.labels import pairs
from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics


class Accuracy(Metric):
    """How many of 100 labels are right; statistics ``[right, labels]``."""

    name = "accuracy"

    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        right = [said == expected for said, expected in pairs(hypothesis, references)]
        return np.array([sum(right), len(right)], dtype=np.float64)

    def score(self, total: Statistics) -> Score:
        right, labels = total.tolist()
        return Score(self.name, 100 * right / labels if labels else 0.0, "match:exact")
