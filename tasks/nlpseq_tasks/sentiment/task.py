"""Sentiment: which of two or more labels a text deserves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlpseq.task import Column, Task
from nlpseq_tasks.sentiment.sample import parts


class Sentiment(Task):
    """Say which label a text deserves; any set of two or more labels will do."""

    name = "sentiment"
    verb = "sentiment"
    summary = "Say whether a text praises or blames, or which of your labels it deserves."
    columns = (
        Column(
            "text",
            kind="text",
            also=("sentence", "review", "content", "comment", "body", "tweet", "document"),
        ),
        Column(
            "label",
            kind="label",
            also=("sentiment", "class", "category", "polarity", "rating", "stars", "target"),
        ),
    )
    model = "labeller"
    metrics = ("accuracy", "macro_f1")
    baseline = "bag_of_words"
    defaults = {
        "text": {"lowercase": True},
        "training": {
            "epochs": 6,
            "batch_rows": 32,
            "optimizer": {"name": "adam", "learning_rate": 0.003},
        },
    }

    def sample(self) -> Mapping[str, Sequence[tuple[str, ...]]]:
        """Made-up sentences in which the order of words decides."""
        return parts()
