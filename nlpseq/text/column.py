"""The values of one column to ids and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nlpseq.errors import BundleError, DataError, SettingError, nearest
from nlpseq.settings import DataSettings, TextSettings
from nlpseq.task import Value
from nlpseq.text.tokenizers import TOKENIZERS
from nlpseq.text.tokenizers.protocol import Tokenizer, surface
from nlpseq.text.vocabulary import SPECIAL, Unknown, Vocabulary

LONGEST = 1000
"""Characters of a token at most."""

_TEXTS = ("text", "tokens")
LABEL_KINDS = ("label", "token_labels")


@dataclass(frozen=True)
class TextColumn:
    """How the values of one column become tokens and ids, and how an answer is written.

    ``kind`` is that of :class:`nlpseq.task.Column`. Texts and tokens need a tokenizer; labels
    have none, and their vocabulary holds every label there is.
    """

    kind: str
    vocabulary: Vocabulary
    tokenizer: Tokenizer | None = None

    def __post_init__(self) -> None:
        if self.kind not in _TEXTS + LABEL_KINDS:
            hint = nearest(self.kind, _TEXTS + LABEL_KINDS)
            raise SettingError(f"column kind: found {self.kind!r}; {hint}")
        if (self.tokenizer is not None) != (self.kind in _TEXTS):
            raise SettingError(f"column kind {self.kind}: found tokenizer {self.tokenizer}")

    def tokens(self, value: Value) -> list[str]:
        """Split a value: a text, a sentence of words, one label, or a label for each word.

        Of several texts (references) the first counts. Words that are split already stay as
        they are, but for normalisation.

        Raises:
            DataError: a word is blank or longer than ``LONGEST``, or a label is none.
        """
        if self.tokenizer is None:
            return _labels(value, several=self.kind == "token_labels")
        if self.kind == "text":
            found = self.tokenizer.encode(value if isinstance(value, str) else value[0])
        elif isinstance(value, str):
            found = [surface(token) for token in self.tokenizer.encode(value)]
        else:
            found = [self.tokenizer.normalise(word) for word in value]
        return _checked(found)

    def ids(self, value: Value, unknown: Unknown | None = None) -> list[int]:
        """The ids of a value; words outside the vocabulary as :meth:`Vocabulary.ids` says.

        Raises:
            DataError: as :meth:`tokens`, or a label is not in the vocabulary.
        """
        tokens = self.tokens(value)
        if self.kind in _TEXTS:
            return self.vocabulary.ids(tokens, unknown)
        return [self._label_id(label) for label in tokens]

    def _label_id(self, label: str) -> int:
        number = self.vocabulary.id(label)
        if number is None:
            raise DataError(f"unknown label {label!r}; {nearest(label, self.vocabulary.tokens)}")
        return number

    def files(self) -> dict[str, bytes]:
        """All that :meth:`from_files` needs, name to content."""
        state = self.tokenizer.state() if self.tokenizer else {}
        return {"vocabulary": _written(self.vocabulary).encode(), **state}

    @classmethod
    def from_files(
        cls, kind: str, files: Mapping[str, bytes], text: TextSettings, language: str
    ) -> TextColumn:
        """The column that gave ``files``.

        Raises:
            ValueError: the vocabulary cannot be read.
        """
        state = dict(files)
        vocabulary = _read(state.pop("vocabulary", b"").decode())
        if kind in LABEL_KINDS:
            if not len(vocabulary):
                raise ValueError("found no labels")
            if vocabulary.said < len(vocabulary):
                raise ValueError(f"found line {vocabulary.said + 1} blank, expected a label there")
            return cls(kind, vocabulary)
        if vocabulary.tokens[: vocabulary.said][: len(SPECIAL)] != SPECIAL:
            raise ValueError(f"expected it to begin with {', '.join(SPECIAL)}")
        made: Tokenizer = TOKENIZERS[text.tokenizer.name].from_state(
            state, text.tokenizer.settings, language=language, lowercase=text.lowercase
        )
        return cls(kind, vocabulary, made)

    def text(self, tokens: Iterable[str]) -> str:
        """An answer as it is written: the inverse of :meth:`tokens`, up to normalisation."""
        if self.tokenizer is not None and self.kind == "text":
            return self.tokenizer.decode(tokens)
        return " ".join(tokens)


def column_files(columns: Mapping[str, TextColumn]) -> dict[str, bytes]:
    """All that :func:`columns_from` needs; a column that is another one has no files."""
    files: dict[str, bytes] = {}
    for number, (side, column) in enumerate(columns.items()):
        if not any(column is other for other in list(columns.values())[:number]):
            files |= {f"{side}.{name}": data for name, data in column.files().items()}
    return files


def columns_from(
    kinds: Mapping[str, str], files: Mapping[str, bytes], text: TextSettings, data: DataSettings
) -> dict[str, TextColumn]:
    """The columns, each of its kind, that gave ``files``.

    Raises:
        ValueError: a file cannot be read; the message begins with its name.
    """
    columns: dict[str, TextColumn] = {}
    for side, kind in kinds.items():
        if text.shared and columns:
            columns[side] = columns["source"]
            continue
        own = {
            name.removeprefix(f"{side}."): content
            for name, content in files.items()
            if name.startswith(f"{side}.")
        }
        try:
            columns[side] = TextColumn.from_files(kind, own, text, data.language_of(side))
        except ValueError as error:
            raise ValueError(f"{side}.vocabulary: {error}") from None
        except BundleError as error:
            raise ValueError(f"{side}.{error}") from None
    return columns


def _written(vocabulary: Vocabulary) -> str:
    """A line for each token, with its count; a blank line before those that are never said."""
    pairs = zip(vocabulary.tokens, vocabulary.counts, strict=True)
    lines = [f"{token}\t{count}\n" for token, count in pairs]
    if vocabulary.said < len(lines):
        lines.insert(vocabulary.said, "\n")
    return "".join(lines)


def _read(text: str) -> Vocabulary:
    """The inverse of :func:`_written`."""
    lines = text.split("\n")[:-1]
    said = lines.index("") if "" in lines else None
    pairs = [line.rsplit("\t", 1) for number, line in enumerate(lines) if number != said]
    return Vocabulary([pair[0] for pair in pairs], [int(pair[-1]) for pair in pairs], said)


def _labels(value: Value, *, several: bool) -> list[str]:
    """A label is one line, so that an answer is; of several, none has white space in it."""
    if several:
        found = value.split() if isinstance(value, str) else list(value)
        faulty = [label for label in found if label.split() != [label]]
    else:
        found = [value] if isinstance(value, str) else list(value)
        faulty = [label for label in found if not label.strip() or label.splitlines() != [label]]
        if len(found) != 1:
            raise DataError(f"found {len(found)} labels {value!r}, expected one")
    if faulty:
        expected = "a word" if several else "a line of text"
        raise DataError(f"found label {faulty[0]!r}, expected {expected}")
    return found


def _checked(tokens: list[str]) -> list[str]:
    for number, token in enumerate(tokens, 1):
        if not token:
            raise DataError(f"word {number} of {len(tokens)} is blank")
        if len(token) > LONGEST:
            raise DataError(
                f"word {number} of {len(tokens)} has {len(token)} characters, expected at most "
                f"{LONGEST}; for a language without spaces use text.tokenizer = character"
            )
    return tokens
