"""Word vectors learnt by gensim from the training texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nlpseq.errors import DataError, SettingError, nearest
from nlpseq.settings import VectorSettings

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

KINDS = ("word2vec", "fasttext")

_COMMON = {
    "sg": 1,
    "window": 5,
    "min_count": 2,  # a word seen once says nothing of its company
    "workers": 1,  # with more, the order of updates is a race
}
_BUCKETS = 200_000  # for parts of words; gensim's two million take 2.4 GB at width 300


def train_vectors(
    sentences: Callable[[], Iterable[Sequence[str]]],
    settings: VectorSettings,
    *,
    kind: str,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> KeyedVectors:
    """Train vectors with skip-gram, whose words are the better ones in small corpora.

    Mikolov et al. (2013), https://arxiv.org/abs/1301.3781; with parts of words (``fasttext``)
    Bojanowski et al. (2017), https://arxiv.org/abs/1607.04606. The same sentences, settings
    and seed give the same bits, in every process.

    Args:
        sentences: gives all sentences, as words; called once, and once more each epoch.
        settings: width and epochs.
        kind: one of ``KINDS``.
        seed: of every random draw.
        progress: told after each epoch how many are done, and of how many.

    Raises:
        SettingError: no such kind.
        DataError: no word occurs twice.
    """
    if kind not in KINDS:
        raise SettingError(
            f"setting text.vectors.source: no 'train:{kind}'; {nearest(kind, KINDS)}"
        )
    corpus = _Corpus(sentences)
    model = _model(kind, settings, seed)
    model.build_vocab(corpus)
    corpus.check()
    if not model.wv.key_to_index:
        raise DataError("too little text to train word vectors on: no word occurs twice")
    callbacks = [_reporter(progress)] if progress else []
    model.train(corpus, total_examples=model.corpus_count, epochs=model.epochs, callbacks=callbacks)
    corpus.check()
    return model.wv


def _model(kind: str, settings: VectorSettings, seed: int) -> Any:
    from gensim.models import FastText, Word2Vec

    given = {
        "vector_size": settings.width,
        "epochs": settings.epochs,
        "seed": seed % 2**32,
        **_COMMON,
    }
    return Word2Vec(**given) if kind == "word2vec" else FastText(bucket=_BUCKETS, **given)


class _Corpus:
    """Sentences as gensim wants them: read again each epoch, and never too long.

    gensim drops what follows the first 10,000 words of a sentence. It reads in a thread whose
    death would let the others wait for ever, so an error is kept and raised afterwards.
    """

    def __init__(self, sentences: Callable[[], Iterable[Sequence[str]]]) -> None:
        self._sentences = sentences
        self._error: Exception | None = None

    def __iter__(self) -> Iterator[Sequence[str]]:
        from gensim.models.word2vec import MAX_WORDS_IN_BATCH

        try:
            for sentence in self._sentences():
                for start in range(0, len(sentence), MAX_WORDS_IN_BATCH):
                    yield sentence[start : start + MAX_WORDS_IN_BATCH]
        except Exception as error:
            self._error = error

    def check(self) -> None:
        """Raise what went wrong in the last reading."""
        if self._error:
            raise self._error


def _reporter(progress: Callable[[int, int], None]) -> Any:
    from gensim.models.callbacks import CallbackAny2Vec

    class EachEpoch(CallbackAny2Vec):  # type: ignore[misc]
        done = 0

        def on_epoch_end(self, model: Any) -> None:
            self.done += 1
            progress(self.done, model.epochs)

    return EachEpoch()
