"""The columns of a task in a file: which they are there, and the values they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nlpseq.errors import DataError, Place, SettingError, nearest
from nlpseq.task import Column, Value

_SHOWN = 10  # names in a message
_SHOWN_LENGTH = 40


def locate(
    columns: Sequence[Column], names: Sequence[str], asked: Mapping[str, str], place: Place
) -> dict[str, int]:
    """For each column the index of its name among the ``names`` in a file.

    ``asked`` maps a column to a name in the file, or to a number that counts from 1. A column
    that is not in it goes by its own name or one of its other names, in any case of letters.

    Raises:
        DataError: no name, or several, for a column; shows what there is and what to write.
        SettingError: ``asked`` has a column that the task has not.
    """
    _check_asked(columns, asked)
    found = {}
    for column in columns:
        try:
            found[column.name] = _index(column, names, asked.get(column.name, ""))
        except DataError as error:
            raise DataError(f"{error}; {_advice(columns, column)}", place) from None
    for number in found.values():
        sharing = [name for name, other in found.items() if other == number]
        if len(sharing) > 1:
            raise DataError(f"{' and '.join(sharing)} are one column, {names[number]!r}", place)
    return found


def headless(columns: Sequence[Column], asked: Mapping[str, str]) -> bool:
    """Whether every column is asked for by its number: then the first line holds data."""
    _check_asked(columns, asked)
    return all(_is_number(asked.get(column.name, "")) for column in columns)


def is_header(columns: Sequence[Column], names: Sequence[str]) -> bool:
    """Whether every column goes by one of its names among ``names``."""
    there = {name.casefold() for name in names}
    return all(there & {name.casefold() for name in _goes_by(column)} for column in columns)


def as_value(kind: str, found: Any) -> Value:
    """What a file holds for a column of ``kind``, as the value of a row.

    Nothing there is "". Words set apart by single spaces become a tuple where the kind asks
    for several; a list is several texts, such as references. A label may be a whole number.

    Raises:
        DataError: neither a text nor one of these.
    """
    several = kind in ("tokens", "token_labels")
    if found is None:
        return () if several else ""
    if isinstance(found, list) and kind != "label":
        return tuple(_item(kind, item) for item in found)
    text = _text(kind, found)
    if several:
        return tuple(text.split(" ")) if text else ()
    return text


def _item(kind: str, found: Any) -> str:
    text = _text(kind, found)
    if not text.strip():
        raise DataError(f"found {text!r} in a list, expected no blank text there")
    return text


def _text(kind: str, found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, int) and kind in ("label", "token_labels"):
        return json.dumps(found)
    expected = "a text or a whole number" if kind in ("label", "token_labels") else "a text"
    raise DataError(f"found {_cut(repr(found))}, expected {expected}")


def _index(column: Column, names: Sequence[str], wanted: str) -> int:
    """The index of a column that goes by ``wanted``, or else by one of its own names."""
    if _is_number(wanted) and wanted not in names:
        if not 1 <= int(wanted) <= len(names):
            raise DataError(f"found {len(names)} columns, expected a number {wanted} among them")
        return int(wanted) - 1
    goes_by = [wanted] if wanted else _goes_by(column)
    for name in goes_by:
        same = [number for number, other in enumerate(names) if other == name]
        alike = [n for n, other in enumerate(names) if other.casefold() == name.casefold()]
        matches = same or alike
        if len(matches) > 1:
            raise DataError(f"found {len(matches)} columns {name!r}, expected one")
        if matches:
            return matches[0]
    shown = ", ".join(_cut(repr(name)) for name in names[:_SHOWN]) or "none"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    raise DataError(f"found columns {shown}{more}, expected {' or '.join(map(repr, goes_by))}")


def _advice(columns: Sequence[Column], column: Column) -> str:
    numbers = ",".join(f"{each.name}={number}" for number, each in enumerate(columns, 1))
    return (
        f"give --columns {column.name}=NAME or, for a file without header, numbers: "
        f"--columns {numbers}"
    )


def _check_asked(columns: Sequence[Column], asked: Mapping[str, str]) -> None:
    known = [column.name for column in columns]
    for name in asked:
        if name not in known:
            raise SettingError(
                f"--columns: the task has no column {name!r}; {nearest(name, known)}"
            )


def _goes_by(column: Column) -> list[str]:
    return [column.name, *column.also]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."
