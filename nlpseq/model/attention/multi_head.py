"""Several small attentions side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from nlpseq.config import setting
from nlpseq.errors import SettingError
from nlpseq.model.attention.protocol import Attention, Memory, Reading, distribute


@dataclass(frozen=True)
class MultiHeadSettings:
    """Of multi-head attention."""

    heads: int = setting(4, "attentions side by side", least=1, most=64)


class MultiHeadAttention(Attention):
    """Vaswani et al. (2017), https://arxiv.org/abs/1706.03762, section 3.2.2.

    ::

        a_h     = softmax(Q_h q . K_h v / sqrt(A / heads))
        context = O [a_1 V_1 v; a_2 V_2 v; ...]

    The weights that come back are the mean over the heads.

    Raises:
        SettingError: the heads do not divide the width of a query or of a value.
    """

    Settings = MultiHeadSettings

    def __init__(self, query_size: int, value_size: int, settings: Any = None) -> None:
        super().__init__(query_size, value_size, settings)
        heads = self.settings.heads
        if query_size % heads or value_size % heads:
            raise SettingError(
                f"attention multi_head: found {heads} heads for widths {query_size} and "
                f"{value_size}, expected a number that divides both"
            )
        self.project_query = nn.Linear(query_size, query_size, bias=False)
        self.project_value = nn.Linear(value_size, query_size, bias=False)
        self.project_content = nn.Linear(value_size, value_size, bias=False)
        self.merge = nn.Linear(value_size, value_size, bias=False)

    def remember(self, values: Tensor, mask: Tensor) -> Memory:
        """Contents take the place of the values: nothing else of these is read."""
        return Memory(self.project_content(values), self.project_value(values), mask)

    def forward(self, query: Tensor, memory: Memory, bias: Tensor | None = None) -> Reading:
        """Read ``memory`` head by head; ``bias`` goes to each."""
        contents = memory.values.chunk(self.settings.heads, dim=-1)
        weights = [
            distribute(scores if bias is None else scores + bias, memory.mask)
            for scores in self._scores(query, memory)
        ]
        contexts = [each @ content for each, content in zip(weights, contents, strict=True)]
        return Reading(self.merge(torch.cat(contexts, -1)), torch.stack(weights).mean(0))

    def _scores(self, query: Tensor, memory: Memory) -> list[Tensor]:
        heads = self.settings.heads
        queries = self.project_query(query).chunk(heads, dim=-1)
        keys = memory.keys.chunk(heads, dim=-1)
        scale = (memory.keys.shape[-1] // heads) ** -0.5
        return [scale * q @ k.transpose(1, 2) for q, k in zip(queries, keys, strict=True)]
