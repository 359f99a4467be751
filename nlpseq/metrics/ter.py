"""TER: how much of an answer must be edited to get a reference."""

from __future__ import annotations

import re
from itertools import zip_longest
from math import ceil

import numpy as np
from sacrebleu import TER

from nlpseq.languages import UNSPACED, pieces, words
from nlpseq.languages import language as language_of
from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics
from nlpseq.metrics.texts import references_each, tally, text_of

PIECE = 200  # words
_CHARACTER = re.compile(f"[{UNSPACED}]")


class Ter(Metric):
    """Edits for each word of the references; lower is better.

    Snover et al. (2006), https://aclanthology.org/2006.amta-papers.25: a word inserted, deleted
    or replaced is an edit, and so is a stretch of words that moves. Of several references the one
    that takes fewest edits counts, with their mean length.

    Words are what spaces part; where a language sets none, each character is one (signature
    ``unit:char``). The search for moves takes minutes on long texts, so texts of more than 200
    words are compared in as many equal pieces as it takes (signature ``pieces:200``).

    Statistics are ``[edits, words of the references, segments in pieces]`` and the tally of
    references [3].
    """

    name = "ter"
    higher_is_better = False

    def __init__(self, language: str = "en") -> None:
        self._spaced = language_of(language).spaced
        self._ter = TER()

    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        texts = [text_of(answer) for answer in (hypothesis, *references)]
        number = max(1, ceil(max(len(words(text)) for text in texts) / PIECE))
        edits = length = 0.0
        for said, *accepted in zip_longest(*(_cut(text, number) for text in texts), fillvalue=""):
            expected = [[self._words(text)] for text in accepted]
            found = self._ter.corpus_score([self._words(said)], expected)
            edits, length = edits + found.num_edits, length + found.ref_length
        return np.array([edits, length, number > 1, *tally(references)], dtype=np.float64)

    def score(self, total: Statistics) -> Score:
        edits, length, long = total[:3].tolist()
        value = edits / length if length else float(edits > 0)
        self._ter.num_refs = references_each(total[3:])
        signature = str(self._ter.get_signature())
        signature += "" if self._spaced else "|unit:char"
        signature += f"|pieces:{PIECE}" if long else ""
        return Score(self.name, 100 * value, signature)

    def _words(self, text: str) -> str:
        """The text with spaces between its words."""
        return text if self._spaced else _CHARACTER.sub(r" \g<0> ", text)


def _cut(text: str, number: int) -> list[str]:
    """A text in ``number`` pieces of as many words."""
    return [text] if number == 1 else pieces(text, max(1, ceil(len(words(text)) / number)))
