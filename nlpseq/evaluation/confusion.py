"""Which labels are taken for which, and how each label fares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from nlpseq.evaluation.table import GAP, WIDTH, aligned, name
from nlpseq.metrics.labels import NOTHING, pairs
from nlpseq.metrics.protocol import Answer

READABLE = 20  # labels of which a person can still read the whole matrix
WORST = 10  # pairs that are shown of a larger one


class ClassScore(NamedTuple):
    """How one label fares; the shares from 0 to 100, and 0 where nothing can be shared."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int  # how often it is expected


class Mistake(NamedTuple):
    """A label said in place of another, and how often."""

    expected: str
    said: str
    times: int


@dataclass(frozen=True)
class Confusion:
    """Counts [L, L] of expected labels (rows) and said labels (columns)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def classes(self) -> tuple[ClassScore, ...]:
        """Precision, recall and F1 of each label."""
        counts = self._matrix()
        right, expected, said = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
        shares = _share(right, said), _share(right, expected), _share(2 * right, said + expected)
        columns = zip(*(share.tolist() for share in shares), expected.tolist(), strict=True)
        return tuple(
            ClassScore(label, *row) for label, row in zip(self.labels, columns, strict=True)
        )

    def mistakes(self) -> tuple[Mistake, ...]:
        """The wrong pairs that occur, the most frequent first."""
        found = [
            Mistake(self.labels[row], self.labels[column], count)
            for row, counts in enumerate(self.counts)
            for column, count in enumerate(counts)
            if count and row != column
        ]
        return tuple(sorted(found, key=lambda mistake: -mistake.times))

    def class_lines(self) -> list[str]:
        """The labels' scores as a table."""
        head = ["label", "precision", "recall", "f1", "support"]
        return aligned([head, *(_class_row(score) for score in self.classes())])

    def lines(self) -> list[str]:
        """The matrix as a table; of more than 20 labels the pairs most often confused."""
        if len(self.labels) > READABLE:
            worst = [[_shown(m.expected), _shown(m.said), str(m.times)] for m in self.mistakes()]
            return aligned([["expected", "said", "times"], *worst[:WORST]], left=2)
        lines = ["expected below, said to the right"]
        names = [_shown(label) for label in self.labels]
        cells = [[str(count) for count in row] for row in self.counts]
        room = WIDTH - max(map(cell_len, names), default=0)
        widest = max([cell_len(cell) for row in [names, *cells] for cell in row], default=0)
        size = max(1, room // (len(GAP) + widest))  # a wide matrix is shown in parts
        for start in range(0, len(names), size):
            part = slice(start, start + size)
            rows = [[label, *row[part]] for label, row in zip(names, cells, strict=True)]
            lines += aligned([["", *names[part]], *rows])
        return lines

    def _matrix(self) -> NDArray[np.int64]:
        size = len(self.labels)
        return np.array(self.counts, dtype=np.int64).reshape(size, size)


def confusion(
    answers: Sequence[Answer], references: Sequence[tuple[Answer, ...]], labels: Sequence[str]
) -> Confusion:
    """Count the labels said against those expected; labels beyond ``labels`` come last."""
    cells: Counter[tuple[str, str]] = Counter()
    for answer, accepted in zip(answers, references, strict=True):
        cells.update((expected, said) for said, expected in pairs(answer, accepted))
    found = {label for cell in cells for label in cell}
    every = (*labels, *sorted(found.difference(labels)))
    return Confusion(every, tuple(tuple(cells[row, column] for column in every) for row in every))


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    shares = np.zeros(len(part))
    np.divide(100.0 * part, whole, out=shares, where=whole > 0)
    return shares


def _class_row(score: ClassScore) -> list[str]:
    shares = [f"{share:.2f}" for share in (score.precision, score.recall, score.f1)]
    return [_shown(score.label), *shares, str(score.support)]


def _shown(label: str) -> str:
    return "(none)" if label == NOTHING else name(label)
