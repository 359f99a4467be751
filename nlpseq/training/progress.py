"""What a person sees while training runs: rate, time left, loss, the best so far."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

Say = Callable[[str], None]


class Step(NamedTuple):
    """What one update did."""

    loss: float
    tokens: int  # read, padding not counted
    seconds: float
    finite: bool = True  # its gradient


class Progress:
    """Tells how training goes: by a line that ``show`` renews, or now and then by ``say``."""

    def __init__(self, say: Say, show: Say | None = None) -> None:
        self.say, self._show = say, show
        self._loss = self._weight = 0.0
        self._tokens, self._seconds = 0, 0.0
        self._shown = time.monotonic()
        self._wait = 5.0

    def update(self, step: Step, left: float, where: str) -> None:
        """Take in one update, the seconds left at most, and a word on where training is."""
        if math.isfinite(step.loss):  # else it would stay in the mean for good
            self._loss, self._weight = 0.98 * self._loss + step.loss, 0.98 * self._weight + 1
        self._tokens, self._seconds = self._tokens + step.tokens, self._seconds + step.seconds
        now = time.monotonic()
        if now - self._shown < (0.2 if self._show else self._wait):
            return
        self._shown, self._wait = now, min(60.0, self._wait * 1.5)
        rate = self._tokens / self._seconds
        tell = self._show or self.say
        tell(f"{where}  loss {self.loss:.4f}  {rate:,.0f} tokens/s  at most {span(left)} left")

    @property
    def loss(self) -> float:
        """The loss, smoothed over some fifty updates."""
        return self._loss / self._weight if self._weight else 0.0


def span(seconds: float) -> str:
    """A time span as people say it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
