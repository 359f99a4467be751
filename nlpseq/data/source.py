"""Where data is: a name, a file, a folder or a prefix, to the rows of each part."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nlpseq.data.readers import READERS
from nlpseq.data.readers.protocol import Reader
from nlpseq.data.readers.saved import is_saved
from nlpseq.errors import DataError, Faulty, Place, raised
from nlpseq.settings import DataSettings
from nlpseq.task import Row, Task, Value

PARTS = {name: name for name in ("train", "valid", "test", "")} | {
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
}
"""The parts of data by the names that files give them; a file without part serves as any."""

_NO_ENDINGS = ("parallel", "hub", "saved", "sample")
_MOST_INCOMPLETE = 0.05
_SHOWN = 5


class _Found(NamedTuple):
    path: str
    reader: Reader


@dataclass(frozen=True)
class Dropped:
    """Rows that lack a value and are left out of training."""

    path: str
    rows: int
    total: int
    lines: tuple[int, ...]  # of the first five

    def __str__(self) -> str:
        lines = ", ".join(str(line) for line in self.lines)
        more = ", ..." if self.rows > len(self.lines) else ""
        return f"{self.path}: {self.rows} of {self.total} rows lack a value (line {lines}{more})"


class Source:
    """One part of the data, perhaps of several files, which can be read as often as needed.

    Rows that lack a value are dropped from a training part; other parts must be whole.
    ``dropped`` holds the files that lost rows, once these were read to the end.
    """

    def __init__(self, part: str, files: Sequence[_Found]) -> None:
        self.part = part
        self.files = files
        self.dropped: list[Dropped] = []

    @property
    def path(self) -> str:
        """The paths of all files, for messages."""
        return ", ".join(file.path for file in self.files)

    def rows(self, faulty: Faulty = raised) -> Iterator[Row]:
        """The rows, in order, of one file after the other.

        ``faulty`` is told of faults behind which there may be more.

        Raises:
            DataError: with its place, for what cannot be read; for an empty file; for a value
                that is not there, if the part is not for training; and at the end of a file,
                if more than 5% of its rows were dropped and ``data.allow_empty`` is not set.
        """
        self.dropped = []
        for path, reader in self.files:
            reader.faulty = faulty
            yield from self._rows(path, reader)

    def _rows(self, path: str, reader: Reader) -> Iterator[Row]:
        total = count = 0
        lines: list[int] = []
        source = reader.task.columns[0]
        for row in reader.rows(path, reader.task.columns):
            total += 1
            if source.kind == "text" and not isinstance(row[source.name], str):
                found = f"found several texts for '{source.name}', expected one"
                reader.faulty(DataError(found, row.place))
                continue
            lacking = [name for name, value in row.values.items() if is_blank(value)]
            if not lacking:
                yield row
                continue
            if self.part != "train":
                found = f"no value for '{lacking[0]}', expected one here"
                advice = "mend it, or name each part: --data, --valid, --test"
                reader.faulty(DataError(f"{found}; {advice}", row.place))
                continue
            count += 1
            if len(lines) < _SHOWN:
                lines.append(row.place.line)
        dropped = Dropped(path, count, total, tuple(lines))
        _check(dropped, reader)
        if count:
            self.dropped.append(dropped)


def _check(dropped: Dropped, reader: Reader) -> None:
    """Hand what is wrong with a file as a whole to what the reader does about faults."""
    count, total = dropped.rows, dropped.total
    if total == 0:
        reader.faulty(DataError("found no rows, expected one at least", Place(dropped.path)))
    elif count == total:
        reader.faulty(DataError(f"{dropped}; none is left"))
    elif count > _MOST_INCOMPLETE * total and not reader.settings.allow_empty:
        reader.faulty(DataError(f"{dropped}; mend them, or leave them out with --allow-empty"))


def open_parts(task: Task, settings: DataSettings) -> dict[str, Source]:
    """The parts that the settings name: "train", and "valid" and "test" if there are any.

    A folder, a dataset or the sample given for training may hold all three; what is given
    for validation and test comes first.

    Raises:
        DataError: something is not there, or is of no kind that can be read.
    """
    found = [(path, _locate(path, task, settings)) for path in settings.train]
    parts = {"train": Source("train", [_pick(there, path, "train") for path, there in found])}
    for part, given in (("valid", settings.valid), ("test", settings.test)):
        files = [there[part] for _, there in found if part in there]
        if given:
            parts[part] = open_source(given, task, settings, part)
        elif files:
            parts[part] = Source(part, files)
    return parts


def open_source(paths: Sequence[str], task: Task, settings: DataSettings, part: str) -> Source:
    """One part of what ``paths`` name: a file serves as any part, others must have it.

    Raises:
        DataError: it is not there, or is of no kind that can be read.
    """
    return Source(part, [_pick(_locate(path, task, settings), path, part) for path in paths])


def check_labels(counts: Mapping[str, int], path: str) -> None:
    """Refuse training data with fewer than two labels.

    Raises:
        DataError: there is nothing to tell apart.
    """
    if len(counts) < 2:
        found = ", ".join(repr(label) for label in counts) or "none"
        raise DataError(f"found {len(counts)} label ({found}), expected two or more", Place(path))


def is_blank(value: Value) -> bool:
    """Whether a value holds nothing but white space."""
    return not value.strip() if isinstance(value, str) else not any(v.strip() for v in value)


def _pick(found: Mapping[str, _Found], path: str, part: str) -> _Found:
    if part not in found and "" not in found:
        raise DataError(
            f"found the parts {', '.join(found) or 'none'}; expected {part}", Place(path)
        )
    return found.get(part) or found[""]


def _locate(path: str, task: Task, settings: DataSettings) -> dict[str, _Found]:
    """Each part that ``path`` names."""
    name = _reader_name(path, settings)
    if name:
        reader = READERS[name](settings, task)
        found = [(part, _Found(each, reader)) for part, each in reader.parts(path).items()]
    else:
        found = list(_in_folder(path, task, settings))
    parts: dict[str, _Found] = {}
    for there, each in found:
        part = PARTS.get(there)
        if part is None:
            continue
        if part in parts:
            both = f"{parts[part].path} and {each.path}"
            raise DataError(f"found {both}, expected one for {part}; give one by its path")
        parts[part] = each
    return parts


def _reader_name(path: str, settings: DataSettings) -> str:
    """Which reader reads ``path``; none by itself reads a folder of files."""
    scheme = path.partition(":")[0]
    if path == "sample" or (scheme in ("sample", "hub") and scheme != path):
        return scheme
    if os.path.isdir(path):
        return "saved" if is_saved(path) else ""
    if os.path.exists(path):
        return _ending(path)
    if any(
        os.path.isfile(f"{path}.{code}{gz}") for code in settings.languages for gz in ("", ".gz")
    ):
        return "parallel"
    folder, prefix = os.path.split(path)
    siblings = _names(folder or ".") if os.path.isdir(folder or ".") else []
    hint = [name for name in siblings if name.startswith(f"{prefix}.")]
    advice = f"; found {', '.join(hint)}: parallel files need --langs, as in de-en" if hint else ""
    raise DataError(f"no such file or folder{advice}", Place(path))


def _ending(path: str) -> str:
    ending = os.path.basename(path).removesuffix(".gz").rpartition(".")[2]
    if ending not in _endings():
        known = ", ".join(f".{each}" for each in _endings())
        raise DataError(f"found the ending '.{ending}', expected one of {known}", Place(path))
    return ending


def _endings() -> list[str]:
    return [name for name in READERS if name not in _NO_ENDINGS]


def _in_folder(folder: str, task: Task, settings: DataSettings) -> Iterator[tuple[str, _Found]]:
    """The files and folders of ``folder`` that go by the name of a part."""
    names = _names(folder)
    endings = _endings()
    for name in names:
        path = os.path.join(folder, name)
        stem, _, ending = name.removesuffix(".gz").partition(".")
        if stem not in PARTS:
            continue
        if is_saved(path):
            yield stem, _Found(path, READERS["saved"](settings, task))
        elif ending in endings:
            yield stem, _Found(path, READERS[ending](settings, task))
        elif ending in settings.languages[:1]:
            yield stem, _Found(os.path.join(folder, stem), READERS["parallel"](settings, task))


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        raise DataError(f"{error.strerror}; expected a folder to read", Place(folder)) from None
