"""Word vectors for a prepared corpus: read from a file, or trained on its texts."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpseq import durable
from nlpseq.data.fitting import Examples, value_of
from nlpseq.settings import Settings
from nlpseq.text.column import LONGEST, TextColumn
from nlpseq.text.lines import read_lines
from nlpseq.text.tokenizers.protocol import surface
from nlpseq.text.vectors import read_vectors, train_vectors, vectors_for, wanted_words
from nlpseq.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

Say = Callable[[str], None]

_SEED = 1  # its own, so that trainings that differ in their seed share their vectors


class Pretrained(NamedTuple):
    """Vectors in the order of the source vocabulary."""

    matrix: NDArray[np.float32]  # [V, E]
    found: NDArray[np.bool_]  # [V]  whether a word has a vector


def with_vectors(
    column: TextColumn, settings: Settings, examples: Examples, say: Say
) -> tuple[TextColumn, Pretrained]:
    """The column with more words, and the vectors of all it now knows.

    Words that have vectors are worth knowing even where the training texts lack them: the
    most frequent of them join the vocabulary.
    """
    asked = settings.text.vectors
    if asked.source.startswith("train:"):
        vectors = _trained(column, settings, examples, say)
    else:
        vectors = read_vectors(asked.source, _Wanted(column.vocabulary, asked.extra_words))
    say(f"vectors: {vectors_for(column.vocabulary, vectors).coverage}")
    column = dataclasses.replace(column, vocabulary=_extended(column, vectors, asked.extra_words))
    lookup = vectors_for(column.vocabulary, vectors)
    return column, Pretrained(lookup.matrix, lookup.found)


class _Wanted(Container[str]):
    """The words of a vocabulary, and the first others that are asked for.

    Files of vectors go from frequent to rare, so these are the most frequent.
    """

    def __init__(self, vocabulary: Vocabulary, more: int) -> None:
        self._known = wanted_words(vocabulary)
        self._left = more

    def __contains__(self, word: object) -> bool:
        if word in self._known:
            return True
        self._left -= 1
        return self._left >= 0


def _trained(column: TextColumn, settings: Settings, examples: Examples, say: Say) -> KeyedVectors:
    asked = settings.text.vectors
    kind = asked.source.removeprefix("train:")
    texts = f"the training texts and {asked.text}" if asked.text else "the training texts"
    say(f"vectors: training {kind} on {texts}")

    def texts_split() -> Iterator[list[str]]:
        for example in examples():
            yield column.tokens(value_of(example, "source"))
        if asked.text:
            for line in read_lines(asked.text, settings.data.encoding):
                yield column.tokens(line)

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/sentences"
        with durable.Output(Path(path)) as file:  # split once, read in every epoch
            for tokens in texts_split():
                file.write((" ".join(map(surface, tokens)) + "\n").encode())
        return train_vectors(
            lambda: (line.split(" ") for line in read_lines(path)),
            asked,
            kind=kind,
            seed=_SEED,
            progress=lambda done, of: say(f"vectors: epoch {done} of {of}"),
        )


def _extended(column: TextColumn, vectors: KeyedVectors, most: int) -> Vocabulary:
    """The vocabulary with up to ``most`` more words that have vectors, frequent ones first."""
    known = column.vocabulary
    more: list[str] = []
    for word in vectors.index_to_key:
        if len(more) == most:
            break
        if word not in known and len(word) <= LONGEST and column.tokens((word,)) == [word]:
            more.append(word)
    return Vocabulary([*known.tokens, *more], [*known.counts, *[0] * len(more)])
