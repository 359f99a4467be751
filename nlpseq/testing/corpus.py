"""A tiny corpus for any task: the author's rows, the task's own sample cut short, or made up."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from nlpseq.errors import DataError
from nlpseq.task import Column, Task, Value

Values = tuple[Value, ...]
"""A value for each column of the task, in their order."""

ROWS = 48
LEXICON = {
    "thing": ("river", "stone", "garden", "letter", "candle", "window"),
    "quality": ("green", "quiet", "heavy", "narrow", "golden", "bitter"),
}
"""Words, by the label that each has."""


def rows_of(task: Task, given: Sequence[Values]) -> list[Values]:
    """The rows to train ``task`` on: ``given`` if there are any, else its sample, else made up."""
    if given:
        return list(given)
    try:
        sample = list(task.sample()["train"])
    except DataError:
        return made_up(task.columns)
    return random.Random(1).sample(sample, min(ROWS, len(sample)))


def made_up(columns: Sequence[Column]) -> list[Values]:
    """Random sentences, and what each column makes of them: all can be learned from them.

    Raises:
        DataError: a column is of a kind for which nothing can be made up.
    """
    for column in columns:
        if column.kind not in _VIEWS:
            message = (
                f"column '{column.name}' is of kind '{column.kind}'; give rows to the contract"
            )
            raise DataError(message)
    chance = random.Random(1)
    sentences = [chance.choices(_WORDS, k=chance.randint(3, 8)) for _ in range(ROWS)]
    return [tuple(_VIEWS[c.kind](sentence) for c in columns) for sentence in sentences]


_LABELS = {word: label for label, words in LEXICON.items() for word in words}
_WORDS = list(_LABELS)
_VIEWS: Mapping[str, Callable[[Sequence[str]], Value]] = {
    "text": " ".join,
    "tokens": tuple,
    "label": lambda words: _LABELS[words[0]],
    "token_labels": lambda words: tuple(_LABELS[word] for word in words),
}
