"""What all files of vectors have in common: a header, limits, and rows that are kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpseq.errors import DataError, Place
from nlpseq.text.vectors.source import Source

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

WIDEST = 4096
MOST_ROWS = 10**7
LONGEST_WORD = 1000  # code points


class Header(NamedTuple):
    """The first line of word2vec's formats and of fastText's ``.vec``."""

    rows: int
    width: int

    @classmethod
    def find(cls, source: Source) -> Header | None:
        """Take the header, if there is one: GloVe writes none."""
        match = re.match(rb"(\d{1,30})[ \t]+(\d{1,30})[ \t]*\r?\n", source.peek(100))
        if not match:
            return None
        source.next_line()
        return cls(int(match[1]), int(match[2]))

    def check(self, source: Source, number_bytes: int) -> None:
        """Refuse what no file of this size can hold; a number takes ``number_bytes`` or more."""
        check_size(self.rows, self.width)
        check_promise(self, self.rows * (self.width * number_bytes + 2) - 1, source)


def check_size(rows: int, width: int) -> None:
    """Hold a number of rows and their width against the limits."""
    if not 1 <= width <= WIDEST:
        raise DataError(f"found vectors of width {width}, expected 1 to {WIDEST}")
    if not 0 <= rows <= MOST_ROWS:
        raise DataError(f"found {rows} rows, expected at most {MOST_ROWS}")


def check_promise(header: Header, least: int, source: Source) -> None:
    """Refuse a header whose rows take more bytes than the file can hold."""
    if least > source.capacity:
        raise DataError(
            f"the header promises {header.rows} rows of {header.width} numbers, at least {least} "
            f"bytes, but the file holds at most {source.capacity}; it was cut or damaged"
        )


def word_of(raw: bytes, source: Source) -> str:
    """Decode the word of a row, wanted or not."""
    try:
        word = raw.decode()
    except UnicodeDecodeError as error:
        column = len(raw[: error.start].decode()) + 1
        place = Place(source.path, source.line, column)
        raise DataError(f"invalid UTF-8 byte 0x{raw[error.start]:02x}", place) from None
    if not word:
        raise DataError("found no word before the numbers")
    if len(word) > LONGEST_WORD:
        raise DataError(f"found a word of {len(word)} characters, expected at most {LONGEST_WORD}")
    return word


def is_number(field: bytes) -> bool:
    """Whether a field of text is a number; Python's ``1_000`` is none here."""
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field


class Kept:
    """The wanted rows of a file.

    Only they are held to all rules. Large published files have a few odd rows among millions;
    one that is never used keeps nobody from using the rest, as long as it has the right shape.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._lines: dict[str, int] = {}
        self._rows: list[NDArray[np.float32]] = []

    def add(self, word: str, row: NDArray[np.float32], line: int) -> None:
        """Keep a row; of two for the same word nobody can know which is meant."""
        if word in self._lines:
            first = self._lines[word]
            raise DataError(f"found {word!r} again, first in line {first}; remove one of the rows")
        finite = np.isfinite(row)
        if not finite.all():
            number = int(finite.argmin())
            raise DataError(f"found {row[number]} as number {number + 1}, expected a finite one")
        self._lines[word] = line
        self._rows.append(row)

    def vectors(self) -> KeyedVectors:
        """All that was kept, in the order of the file."""
        from gensim.models import KeyedVectors

        vectors = KeyedVectors(self.width)
        if self._rows:
            vectors.add_vectors(list(self._lines), np.stack(self._rows))
        return vectors
