"""Adam with weight decay apart from the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from nlpseq.config import setting


class AdamW(torch.optim.AdamW):
    """Adam whose weight decay is not scaled by the mean square.

    Loshchilov & Hutter (2019), https://arxiv.org/abs/1711.05101::

        w = w - rate * (m_hat / (sqrt(v_hat) + epsilon) + decay * w)
    """

    @dataclass(frozen=True)
    class Settings:
        """Of AdamW."""

        learning_rate: float = setting(1e-3, "size of a step", least=0)
        beta1: float = setting(0.9, "memory of the mean gradient", least=0, most=0.9999)
        beta2: float = setting(0.999, "memory of the mean square", least=0, most=0.999999)
        epsilon: float = setting(1e-8, "keeps the division finite", least=1e-16)
        decay: float = setting(0.01, "share of each weight that a step takes away", least=0)

    def __init__(self, parameters: Iterable[nn.Parameter], settings: Settings) -> None:
        super().__init__(
            parameters,
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
            eps=settings.epsilon,
            weight_decay=settings.decay,
            fused=True,
        )
