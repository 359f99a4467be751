"""The mean of all steps."""

from __future__ import annotations

from torch import Tensor

from nlpseq.model.pooling.protocol import Pooled, Pooling


class MeanPooling(Pooling):
    """Every real step counts the same."""

    def forward(self, values: Tensor, mask: Tensor) -> Pooled:
        """Pool ``values`` [B, T, D]."""
        weights = mask / mask.sum(1, keepdim=True)
        return Pooled((weights.to(values.dtype).unsqueeze(1) @ values).squeeze(1), weights)
