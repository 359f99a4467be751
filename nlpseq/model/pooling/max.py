"""The largest value of each feature."""

from __future__ import annotations

from torch import Tensor

from nlpseq.model.pooling.protocol import Pooled, Pooling


class MaxPooling(Pooling):
    """Conneau et al. (2017), https://arxiv.org/abs/1705.02364, section 3.2.1.

    The weight of a step is the share of features that are largest there.
    """

    def forward(self, values: Tensor, mask: Tensor) -> Pooled:
        """Pool ``values`` [B, T, D]."""
        largest = values.masked_fill(~mask.unsqueeze(-1), float("-inf")).max(dim=1)
        votes = values.new_zeros(mask.shape)
        votes.scatter_add_(1, largest.indices, values.new_ones(largest.indices.shape))
        return Pooled(largest.values, votes / values.shape[-1])
