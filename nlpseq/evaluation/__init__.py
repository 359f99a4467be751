"""Predictions x references -> report."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpseq.evaluation.comparison import Comparison
    from nlpseq.evaluation.examples import compare_files, evaluate_files
    from nlpseq.evaluation.report import Report

__all__ = ["Comparison", "Report", "compare_files", "evaluate_files"]

_HOMES = {
    "Comparison": "nlpseq.evaluation.comparison",
    "Report": "nlpseq.evaluation.report",
    "compare_files": "nlpseq.evaluation.examples",
    "evaluate_files": "nlpseq.evaluation.examples",
}


def __getattr__(name: str) -> Any:
    """Imported on first use: a table of text must not cost the import of torch."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nlpseq.evaluation' has no attribute '{name}'")
