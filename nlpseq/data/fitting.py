"""Examples -> tokenizers and vocabularies: what the ids of each column stand for."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from nlpseq.errors import DataError, SettingError
from nlpseq.settings import Settings, TextSettings
from nlpseq.task import Example, Value
from nlpseq.text.column import LABEL_KINDS, TextColumn
from nlpseq.text.tokenizers import TOKENIZERS
from nlpseq.text.tokenizers.protocol import Tokenizer
from nlpseq.text.vocabulary import Vocabulary

Examples = Callable[[], Iterator[Example]]

_MOST_TYPES = 1 << 19  # distinct tokens counted at once; the rarest are dropped beyond


def value_of(example: Example, side: str) -> Value:
    """The source or target of an example."""
    value = example.source if side == "source" else example.target
    if value is None:
        raise DataError(f"an example has no {side}")
    return value


def fit_columns(
    kinds: Mapping[str, str], settings: Settings, examples: Examples
) -> dict[str, TextColumn]:
    """The columns of a task, each with its kind, fitted to the training examples."""
    if settings.text.shared:
        return _fit_shared(kinds, settings, examples)
    unfitted = {
        side: TextColumn(kind, Vocabulary((), ()), _tokenizer(kind, [side], settings, examples))
        for side, kind in kinds.items()
    }
    counts = _count(unfitted, settings.text, examples())
    return {
        side: dataclasses.replace(column, vocabulary=vocabulary_of(column, counts[side], settings))
        for side, column in unfitted.items()
    }


def check_shared(kinds: Mapping[str, str]) -> None:
    """Refuse ``text.shared`` for columns that are not both text.

    Raises:
        SettingError: they are not.
    """
    if set(kinds.values()) != {"text"}:
        found = " and ".join(kinds.values())
        raise SettingError(
            f"setting text.shared: found columns of {found}, expected text on both sides"
        )


def _fit_shared(
    kinds: Mapping[str, str], settings: Settings, examples: Examples
) -> dict[str, TextColumn]:
    """Columns with one tokenizer and one vocabulary, fitted to the texts of both."""
    check_shared(kinds)
    tokenizer = _tokenizer("text", list(kinds), settings, examples)
    column = TextColumn("text", Vocabulary((), ()), tokenizer)
    counts = _count(dict.fromkeys(kinds, column), settings.text, examples())
    total = sum(counts.values(), Counter[str]())
    vocabulary = vocabulary_of(column, total, settings, said=counts["target"])
    fitted = dataclasses.replace(column, vocabulary=vocabulary)
    return dict.fromkeys(kinds, fitted)


def build_tokenizer(kind: str, side: str, settings: Settings) -> Tokenizer | None:
    """A tokenizer in the language of a side, which has learnt nothing yet; labels have none."""
    if kind in LABEL_KINDS:
        return None
    text, language = settings.text, settings.data.language_of(side)
    tokenizer: Tokenizer = TOKENIZERS[text.tokenizer.name](
        text.tokenizer.settings, language=language, lowercase=text.lowercase
    )
    return tokenizer


def _tokenizer(
    kind: str, sides: Sequence[str], settings: Settings, examples: Examples
) -> Tokenizer | None:
    """A tokenizer fitted to the texts of some sides, in the language of the first."""
    tokenizer = build_tokenizer(kind, sides[0], settings)
    if tokenizer is not None:
        values = (value_of(example, side) for example in examples() for side in sides)
        tokenizer.fit(value if isinstance(value, str) else value[0] for value in values)
    return tokenizer


class TokenCounts:
    """How often each token stands in a column, in memory that does not grow for ever."""

    def __init__(self, vocabulary_size: int = 0) -> None:
        self.counts: Counter[str] = Counter()
        self._most = max(_MOST_TYPES, 2 * vocabulary_size)
        self._least = 1

    def add(self, tokens: Iterable[str]) -> None:
        """Count some tokens more."""
        self.counts.update(tokens)
        if len(self.counts) > self._most:
            self.counts = Counter({t: n for t, n in self.counts.items() if n > self._least})
            self._least += 1


def _count(
    columns: Mapping[str, TextColumn], settings: TextSettings, examples: Iterable[Example]
) -> dict[str, Counter[str]]:
    """How often each token stands in each column."""
    found = {side: TokenCounts(settings.vocabulary_size) for side in columns}
    for example in examples:
        for side, column in columns.items():
            found[side].add(column.tokens(value_of(example, side))[: settings.max_tokens])
    return {side: each.counts for side, each in found.items()}


def vocabulary_of(
    column: TextColumn,
    counts: Counter[str],
    settings: Settings,
    said: Container[str] | None = None,
) -> Vocabulary:
    """The vocabulary of a column: every label, or the most frequent tokens, ``said`` ones first."""
    if column.kind in LABEL_KINDS:
        return Vocabulary.of_labels(counts)
    text = settings.text
    return Vocabulary.of_tokens(
        counts, size=text.vocabulary_size, min_count=text.min_count, said=said
    )
