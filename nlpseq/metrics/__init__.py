"""Metrics: texts x texts -> Score. One file per family of scores, one line each in the table."""

from nlpseq.metrics.protocol import Metric, Score
from nlpseq.registry import Registry

__all__ = ["METRICS", "Metric", "Score"]

METRICS = Registry(
    "nlpseq.metrics",
    {
        "accuracy": "nlpseq.metrics.accuracy:Accuracy",
        "macro_f1": "nlpseq.metrics.f1:MacroF1",
    },
)
