"""Ids -> batches: rows of similar length together, padded to a short ladder of shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpseq.text.column import TextColumn
from nlpseq.text.vocabulary import UNK_ID, Unknown

Ids = Sequence[int] | NDArray[np.int32]
Rows = Sequence[int] | NDArray[np.int64]


class Padded(NamedTuple):
    """One column of a batch."""

    ids: Tensor  # [B, T]  int64; 0 (padding) outside the mask
    mask: Tensor  # [B, T]  True where there is a token


@dataclass(frozen=True)
class Batch:
    """Some rows, column by column."""

    columns: Mapping[str, Padded]  # "source", and "target" where it is known
    rows: Rows  # their numbers in the part they come from
    unknown: tuple[str, ...] = ()  # words whose ids follow those of the vocabulary

    @property
    def source(self) -> Padded:
        """The column that is read."""
        return self.columns["source"]

    @property
    def target(self) -> Padded:
        """The column that is learned."""
        return self.columns["target"]

    def __len__(self) -> int:
        return len(self.rows)

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        moved = {
            name: Padded(c.ids.to(device), c.mask.to(device)) for name, c in self.columns.items()
        }
        return Batch(moved, self.rows, self.unknown)


def pad(rows: Sequence[Ids], width: int) -> Padded:
    """Rows of ids as one column, padded on the right to ``width``."""
    ids = np.zeros((len(rows), width), dtype=np.int64)
    lengths = np.array([len(row) for row in rows])
    for row, values in zip(ids, rows, strict=True):
        row[: len(values)] = values
    return Padded(torch.from_numpy(ids), torch.from_numpy(np.arange(width) < lengths[:, None]))


def rung(length: int) -> int:
    """The width of the ladder of shapes that takes ``length``: steps of at most an eighth.

    Few distinct shapes let the allocator and the kernels reuse what they have set up.
    """
    step = max(1, 1 << max(0, length.bit_length() - 4))
    return max(1, -(-length // step) * step)


class Corpus(Protocol):
    """What batches are made of: a stored part, or rows in memory."""

    @property
    def columns(self) -> Sequence[str]:
        """Their names."""

    def __len__(self) -> int: ...

    def lengths(self, column: str) -> NDArray[np.int32]:
        """The number of ids in each row."""

    @property
    def unknown(self) -> Unknown | None:
        """The words beyond the vocabulary, if there is one for all columns."""

    def ids(self, column: str, rows: Rows) -> Sequence[Ids]:
        """The ids of some rows."""


def collate(corpus: Corpus, rows: Rows) -> Batch:
    """The batch of some rows; a row without any token gets one unknown token to stand on."""
    columns = {}
    for name in corpus.columns:
        ids = [row if len(row) else (UNK_ID,) for row in corpus.ids(name, rows)]
        columns[name] = pad(ids, rung(max(len(row) for row in ids)))
    return Batch(columns, rows, _renumber(columns, corpus.unknown))


def _renumber(columns: Mapping[str, Padded], unknown: Unknown | None) -> tuple[str, ...]:
    """Number the unknown words of a batch on from the vocabulary, in place; return them.

    They go by the alphabet, so that their order does not depend on what was read before.
    """
    if unknown is None:
        return ()
    arrays = [column.ids.numpy() for column in columns.values()]
    found = np.unique(np.concatenate([ids[ids >= unknown.first] for ids in arrays]))
    words = [unknown.words[number - unknown.first] for number in found]
    order = sorted(range(len(words)), key=words.__getitem__)
    places = np.argsort(order)
    for ids in arrays:
        beyond = ids >= unknown.first
        ids[beyond] = unknown.first + places[np.searchsorted(found, ids[beyond])]
    return tuple(words[number] for number in order)


def plan(
    corpus: Corpus, *, rows: int, tokens: int, generator: np.random.Generator | None = None
) -> list[NDArray[np.int64]]:
    """Row numbers of each batch: similar lengths together, at most ``rows`` and ``tokens``.

    With a ``generator``, which rows meet and the order of the batches are drawn from it, as
    training wants; without one the plan goes from long to short, so that what does not fit
    into memory fails at once. A row that is longer than ``tokens`` has a batch of its own.
    """
    widths = np.stack([_rungs(corpus.lengths(name)) for name in corpus.columns], axis=1)
    if generator is None:
        return _cut(np.arange(len(corpus)), widths, rows, tokens)
    order = generator.permutation(len(corpus))
    # Shuffled rows are sorted within pools of many batches: full batches, yet never the same.
    pool = rows * 100
    batches = []
    for start in range(0, len(order), pool):
        batches += _cut(order[start : start + pool], widths, rows, tokens)
    return [batches[number] for number in generator.permutation(len(batches))]


def _rungs(lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """The rung of each length."""
    ladder = np.array([rung(length) for length in range(lengths.max(initial=0) + 1)])
    return ladder[lengths]


def _cut(
    part: NDArray[np.int64], widths: NDArray[np.int64], rows: int, tokens: int
) -> list[NDArray[np.int64]]:
    """Cut ``part`` from long to short into batches whose padded size is at most ``tokens``.

    Rows whose widest column is alike stand together, and among them those whose others are,
    the last first: what is learned costs more than what is read. The ``widths`` [rows, columns]
    of a batch are those of its widest rows, column by column.
    """
    columns = -widths[part]
    order = part[np.lexsort((*columns.T, columns.min(axis=1)))]
    batches, start = [], 0
    while start < len(order):
        widest = np.maximum.accumulate(widths[order[start : start + rows]]).sum(axis=1)
        sizes = widest * np.arange(1, len(widest) + 1)  # padded, of the first 1, 2, .. rows
        size = max(1, int(np.count_nonzero(sizes <= tokens)))
        batches.append(order[start : start + size])
        start += size
    return batches


class Held:
    """A part whose ids are held in memory, for texts to answer and parts to validate on."""

    def __init__(
        self, columns: Mapping[str, Sequence[Ids]], unknown: Unknown | None = None
    ) -> None:
        self.columns = tuple(columns)
        self.unknown = unknown
        self._ids = columns

    @classmethod
    def of_tokens(
        cls,
        tokens: Mapping[str, Sequence[Sequence[str]]],
        columns: Mapping[str, TextColumn],
        *,
        shared: bool,
    ) -> Held:
        """Rows of tokens, of each side that is given; ``shared``: both have one vocabulary."""
        known = {side: columns[side].vocabulary for side in tokens}
        unknown = Unknown(len(known["source"])) if shared else None
        ids = {s: [known[s].ids(row, unknown) for row in rows] for s, rows in tokens.items()}
        return cls(ids, unknown)

    def __len__(self) -> int:
        return len(self._ids[self.columns[0]])

    def lengths(self, column: str) -> NDArray[np.int32]:
        """The number of ids in each row."""
        return np.array([len(row) for row in self._ids[column]], dtype=np.int32)

    def ids(self, column: str, rows: Rows) -> Sequence[Ids]:
        """The ids of some rows."""
        stored = self._ids[column]
        return [stored[row] for row in rows]
