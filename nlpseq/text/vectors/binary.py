"""Vectors as word2vec's binary file: a header line, then each word and its float32 numbers."""

from __future__ import annotations

import codecs
from collections.abc import Container
from typing import TYPE_CHECKING

import numpy as np

from nlpseq.errors import DataError
from nlpseq.text.vectors.rows import LONGEST_WORD, Header, Kept, is_number, word_of
from nlpseq.text.vectors.source import Source

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

_CONTROL = bytes(set(range(32)) - set(b"\t\n\r"))


def is_binary(rows: bytes) -> bool:
    """Whether the bytes behind a header are floats, not text.

    Floats soon hold a control byte or break UTF-8. Damaged text may do so too, but there the
    first line still ends in a number.
    """
    try:
        codecs.getincrementaldecoder("utf-8")().decode(rows)
    except UnicodeDecodeError:
        odd = True
    else:
        odd = rows != rows.translate(None, _CONTROL)
    first_line = rows.partition(b"\n")[0]
    return odd and not is_number(first_line.rstrip().rpartition(b" ")[2])


def read_binary(source: Source, header: Header, wanted: Container[str]) -> KeyedVectors:
    """Read rows of a word, a space, and little-endian float32 numbers.

    The original program ends a row with a line feed, gensim does not; both are read.
    """
    header.check(source, number_bytes=4)
    kept = Kept(header.width)
    for _ in range(header.rows):
        source.line += 1
        raw = source.until(b" ", 4 * LONGEST_WORD + 1)  # no space there: a word too long
        numbers = source.take(4 * header.width)
        if len(numbers) < 4 * header.width:
            raise DataError(f"the file ends here, but its header promises {header.rows} rows")
        word = word_of(raw.removesuffix(b" ").removeprefix(b"\n"), source)
        if word in wanted:
            kept.add(word, np.frombuffer(numbers, dtype="<f4"), source.line)
    source.line += 1
    if source.take(2) not in (b"", b"\n"):
        raise DataError(f"found a row more than the {header.rows} that the header promises")
    return kept.vectors()
