"""JSON lines: an object a line, its keys the names of the columns, nested ones ``outer.inner``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlpseq.config import flatten
from nlpseq.data.columns import as_value, locate
from nlpseq.data.readers.protocol import Reader
from nlpseq.errors import DataError, Place
from nlpseq.task import Column, Row
from nlpseq.text.lines import file_lines
from nlpseq.text.strict_json import parse_object


class JsonLines(Reader):
    """The first object must have every column; where a later one has none, the value is ""."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of a file; see :class:`~nlpseq.data.readers.protocol.Reader`."""
        keys: dict[str, str] = {}
        for place, found in self._objects(path):
            if not keys:
                names = [name for name, _ in flatten(found)]
                at = locate(columns, names, self.settings.columns, place)
                keys = {column: names[index] for column, index in at.items()}
            try:
                values = {c.name: as_value(c.kind, _value(found, keys[c.name])) for c in columns}
            except DataError as error:
                self.faulty(error.at(place))
            else:
                yield Row(values, place)

    def _objects(self, path: str) -> Iterator[tuple[Place, dict[str, Any]]]:
        for line in file_lines(path, self.settings.encoding):
            place = Place(path, line.number)
            try:
                if line.fault:
                    raise line.fault
                found = parse(line.text)
            except DataError as error:
                self.faulty(error.at(place))
            else:
                yield place, found


def _value(found: Mapping[str, Any], key: str) -> Any:
    """What stands at ``outer.inner``; nothing where an object has no such key."""
    outer, dot, inner = key.partition(".")
    if key in found or not dot:
        return found.get(key)
    below = found.get(outer)
    return _value(below, inner) if isinstance(below, dict) else None


def parse(line: str) -> dict[str, Any]:
    """The object of a line.

    Raises:
        DataError: without a place.
    """
    if not line.strip():
        raise DataError("found a blank line, expected a JSON object")
    try:
        return parse_object(line)
    except ValueError as error:
        raise DataError(str(error)) from None
