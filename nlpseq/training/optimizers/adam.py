"""Adam."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from nlpseq.config import setting


class Adam(torch.optim.Adam):
    """Steps scaled by running means of the gradient and of its square.

    Kingma & Ba (2015), https://arxiv.org/abs/1412.6980::

        m = b1 m + (1 - b1) g       v = b2 v + (1 - b2) g^2
        w = w - rate * m_hat / (sqrt(v_hat) + epsilon)
    """

    @dataclass(frozen=True)
    class Settings:
        """Of Adam."""

        learning_rate: float = setting(1e-3, "size of a step", least=0)
        beta1: float = setting(0.9, "memory of the mean gradient", least=0, most=0.9999)
        beta2: float = setting(0.999, "memory of the mean square", least=0, most=0.999999)
        epsilon: float = setting(1e-8, "keeps the division finite", least=1e-16)

    def __init__(self, parameters: Iterable[nn.Parameter], settings: Settings) -> None:
        super().__init__(
            parameters,
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
            eps=settings.epsilon,
            fused=True,
        )
