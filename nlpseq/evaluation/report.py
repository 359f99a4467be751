"""What a model is worth on a set of examples: predictions x references -> Report."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nlpseq.errors import PluginError
from nlpseq.evaluation.calibration import Calibration, calibration
from nlpseq.evaluation.confusion import Confusion, confusion
from nlpseq.evaluation.intervals import RESAMPLES, Interval, interval, segments
from nlpseq.evaluation.surface import Surface, surface
from nlpseq.evaluation.table import aligned, name
from nlpseq.metrics.labels import pairs
from nlpseq.metrics.protocol import Answer, Metric, Score


class Judged(NamedTuple):
    """A score and its 95% interval."""

    score: Score
    interval: Interval

    def as_json(self) -> dict[str, Any]:
        """One entry of ``scores``."""
        low, high = self.interval
        return {**self.score._asdict(), "low": low, "high": high}


@dataclass(frozen=True)
class Report:
    """Scores, and what lies behind them: of labels the confusion, of texts the surface."""

    examples: int
    scores: tuple[Judged, ...]
    confusion: Confusion | None = None
    calibration: Calibration | None = None
    surface: Surface | None = None
    baseline: Report | None = None
    baseline_summary: str = ""
    files: Mapping[str, Report] = field(default_factory=dict)  # where there are several

    def beside(self, baseline: Report, summary: str) -> Report:
        """The same report, to be read against that of a baseline; ``summary`` describes it."""
        files = {name: f.beside(baseline.files[name], summary) for name, f in self.files.items()}
        return dataclasses.replace(self, baseline=baseline, baseline_summary=summary, files=files)

    def as_json(self) -> dict[str, Any]:
        """Plain data without NaN or infinity, ready for JSON."""
        tree: dict[str, Any] = {
            "examples": self.examples,
            "scores": [judged.as_json() for judged in self.scores],
        }
        if self.confusion:
            tree["classes"] = [score._asdict() for score in self.confusion.classes()]
            tree["mistakes"] = [mistake._asdict() for mistake in self.confusion.mistakes()]
        if self.calibration:
            bins = [part._asdict() for part in self.calibration.bins]
            tree["calibration"] = {**self.calibration._asdict(), "bins": bins}
        if self.surface:
            tree["texts"] = self.surface.as_json()
        if self.baseline:
            found = self.baseline.as_json()
            shared = {key: found[key] for key in ("scores", "texts") if key in found}
            tree["baseline"] = {"summary": self.baseline_summary, **shared}
        if self.files:
            tree["files"] = {name: found.as_json() for name, found in self.files.items()}
        return tree

    def as_table(self) -> str:
        """Plain text of at most 80 columns."""
        parts = [self._score_lines()]
        if self.confusion:
            parts += [self.confusion.class_lines(), self.confusion.lines()]
        if self.calibration:
            parts.append(_calibration_lines(self.calibration))
        if self.surface:
            parts.append(self._surface_lines(self.surface))
        parts += [[name, *found._score_lines()] for name, found in self.files.items()]
        return "\n\n".join("\n".join(lines) for lines in parts)

    def _score_lines(self) -> list[str]:
        rows = [["metric", "model", "95% interval"]]
        rows += [
            [name(j.score.name), f"{j.score.value:.2f}", _range(j.interval)] for j in self.scores
        ]
        about = [f"{self.examples:,} examples; intervals by bootstrap, {RESAMPLES:,} resamples"]
        if self.baseline:
            found = {j.score.name: f"{j.score.value:.2f}" for j in self.baseline.scores}
            rows[0].append("baseline")
            for row, judged in zip(rows[1:], self.scores, strict=True):
                row.append(found.get(judged.score.name, "-"))
            about.append(f"baseline: {self.baseline_summary}")
        return [*aligned(rows), *about]

    def _surface_lines(self, found: Surface) -> list[str]:
        rows = [["answers", "model"], *found.rows()]
        if self.baseline and self.baseline.surface:
            values = ["baseline", *(value for _, value in self.baseline.surface.rows())]
            rows = [[*row, value] for row, value in zip(rows, values, strict=True)]
        return aligned(rows)


def judge(
    metrics: Sequence[Metric],
    answers: Sequence[Answer],
    references: Sequence[tuple[Answer, ...]],
    *,
    labels: Sequence[str] | None = None,
    confidences: Sequence[float] | None = None,
) -> Report:
    """Score ``answers`` against ``references``, of which each example has one or more.

    ``labels`` (of the model; None where answers are texts) adds the table of labels and the
    confusion matrix, ``confidences`` (the probability of each answer) the calibration.

    Raises:
        DataError: an example without a reference.
        PluginError: a metric gave a number that is not finite.
    """
    return Report(
        len(answers),
        tuple(_judged(metric, answers, references) for metric in metrics),
        None if labels is None else confusion(answers, references, labels),
        None if confidences is None else calibration(confidences, _right(answers, references)),
    )


def judge_texts(
    metrics: Sequence[Metric],
    answers: Sequence[Answer],
    references: Sequence[tuple[Answer, ...]],
    sources: Sequence[Answer] | None = None,
) -> Report:
    """Score answers that are texts, and add how long they are.

    ``sources`` (None where they are in another language) add how much of them is copied.

    Raises:
        As :func:`judge`.
    """
    report = judge(metrics, answers, references)
    return dataclasses.replace(report, surface=surface(answers, references, sources))


def _judged(
    metric: Metric, answers: Sequence[Answer], references: Sequence[tuple[Answer, ...]]
) -> Judged:
    statistics = segments(metric, answers, references)
    score = metric.score(statistics.sum(axis=0))
    ends = interval(metric, statistics)
    if not all(map(math.isfinite, (score.value, *ends))):
        raise PluginError(f"metric {score.name}: found {score.value}, {ends}, expected numbers")
    return Judged(score, ends)


def _right(answers: Sequence[Answer], references: Sequence[tuple[Answer, ...]]) -> list[bool]:
    """Which answers are right in every label."""
    return [
        all(said == expected for said, expected in pairs(answer, accepted))
        for answer, accepted in zip(answers, references, strict=True)
    ]


def _range(ends: Interval) -> str:
    return f"{ends.low:.2f} to {ends.high:.2f}"


def _calibration_lines(found: Calibration) -> list[str]:
    return [
        f"expected calibration error {found.error:.2f}: "
        f"{found.confidence:.2f} sure on average, {found.accuracy:.2f} right"
    ]
