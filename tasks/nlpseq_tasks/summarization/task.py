"""Summarization: a text made short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from nlpseq.task import Column, Task
from nlpseq_tasks.summarization.sample import parts


class Summarization(Task):
    """Shorten a text, keeping what matters."""

    name = "summarization"
    verb = "summarize"
    summary = "Shorten a text, keeping what matters."
    columns = (
        Column("text", kind="text", also=("article", "document", "src", "dialogue")),
        Column("summary", kind="text", also=("headline", "title", "tgt", "highlights")),
    )
    model = "seq2seq"
    metrics = ("rouge1", "rouge2", "rougeL", "rougeLsum")
    baseline = "lead"
    defaults: ClassVar[Mapping[str, Any]] = {
        "text": {"tokenizer": "sentencepiece", "shared": True, "max_tokens": 512},
        "model": {
            "tied": "three_way",
            "copying": True,
            "label_smoothing": 0.1,
            "embedding": {"width": 256, "dropout": 0.0},
            "encoder": {"width": 128, "layers": 1, "dropout": 0.2},
            "decoder": {"width": 256, "layers": 1, "dropout": 0.2},
        },
        "training": {
            "epochs": 7,
            "patience": 0,
            "batch_rows": 4096,
            "batch_tokens": 3072,
            "average": 3,
            "optimizer": {"name": "adam", "learning_rate": 0.003},
            "schedule": {"name": "cosine", "warmup": 200},
        },
    }

    def sample(self) -> Mapping[str, Sequence[tuple[str, ...]]]:
        """Made-up reports with their headlines: names and numbers have to be copied."""
        return parts()
