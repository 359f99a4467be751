"""JSON lines: an object a line, its keys the names of the columns."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from nlpseq.data.columns import as_value, locate
from nlpseq.data.readers.protocol import Reader
from nlpseq.errors import DataError, Place
from nlpseq.task import Column, Row
from nlpseq.text.lines import file_lines

_DEEPEST = 32
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonLines(Reader):
    """The first object must have every column; where a later one has none, the value is ""."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of a file; see :class:`~nlpseq.data.readers.protocol.Reader`."""
        keys: dict[str, str] = {}
        for place, found in self._objects(path):
            if not keys:
                names = list(found)
                at = locate(columns, names, self.settings.columns, place)
                keys = {column: names[index] for column, index in at.items()}
            try:
                values = {c.name: as_value(c.kind, found.get(keys[c.name])) for c in columns}
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


def parse(line: str) -> dict[str, Any]:
    """The object of a line, strictly: JSON as its standard has it, and nothing that surprises.

    Refused are a key that stands twice, NaN and infinity, numbers beyond 64 bits, halves of
    surrogate pairs, and nesting deeper than 32.

    Raises:
        DataError: without a place.
    """
    if not line.strip():
        raise DataError("found a blank line, expected a JSON object")
    if line.count("[") + line.count("{") > _DEEPEST and _depth(line) > _DEEPEST:
        raise DataError(f"found JSON nested deeper than {_DEEPEST}")
    try:
        found = json.loads(
            line,
            object_pairs_hook=_table,
            parse_constant=_constant,
            parse_int=_whole,
            parse_float=_finite,
        )
    except ValueError as error:
        raise DataError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise DataError(f"found {line.strip()[:40]!r}, expected a JSON object")
    if _SURROGATE.search(line):
        _check_pairs(found)
    return found


def _depth(line: str) -> int:
    """How deep brackets nest, those inside texts left out."""
    deepest = depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"?|[][{}]', line):
        depth += (token[0] in "[{") - (token[0] in "]}")
        deepest = max(deepest, depth)
    return deepest


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DataError(f"found the key {twice!r} twice in one object")
    return table


def _constant(text: str) -> NoReturn:
    raise DataError(f"found {text}, which is no JSON")


def _whole(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
        raise DataError(f"found {text[:40]}, expected a number of at most 64 bits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise DataError(f"found {text[:40]}, expected a finite number")
    return number


def _check_pairs(found: dict[str, Any]) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = json.dumps(error.object[error.start])
        raise DataError(f"found {half}, half of a surrogate pair") from None
