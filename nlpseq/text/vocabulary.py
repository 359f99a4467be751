"""Tokens <-> ids, with the special tokens named once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

PAD, UNK, BOS, EOS = "<pad>", "<unk>", "<bos>", "<eos>"
SPECIAL = (PAD, UNK, BOS, EOS)
PAD_ID, UNK_ID, BOS_ID, EOS_ID = range(4)

MOST_UNKNOWN = 1 << 20
"""Words outside a vocabulary that are told apart; memory must not grow with the corpus."""


class Vocabulary:
    """An ordered set of tokens, each with its count in the training data.

    A vocabulary of texts begins with the four special tokens; one of labels has none, so an
    unknown label has no id. A word of a text that looks like a special token is not one: it
    is unknown. Of a vocabulary for both sides the first ``said`` tokens stand in targets: no
    model learns to say the others. Words that join it for their vectors are not said either.

    Raises:
        ValueError: a token stands there twice, or has no count, or not as many can be said.
    """

    def __init__(
        self, tokens: Sequence[str], counts: Sequence[int], said: int | None = None
    ) -> None:
        self.tokens = tuple(tokens)
        self.counts = tuple(counts)
        self.said = len(self.tokens) if said is None else said
        if self.said > len(self.tokens):
            raise ValueError(f"found {len(self.tokens)} tokens, of which {said} can be said")
        if len(self.counts) != len(self.tokens):
            raise ValueError(f"found {len(self.counts)} counts for {len(self.tokens)} tokens")
        first = len(SPECIAL) if self.tokens[: len(SPECIAL)] == SPECIAL else 0
        self._ids = {token: number for number, token in enumerate(self.tokens[first:], first)}
        if len(self._ids) != len(self.tokens) - first:
            twice = next(token for token, n in Counter(self.tokens[first:]).items() if n > 1)
            raise ValueError(f"the token {twice!r} stands there twice")

    @classmethod
    def of_tokens(
        cls,
        counts: Mapping[str, int],
        *,
        size: int,
        min_count: int = 1,
        said: Container[str] | None = None,
    ) -> Vocabulary:
        """The ``size`` most frequent tokens seen ``min_count`` times, special ones before them.

        Those that are not ``said`` come last. Ties go by the token itself, so the order never
        depends on the order of the data.
        """
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [(t, n) for t, n in ranked if n >= min_count and t not in SPECIAL][:size]
        if said is not None:
            kept.sort(key=lambda pair: pair[0] not in said)
        tokens, numbers = zip(*((token, 0) for token in SPECIAL), *kept, strict=True)
        unsaid = 0 if said is None else sum(token not in said for token, _ in kept)
        return cls(tokens, numbers, len(tokens) - unsaid)

    @classmethod
    def of_labels(cls, counts: Mapping[str, int]) -> Vocabulary:
        """All labels, in alphabetical order."""
        labels = sorted(counts)
        return cls(labels, [counts[label] for label in labels])

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def id(self, token: str) -> int | None:
        """The id of a token, None when it is unknown."""
        return self._ids.get(token)

    def ids(self, tokens: Iterable[str], unknown: Unknown | None = None) -> list[int]:
        """The ids of tokens of a text.

        Those that are not in the vocabulary are numbered on in ``unknown``; without it they
        get ``UNK_ID``.
        """
        if unknown is None:
            return [self._ids.get(token, UNK_ID) for token in tokens]
        return [self._ids[token] if token in self._ids else unknown.id(token) for token in tokens]


class Unknown:
    """Words that a vocabulary lacks, numbered on from its end, so that they can be copied."""

    def __init__(self, first: int, words: Iterable[str] = ()) -> None:
        self.first = first
        self.words = list(words)
        self._ids = {word: first + number for number, word in enumerate(self.words)}

    def id(self, word: str) -> int:
        """The id of a word, new or met before; ``UNK_ID`` once there are too many."""
        if word not in self._ids:
            if len(self.words) >= MOST_UNKNOWN:
                return UNK_ID
            self._ids[word] = self.first + len(self.words)
            self.words.append(word)
        return self._ids[word]
