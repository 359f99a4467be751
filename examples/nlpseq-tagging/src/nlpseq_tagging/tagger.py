"""The model: an encoder, and a tag from each of its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from nlpseq.config import section
from nlpseq.model.encoder import Embedding, EmbeddingSettings, Encoder, EncoderSettings
from nlpseq.model.protocol import (
    Batch,
    Model,
    Prediction,
    Search,
    Sums,
    Vocabulary,
)


@dataclass(frozen=True)
class TaggerSettings:
    """Of the tagger."""

    embedding: EmbeddingSettings = section(EmbeddingSettings)
    encoder: EncoderSettings = section(EncoderSettings)


class Tagger(Model):
    """Reads a sentence in both directions and gives each word a tag.

    Shapes: B batch, S words, D encoder output, L tags.
    """

    Settings = TaggerSettings

    def __init__(self, settings: TaggerSettings, words: Vocabulary, tags: Vocabulary) -> None:
        super().__init__()
        self.tags = tags.tokens
        self.embedding = Embedding(len(words), settings.embedding)
        self.encoder = Encoder(settings.embedding.width, settings.encoder)
        self.output = nn.Linear(self.encoder.width, len(tags))

    @classmethod
    def build(cls, settings: Any, vocabularies: Mapping[str, Vocabulary]) -> Self:
        """A fresh tagger."""
        return cls(settings, vocabularies["source"], vocabularies["target"])

    def embeddings(self) -> Mapping[str, Embedding]:
        """The one of the words."""
        return {"source": self.embedding}

    def scores(self, batch: Batch) -> Tensor:
        """How well each tag suits each word, [B, S, L]."""
        words, mask = batch.source
        scores: Tensor = self.output(self.encoder(self.embedding(words), mask).outputs)
        return scores

    def objective(self, batch: Batch) -> Sums:
        """Cross-entropy, summed over words."""
        tags, mask = batch.target
        loss = cross_entropy(self.scores(batch)[mask], tags[mask], reduction="sum")
        return Sums(loss, mask.sum())

    def predict(self, batch: Batch, search: Search) -> list[Prediction]:
        """The best tag of each word."""
        log_probs = self.scores(batch).log_softmax(-1)
        best = torch.max(log_probs, dim=-1)
        lengths = batch.source.mask.sum(1).tolist()
        return [
            Prediction(
                tokens=tuple(self.tags[tag] for tag in row[:length].tolist()),
                score=float(scores[:length].sum()),
            )
            for row, scores, length in zip(best.indices, best.values, lengths, strict=True)
        ]
