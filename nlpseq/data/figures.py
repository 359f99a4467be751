"""What rows look like as they go by: lengths, unknown words, pairs that hardly belong together."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from nlpseq.data.fitting import TokenCounts
from nlpseq.data.splits import Scan
from nlpseq.errors import Place
from nlpseq.task import Value
from nlpseq.text.column import LABEL_KINDS
from nlpseq.text.vocabulary import Vocabulary

SHOWN = 5
"""Places that are shown of what is found in many."""

_QUANTILES = {"median": 0.5, "p95": 0.95, "p99": 0.99}
_SMOOTH = 5  # characters: in short texts a word more or less means nothing
_FACTOR = math.log(2)  # least misfit of a doubtful pair
_SPREADS = 5  # and how many times that of the pairs of this part


class Places:
    """Where each row stands, in a few bytes a row."""

    def __init__(self) -> None:
        self._paths: dict[str, int] = {}
        self._files, self._lines = array("i"), array("q")

    def add(self, place: Place) -> None:
        """Take in the place of the next row."""
        self._files.append(self._paths.setdefault(place.path, len(self._paths)))
        self._lines.append(place.line)

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, row: int) -> Place:
        return Place(list(self._paths)[self._files[row]], self._lines[row])

    def of(self, rows: Iterable[int]) -> tuple[Place, ...]:
        """The places of some rows."""
        return tuple(self[int(row)] for row in rows)


class Found(NamedTuple):
    """How many rows have something in common, and where the first stand."""

    rows: int = 0
    where: tuple[Place, ...] = ()

    def __str__(self) -> str:
        """The places, each file named once."""
        lines: dict[str, list[str]] = {}
        for place in self.where:
            lines.setdefault(place.path, []).append(str(place.line))
        more = ", ..." if self.rows > len(self.where) else ""
        return "; ".join(f"{path} line {', '.join(found)}" for path, found in lines.items()) + more

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"rows": self.rows, "where": [str(place) for place in self.where]}


def repeated(scanned: Scan, places: Places) -> Found:
    """Rows whose text stands in an earlier row."""
    _, first = np.unique(scanned.texts, return_index=True)
    again = np.setdiff1d(np.arange(len(scanned)), first)
    return Found(len(again), places.of(again[:SHOWN]))


def contradicted(scanned: Scan, places: Places) -> Found:
    """Rows whose text stands elsewhere with another label."""
    rows = np.flatnonzero(scanned.disputed)
    together = rows[np.argsort(scanned.texts[rows], kind="stable")]  # rows of a text side by side
    return Found(len(rows), places.of(together[:SHOWN]))


def also_in(train: Scan, scanned: Scan, places: Places) -> Found:
    """Rows whose text also stands in the training part."""
    rows = np.flatnonzero(np.isin(scanned.texts, train.texts))
    return Found(len(rows), places.of(rows[:SHOWN]))


@dataclass
class Column:
    """The values of one column."""

    kind: str
    unit: str = "tokens"
    vocabulary: Vocabulary | None = None  # of the training part, once it is known
    lengths: Counter[int] = field(default_factory=Counter)  # in tokens
    counts: TokenCounts = field(default_factory=TokenCounts)
    unknown: int = 0  # tokens outside the vocabulary

    def add(self, tokens: Sequence[str], most: int) -> None:
        """Take in the tokens of one value, of which training reads ``most``."""
        self.lengths[len(tokens)] += 1
        self.counts.add(tokens[:most])
        if self.vocabulary is not None:
            self.unknown += sum(token not in self.vocabulary for token in tokens)

    def as_json(self) -> dict[str, Any]:
        """Plain data; of labels how many there are of each."""
        if self.kind in LABEL_KINDS:
            return {"labels": dict(self.counts.counts.most_common())}
        ordered = np.array(sorted(self.lengths.items()), dtype=np.int64).reshape(-1, 2)
        values, upto = ordered[:, 0], np.cumsum(ordered[:, 1])
        total = int(values @ ordered[:, 1])
        tree: dict[str, Any] = {self.unit: total}
        for name, share in _QUANTILES.items():
            tree[name] = int(values[np.searchsorted(upto, share * upto[-1])]) if total else 0
        tree["longest"] = int(values[-1]) if total else 0
        if self.vocabulary is not None:
            tree["unknown"] = round(self.unknown / max(1, total), 4)
        return tree


class Pairs:
    """The lengths of texts beside those of what they become."""

    def __init__(self) -> None:
        self._ratios = array("f")  # log of target length by source length, smoothed
        self._places = Places()

    def add(self, source: Value, target: Value, place: Place) -> None:
        """Take in one pair."""
        lengths = (len(text if isinstance(text, str) else text[0]) for text in (source, target))
        read, written = (math.log(length + _SMOOTH) for length in lengths)
        self._ratios.append(written - read)
        self._places.add(place)

    def doubtful(self) -> Found:
        """Pairs whose ratio is far from what is usual here, the farthest first.

        After Gale & Church (1993), https://aclanthology.org/J93-1004: lengths of texts and their
        translations keep to a ratio. A pair is doubtful when its ratio r is off by a factor of
        two and by five standard deviations, both taken from medians, which no outlier moves::

            |log r - median| > max(log 2, 5 * 1.4826 * median |log r - median|)
        """
        if not self._ratios:
            return Found()
        ratios = np.frombuffer(self._ratios, np.float32)
        misfit = np.abs(ratios - np.median(ratios))
        most = max(_FACTOR, _SPREADS * 1.4826 * float(np.median(misfit)))
        rows = np.flatnonzero(misfit > most)
        farthest = rows[np.argsort(-misfit[rows], kind="stable")]
        return Found(len(rows), self._places.of(farthest[:SHOWN]))
