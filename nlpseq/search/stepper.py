"""What search knows of a model: a stepper scores the next word of every hypothesis."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from torch import Tensor

from nlpseq.data.batches import Batch

State = Any


class Step(NamedTuple):
    """What a stepper says after it has read a word for each hypothesis.

    Search writes on ``log_probs``, so a stepper does not keep them.
    """

    log_probs: Tensor  # [B, K, V]  normalised, fp32; V may be beyond the vocabulary
    state: State  # after the words
    attention: Tensor | None  # [B, K, S]


class Stepper(Protocol):
    """A model, word by word. Shapes: B texts, K hypotheses of each, V words, S source length."""

    def start(self, batch: Batch) -> State:
        """The state before the first word, one row for each text."""

    def step(self, ids: Tensor, state: State) -> Step:
        """Read ``ids`` [B, K], which are those of ``<bos>`` at first."""

    def select(self, state: State, rows: Tensor) -> State:
        """The rows [B', K'], flat numbers among the old B x K.

        All of one row of ``rows`` come from one text.
        """
