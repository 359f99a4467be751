"""The mean of the weights at the last validations, which often beats each of them.

Polyak & Juditsky (1992); as checkpoint averaging in Vaswani et al. (2017), section 6.1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]


class Average:
    """The weights at the last ``count`` validations."""

    def __init__(self, count: int) -> None:
        self.points: deque[Weights] = deque(maxlen=count)

    def add(self, weights: Weights) -> None:
        """Remember a copy of ``weights``, forgetting the oldest when there are too many."""
        self.points.append({name: tensor.detach().clone() for name, tensor in weights.items()})

    def mean(self) -> Weights:
        """Their mean; whole numbers are taken from the newest."""
        newest = self.points[-1]
        return {
            name: torch.stack([point[name] for point in self.points]).mean(0)
            if tensor.is_floating_point()
            else tensor
            for name, tensor in newest.items()
        }
