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
    """The weights at the last ``count`` validations; of one alone nothing is remembered."""

    def __init__(self, count: int) -> None:
        self.points: deque[Weights] = deque(maxlen=count if count > 1 else 0)

    def add(self, weights: Weights) -> None:
        """Remember a copy of ``weights``, forgetting the oldest when there are too many.

        It is held on the CPU, wherever the model is, as checkpoints bring it back there.
        """
        self.points.append(
            {n: tensor.detach().to("cpu", copy=True) for n, tensor in weights.items()}
        )

    def mean(self) -> Weights:
        """Their mean, empty without any; whole numbers are taken from the newest."""
        newest = self.points[-1] if self.points else {}
        return {
            name: torch.stack([point[name] for point in self.points]).mean(0)
            if tensor.is_floating_point()
            else tensor
            for name, tensor in newest.items()
        }
