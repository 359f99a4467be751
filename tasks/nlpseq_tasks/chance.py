"""Drawing by chance, with numbers that no version of Python changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws the same from the same seed, whatever Python runs it: only ``random()`` is used."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def pick(self, choices: Sequence[T]) -> T:
        """One of ``choices``."""
        return choices[int(self._random() * len(choices))]

    def often(self, share: float) -> bool:
        """True in a ``share`` of all calls."""
        return self._random() < share
