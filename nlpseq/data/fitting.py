"""Examples -> tokenizers and vocabularies: what the ids of each column stand for."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nlpseq.errors import DataError, SettingError
from nlpseq.settings import Settings
from nlpseq.task import Example, Value
from nlpseq.text.column import TextColumn
from nlpseq.text.tokenizers import TOKENIZERS
from nlpseq.text.tokenizers.protocol import Tokenizer
from nlpseq.text.vocabulary import Vocabulary

Examples = Callable[[], Iterator[Example]]

LABEL_KINDS = ("label", "token_labels")
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
    counts = _count(unfitted, settings.text.max_tokens, examples())
    return {
        side: dataclasses.replace(column, vocabulary=_vocabulary(column, counts[side], settings))
        for side, column in unfitted.items()
    }


def _fit_shared(
    kinds: Mapping[str, str], settings: Settings, examples: Examples
) -> dict[str, TextColumn]:
    """Columns with one tokenizer and one vocabulary, fitted to the texts of both."""
    if set(kinds.values()) != {"text"}:
        found = " and ".join(kinds.values())
        raise SettingError(
            f"setting text.shared: found columns of {found}, expected text on both sides"
        )
    tokenizer = _tokenizer("text", list(kinds), settings, examples)
    column = TextColumn("text", Vocabulary((), ()), tokenizer)
    counts = _count(dict.fromkeys(kinds, column), settings.text.max_tokens, examples())
    total = sum(counts.values(), Counter[str]())
    fitted = dataclasses.replace(column, vocabulary=_vocabulary(column, total, settings))
    return dict.fromkeys(kinds, fitted)


def _tokenizer(
    kind: str, sides: Sequence[str], settings: Settings, examples: Examples
) -> Tokenizer | None:
    """A tokenizer fitted to the texts of some sides, in the language of the first."""
    if kind in LABEL_KINDS:
        return None
    text, language = settings.text, settings.data.language_of(sides[0])
    tokenizer: Tokenizer = TOKENIZERS[text.tokenizer.name](
        text.tokenizer.settings, language=language, lowercase=text.lowercase
    )
    values = (value_of(example, side) for example in examples() for side in sides)
    tokenizer.fit(value if isinstance(value, str) else value[0] for value in values)
    return tokenizer


def _count(
    columns: Mapping[str, TextColumn], max_tokens: int, examples: Iterable[Example]
) -> dict[str, Counter[str]]:
    """How often each token stands in each column, in memory that does not grow for ever."""
    counts: dict[str, Counter[str]] = {side: Counter() for side in columns}
    least = dict.fromkeys(columns, 1)
    for example in examples:
        for side, column in columns.items():
            counts[side].update(column.tokens(value_of(example, side))[:max_tokens])
            if len(counts[side]) > _MOST_TYPES:
                counts[side] = Counter({t: n for t, n in counts[side].items() if n > least[side]})
                least[side] += 1
    return counts


def _vocabulary(column: TextColumn, counts: Counter[str], settings: Settings) -> Vocabulary:
    if column.kind in LABEL_KINDS:
        return Vocabulary.of_labels(counts)
    text = settings.text
    return Vocabulary.of_tokens(counts, size=text.vocabulary_size, min_count=text.min_count)
