"""What a baseline is: something trained in seconds on the same examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

from nlpseq.metrics.protocol import Answer
from nlpseq.task import Example, Value


class Baseline(ABC):
    """Learns from examples and answers sources; ``summary`` says in a few words what it is.

    One that asks in its ``__init__`` for ``language`` (a code such as ``en``) gets that of the
    sources; one that asks for nothing has no ``__init__``.
    """

    summary: ClassVar[str]

    @abstractmethod
    def fit(self, examples: Iterable[Example]) -> None:
        """Learn from the training part."""

    @abstractmethod
    def predict(self, sources: Sequence[Value]) -> list[Answer]:
        """Answer each source, in order."""
