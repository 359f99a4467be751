"""Words by the rules of NLTK: Penn Treebank, Tok-tok, or for tweets. No NLTK data is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from nlpseq.config import setting
from nlpseq.errors import DataError
from nlpseq.text.tokenizers.protocol import Tokenizer, align, join


class _Rules(NamedTuple):
    """One of NLTK's tokenizers, and what to know of it."""

    name: str  # in nltk.tokenize
    apart: re.Pattern[str]  # after this it needs a space to split as it should
    rewrites: Sequence[tuple[str, str]] = ()  # what it writes, what stands in the text


# The full stop of a sentence inside the text: NLTK's rules see that of the last one only. The
# stop after a single letter (J. S. Bach, U.S.) is taken for an abbreviation's.
_SENTENCE_END = re.compile(r"""(?<!\b\w)(?<![. ])(?=\.["')\]}>»”’]* )""")

# The tweet tokenizer would shorten runs of a sign to three, and resolve HTML entities.
_TWEET_CHANGES = re.compile(r"([^\w ]|_)\1\1(?=\1)|&(?=[^&;\s]+;)")

_KINDS = {
    "treebank": _Rules(
        "NLTKWordTokenizer", _SENTENCE_END, (("``", '"'), ("``", "''"), ("''", '"'))
    ),
    "toktok": _Rules("ToktokTokenizer", _SENTENCE_END, (("&amp;", "&"), ("&#124;", "|"))),
    "tweet": _Rules("TweetTokenizer", _TWEET_CHANGES),
}


@dataclass(frozen=True)
class NltkSettings:
    """Which of NLTK's tokenizers."""

    kind: Literal["treebank", "toktok", "tweet"] = setting(
        "treebank",
        "treebank splits English clitics (do n't), toktok suits many languages, tweet keeps "
        "emoticons, hashtags and handles whole",
    )


class NltkTokenizer(Tokenizer):
    """Splits as NLTK does, but keeps each token as it stands in the text.

    ``treebank`` is the tokenizer behind NLTK's ``word_tokenize``, ``toktok`` Dehdari's (2014).
    What they rewrite (quotes, ``&``, ``|``) is found again in the text; words whose tokens
    are not found in it stay whole.
    """

    Settings: ClassVar[type] = NltkSettings
    library = "nltk"

    def __init__(
        self, settings: Any = None, *, language: str = "en", lowercase: bool = False
    ) -> None:
        super().__init__(settings, language=language, lowercase=lowercase)
        import nltk.tokenize  # takes a second, so it waits until a text is split

        self._rules = _KINDS[self.settings.kind]
        self._nltk = getattr(nltk.tokenize, self._rules.name)()

    def encode(self, text: str) -> list[str]:
        """Split into words and punctuation.

        Raises:
            DataError: NLTK gives up on the text after some seconds.
        """
        text = self.normalise(text)
        try:
            return self._split(text) or list(self._split_words(text))
        except TimeoutError:
            raise DataError(
                f"NLTK found no end to splitting this text of {len(text)} characters; "
                "shorten it, or use another tokenizer"
            ) from None

    def _split(self, text: str) -> list[str]:
        """The tokens, none if they cannot be found in the text."""
        split = self._nltk.tokenize(self._rules.apart.sub(r"\g<0> ", text))
        return align(text, split, self._rules.rewrites)

    def _split_words(self, text: str) -> Iterator[str]:
        for word in text.split():
            yield from self._split(word) or [word]

    def decode(self, tokens: Iterable[str]) -> str:
        """Join by spaces, but for tokens that stand against the one before."""
        return join(tokens)
