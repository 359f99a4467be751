"""CoNLL-U, the format of Universal Dependencies: a word a line, a blank line after a sentence.

https://universaldependencies.org/format.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nlpseq.data.readers.protocol import Reader, locate, read_lines
from nlpseq.task import Column, DataError, Place, Row

FIELDS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
SPELT = ("form", "lemma")  # where an underscore is one; elsewhere it stands for no value


class Conllu(Reader):
    """Reads any of the ten fields, by its name or number, as one value for each word."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """A row for each sentence, at the line of its first word."""
        wanted = locate(columns, FIELDS, self.settings.columns, Place(path))
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


def _word(line: str, place: Place) -> list[list[str]]:
    """The fields of a line, or nothing for a range (3-4) or an empty node (5.1)."""
    fields = line.split("\t")
    if len(fields) != len(FIELDS):
        raise DataError(f"found {len(fields)} fields, expected {len(FIELDS)}", place)
    return [fields] if fields[0].isdecimal() else []


def _row(words: Sequence[Sequence[str]], wanted: Mapping[str, int], place: Place) -> Row:
    return Row(
        {name: tuple(_value(word, n) for word in words) for name, n in wanted.items()}, place
    )


def _value(word: Sequence[str], field: int) -> str:
    return "" if word[field] == "_" and FIELDS[field] not in SPELT else word[field]
