"""What a schedule is: how far training has come, to a factor on the learning rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from nlpseq.config import NoSettings


def risen(update: int, warmup: int) -> float:
    """A line from 0 to 1 over the first ``warmup`` updates, of which there may be none."""
    return min(1.0, update / max(1, warmup))


class Schedule(ABC):
    """A factor on the learning rate, from the number of updates and the share of the whole.

    ``share`` runs from 0 to 1 over the epochs, or over the time budget where that ends first.
    """

    Settings: ClassVar[type] = NoSettings

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @abstractmethod
    def factor(self, update: int, share: float) -> float:
        """The factor for update number ``update``, the first being 1."""

    def validated(self, improved: bool) -> None:
        """Hear whether the last validation brought a new best."""
        return

    def state(self) -> dict[str, float]:
        """What it has heard so far, for a checkpoint."""
        return {}

    def load(self, state: dict[str, float]) -> None:
        """Go back to a :meth:`state`."""
        return
