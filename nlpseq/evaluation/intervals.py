"""How sure a score is: bootstrap over segments, for every metric.

Efron (1979); for corpus scores Koehn (2004), https://aclanthology.org/W04-3250. Segments are
drawn with replacement, and their summed statistics scored again; nothing is answered or
compared twice.

Shapes: N segments, K statistics of a segment, R resamples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpseq.errors import DataError
from nlpseq.metrics.protocol import Answer, Metric, Statistics

RESAMPLES = 1000
LEVEL = 0.95
CELLS = 2**21  # draws that are in memory at once


class Interval(NamedTuple):
    """The ends of an interval."""

    low: float
    high: float


def segments(
    metric: Metric, answers: Sequence[Answer], references: Sequence[tuple[Answer, ...]]
) -> Statistics:
    """The statistics of each segment, [N, K].

    Raises:
        DataError: an example without a reference.
    """
    for number, accepted in enumerate(references, start=1):
        if not accepted:
            raise DataError(f"example {number} has no target, expected one to judge it by")
    found = [metric.statistics(*pair) for pair in zip(answers, references, strict=True)]
    return np.stack(found) if found else np.zeros_like(metric.statistics("", ("",)))[None][:0]


def interval(
    metric: Metric,
    statistics: Statistics,
    *,
    seed: int = 1,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """The interval that holds ``level`` of the scores of resampled ``statistics`` [N, K].

    One segment, or none, leaves nothing to draw from: both ends are the score itself.
    """
    return spread(values(metric, resample(statistics, seed=seed, resamples=resamples)), level)


def resample(statistics: Statistics, *, seed: int, resamples: int) -> Statistics:
    """The summed statistics of each resample of N segments, [R, K]."""
    segments = len(statistics)
    random = np.random.default_rng(seed)
    sums = []
    for rows in chunks(resamples, segments):
        draws = random.integers(segments, size=(rows, segments))
        draws += segments * np.arange(rows)[:, None]  # so that one count serves all rows
        times = np.bincount(draws.ravel(), minlength=rows * segments)
        sums.append(times.reshape(rows, segments).astype(np.float64) @ statistics)
    return np.concatenate(sums)


def chunks(resamples: int, segments: int) -> Iterator[int]:
    """How many resamples to draw at a time, so that memory does not grow with their number."""
    size = max(1, CELLS // max(1, segments))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)


def values(metric: Metric, totals: Statistics) -> NDArray[np.float64]:
    """The score of each of ``totals`` [R, K], as [R]."""
    return np.array([metric.score(total).value for total in totals])


def spread(scores: NDArray[np.float64], level: float = LEVEL) -> Interval:
    """The ends between which the middle ``level`` of ``scores`` lies."""
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return Interval(low, high)
