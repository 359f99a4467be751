"""A warm-up, then the inverse square root of the update."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nlpseq.config import setting
from nlpseq.training.schedules.protocol import Schedule


class InverseSqrt(Schedule):
    """The schedule of Vaswani et al. (2017), https://arxiv.org/abs/1706.03762, section 5.3.

    It is scaled so that its peak, at the end of the warm-up, is 1::

        factor = min(update / warmup, sqrt(warmup / update))
    """

    @dataclass(frozen=True)
    class Settings:
        """Of the inverse-square-root schedule."""

        warmup: int = setting(300, "updates until the peak", least=1)

    def factor(self, update: int, share: float) -> float:
        warmup: int = self.settings.warmup
        return min(update / warmup, math.sqrt(warmup / update))
