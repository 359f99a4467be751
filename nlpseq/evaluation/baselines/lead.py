"""Lead: what begins a text sums it up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlpseq.errors import DataError
from nlpseq.evaluation.baselines.protocol import Baseline
from nlpseq.languages import pieces, sentences, words
from nlpseq.metrics.protocol import Answer
from nlpseq.metrics.texts import text_of
from nlpseq.task import Example, Value


class Lead(Baseline):
    """The first sentence; of a single sentence its first k words.

    News says first what matters, so its beginning is hard to beat (Nenkova, 2005). k is the mean
    length of the training targets, of the first where there are several; in scripts without
    spaces each character is a word.
    """

    summary = "the first sentence, or the first words of a single one"

    def __init__(self, language: str = "en") -> None:
        self._language = language

    def fit(self, examples: Iterable[Example]) -> None:
        """Learn how long targets are.

        Raises:
            DataError: an example without a target.
        """
        lengths = [len(words(_target(example))) for example in examples]
        self._words = max(1, round(sum(lengths) / max(1, len(lengths))))

    def predict(self, sources: Sequence[Value]) -> list[Answer]:
        return [self._lead(text_of(source)) for source in sources]

    def _lead(self, text: str) -> str:
        first, *others = sentences(text, self._language) or [""]
        return first if others else pieces(first, self._words)[0]


def _target(example: Example) -> str:
    if not example.target:
        raise DataError(f"found {example.target!r}, expected a text to lead to")
    return example.target if isinstance(example.target, str) else example.target[0]
