"""Word vectors for a prepared corpus: read from a file, or trained on its texts."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpseq import durable
from nlpseq.data.fitting import Examples, value_of
from nlpseq.errors import DataError, Place, SettingError
from nlpseq.settings import Settings, VectorSettings
from nlpseq.text.column import LABEL_KINDS, LONGEST, TextColumn
from nlpseq.text.lines import read_lines
from nlpseq.text.tokenizers.protocol import surface
from nlpseq.text.vectors import read_vectors, train_vectors, vectors_for, wanted_words
from nlpseq.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

Say = Callable[[str], None]

_SEED = 1  # its own, so that trainings that differ in their seed share their vectors


class Pretrained(NamedTuple):
    """Vectors in the order of a vocabulary."""

    matrix: NDArray[np.float32]  # [V, E]
    found: NDArray[np.bool_]  # [V]  whether a word has a vector


def check_vectors(kinds: Mapping[str, str], settings: Settings) -> None:
    """Refuse vectors for a target whose words have no vocabulary of their own, and idle settings.

    Raises:
        SettingError: it is labels, or shares the vocabulary of the source; or there is something
            about vectors, and none are asked for or trained.
    """
    asked = settings.text.vectors
    sides = [each for each in (asked.source, asked.target) if each]
    trained = any(each.startswith("train:") for each in sides)
    idle = vars(asked) if not sides else () if trained else ("width", "epochs")
    for name in idle:
        if (value := getattr(asked, name)) != getattr(VectorSettings(), name):
            raise SettingError(
                f"setting text.vectors.{name}: found {value!r} without vectors"
                f"{' that are trained' if sides else ''}; give text.vectors.source, "
                f"{'' if sides else 'a file or '}train:word2vec or train:fasttext"
            )
    if asked.text and not asked.source.startswith("train:"):
        raise SettingError(
            f"setting text.vectors.text: found {asked.text!r} and text.vectors.source = "
            f"{asked.source!r}, expected train:word2vec or train:fasttext there"
        )
    if not asked.target:
        return
    refused = "setting text.vectors.target: found vectors for"
    if kinds["target"] in LABEL_KINDS:
        raise SettingError(f"{refused} a target of {kinds['target']}, expected one of text")
    if settings.text.shared:
        raise SettingError(f"{refused} one of two that share words; give text.vectors.source alone")


def with_vectors(
    columns: Mapping[str, TextColumn], settings: Settings, examples: Examples, say: Say
) -> tuple[dict[str, TextColumn], dict[str, Pretrained]]:
    """The columns, and the vectors of those that they were asked for.

    Words of the source that have vectors are worth knowing even where the training texts lack
    them: the most frequent of them join its vocabulary. In a target they could only be said by
    chance.
    """
    asked, found = settings.text.vectors, {}
    columns = dict(columns)
    for side, more in (("source", asked.extra_words), ("target", 0)):
        if getattr(asked, side):
            column, found[side] = _of_side(side, columns[side], more, settings, examples, say)
            columns |= dict.fromkeys(columns, column) if settings.text.shared else {side: column}
    return columns, found


def _of_side(  # noqa: PLR0913 - what one side needs
    side: str, column: TextColumn, more: int, settings: Settings, examples: Examples, say: Say
) -> tuple[TextColumn, Pretrained]:
    """A column with up to ``more`` words more, and the vectors of all it now knows."""
    origin = getattr(settings.text.vectors, side)
    if origin.startswith("train:"):
        vectors = _trained(side, column, settings, examples, say)
    else:
        vectors = read_vectors(origin, _Wanted(column.vocabulary, more))
    say(f"vectors of the {side}: {vectors_for(column.vocabulary, vectors).coverage}")
    column = dataclasses.replace(column, vocabulary=_extended(column, vectors, more))
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


def _trained(
    side: str, column: TextColumn, settings: Settings, examples: Examples, say: Say
) -> KeyedVectors:
    asked = settings.text.vectors
    kind = getattr(asked, side).removeprefix("train:")
    extra = asked.text if side == "source" else ""
    texts = f"the {side}s of training and {extra}" if extra else f"the {side}s of training"
    say(f"vectors: training {kind} on {texts}")

    def texts_split() -> Iterator[list[str]]:
        for example in examples():
            yield column.tokens(value_of(example, side))
        if extra:
            for number, line in enumerate(read_lines(extra, settings.data.encoding), 1):
                try:
                    yield column.tokens(line)
                except DataError as error:
                    raise error.at(Place(extra, number)) from None

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/sentences"
        with durable.Output(Path(path)) as file:  # split once, read in every epoch
            for tokens in filter(None, texts_split()):
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
        usual = word.strip() != "" and len(word) <= LONGEST
        if usual and word not in known and column.tokens((word,)) == [word]:
            more.append(word)
    return Vocabulary([*known.tokens, *more], [*known.counts, *[0] * len(more)], known.said)
