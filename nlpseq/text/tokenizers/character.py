"""Characters, for languages that set no spaces between words, and for small vocabularies."""

from __future__ import annotations

from collections.abc import Iterable

from nlpseq.text.tokenizers.protocol import Tokenizer, plain, visible


class CharacterTokenizer(Tokenizer):
    """A token is one code point of the composed text; a space is ``▁``."""

    def encode(self, text: str) -> list[str]:
        """Split between all characters."""
        return list(visible(self.normalise(text)))

    def decode(self, tokens: Iterable[str]) -> str:
        """Put the characters together."""
        return plain("".join(tokens))
