"""Sentiment: which of two or more labels a text deserves."""

from __future__ import annotations

from nlpseq_tasks.sentiment.task import Sentiment

__all__ = ["Sentiment"]
