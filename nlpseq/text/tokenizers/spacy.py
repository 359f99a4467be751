"""Words by spaCy's rules for some seventy languages; blank pipelines, so no model is needed."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

from nlpseq.errors import MissingExtra, SettingError
from nlpseq.languages import language as language_of
from nlpseq.text.tokenizers.protocol import Tokenizer, align, join

_REMEMBERED = 200_000
"""Words that spaCy keeps in memory (about 100 MB) before it starts afresh."""

_STRETCH = re.compile(r"\S{1000}(?=\S)")
"""Its time grows with the square of a word's length, so longer ones are cut there first."""


class SpacyTokenizer(Tokenizer):
    """Splits by the rules that spaCy has for ``language``.

    Raises:
        MissingExtra: spaCy is not installed.
        SettingError: spaCy has no rules for the language, or they need one package more.
    """

    library = "spacy"

    def __init__(
        self, settings: Any = None, *, language: str = "en", lowercase: bool = False
    ) -> None:
        super().__init__(settings, language=language, lowercase=lowercase)
        try:
            import spacy
        except ImportError:
            raise MissingExtra("spaCy", "spacy") from None
        self._blank = functools.partial(spacy.blank, language_of(language).code)
        try:
            self._spacy = self._blank()
        except ImportError as error:  # both for an unknown language and for a missing package
            raise SettingError(
                f"language: found {language!r}, which spaCy cannot split: {error}; "
                "use another tokenizer"
            ) from None

    def encode(self, text: str) -> list[str]:
        """Split into words and punctuation."""
        if len(self._spacy.vocab.strings) > _REMEMBERED:  # it never forgets a word by itself
            self._spacy = self._blank()
        text = self.normalise(text)
        tokens = self._spacy.tokenizer(_STRETCH.sub(r"\g<0> ", text))
        return align(text, [token.text for token in tokens]) or text.split()

    def decode(self, tokens: Iterable[str]) -> str:
        """Join by spaces, but for tokens that stand against the one before."""
        return join(tokens)
