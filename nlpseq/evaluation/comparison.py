"""Two models on the same examples: predictions x predictions x references -> Comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlpseq.evaluation.intervals import Interval, segments
from nlpseq.evaluation.significance import (
    ALPHA,
    Outcome,
    approximate_randomization,
    mcnemar,
    paired_bootstrap,
)
from nlpseq.evaluation.table import aligned, name
from nlpseq.metrics.accuracy import Accuracy
from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics


@dataclass(frozen=True)
class Difference:
    """The scores of A and B by one metric, and the tests of their difference."""

    a: Score
    b: Score
    higher_is_better: bool
    interval: Interval  # of B minus A
    tests: tuple[Outcome, ...]

    @property
    def significant(self) -> bool:
        """Every test says so."""
        return all(test.significant for test in self.tests)

    def verdict(self) -> str:
        """The finding in words."""
        if not self.significant:
            return "no significant difference"
        better = "B" if (self.b.value > self.a.value) == self.higher_is_better else "A"
        return f"{better} is significantly better"

    def as_json(self) -> dict[str, Any]:
        """One entry of ``differences``."""
        low, high = self.interval
        return {
            "name": self.a.name,
            "signature": self.a.signature,
            "a": self.a.value,
            "b": self.b.value,
            "delta": self.b.value - self.a.value,
            "low": low,
            "high": high,
            "p": {test.test: test.p for test in self.tests},
            "significant": self.significant,
        }


@dataclass(frozen=True)
class Comparison:
    """Model B against model A."""

    examples: int
    differences: tuple[Difference, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        differences = [difference.as_json() for difference in self.differences]
        return {"examples": self.examples, "differences": differences}

    def as_table(self) -> str:
        """Plain text of at most 80 columns."""
        scores = [["metric", "A", "B", "B - A", "95% interval"]]
        tests = [["metric", "test", "p"]]
        verdicts = []
        for found in self.differences:
            called, delta = name(found.a.name), found.b.value - found.a.value
            ends = f"{found.interval.low:+.2f} to {found.interval.high:+.2f}"
            values = f"{found.a.value:.2f}", f"{found.b.value:.2f}", f"{delta:+.2f}"
            scores.append([called, *values, ends])
            tests += [[called, test.test.replace("_", " "), _p(test.p)] for test in found.tests]
            verdicts.append(f"{called}: {found.verdict()}")
        verdicts.append(f"{self.examples:,} examples; significant: p < {ALPHA} in every test")
        parts = aligned(scores), aligned(tests, left=2), verdicts
        return "\n\n".join("\n".join(lines) for lines in parts)


def compare(
    metrics: Sequence[Metric],
    answers_a: Sequence[Answer],
    answers_b: Sequence[Answer],
    references: Sequence[tuple[Answer, ...]],
) -> Comparison:
    """Test by every metric whether A and B, who answered the same examples, differ."""
    differences = []
    for metric in metrics:
        a, b = (segments(metric, answers, references) for answers in (answers_a, answers_b))
        differences.append(_difference(metric, a, b))
    return Comparison(len(references), tuple(differences))


def _difference(metric: Metric, a: Statistics, b: Statistics) -> Difference:
    bootstrap = paired_bootstrap(metric, a, b)
    tests = bootstrap, approximate_randomization(metric, a, b), *_right_or_wrong(metric, a, b)
    scores = metric.score(a.sum(axis=0)), metric.score(b.sum(axis=0))
    return Difference(*scores, metric.higher_is_better, bootstrap.interval, tests)


def _right_or_wrong(metric: Metric, a: Statistics, b: Statistics) -> Iterator[Outcome]:
    """McNemar's test, where each example is one label that is either right or wrong."""
    if isinstance(metric, Accuracy) and (np.concatenate([a, b])[:, 1] == 1).all():
        yield mcnemar((a[:, 0] == 1).tolist(), (b[:, 0] == 1).tolist())


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "<0.001"
