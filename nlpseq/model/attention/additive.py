"""A small network over query and value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from nlpseq.config import setting
from nlpseq.model.attention.protocol import Attention, Memory

_LARGEST = 1 << 22  # numbers of the inner tensor that are held at once


@dataclass(frozen=True)
class AdditiveSettings:
    """Of additive attention."""

    width: int = setting(256, "hidden units of the score", least=1, most=8192)


class AdditiveAttention(Attention):
    """Bahdanau, Cho & Bengio (2015), https://arxiv.org/abs/1409.0473, appendix A.1.2.

    ::

        score(q, v) = u . tanh(W q + U v + b)

    The inner tensor is [B, T, S, A], so it is computed for some queries at a time, and again
    in the backward pass.
    """

    Settings = AdditiveSettings

    def __init__(self, query_size: int, value_size: int, settings: Any = None) -> None:
        super().__init__(query_size, value_size, settings)
        width = self.settings.width
        self.project_query = nn.Linear(query_size, width)
        self.project_value = nn.Linear(value_size, width, bias=False)
        self.weigh = nn.Linear(width, 1, bias=False)

    def remember(self, values: Tensor, mask: Tensor) -> Memory:
        return Memory(values, self.project_value(values), mask)

    def score(self, query: Tensor, memory: Memory) -> Tensor:
        projected = self.project_query(query)
        some = max(1, _LARGEST // memory.keys.numel())
        parts = projected.split(some, dim=1)
        if len(parts) == 1 or not torch.is_grad_enabled():
            return torch.cat([self._score(part, memory.keys) for part in parts], dim=1)
        scores = [checkpoint(self._score, p, memory.keys, use_reentrant=False) for p in parts]
        return torch.cat(scores, dim=1)

    def _score(self, query: Tensor, keys: Tensor) -> Tensor:
        inner = torch.tanh(query.unsqueeze(2) + keys.unsqueeze(1))  # [B, T, S, A]
        scores: Tensor = self.weigh(inner).squeeze(-1)
        return scores
