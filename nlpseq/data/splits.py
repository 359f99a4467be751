"""A validation part split off when none is given, and texts that stand in several places.

A row is known here by a 64-bit digest of its source text, in which neither case nor the kind
and amount of white space matter, and by its label: 12 bytes, so a million rows are no burden.
"""

from __future__ import annotations

import hashlib
import unicodedata
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpseq.errors import DataError, SettingError
from nlpseq.task import Column, Row, Value
from nlpseq.text.normalise import normalise

Digests = NDArray[np.uint64]


@dataclass(frozen=True)
class Scan:
    """What one pass over the rows of a part tells."""

    texts: Digests  # [rows]  of the source column
    labels: NDArray[np.int32]  # [rows]  places in ``names``; zeros where the target is no label
    names: tuple[str, ...]  # the labels, in the order in which they were met
    digest: str  # SHA-256 of all values: equal for equal data, however it is packed

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each label; empty where the target is no label."""
        counted = np.bincount(self.labels, minlength=len(self.names))
        return {name: int(count) for name, count in zip(self.names, counted, strict=False)}

    @property
    def repeats(self) -> int:
        """How many rows have a text that stands in an earlier row."""
        return len(self.texts) - len(np.unique(self.texts))

    @property
    def disputed(self) -> NDArray[np.bool_]:
        """The rows whose text also stands with another label, [rows]."""
        groups = _Groups(self)
        return groups.disputed[groups.of_row]


@dataclass(frozen=True)
class Split:
    """Which rows are held out for validation; follows from the rows, the share and the seed."""

    held_out: NDArray[np.bool_]  # [rows]
    seed: int
    share: float
    counts: Mapping[str, tuple[int, int]]  # label to rows for training and for validation

    def record(self) -> dict[str, Any]:
        """What repeats the split, and a digest that shows whether it is the same, for JSON."""
        numbers = np.flatnonzero(self.held_out).astype("<i8")
        return {
            "seed": self.seed,
            "share": self.share,
            "rows": len(self.held_out),
            "held_out": len(numbers),
            "counts": {label: list(counts) for label, counts in self.counts.items()},
            "sha256": hashlib.sha256(numbers.tobytes()).hexdigest(),
        }


def scan(rows: Iterable[Row], columns: Sequence[Column]) -> Scan:
    """Read all rows once."""
    source, *targets = columns
    label = targets[0].name if targets and targets[0].kind == "label" else ""
    texts, labels = array("Q"), array("i")
    numbers: dict[str, int] = {}
    digest = hashlib.sha256()
    for row in rows:
        texts.append(text_digest(row[source.name]))
        labels.append(numbers.setdefault(_joined(row[label]), len(numbers)) if label else 0)
        for column in columns:
            value = row[column.name]
            digest.update(repr(value).encode())
    return Scan(
        np.frombuffer(texts, np.uint64) if texts else np.empty(0, np.uint64),
        np.frombuffer(labels, np.int32) if labels else np.empty(0, np.int32),
        tuple(numbers),
        digest.hexdigest(),
    )


def text_digest(value: Value) -> int:
    """64 bits that are equal for texts that differ in case, composition or white space only."""
    folded = unicodedata.normalize("NFC", normalise(_joined(value)).casefold())
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), "little")


def overlap(train: Digests, other: Digests) -> int:
    """How many rows of another part have a text that also stands in the training part."""
    return int(np.isin(other, train).sum())


def split_off(scanned: Scan, share: float, seed: int) -> Split:
    """Hold out ``share`` of the rows of each label.

    Rows with the same text stay together. A text with two labels stays in training, as does a
    text with more rows than its label has to give, and so does at least one row of each label.

    Raises:
        DataError: there are too few rows, or too few different ones.
        SettingError: the share is 0.
    """
    if share == 0:
        raise SettingError("data.holdout is 0: found no rows for validation; give --valid")
    groups = _Groups(scanned)
    rows = np.bincount(scanned.labels, minlength=1)
    chosen = groups.choose(rows, share, seed)
    if not chosen.any():
        found = f"found {len(scanned)} rows with {len(groups.sizes)} different texts"
        raise DataError(f"{found}, too few to hold out {share:.0%} for validation; give --valid")
    held_out = chosen[groups.of_row]
    kept = np.bincount(scanned.labels[~held_out], minlength=len(rows))
    counts = {n: (int(k), int(r - k)) for n, r, k in zip(scanned.names, rows, kept, strict=False)}
    return Split(held_out, seed, share, counts)


class _Groups:
    """Rows by text. Shapes: G groups."""

    def __init__(self, scanned: Scan) -> None:
        self.texts, first, self.of_row, self.sizes = np.unique(
            scanned.texts, return_index=True, return_inverse=True, return_counts=True
        )  # [G], [G], [rows], [G]
        self.labels = scanned.labels[first]  # [G]
        differs = scanned.labels != self.labels[self.of_row]  # [rows]
        self.disputed = np.bincount(self.of_row, differs, len(self.texts)) > 0  # [G]

    def choose(self, rows: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
        """The groups [G], drawn by the seed, that come nearest to the share of each label.

        ``rows`` has the number of rows of each label.
        """
        quotas = _apportioned(rows, share)
        order = np.lexsort((_seeded(seed, self.texts), self.labels))
        fits = ~self.disputed & (self.sizes <= quotas[self.labels])
        order = order[fits[order]]
        labels, sizes = self.labels[order], self.sizes[order]
        begins = np.flatnonzero(np.diff(labels, prepend=-1))
        filled = np.cumsum(sizes)
        before = np.repeat(filled[begins] - sizes[begins], np.diff(begins, append=len(order)))
        chosen = np.zeros(len(self.texts), dtype=np.bool_)
        filled -= before
        chosen[order[(2 * filled - sizes <= 2 * quotas[labels]) & (filled < rows[labels])]] = True
        return chosen


def _apportioned(rows: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """A share of each count, whole numbers that add up to the share of all (largest remainders)."""
    exact = rows * share
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    left = round(share * int(rows.sum())) - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:left]] += 1
    return whole


def _seeded(seed: int, digests: Digests) -> Digests:
    """Digests in which ``seed`` decides every bit: one step of splitmix64 (Steele et al., 2014)."""
    salt = hashlib.blake2b(f"split|{seed}".encode(), digest_size=8).digest()
    mixed = digests ^ np.uint64(int.from_bytes(salt, "little"))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _joined(value: Value) -> str:
    return value if isinstance(value, str) else " ".join(value)
