"""Word vectors from a file, whose kind is told by its content."""

from __future__ import annotations

import codecs
import os
from collections.abc import Container
from typing import TYPE_CHECKING

from nlpseq.errors import DataError
from nlpseq.text.vectors.binary import is_binary, read_binary
from nlpseq.text.vectors.fasttext import MAGIC, read_fasttext
from nlpseq.text.vectors.rows import Header
from nlpseq.text.vectors.source import Source, opened
from nlpseq.text.vectors.text import read_text

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
_GZIP = b"\x1f\x8b"
_HEAD = 2**16


def read_vectors(path: str | os.PathLike[str], wanted: Container[str]) -> KeyedVectors:
    """Read the vectors of the words in ``wanted``; only these are ever held in memory.

    Known are word2vec's text and binary files, GloVe's text, and fastText's ``.vec``; their
    names may end in ``.gz``. ``wanted`` is asked once for each row, in the order of the file.
    A fastText ``.bin`` is held whole, since it has a vector for every word.

    Raises:
        DataError: the file is missing, damaged or of another kind; with the line, which in a
            binary file is the row, the header being the first.
    """
    with opened(os.fspath(path)) as source:
        _refuse_others(source)
        if source.peek(len(MAGIC)) == MAGIC:
            return read_fasttext(source)
        if source.peek(3) == codecs.BOM_UTF8:
            source.take(3)
        header = Header.find(source)
        if header and is_binary(source.peek(_HEAD)):
            return read_binary(source, header, wanted)
        return read_text(source, header, wanted)


def _refuse_others(source: Source) -> None:
    """Refuse pickles, which are never opened, and gzip under a name that does not say so."""
    head = source.peek(4)
    if head.startswith(_PICKLES):
        there = os.path.splitext(source.path)[0] + ".txt"
        raise DataError(
            "is a Python pickle; it can run code and is never loaded; if you trust who made it, "
            f'convert it: python -c "from gensim.models import KeyedVectors; '
            f'KeyedVectors.load({source.path!r}).save_word2vec_format({there!r})"'
        )
    if head.startswith(_GZIP):
        raise DataError("is packed with gzip; give it a name that ends in .gz")
