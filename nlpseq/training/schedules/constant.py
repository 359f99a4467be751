"""A constant learning rate, after an optional warm-up."""

from __future__ import annotations

from dataclasses import dataclass

from nlpseq.config import setting
from nlpseq.training.schedules.protocol import Schedule, risen


class Constant(Schedule):
    """A rate that stays.

    ::

        factor = min(1, update / warmup)
    """

    @dataclass(frozen=True)
    class Settings:
        """Of the constant schedule."""

        warmup: int = setting(0, "updates over which the rate rises from zero", least=0)

    def factor(self, update: int, share: float) -> float:
        return risen(update, self.settings.warmup)
