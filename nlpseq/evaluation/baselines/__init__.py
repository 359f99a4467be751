"""Baselines: what a model must beat to be worth its cost."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from nlpseq.errors import PluginError
from nlpseq.registry import Registry

if TYPE_CHECKING:
    from nlpseq.evaluation.baselines.protocol import Baseline

__all__ = ["BASELINES", "build_baseline"]

BASELINES = Registry(
    "nlpseq.baselines",
    {
        "bag_of_words": "nlpseq.evaluation.baselines.bag_of_words:BagOfWords",
        "lead": "nlpseq.evaluation.baselines.lead:Lead",
    },
)


def build_baseline(name: str, *, language: str = "en") -> Baseline:
    """The baseline of a name; ``language``, that of the sources, goes to one that asks for it.

    Raises:
        UnknownName: no baseline of that name.
        PluginError: it asks for something that nobody can give.
    """
    cls = BASELINES[name]
    asked = inspect.signature(cls).parameters
    for parameter in asked.values():
        if parameter.name != "language" and parameter.default is parameter.empty:
            raise PluginError(
                f"baseline {name}: __init__ asks for '{parameter.name}', expected only language"
            )
    baseline: Baseline = cls(language=language) if "language" in asked else cls()
    return baseline
