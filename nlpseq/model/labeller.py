"""The model that labels a text: embedding, encoder, pooling, and a score for each label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.config import Member, member, section, setting
from nlpseq.data.batches import Batch
from nlpseq.model.embedding import Embedding, EmbeddingSettings
from nlpseq.model.encoder import Encoder, EncoderSettings
from nlpseq.model.pooling import POOLING
from nlpseq.model.protocol import Model, Prediction, Sums
from nlpseq.search import Search
from nlpseq.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class LabellerSettings:
    """Of the labeller."""

    embedding: EmbeddingSettings = section(EmbeddingSettings)
    encoder: EncoderSettings = section(EncoderSettings)
    pooling: Member = member(
        "nlpseq.model.pooling:POOLING", "attention", "how all that was read becomes one vector"
    )
    dropout: float = setting(0.3, "share of the pooled vector that is zeroed", least=0, most=0.95)
    class_weights: Literal["none", "balanced"] = setting(
        "none", "balanced: rare labels count more, each label the same in sum"
    )
    label_smoothing: float = setting(0.0, "share of belief given to all labels", least=0, most=0.9)


class Labeller(Model):
    """Reads a text, pools what it read, and scores the labels.

    Shapes: B batch, T time, D encoder output, L labels.
    """

    Settings = LabellerSettings
    answers = ("label",)

    def __init__(self, settings: LabellerSettings, words: Vocabulary, labels: Vocabulary) -> None:
        super().__init__()
        self.settings = settings
        self.labels = labels.tokens
        self.embedding = Embedding(len(words), settings.embedding)
        self.encoder = Encoder(settings.embedding.width, settings.encoder)
        pooling = settings.pooling
        self.pooling = POOLING[pooling.name](self.encoder.width, pooling.settings)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(self.encoder.width, len(labels))
        weights = (
            _balanced(labels) if settings.class_weights == "balanced" else torch.ones(len(labels))
        )
        self.register_buffer("class_weights", weights, persistent=False)

    @classmethod
    def build(cls, settings: Any, vocabularies: Mapping[str, Vocabulary]) -> Self:
        """A fresh labeller."""
        return cls(settings, vocabularies["source"], vocabularies["target"])

    def embeddings(self) -> Mapping[str, Embedding]:
        """The one of the words that are read."""
        return {"source": self.embedding}

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Scores of the labels [B, L], and the weight of each word [B, T]."""
        words, mask = batch.source
        read = self.encoder(self.embedding(words), mask).outputs
        vector, weights = self.pooling(read, mask)
        return self.output(self.dropout(vector)), weights

    def objective(self, batch: Batch) -> Sums:
        """Cross-entropy, summed over texts by the weight of their labels."""
        scores, _ = self.forward(batch)
        labels = batch.target.ids[:, 0]
        weights: Tensor = self.class_weights  # type: ignore[assignment]
        smoothing = self.settings.label_smoothing
        losses = functional.cross_entropy(
            scores.float(), labels, reduction="none", label_smoothing=smoothing
        )
        return Sums((losses * weights[labels]).sum(), weights[labels].sum())

    def predict(self, batch: Batch, search: Search) -> list[Prediction]:
        """The most likely label of each text; there is nothing to search."""
        scores, weights = self.forward(batch)
        log_probs = scores.detach().double().log_softmax(-1)
        lengths = batch.source.mask.sum(1).tolist()
        return [
            self._prediction(row, attention[:length])
            for row, attention, length in zip(log_probs, weights.detach(), lengths, strict=True)
        ]

    def _prediction(self, log_probs: Tensor, attention: Tensor) -> Prediction:
        best = int(log_probs.argmax())
        return Prediction(
            score=float(log_probs[best]),
            tokens=(self.labels[best],),
            probabilities=dict(zip(self.labels, log_probs.exp().tolist(), strict=True)),
            attention=(tuple(attention.tolist()),),
        )


def _balanced(labels: Vocabulary) -> Tensor:
    """Weights by inverse frequency, whose mean over the training examples is 1."""
    counts = torch.tensor(labels.counts, dtype=torch.float32).clamp(min=1)
    return counts.sum() / (len(counts) * counts)
