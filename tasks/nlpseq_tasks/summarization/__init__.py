"""Summarization: a text made short."""

from __future__ import annotations

from nlpseq_tasks.summarization.task import Summarization

__all__ = ["Summarization"]
