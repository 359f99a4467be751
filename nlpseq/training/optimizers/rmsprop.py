"""RMSprop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from nlpseq.config import setting


class RMSprop(torch.optim.RMSprop):
    """Steps scaled by a running mean of the squared gradient.

    Tieleman & Hinton (2012), lecture 6.5 of "Neural Networks for Machine Learning"::

        v = a v + (1 - a) g^2       w = w - rate * g / (sqrt(v) + epsilon)
    """

    @dataclass(frozen=True)
    class Settings:
        """Of RMSprop."""

        learning_rate: float = setting(1e-3, "size of a step", least=0)
        alpha: float = setting(0.99, "memory of the mean square", least=0, most=0.999999)
        epsilon: float = setting(1e-8, "keeps the division finite", least=1e-16)
        momentum: float = setting(0.0, "share of the last step that is kept", least=0, most=1)

    def __init__(self, parameters: Iterable[nn.Parameter], settings: Settings) -> None:
        super().__init__(
            parameters,
            lr=settings.learning_rate,
            alpha=settings.alpha,
            eps=settings.epsilon,
            momentum=settings.momentum,
        )
