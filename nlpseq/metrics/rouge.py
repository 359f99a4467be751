"""ROUGE: how much of the references' words the answers have, and in which order."""

from __future__ import annotations

import functools
from importlib.metadata import version

import numpy as np
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer

from nlpseq.languages import language as language_of
from nlpseq.languages import pieces, sentences, words
from nlpseq.metrics.protocol import Answer, Metric, Score, Statistics
from nlpseq.metrics.texts import VARYING, references_each, tally, text_of

LIMIT = 2048  # words of a text that are compared: subsequences take quadratic time and memory
_SHORT = 3  # letters, up to which a word is not stemmed

_PORTER = PorterStemmer()


class Rouge(Metric):
    """F1 of what answer and reference share, the mean over segments.

    Lin (2004), https://aclanthology.org/W04-1013, by rouge-score: the same numbers as its
    ``use_stemmer=True`` on English, with words of any script. Of several references the one
    with the best F1 counts. Statistics are ``[F1]`` and the tally of references [3].
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language_of(language)
        self._scorer = RougeScorer([self.name], tokenizer=_Words(self._language.stemmer))

    def statistics(self, hypothesis: Answer, references: tuple[Answer, ...]) -> Statistics:
        said, *accepted = (self._text(text_of(answer)) for answer in (hypothesis, *references))
        found = self._scorer.score_multi(accepted, said)[self.name]
        return np.array([found.fmeasure, *tally(references)], dtype=np.float64)

    def score(self, total: Statistics) -> Score:
        f1, segments, *_ = total.tolist()
        return Score(self.name, 100 * f1 / segments if segments else 0.0, self._signature(total))

    def _text(self, text: str) -> str:
        """What is compared of a text; a word has a letter at least, so most need no counting."""
        return pieces(text, LIMIT)[0] if len(text) > LIMIT else text

    def _signature(self, total: Statistics) -> str:
        number = references_each(total[1:])
        stemmer, release = self._language.stemmer or "no", version("rouge-score")
        return (
            f"nrefs:{'var' if number == VARYING else number}|multi:best-f1|average:segments|case:lc"
            f"|tok:unicode|stem:{stemmer}|most:{LIMIT}|version:rouge-score-{release}"
        )


class Rouge1(Rouge):
    """Single words."""

    name = "rouge1"


class Rouge2(Rouge):
    """Pairs of words that follow each other."""

    name = "rouge2"


class RougeL(Rouge):
    """The longest sequence of words in the same order, gaps allowed."""

    name = "rougeL"


class RougeLsum(Rouge):
    """The same sentence by sentence: for each of the reference, the union over the answer's.

    The sentences of a text of several lines are its lines, as in rouge-score.
    """

    name = "rougeLsum"

    def _text(self, text: str) -> str:
        text = super()._text(text)
        return text if "\n" in text else "\n".join(sentences(text, self._language.code))


class _Words:
    """What rouge-score asks of a tokenizer."""

    def __init__(self, stemmer: str) -> None:
        self._stemmer = stemmer

    def tokenize(self, text: str) -> list[str]:
        found = words(text.lower())
        return [_stem(word) for word in found] if self._stemmer else found


@functools.lru_cache(maxsize=2**16)
def _stem(word: str) -> str:
    stem: str = _PORTER.stem(word) if len(word) > _SHORT else word
    return stem
