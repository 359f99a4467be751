"""Vectors as fastText's ``.bin``, which also has vectors for parts of words."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from nlpseq.errors import DataError, StorageError
from nlpseq.text.vectors.rows import LONGEST_WORD, Header, check_promise, check_size
from nlpseq.text.vectors.source import CHUNK, Source, opened

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

MAGIC = struct.pack("<i", 793712314)

_HEAD = struct.Struct("<14id3i2q")  # magic, version, settings; sizes of the vocabulary
_COUNT = struct.Struct("<qb")  # behind each word: how often it was seen, and its kind
_MATRIX = struct.Struct("<?2q")  # whether it is quantised, its rows and width


def read_fasttext(source: Source) -> KeyedVectors:
    """Let gensim read the model, all of it: unknown words get vectors from their parts.

    gensim trusts a file: where one is cut it looks for the end of a word for ever, and it
    allocates what is promised. So the file is walked first, up to the matrix.
    """
    from gensim.models.fasttext import load_facebook_vectors

    _walk(source)
    with _plain(source) as path:
        try:
            vectors = load_facebook_vectors(path)
        except Exception as error:  # whatever else a made-up file can break in there
            raise DataError(f"gensim cannot read this fastText model: {error!r}") from None
    for matrix in (vectors.vectors, vectors.vectors_ngrams):
        if matrix.size and not np.isfinite([matrix.min(), matrix.max()]).all():
            raise DataError("found numbers that are not finite in this fastText model")
    return vectors


def _walk(source: Source) -> None:
    """Hold each size in the file against the others and against the size of the file.

    Words that are not UTF-8 are left to gensim, which escapes them: Facebook's own models
    have some, cut inside a character.
    """
    head = _HEAD.unpack(_exactly(_HEAD.size, source))
    width, buckets, (words, _, labels, _, pruned) = head[2], head[10], head[15:]
    check_size(words, width)
    check_size(buckets, width)
    if labels or pruned > 0:
        raise DataError("found a fastText classifier or a compressed model, expected word vectors")
    promise = Header(words + buckets, width)
    size = 4 * promise.rows * promise.width
    least = _HEAD.size + words * (2 + _COUNT.size) + _MATRIX.size + size
    check_promise(promise, least, source)
    _walk_words(words, source)
    quantised, *shape = _MATRIX.unpack(_exactly(_MATRIX.size, source))
    if quantised or tuple(shape) != promise:
        kind = "quantised" if quantised else "plain"
        expected = f"a plain one of {promise.rows} x {promise.width}"
        raise DataError(f"found a {kind} matrix of {shape[0]} x {shape[1]}, expected {expected}")
    check_promise(promise, source.offset + size, source)


def _walk_words(count: int, source: Source) -> None:
    seen: set[bytes] = set()
    for number in range(1, count + 1):
        word = source.until(b"\0", 4 * LONGEST_WORD + 1)
        _exactly(_COUNT.size, source)
        if not word.endswith(b"\0") or len(word) < 2:
            raise DataError(f"found no word of 1 to {LONGEST_WORD} characters as number {number}")
        if word in seen:
            shown = word[:-1].decode(errors="backslashreplace")
            raise DataError(f"found {shown!r} again as word number {number}")
        seen.add(word)


def _exactly(count: int, source: Source) -> bytes:
    taken = source.take(count)
    if len(taken) < count:
        raise DataError(f"the file ends after {source.offset} bytes, inside its vocabulary")
    return taken


@contextmanager
def _plain(source: Source) -> Iterator[str]:
    """A path that gensim can read: for ``.bin.gz`` it takes the packed bytes for numbers.

    The path is absolute, since gensim would fetch one that looks like a URL.
    """
    if not source.packed:
        yield os.path.abspath(source.path)
        return
    with tempfile.NamedTemporaryFile(suffix=".bin") as copy, opened(source.path) as packed:
        try:
            while chunk := packed.take(CHUNK):
                copy.write(chunk)
            copy.flush()
        except OSError as error:
            hint = "set TMPDIR to a folder with more room"
            raise StorageError(f"{copy.name}: not written: {error.strerror}; {hint}") from None
        yield copy.name
