"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from nlpseq.config import setting
from nlpseq.errors import SettingError


class SGD(torch.optim.SGD):
    """Steps along a running sum of the gradient.

    Polyak (1964); Sutskever et al. (2013) for Nesterov's form::

        m = momentum * m + g        w = w - rate * m
    """

    @dataclass(frozen=True)
    class Settings:
        """Of SGD."""

        learning_rate: float = setting(0.1, "size of a step", least=0)
        momentum: float = setting(0.9, "share of the last step that is kept", least=0, most=1)
        nesterov: bool = setting(False, "look ahead along the momentum; needs momentum")

        def __post_init__(self) -> None:
            if self.nesterov and not self.momentum:
                raise SettingError("nesterov needs a momentum above 0")

    def __init__(self, parameters: Iterable[nn.Parameter], settings: Settings) -> None:
        super().__init__(
            parameters,
            lr=settings.learning_rate,
            momentum=settings.momentum,
            nesterov=settings.nesterov,
        )
