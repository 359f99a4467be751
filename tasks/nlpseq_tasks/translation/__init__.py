"""Translation: from one language into another."""

from __future__ import annotations

from nlpseq_tasks.translation.task import Translation

__all__ = ["Translation"]
