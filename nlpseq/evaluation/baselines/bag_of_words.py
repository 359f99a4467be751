"""A bag of words: what word order, depth and pretraining must beat to be worth their cost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlpseq.errors import DataError
from nlpseq.evaluation.baselines.protocol import Baseline
from nlpseq.languages import UNSPACED
from nlpseq.metrics.protocol import Answer
from nlpseq.task import Example, Value

_UNSPACED = re.compile(f"[{UNSPACED}]")

LARGE = 1000  # examples, beyond which a term of a single text only costs time


class BagOfWords(Baseline):
    """TF-IDF of single words and pairs, then logistic regression; labels only.

    Wang & Manning (2012), https://aclanthology.org/P12-2018, found word pairs with a linear
    classifier hard to beat. Punctuation counts as words; in scripts without spaces up to three
    characters stand for words. ``C`` is weak because rows of TF-IDF have length 1: 10 is the
    best or near it on film reviews, questions and news alike.
    """

    summary = "TF-IDF of words and word pairs, logistic regression"

    def fit(self, examples: Iterable[Example]) -> None:
        """Learn from the training part.

        Raises:
            DataError: an example without one label.
        """
        texts, labels = [], []
        for example in examples:
            if not isinstance(example.target, str):
                raise DataError(f"found {example.target!r}, expected one label for a bag of words")
            texts.append(_text(example.source))
            labels.append(example.target)
        self._terms = TfidfVectorizer(sublinear_tf=True, **_splitting(texts))
        self._classifier = LogisticRegression(C=10, max_iter=1000)
        self._classifier.fit(self._rows(texts), labels)

    def _rows(self, texts: Sequence[str]) -> Any:
        if len(texts) > LARGE:
            with suppress(ValueError):  # no term stands in two texts
                return self._terms.set_params(min_df=2).fit_transform(texts)
        return self._terms.set_params(min_df=1).fit_transform(texts)

    def predict(self, sources: Sequence[Value]) -> list[Answer]:
        if not sources:
            return []
        terms = self._terms.transform(map(_text, sources))
        return [str(label) for label in self._classifier.predict(terms)]


def _text(source: Value) -> str:
    return source if isinstance(source, str) else " ".join(source)


def _splitting(texts: Iterable[str]) -> dict[str, object]:
    """What stands for words, by the script that most letters are in."""
    letters = unspaced = 0
    for text in texts:
        letters += len(re.findall(r"\w", text))
        unspaced += len(_UNSPACED.findall(text))
    if 2 * unspaced > letters:
        return {"analyzer": "char", "ngram_range": (1, 3)}
    return {"token_pattern": r"\w+|[^\w\s]", "ngram_range": (1, 2)}
