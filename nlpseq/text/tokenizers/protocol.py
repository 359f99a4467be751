"""What a tokenizer is, and the law that it keeps: ``decode(encode(t)) == normalise(t)``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from nlpseq.config import NoSettings
from nlpseq.text.normalise import JOINER, normalise

__all__ = ["JOINER", "SPACE", "Tokenizer", "align", "join", "plain", "surface", "visible"]

SPACE = "\u2581"
"""Stands for a space where tokens keep their spaces (``▁the`` ``▁c`` ``at``)."""

_VISIBLE = str.maketrans({" ": SPACE, SPACE: JOINER})  # no data holds the joiner: it is free
_PLAIN = str.maketrans({SPACE: " ", JOINER: SPACE})


def align(text: str, tokens: Iterable[str], rewrites: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Find what a foreign tokenizer made of ``text`` in the text, one token after the other.

    ``rewrites`` says what it writes for what stands in the text. A token that stands against
    the one before it gets the joiner. The answer is empty if the tokens are not all there is
    in the text: then nothing is lost by splitting it some other way.
    """
    found: list[str] = []
    place = 0
    for token in " ".join(tokens).split():
        apart = not found or text.startswith(" ", place)
        place += text.startswith(" ", place)
        if not text.startswith(token, place):
            forms = (token.replace(new, old) for new, old in rewrites)
            token = next((form for form in forms if text.startswith(form, place)), "")
            if not token:
                return []
        found.append(token if apart else JOINER + token)
        place += len(token)
    return found if place == len(text) else []


def join(tokens: Iterable[str]) -> str:
    """Set words apart by spaces, but for those that carry the joiner."""
    return "".join(f" {token}" for token in tokens).replace(f" {JOINER}", "").removeprefix(" ")


def visible(text: str) -> str:
    """A normalised text with its spaces made visible."""
    return text.translate(_VISIBLE)


def plain(text: str) -> str:
    """The inverse of :func:`visible`."""
    return text.translate(_PLAIN)


def surface(token: str) -> str:
    """The token as it stands in the text, without its mark; for looking up word vectors."""
    return token.removeprefix(JOINER).removeprefix(SPACE) or token


class Tokenizer(ABC):
    """Text to tokens and back.

    ``settings`` is an instance of the class's ``Settings``. ``lowercase`` belongs to the
    normalisation that comes first; what it drops no decoding brings back.
    """

    Settings: ClassVar[type] = NoSettings
    library: ClassVar[str] = ""  # the distribution that splits, whose version may change how

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

    @property
    def draws(self) -> bool:
        """Whether :meth:`draw` splits a text now in one way, now in another."""
        return False

    def draw(self, text: str) -> list[str]:
        """Split a training text; how is drawn from Python's generator, if the tokenizer does."""
        return self.encode(text)

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
