"""Predictions x references -> report."""

from __future__ import annotations

from nlpseq.evaluation.comparison import Comparison
from nlpseq.evaluation.examples import compare_files, evaluate_file
from nlpseq.evaluation.report import Report

__all__ = ["Comparison", "Report", "compare_files", "evaluate_file"]
