"""Words as spaces set them apart; for texts that are split already."""

from __future__ import annotations

from collections.abc import Iterable

from nlpseq.text.tokenizers.protocol import Tokenizer


class WhitespaceTokenizer(Tokenizer):
    """A token is what stands between two spaces."""

    def encode(self, text: str) -> list[str]:
        """Split at spaces."""
        return self.normalise(text).split()

    def decode(self, tokens: Iterable[str]) -> str:
        """Join by spaces."""
        return " ".join(tokens)
