"""Words to vectors, with the two dropouts that belong to words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from nlpseq.config import setting
from nlpseq.model.dropout import variational_dropout
from nlpseq.text.vocabulary import BOS_ID, PAD_ID, UNK_ID

_SPREAD = 0.1  # of random numbers at the start: a word that was hardly seen says hardly anything
_SPREAD_OF_VECTORS = 0.5  # of pretrained ones: enough to move the gates from the first update on
_LEAST = 1e-12  # mean square of a vector, so that padding stays zero


@dataclass(frozen=True)
class EmbeddingSettings:
    """Of an embedding."""

    width: int = setting(100, "numbers for each word", least=1, most=4096)
    dropout: float = setting(
        0.3, "share of these that are zeroed for a whole text", least=0, most=0.95
    )
    word_dropout: float = setting(
        0.0, "share of words that are read as unknown", least=0, most=0.95
    )
    normalised: bool = setting(
        False, "vectors are read at one length, whatever the table's: tied tables learn faster"
    )


class Embedding(nn.Module):
    """A table of vectors, of which the row of padding learns nothing from being read.

    A table that is also that of the output layer begins with small numbers, which hardly move
    gates, and ends with larger ones, which saturate them if a constant made up for the small
    ones: ``normalised`` brings what is read to a root mean square of 1 (Zhang & Sennrich 2019,
    https://arxiv.org/abs/1910.07467, without a gain).

    Shapes: B batch, T time, E width.
    """

    Settings = EmbeddingSettings

    def __init__(self, size: int, settings: EmbeddingSettings) -> None:
        super().__init__()
        self.settings = settings
        self.width = settings.width
        self.table = nn.Embedding(size, settings.width, padding_idx=PAD_ID)
        nn.init.normal_(self.table.weight, std=_SPREAD)
        self._clear_padding()

    def start(self, matrix: NDArray[np.float32], found: NDArray[np.bool_]) -> None:
        """Start the rows that were ``found`` from pretrained vectors [V, E].

        The vectors are scaled as a whole, so that their width and origin do not decide how fast
        they are learned from; words without a vector keep their small random rows.
        """
        rows = torch.from_numpy(found)
        vectors = torch.from_numpy(matrix)[rows]
        weight = self.table.weight.data
        weight[rows] = vectors * (_SPREAD_OF_VECTORS / vectors.std().clamp(min=1e-8))
        self._clear_padding()

    def _clear_padding(self) -> None:
        self.table.weight.data[PAD_ID] = 0

    def freeze(self, frozen: bool) -> None:
        """Stop or start learning; words without a pretrained vector are frozen as well."""
        self.table.weight.requires_grad_(not frozen)

    def forward(self, ids: Tensor) -> Tensor:
        """Look up ``ids`` [B, T]; vectors [B, T, E]. Ids beyond the table are unknown words."""
        ids = ids.masked_fill(ids >= self.table.num_embeddings, UNK_ID)
        if self.training and self.settings.word_dropout:
            drawn = torch.rand(ids.shape, device=ids.device) < self.settings.word_dropout
            ids = ids.masked_fill(drawn & (ids != PAD_ID) & (ids != BOS_ID), UNK_ID)
        vectors: Tensor = self.table(ids)
        if self.settings.normalised:
            vectors = nn.functional.rms_norm(vectors, vectors.shape[-1:], eps=_LEAST)
        return variational_dropout(vectors, self.settings.dropout, training=self.training)
