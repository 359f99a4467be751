"""A model asked in batches, and its answers in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from nlpseq.data.batches import Batch, Corpus, collate, plan
from nlpseq.model.device import fitting
from nlpseq.model.protocol import Model, Prediction
from nlpseq.search import Search

T = TypeVar("T")

_READ = 1024  # tokens in a batch for each row that it may have


def asked_together(corpus: Corpus, rows: int, width: int = _READ) -> Sequence[NDArray[np.int64]]:
    """The rows of a corpus that are asked for together, the longest first.

    Batches have up to so many ``rows``, of up to ``width`` tokens on average.
    """
    return plan(corpus, rows=rows, tokens=rows * width)


def predict(
    model: Model, corpus: Corpus, search: Search, poll: Callable[[], None] = lambda: None
) -> list[Prediction]:
    """A model's answers to a corpus, in its order, with similar lengths computed together.

    ``poll`` is called before each batch; what it raises ends the work.
    """

    def ask(batch: Batch) -> Sequence[Prediction]:
        poll()
        return model.predict(batch, search)

    return by_batch(model, corpus, search.settings.batch, _READ, ask)


def by_batch(
    model: Model, corpus: Corpus, rows: int, width: int, ask: Callable[[Batch], Sequence[T]]
) -> list[T]:
    """What ``ask`` says of each row of a corpus, in its order; that of :func:`asked_together`."""
    answers: dict[int, T] = {}
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    try:
        with torch.inference_mode(), fitting("lower search.batch"):
            for numbers in asked_together(corpus, rows, width):
                found = ask(collate(corpus, numbers).to(device))
                answers.update(zip(numbers.tolist(), found, strict=True))
    finally:
        model.train(training)
    return [answers[number] for number in range(len(corpus))]
