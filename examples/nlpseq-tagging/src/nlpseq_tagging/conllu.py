"""CoNLL-U, the format of Universal Dependencies: a word a line, a blank line after a sentence.

https://universaldependencies.org/format.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlpseq.data.readers.protocol import Reader, read_lines
from nlpseq.errors import DataError, Place
from nlpseq.task import Column, Row

FIELDS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")


class Conllu(Reader):
    """Reads any of the ten fields, by its name, as one value for each word."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        wanted = {column.name: self._field(column, path) for column in columns}
        words: list[list[str]] = []
        started = 1
        for number, line in enumerate(read_lines(path, self.settings.encoding), 1):
            if line and not line.startswith("#"):
                started = started if words else number
                words += _word(line, Place(path, number))
            elif not line and words:
                yield _row(words, wanted, Place(path, started))
                words = []
        if words:
            yield _row(words, wanted, Place(path, started))

    def _field(self, column: Column, path: str) -> int:
        """The number of the field that holds a column, by --columns or by its name."""
        name = self.settings.columns.get(column.name, column.name).lower()
        if name not in FIELDS:
            raise DataError(f"no field '{name}'; CoNLL-U has {', '.join(FIELDS)}", Place(path))
        return FIELDS.index(name)


def _word(line: str, place: Place) -> list[list[str]]:
    """The fields of a line, or nothing for a range (3-4) or an empty node (5.1)."""
    fields = line.split("\t")
    if len(fields) != len(FIELDS):
        raise DataError(f"found {len(fields)} fields, expected {len(FIELDS)}", place)
    return [fields] if fields[0].isdecimal() else []


def _row(words: Sequence[Sequence[str]], wanted: dict[str, int], place: Place) -> Row:
    return Row({name: tuple(word[n] for word in words) for name, n in wanted.items()}, place)
