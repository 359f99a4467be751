"""A bilinear form of query and value."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from nlpseq.model.attention.protocol import Attention, Memory


class GeneralAttention(Attention):
    """Luong, Pham & Manning (2015), https://arxiv.org/abs/1508.04025, section 3.1.

    ::

        score(q, v) = q . (W v)
    """

    def __init__(self, query_size: int, value_size: int, settings: Any = None) -> None:
        super().__init__(query_size, value_size, settings)
        self.project_value = nn.Linear(value_size, query_size, bias=False)

    def remember(self, values: Tensor, mask: Tensor) -> Memory:
        return Memory(values, self.project_value(values), mask)

    def score(self, query: Tensor, memory: Memory) -> Tensor:
        return query @ memory.keys.transpose(1, 2)
