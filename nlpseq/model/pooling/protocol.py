"""What a pooling is, and its law: padding changes nothing, and the weights of a row sum to 1."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

from torch import Tensor, nn

from nlpseq.config import NoSettings


class Pooled(NamedTuple):
    """One vector for each row, and how much each step had to do with it."""

    vector: Tensor  # [B, D]
    weights: Tensor  # [B, T]  sum to 1, 0 outside the mask


class Pooling(nn.Module):
    """From all steps to one vector. Shapes: B batch, T time, D width."""

    Settings: ClassVar[type] = NoSettings

    def __init__(self, width: int, settings: Any = None) -> None:
        super().__init__()
        self.settings = settings if settings is not None else self.Settings()

    @abstractmethod
    def forward(self, values: Tensor, mask: Tensor) -> Pooled:
        """Pool ``values`` [B, T, D]; ``mask`` [B, T] has a real step in every row."""
