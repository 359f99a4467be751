"""What a tokenizer is, and the law that it keeps: ``decode(encode(t)) == normalise(t)``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from nlpseq.config import NoSettings
from nlpseq.text.normalise import normalise

JOINER = "\uffed"
"""Marks a token that stands against the one before it, without a space (``do`` ``￭n't``)."""


def surface(token: str) -> str:
    """The token as it stands in the text, without the joiner; for looking up word vectors."""
    return token.removeprefix(JOINER) or token


class Tokenizer(ABC):
    """Text to tokens and back.

    ``settings`` is an instance of the class's ``Settings``. ``lowercase`` belongs to the
    normalisation that comes first; what it drops no decoding brings back.
    """

    Settings: ClassVar[type] = NoSettings

    def __init__(
        self, settings: Any = None, *, language: str = "en", lowercase: bool = False
    ) -> None:
        self.settings = settings if settings is not None else self.Settings()
        self.language = language
        self.lowercase = lowercase

    def normalise(self, text: str) -> str:
        """The form of ``text`` that the tokens stand for; see :mod:`nlpseq.text.normalise`."""
        return normalise(text, lowercase=self.lowercase)

    @abstractmethod
    def encode(self, text: str) -> list[str]:
        """Split a text, normalised first; no tokens for a text without any character."""

    @abstractmethod
    def decode(self, tokens: Iterable[str]) -> str:
        """Join tokens; the inverse of :meth:`encode` up to normalisation."""

    def fit(self, texts: Iterable[str]) -> None:
        """Learn from the training texts what splitting needs; most tokenizers need nothing."""
        return

    def state(self) -> dict[str, bytes]:
        """What was learnt, as files: name to content."""
        return {}

    @classmethod
    def from_state(
        cls,
        files: Mapping[str, bytes],
        settings: Any = None,
        *,
        language: str = "en",
        lowercase: bool = False,
    ) -> Self:
        """The tokenizer that gave ``files`` as its :meth:`state`."""
        return cls(settings, language=language, lowercase=lowercase)
