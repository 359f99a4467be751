"""Whether a model is right as often as it says it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nlpseq.errors import Failure

BINS = 15


class Bin(NamedTuple):
    """Answers of about the same confidence; confidence and accuracy from 0 to 100."""

    low: float
    high: float
    answers: int
    confidence: float
    accuracy: float


class Calibration(NamedTuple):
    """The gap between confidence and accuracy, all from 0 to 100."""

    error: float  # expected calibration error
    confidence: float  # mean
    accuracy: float
    bins: tuple[Bin, ...]  # those that hold an answer


def calibration(confidences: Sequence[float], right: Sequence[bool]) -> Calibration:
    """The expected calibration error in 15 bins of equal width.

    Guo et al. (2017), https://arxiv.org/abs/1706.04599, section 2::

        ECE = sum_m |B_m| / n * | accuracy(B_m) - confidence(B_m) |

    ``confidences`` are the probabilities of the labels said; bin m takes those in
    ((m - 1) / 15, m / 15], and 0 falls into the first.

    Raises:
        Failure: a confidence that is no probability.
    """
    said = np.asarray(confidences, dtype=np.float64)
    true = np.asarray(right, dtype=np.float64)
    impossible = np.flatnonzero(~((said >= 0) & (said <= 1 + 1e-6)))
    if impossible.size:
        first = int(impossible[0])
        raise Failure(f"confidence of answer {first + 1}: found {said[first]}, expected 0 to 1")
    edges = np.linspace(0, 1, BINS + 1)
    places = np.digitize(said, edges[1:-1], right=True)
    bins = []
    for place in np.unique(places):
        own = places == place
        sure, hit = 100 * float(said[own].mean()), 100 * float(true[own].mean())
        bins.append(Bin(float(edges[place]), float(edges[place + 1]), int(own.sum()), sure, hit))
    if not bins:
        return Calibration(0.0, 0.0, 0.0, ())
    error = sum(b.answers * abs(b.accuracy - b.confidence) for b in bins) / len(said)
    return Calibration(error, 100 * float(said.mean()), 100 * float(true.mean()), tuple(bins))
