"""F1 of labels: the harmonic mean of precision and recall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlpseq.metrics.labels import pairs
from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics


class MacroF1(Metric):
    """The mean of the labels' F1, so that a rare label weighs as much as a frequent one.

    With the true positives, false positives and false negatives of each label::

        F1 = 2 tp / (2 tp + fp + fn)

    A label that is neither said nor expected has no F1 and is left out of the mean; all labels
    outside ``labels`` count together as one more. Statistics are ``[tp, fp, fn]`` of each
    label, K = 3 (L + 1), for L labels.
    """

    name = "macro_f1"

    def __init__(self, labels: Sequence[str]) -> None:
        self._places = {label: place for place, label in enumerate(labels)}

    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        outside = len(self._places)
        counts = np.zeros((3, outside + 1))
        for said, expected in pairs(hypothesis, references):
            if said == expected:
                counts[0, self._places.get(said, outside)] += 1
            else:
                counts[1, self._places.get(said, outside)] += 1
                counts[2, self._places.get(expected, outside)] += 1
        return counts.ravel()

    def score(self, total: Statistics) -> Score:
        right, *wrong = total.reshape(3, -1)
        size = 2 * right + sum(wrong)
        occurs = size > 0
        f1 = 2 * right[occurs] / size[occurs]
        signature = f"labels:{len(self._places)}|average:macro|absent:skipped|match:exact"
        return Score(self.name, 100 * float(f1.mean()) if f1.size else 0.0, signature)
