"""Tables as text: a record a line, its columns set apart by tabs or commas.

The first line names the columns, unless the settings give every column by its number.
"""

from __future__ import annotations

import csv
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from nlpseq.data.columns import as_value, headless, is_header, locate
from nlpseq.data.readers.protocol import Reader
from nlpseq.errors import DataError, Place
from nlpseq.task import Column, Row
from nlpseq.text.lines import LONGEST, Line, file_lines


class Record(NamedTuple):
    """The fields of a record and the line on which it begins."""

    line: int
    fields: list[str]


class Delimited(Reader):
    """A table whose records all have as many columns as the first."""

    def lines(self, path: str) -> Iterator[Line]:
        """The lines of a file that are texts."""
        for line in file_lines(path, self.settings.encoding):
            if line.fault:
                self.faulty(line.fault)
            else:
                yield line

    @abstractmethod
    def records(self, path: str) -> Iterator[Record]:
        """All records, the header included."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of a file; see :class:`~nlpseq.data.readers.protocol.Reader`."""
        records = self.records(path)
        first = next(records, None)
        if first is None or first.line > 1:  # a first line at fault says nothing of the others
            return
        bare = headless(columns, self.settings.columns)
        names = [""] * len(first.fields) if bare else first.fields
        at = locate(columns, names, self.settings.columns, Place(path, 1))
        if bare:
            if is_header(columns, first.fields):
                raise DataError(
                    "found the names of the columns, expected data as all columns are given by "
                    "number; leave out --columns",
                    Place(path, 1),
                )
            records = chain([first], records)
        for line, fields in records:
            place = Place(path, line)
            if len(fields) != len(first.fields):
                expected = f"expected {len(first.fields)} as in the first line"
                self.faulty(DataError(f"found {len(fields)} columns, {expected}", place))
                continue
            yield Row({c.name: as_value(c.kind, fields[at[c.name]]) for c in columns}, place)


class Tsv(Delimited):
    """Columns set apart by tabs; quotes mean nothing, so no field holds a tab or a line end."""

    def records(self, path: str) -> Iterator[Record]:
        """A record a line."""
        for line in self.lines(path):
            yield Record(line.number, line.text.split("\t"))


class Csv(Delimited):
    """Columns set apart by commas; a quoted field may hold commas, doubled quotes and line ends.

    Read strictly: the lax way of Python's reader lets one stray quote swallow the file.
    """

    def records(self, path: str) -> Iterator[Record]:
        """A record a line, or over several lines within quotes."""
        # The limit is Python's for the whole process; the feed below keeps our own.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST + 1))
        feed = _Feed(path, self.lines(path))
        reader = csv.reader(feed, strict=True)
        while True:
            feed.begin()
            try:
                fields = next(reader)
                if feed.stray_return:
                    raise csv.Error("carriage return in unquoted field")
            except StopIteration:
                return
            except csv.Error as error:
                reason = str(error).partition(" - ")[0]
                hint = "; is a quote left open?" if "unexpected end" in reason else ""
                fault = DataError(f"not CSV: {reason}{hint}", Place(path, feed.first))
            else:
                yield Record(feed.first, fields or [""])
                continue
            self.faulty(fault)


class _Feed:
    """Lines for Python's reader; counts those it took, and bounds what it takes for a record."""

    def __init__(self, path: str, lines: Iterator[Line]) -> None:
        self._path, self._lines = path, lines
        self._taken = 0
        self.first = 0  # the number of the first line of the record
        self.stray_return = False  # a carriage return besides the one of the line end

    def begin(self) -> None:
        """Begin a record."""
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, text, _ = next(self._lines)
        if not self._taken:
            self.first = number
        self._taken += len(text) + 1
        if self._taken > LONGEST + 1:
            message = f"found a record of more than {LONGEST} characters; is a quote left open?"
            raise DataError(message, Place(self._path, self.first))
        self.stray_return = text.endswith("\r")
        return text + "\n"
