"""Whether two models differ, or chance does: paired tests over the same segments.

Every test looks at B against A: ``delta`` is what B scores above A, and ``p`` how often a
difference as large, in either direction, would come about if there were none.

Shapes: N segments, K statistics of a segment, R resamples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpseq.evaluation.intervals import RESAMPLES, Interval, chunks, resample, spread, values
from nlpseq.metrics.protocol import Metric, Statistics

ALPHA = 0.05
ROUNDING = 1e-9  # scores this near are equal: sums in another order


@dataclass(frozen=True)
class Outcome:
    """What a test found."""

    test: str
    p: float
    delta: float  # score of B minus score of A

    @property
    def significant(self) -> bool:
        """Chance alone would rarely do that."""
        return self.p < ALPHA


@dataclass(frozen=True)
class BootstrapOutcome(Outcome):
    """A bootstrap knows more: the 95% interval of ``delta``."""

    interval: Interval


def mcnemar(right_a: Sequence[bool], right_b: Sequence[bool]) -> Outcome:
    """McNemar's exact test of accuracy (McNemar, 1947; Dietterich, 1998).

    Of the n segments on which one model alone is right, k are right in the model that has
    fewer; without a difference k is binomial with probability 1/2::

        p = 2 P(X <= k)
    """
    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    fewer, n = min(only_a, only_b), only_a + only_b
    log_factorials = np.concatenate([[0.0], np.log(np.arange(1, n + 1)).cumsum()])
    k = np.arange(fewer + 1)
    logs = log_factorials[n] - log_factorials[k] - log_factorials[n - k] - n * np.log(2)
    p = min(1.0, 2 * float(np.exp(logs).sum()))
    return Outcome("mcnemar", p, 100 * (only_b - only_a) / max(1, len(a)))


def paired_bootstrap(
    metric: Metric,
    statistics_a: Statistics,
    statistics_b: Statistics,
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> BootstrapOutcome:
    """Both models on the same resamples (Koehn, 2004), the differences centred for p.

    Centring makes the resamples a sample without a difference (Riezler & Maxwell, 2005,
    https://aclanthology.org/W05-0908). Statistics are [N, K]; fewer than two segments prove
    nothing.
    """
    both = np.concatenate([statistics_a, statistics_b], axis=1)  # [N, 2K]
    totals = resample(both, seed=seed, resamples=resamples)
    deltas = _deltas(metric, totals)
    observed = float(_deltas(metric, both.sum(axis=0, keepdims=True))[0])
    p = _exceeding(deltas - deltas.mean(), observed) if len(both) > 1 else 1.0
    return BootstrapOutcome("paired_bootstrap", p, observed, spread(deltas))


def approximate_randomization(
    metric: Metric,
    statistics_a: Statistics,
    statistics_b: Statistics,
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
) -> Outcome:
    """Swap the models' answers to random segments (Noreen, 1989; Riezler & Maxwell, 2005).

    Without a difference it does not matter which model gave which answer. Statistics are
    [N, K].
    """
    random = np.random.default_rng(seed)
    total_a, total_b = statistics_a.sum(axis=0), statistics_b.sum(axis=0)
    observed = float(_deltas(metric, np.concatenate([total_a, total_b])[None])[0])
    gap = statistics_b - statistics_a
    deltas = []
    for rows in chunks(resamples, len(gap)):
        swapped = random.integers(2, size=(rows, len(gap))).astype(np.float64) @ gap  # [rows, K]
        deltas.append(_deltas(metric, np.hstack([total_a + swapped, total_b - swapped])))
    return Outcome(
        "approximate_randomization", _exceeding(np.concatenate(deltas), observed), observed
    )


def _deltas(metric: Metric, totals: Statistics) -> NDArray[np.float64]:
    """The score of B minus that of A, for each of ``totals`` [R, 2K]."""
    a, b = np.split(totals, 2, axis=1)
    return values(metric, b) - values(metric, a)


def _exceeding(deltas: NDArray[np.float64], observed: float) -> float:
    """The share of ``deltas`` at least as far from 0; what was observed is one of them."""
    as_far = int((abs(deltas) >= abs(observed) - ROUNDING).sum())
    return (as_far + 1) / (len(deltas) + 1)
