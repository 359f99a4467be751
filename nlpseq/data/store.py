"""Ids on disk, memory-mapped: a corpus of any size trains in constant memory.

For each column there is one flat file of little-endian ``int32`` ids and one of ``int64``
offsets. Ids beyond the vocabulary, if both columns share one, number the lines of a list of
unknown words. The JSON header comes last, so a store with a header is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpseq import durable
from nlpseq.text.vocabulary import Unknown

FORMAT = 3
ENDINGS = (".ids", ".offsets")
UNKNOWN = "unknown.words"
_CHUNK = 1 << 16  # numbers that are buffered before they are written


def cache_folder() -> Path:
    """Where stores and trained vectors live: ``$NLPSEQ_CACHE``, else ``~/.cache/nlpseq``."""
    return Path(os.environ.get("NLPSEQ_CACHE") or Path.home() / ".cache" / "nlpseq")


def key(*parts: object) -> str:
    """A name for what follows from ``parts`` and from nothing else."""
    return hashlib.sha256(json.dumps([FORMAT, *parts], sort_keys=True).encode()).hexdigest()[:32]


class Store:
    """The stored ids of one part of a corpus, row by row."""

    def __init__(self, folder: Path) -> None:
        header = json.loads((folder / "header.json").read_bytes())
        self.rows: int = header["rows"]
        words = (folder / UNKNOWN).read_bytes().decode().split("\n")[:-1]
        self.unknown = Unknown(header["known"], words) if header["known"] else None
        self._columns = {name: _Column(folder, name) for name in header["columns"]}

    def __len__(self) -> int:
        return self.rows

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._columns)

    def lengths(self, column: str) -> NDArray[np.int32]:
        """The number of ids in each row, [rows]."""
        return self._columns[column].lengths()

    def ids(self, column: str, rows: Sequence[int] | NDArray[np.int64]) -> list[NDArray[np.int32]]:
        """The ids of some rows, in their order."""
        stored = self._columns[column]
        return [stored.row(row) for row in rows]


class _Column:
    def __init__(self, folder: Path, name: str) -> None:
        self._offsets = _map(folder / f"{name}.offsets", "<i8")
        self._ids = _map(folder / f"{name}.ids", "<i4")

    def lengths(self) -> NDArray[np.int32]:
        return np.diff(self._offsets).astype(np.int32)

    def row(self, number: int) -> NDArray[np.int32]:
        return self._ids[self._offsets[number] : self._offsets[number + 1]]


def _map(path: Path, kind: str) -> NDArray[Any]:
    if path.stat().st_size == 0:  # an empty file cannot be mapped
        return np.empty(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r")


class _Growing:
    """A file of numbers that is written in chunks."""

    def __init__(self, output: durable.Output, kind: str) -> None:
        self._output, self._kind = output, kind
        self._waiting: list[int] = []

    def add(self, numbers: Iterable[int]) -> None:
        self._waiting.extend(numbers)
        if len(self._waiting) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        self._output.write(np.array(self._waiting, dtype=self._kind).tobytes())
        self._waiting.clear()


def write(
    folder: Path,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Sequence[int]]],
    unknown: Unknown | None = None,
) -> Store:
    """Store ``rows`` (for each column its ids) in ``folder``, streaming; return the store.

    ``unknown`` holds the words beyond the vocabulary that turn up while rows are written.
    """
    durable.make_folder(folder)
    count = 0
    with ExitStack() as stack:

        def grow(column: str, what: str, kind: str) -> _Growing:
            return _Growing(stack.enter_context(durable.Output(folder / f"{column}.{what}")), kind)

        ids = {column: grow(column, "ids", "<i4") for column in columns}
        offsets = {column: grow(column, "offsets", "<i8") for column in columns}
        ends = dict.fromkeys(columns, 0)
        for column in columns:
            offsets[column].add([0])
        for row in rows:
            for column in columns:
                ids[column].add(row[column])
                ends[column] += len(row[column])
                offsets[column].add([ends[column]])
            count += 1
        for file in [*ids.values(), *offsets.values()]:
            file.flush()
    words = unknown.words if unknown else ()
    durable.write_file(folder / UNKNOWN, "".join(f"{word}\n" for word in words).encode())
    known = unknown.first if unknown else 0
    header = {"format": FORMAT, "columns": list(columns), "rows": count, "known": known}
    durable.write_file(folder / "header.json", durable.as_json(header))
    return Store(folder)


def is_whole(folder: Path) -> bool:
    """Whether a store was written there to its end."""
    return (folder / "header.json").is_file()
