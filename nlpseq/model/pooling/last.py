"""The output at the last word."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from nlpseq.model.pooling.protocol import Pooled, Pooling


class LastPooling(Pooling):
    """The output of the last real step, in both directions.

    There the forward direction has read everything, the backward one a single word.
    """

    def forward(self, values: Tensor, mask: Tensor) -> Pooled:
        """Pool ``values`` [B, T, D]."""
        weights = functional.one_hot(mask.sum(1) - 1, mask.shape[1]).to(values.dtype)
        return Pooled((weights.unsqueeze(1) @ values).squeeze(1), weights)
