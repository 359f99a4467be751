"""The inner product of query and value."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nlpseq.errors import SettingError
from nlpseq.model.attention.protocol import Attention, Memory


class DotAttention(Attention):
    """Luong, Pham & Manning (2015), https://arxiv.org/abs/1508.04025, section 3.1.

    ::

        score(q, v) = q . v

    It has no weights, so a query must be as wide as a value.

    Raises:
        SettingError: it is not.
    """

    def __init__(self, query_size: int, value_size: int, settings: Any = None) -> None:
        super().__init__(query_size, value_size, settings)
        if query_size != value_size:
            raise SettingError(
                f"attention dot: found a decoder of width {query_size} and an encoder of width "
                f"{value_size} over all directions, expected the same; or use general"
            )

    def remember(self, values: Tensor, mask: Tensor) -> Memory:
        """The values are their own keys."""
        return Memory(values, values, mask)

    def score(self, query: Tensor, memory: Memory) -> Tensor:
        return query @ memory.keys.transpose(1, 2)
