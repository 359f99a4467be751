"""Vectors laid out in the order of a vocabulary, and how much of it they cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpseq.errors import DataError
from nlpseq.text.tokenizers.protocol import surface
from nlpseq.text.vocabulary import SPECIAL, Vocabulary

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

LEAST_COVERED = 0.3
_SHOWN = 5


class Coverage(NamedTuple):
    """Shares of a vocabulary that have vectors."""

    types: float  # of the different words
    tokens: float  # of the running words of the training data

    def __str__(self) -> str:
        """As a person reads it."""
        return f"{self.tokens:.1%} of the running words, {self.types:.1%} of the different ones"


class Lookup(NamedTuple):
    """What :func:`vectors_for` gives; V words of the vocabulary, vectors of width E."""

    matrix: NDArray[np.float32]  # [V, E], zeros where nothing was found
    coverage: Coverage
    found: NDArray[np.bool_]  # [V]


def wanted_words(vocabulary: Vocabulary) -> frozenset[str]:
    """All forms under which :func:`vectors_for` will look."""
    words = (token for token in vocabulary.tokens if token not in SPECIAL)
    return frozenset(form for token in words for form in _forms(token))


def vectors_for(vocabulary: Vocabulary, vectors: KeyedVectors) -> Lookup:
    """Look up each token: the word as it stands in texts, else its lower case.

    Where fastText has neither, it makes a vector from the parts of the word. The special
    tokens and what is not found keep zeros, for the caller to fill in.

    Raises:
        DataError: the vectors cover less than 30% of the running words.
    """
    matrix = np.zeros((len(vocabulary), vectors.vector_size), dtype=np.float32)
    found = np.zeros(len(vocabulary), dtype=np.bool_)
    for row, token in enumerate(vocabulary.tokens):
        form = None if token in SPECIAL else _known(token, vectors)
        if form is not None:
            matrix[row], found[row] = vectors.get_vector(form), True
    coverage = _coverage(vocabulary, found)
    if coverage.tokens < LEAST_COVERED:
        raise DataError(_too_few(vocabulary, coverage, found))
    return Lookup(matrix, coverage, found)


def _forms(token: str) -> tuple[str, str]:
    word = surface(token)
    return word, word.lower()


def _known(token: str, vectors: KeyedVectors) -> str | None:
    """The form of a token that has a vector, one of its own before one made of parts."""
    for form in _forms(token):
        if form in vectors.key_to_index:
            return form
    word = surface(token)
    marked = len(word) + 2  # fastText sets "<" and ">" around a word before taking it apart
    if getattr(vectors, "bucket", 0) and marked >= vectors.min_n:
        return word
    return None


def _coverage(vocabulary: Vocabulary, found: NDArray[np.bool_]) -> Coverage:
    words = np.array([token not in SPECIAL for token in vocabulary.tokens], dtype=np.bool_)
    counts = np.array(vocabulary.counts) * words
    return Coverage(
        types=float(found.sum() / max(words.sum(), 1)),
        tokens=float(counts[found].sum() / max(counts.sum(), 1)),
    )


def _too_few(vocabulary: Vocabulary, coverage: Coverage, found: NDArray[np.bool_]) -> str:
    rows = zip(vocabulary.tokens, found, strict=True)
    missing = [surface(token) for token, has in rows if not has and token not in SPECIAL]
    shown = ", ".join(repr(word) for word in missing[:_SHOWN])
    return (
        f"the vectors cover {coverage}, expected at least {LEAST_COVERED:.0%} of the running "
        f"words; not found: {shown}; are they of this language and case, and made for words "
        "as this tokenizer splits them? Choose other vectors, or text.tokenizer, text.lowercase"
    )
