"""A warm-up, then half a cosine over the whole training."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nlpseq.config import setting
from nlpseq.training.schedules.protocol import Schedule, risen


class Cosine(Schedule):
    """The annealing of Loshchilov & Hutter (2017), https://arxiv.org/abs/1608.03983.

    One period without restarts, fitted to the epochs or to the time budget::

        factor = min(1, update / warmup) * (last + (1 - last) * (1 + cos(pi * share)) / 2)
    """

    @dataclass(frozen=True)
    class Settings:
        """Of the cosine schedule."""

        warmup: int = setting(100, "updates over which the rate rises from zero", least=0)
        last: float = setting(0.03, "the factor at the very end", least=0, most=1)

    def factor(self, update: int, share: float) -> float:
        rise = risen(update, self.settings.warmup)
        last: float = self.settings.last
        return rise * (last + (1 - last) * (1 + math.cos(math.pi * min(1.0, share))) / 2)
