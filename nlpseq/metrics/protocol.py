"""What a metric is: segment statistics, their sum, and a score from the sum.

The design is sacreBLEU's (Post, 2018): every corpus score is a function of summed segment
statistics, so bootstrap intervals, paired tests and sharded evaluation are written once, for
every metric.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

Answer = str | tuple[str, ...]
"""What a model says of one example: a text, a label, or a label per token."""

Statistics = NDArray[np.float64]


class Score(NamedTuple):
    """A score with what it takes to repeat it."""

    name: str
    value: float  # as the field prints it: accuracy, F1, BLEU, ROUGE from 0 to 100
    signature: str = ""  # every choice that changes the number

    def __str__(self) -> str:
        return f"{self.name} {self.value:.2f}"


class Metric(ABC):
    """A score over a corpus.

    A metric is built by keyword with what it asks for in its ``__init__``: ``labels`` (the
    labels of the model, in order) and ``language`` (a code such as ``en``); one that asks for
    nothing has no ``__init__``.
    """

    name: ClassVar[str]
    higher_is_better: ClassVar[bool] = True

    @abstractmethod
    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        """What one segment adds to the sum, float [K], with K the same for every segment."""

    @abstractmethod
    def score(self, total: Statistics) -> Score:
        """The corpus score of the summed statistics [K]; defined for an empty corpus, too."""
