"""What an attention is, and its law: padding changes nothing, and weights sum to 1.

A member of the family says how a query is scored against a memory, and the rest is written
here; or it reads in a way of its own. All steps of a sequence are read at once, or all
hypotheses of a search.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

from torch import Tensor, nn

from nlpseq.config import NoSettings


class Memory(NamedTuple):
    """A source text, made ready to be attended to."""

    values: Tensor  # [B, S, V]  what the encoder gave
    keys: Tensor  # [B, S, A]  their projections, computed once per text
    mask: Tensor  # [B, S]  True where there is a token

    def select(self, rows: Tensor) -> Memory:
        """The memory of some texts."""
        return Memory(*(part.index_select(0, rows) for part in self))


class Reading(NamedTuple):
    """What a query found in a memory."""

    context: Tensor  # [B, T, V]
    weights: Tensor  # [B, T, S]  sum to 1, 0 outside the mask


class Attention(nn.Module):
    """Reads a memory with queries, each on its own.

    Shapes: B batch, T queries (steps, or hypotheses), S source length, Q query size, V value
    size. Every row of a mask keeps one position at least.
    """

    Settings: ClassVar[type] = NoSettings

    def __init__(self, query_size: int, value_size: int, settings: Any = None) -> None:
        super().__init__()
        self.settings = settings if settings is not None else self.Settings()

    @abstractmethod
    def remember(self, values: Tensor, mask: Tensor) -> Memory:
        """Make ``values`` [B, S, V] ready, once for all steps."""

    def score(self, query: Tensor, memory: Memory) -> Tensor:
        """How well each key answers each of ``query`` [B, T, Q]; scores [B, T, S]."""
        raise NotImplementedError(f"{type(self).__name__} has neither score nor forward")

    def forward(self, query: Tensor, memory: Memory, bias: Tensor | None = None) -> Reading:
        """Read ``memory`` with ``query`` [B, T, Q]; ``bias`` [B, T, S] is added to the scores."""
        scores = self.score(query, memory)
        weights = distribute(scores if bias is None else scores + bias, memory.mask)
        return Reading(weights @ memory.values, weights)


def distribute(scores: Tensor, mask: Tensor) -> Tensor:
    """Scores [B, T, S] to weights that sum to 1 over where ``mask`` [B, S] is True."""
    return scores.masked_fill(~mask.unsqueeze(1), float("-inf")).softmax(dim=-1)
