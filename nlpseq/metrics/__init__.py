"""Metrics: texts x texts -> Score. One file per family of scores, one line each in the table."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from nlpseq.errors import PluginError, SettingError
from nlpseq.metrics.protocol import Metric, Score
from nlpseq.registry import Registry

__all__ = ["METRICS", "Metric", "Score", "build_metric"]


def check(origin: str, member: Any) -> None:
    """Hold a metric class against the contract.

    Raises:
        PluginError: showing what was found and what is asked.
    """
    if not (isinstance(member, type) and issubclass(member, Metric)):
        raise PluginError(f"{origin}: found {member!r}, expected a subclass of Metric")
    if inspect.isabstract(member):
        missing = ", ".join(sorted(member.__abstractmethods__))
        raise PluginError(f"{origin}: {member.__name__} lacks {missing}")


METRICS = Registry(
    "nlpseq.metrics",
    {
        "accuracy": "nlpseq.metrics.accuracy:Accuracy",
        "macro_f1": "nlpseq.metrics.f1:MacroF1",
        "bleu": "nlpseq.metrics.bleu:Bleu",
        "chrf": "nlpseq.metrics.chrf:Chrf",
        "ter": "nlpseq.metrics.ter:Ter",
        "rouge1": "nlpseq.metrics.rouge:Rouge1",
        "rouge2": "nlpseq.metrics.rouge:Rouge2",
        "rougeL": "nlpseq.metrics.rouge:RougeL",
        "rougeLsum": "nlpseq.metrics.rouge:RougeLsum",
    },
    check=check,
)


def build_metric(
    spec: str | type[Metric], *, labels: Sequence[str] | None = None, language: str = "en"
) -> Metric:
    """The metric of a name or class, built with what its ``__init__`` asks for.

    ``labels`` is None for models whose answers are texts.

    Raises:
        UnknownName: no metric of that name.
        SettingError: it judges labels, and there are none.
        PluginError: it is no metric, or asks for something that nobody can give.
    """
    cls = METRICS[spec] if isinstance(spec, str) else spec
    check("metric", cls)
    offers = {"labels": labels, "language": language}
    asked = inspect.signature(cls).parameters
    given = {name: offers[name] for name in asked if offers.get(name) is not None}
    for name, parameter in asked.items():
        if name in given or parameter.default is not parameter.empty:
            continue
        if name == "labels":
            raise SettingError(f"metric {cls.name} judges labels, and this model answers in texts")
        raise PluginError(
            f"metric {cls.name}: __init__ asks for '{name}', expected only labels and language"
        )
    metric: Metric = cls(**given)
    return metric
