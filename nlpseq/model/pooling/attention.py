"""A mean whose weights are learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nlpseq.config import setting
from nlpseq.model.pooling.protocol import Pooled, Pooling


@dataclass(frozen=True)
class AttentionSettings:
    """Of attention pooling."""

    width: int = setting(100, "hidden units of the score", least=1, most=8192)


class AttentionPooling(Pooling):
    """Yang et al. (2016), "Hierarchical attention networks", equations 5 to 7.

    ::

        u = tanh(W h + b)      a = softmax(u . q)      vector = sum a h
    """

    Settings = AttentionSettings

    def __init__(self, width: int, settings: Any = None) -> None:
        super().__init__(width, settings)
        self.project = nn.Linear(width, self.settings.width)
        self.query = nn.Linear(self.settings.width, 1, bias=False)

    def forward(self, values: Tensor, mask: Tensor) -> Pooled:
        """Pool ``values`` [B, T, D]."""
        scores = self.query(torch.tanh(self.project(values))).squeeze(-1)  # [B, T]
        weights = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1)
        return Pooled((weights.unsqueeze(1) @ values).squeeze(1), weights)
