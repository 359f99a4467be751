"""chrF: how many n-grams of characters answers and references share."""

from __future__ import annotations

import numpy as np
from sacrebleu import CHRF

from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics
from nlpseq.metrics.texts import references_each, tally, text_of

ORDERS = 6
BETA = 2  # recall counts twice as much as precision


class Chrf(Metric):
    """F-score of n-grams of one to six characters, spaces left out.

    Popovic (2015), https://aclanthology.org/W15-3049, with beta 2 (Popovic, 2016). Over the
    orders n that occur on both sides P is the mean precision, R the mean recall::

        chrF = (1 + beta^2) P R / (beta^2 P + R)

    Of several references the one with the best score counts. Statistics are for each order
    n-grams said, expected and shared [6 x 3], and the tally of references [3].
    """

    name = "chrf"

    def __init__(self) -> None:
        self._chrf = CHRF(char_order=ORDERS, beta=BETA)

    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        accepted = [[text_of(reference)] for reference in references]
        # sacreBLEU has no public name for this; a test holds the sums against corpus_score.
        (counts,) = self._chrf._extract_corpus_statistics([text_of(hypothesis)], accepted)
        return np.array([*counts, *tally(references)], dtype=np.float64)

    def score(self, total: Statistics) -> Score:
        said, expected, shared = total[:-3].reshape(ORDERS, 3).T
        occurs = (said > 0) & (expected > 0)
        value = 0.0
        if shared.any():
            precision = (shared[occurs] / said[occurs]).mean()
            recall = (shared[occurs] / expected[occurs]).mean()
            value = (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)
        self._chrf.num_refs = references_each(total[-3:])
        return Score(self.name, 100 * float(value), str(self._chrf.get_signature()))
