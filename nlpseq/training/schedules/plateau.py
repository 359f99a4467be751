"""A learning rate that falls when validation stops improving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlpseq.config import setting
from nlpseq.training.schedules.protocol import Schedule, risen


class Plateau(Schedule):
    """Multiply by ``shrink`` after ``wait`` validations without a new best.

    ::

        factor = min(1, update / warmup) * shrink ^ (number of such times)
    """

    @dataclass(frozen=True)
    class Settings:
        """Of the plateau schedule."""

        warmup: int = setting(0, "updates over which the rate rises from zero", least=0)
        shrink: float = setting(0.5, "what the rate is multiplied by", least=0.01, most=1)
        wait: int = setting(1, "validations without improvement before it is", least=1)

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.times, self.waited = 0, 0

    def factor(self, update: int, share: float) -> float:
        rise = risen(update, self.settings.warmup)
        return float(rise * self.settings.shrink**self.times)

    def validated(self, improved: bool) -> None:
        self.waited = 0 if improved else self.waited + 1
        if self.waited >= self.settings.wait:
            self.times, self.waited = self.times + 1, 0

    def state(self) -> dict[str, float]:
        return {"times": self.times, "waited": self.waited}

    def load(self, state: dict[str, float]) -> None:
        self.times, self.waited = int(state["times"]), int(state["waited"])
