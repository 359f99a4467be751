"""Vectors as text, a row a line: word2vec's text and fastText's ``.vec``, and GloVe's."""

from __future__ import annotations

import itertools
from collections.abc import Container
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlpseq.errors import DataError
from nlpseq.text.vectors.rows import MOST_ROWS, Header, Kept, check_size, is_number, word_of
from nlpseq.text.vectors.source import Source

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


def read_text(source: Source, header: Header | None, wanted: Container[str]) -> KeyedVectors:
    """Read rows of a word and its numbers, set apart by single spaces.

    Without a header the first row tells the width, and a word may hold spaces itself, as
    ``. . .`` does in GloVe 840B. The numbers of a row that is not wanted are only counted.
    """
    if header:
        header.check(source, number_bytes=2)
    most = header.rows if header else MOST_ROWS
    line = source.next_line()
    width = header.width if header else _width(_bare(line))
    kept, rows = Kept(width), 0
    while line:
        rows += 1
        if rows > most:
            raise DataError(f"found a row more than the {most} that {_limit(header)}")
        raw, numbers = _split(_bare(line), width, spaced=header is None)
        word = word_of(raw, source)
        if word in wanted:
            kept.add(word, _parse(numbers), source.line)
        line = source.next_line()
    if header and rows < most:
        raise DataError(f"the file ends here, but its header promises {most} rows")
    return kept.vectors()


def _limit(header: Header | None) -> str:
    return "the header promises" if header else "are allowed"


def _bare(line: bytes) -> bytes:
    """A line without its end, and without the spaces that some programs leave there."""
    return line.removesuffix(b"\n").removesuffix(b"\r").rstrip(b" ")


def _width(line: bytes) -> int:
    """How many numbers end the first row; its word comes before, and may be a number too."""
    fields = line.split(b" ")
    width = sum(1 for _ in itertools.takewhile(is_number, reversed(fields[1:])))
    if not width:
        raise DataError(
            "found no word with numbers behind it; expected word vectors: "
            "word2vec text or binary, GloVe text, fastText .vec or .bin"
        )
    check_size(0, width)
    return width


def _split(line: bytes, width: int, *, spaced: bool) -> tuple[bytes, bytes]:
    """The word of a row and its numbers, unparsed; a word may hold spaces where ``spaced``."""
    surplus = line.count(b" ") - width
    *word, numbers = line.split(b" ", max(surplus, 0) + 1)
    if surplus < 0 or (surplus > 0 and (not spaced or is_number(word[-1]))):
        raise DataError(f"found {width + surplus} numbers, expected {width}")
    return b" ".join(word), numbers


def _parse(numbers: bytes) -> NDArray[np.float32]:
    fields = numbers.split(b" ")
    try:
        with np.errstate(over="ignore"):  # what overflows is infinite then, and refused as such
            row = np.array(fields, dtype=np.float32)
    except ValueError:
        row = None
    if row is None or b"_" in numbers:
        found = next(field for field in fields if not is_number(field))
        shown = found[:40].decode(errors="backslashreplace")
        raise DataError(f"found {shown!r}, expected a number")
    return row
