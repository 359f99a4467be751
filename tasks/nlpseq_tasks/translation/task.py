"""Translation: from one language into another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from nlpseq.task import Column, Task
from nlpseq_tasks.translation.sample import parts


class Translation(Task):
    """Say in one language what a text says in another."""

    name = "translation"
    verb = "translate"
    summary = "Translate a text from one language into another."
    columns = (
        Column("source", kind="text", also=("src", "input", "original")),
        Column("target", kind="text", also=("tgt", "output", "reference")),
    )
    model = "seq2seq"
    metrics = ("bleu", "chrf", "ter")
    defaults: ClassVar[Mapping[str, Any]] = {
        "data": {"languages": ["de", "en"]},
        "text": {"tokenizer": "sentencepiece", "shared": True, "max_tokens": 256},
        "model": {
            "tied": "three_way",
            "label_smoothing": 0.1,
            "embedding": {"width": 256, "dropout": 0.0, "normalised": True},
            "encoder": {"width": 128, "layers": 1, "dropout": 0.2},
            "decoder": {"width": 256, "layers": 2, "dropout": 0.2},
        },
        "training": {
            "epochs": 5,
            "patience": 0,
            "batch_rows": 4096,
            "batch_tokens": 1536,
            "average": 3,
            "optimizer": {"name": "adam", "learning_rate": 0.003},
            "schedule": {"name": "cosine", "warmup": 200},
        },
    }

    def sample(self) -> Mapping[str, Sequence[tuple[str, ...]]]:
        """Made-up German sentences with their English: the order of words differs."""
        return parts()
