"""A model for its user: texts in, predictions out.

The way of the data, top to bottom: text -> tokens -> ids -> batch -> prediction -> text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, overload

from nlpseq.bundle import find_model, unpack
from nlpseq.config import as_tree, merge, read
from nlpseq.data.batches import Held
from nlpseq.errors import DataError, SettingError
from nlpseq.languages import language, sentences
from nlpseq.metrics import build_metric
from nlpseq.metrics.protocol import Answer
from nlpseq.model.asking import predict
from nlpseq.model.device import usable
from nlpseq.model.ensemble import Together
from nlpseq.model.precision import Ready
from nlpseq.model.protocol import Model, Prediction
from nlpseq.scoring import score
from nlpseq.search import Search, Wanted
from nlpseq.search.risk import least_risk
from nlpseq.settings import SearchSettings, Settings
from nlpseq.task import Task, Value
from nlpseq.text.column import TextColumn
from nlpseq.text.tokenizers.protocol import surface
from nlpseq.text.vocabulary import UNK, UNK_ID

_POOL = 16  # batches that are sorted by length together when texts stream


class Pipeline:
    """A loaded model.

    ::

        sentiment = nlpseq.load("runs/sentiment-1")
        print(sentiment("Not half bad.").text)
    """

    def __init__(
        self, task: Task, columns: Mapping[str, TextColumn], model: Model, settings: Settings
    ) -> None:
        self.task = task
        self.columns = columns
        self.model = model
        self.settings = settings
        self.attention = True  # whether answers that are texts say what they attended to
        self._ready = Ready(model, settings.search.precision)

    @property
    def answering(self) -> Model:
        """The model, made ready for the precision that answers are asked for in."""
        return self._ready() if self.model.searches else self.model  # a label gains nothing

    @property
    def search(self) -> Search:
        """How answers are found.

        Raises:
            SettingError: a setting of the search cannot be honoured.
        """
        settings = self.settings.search
        if not self.model.searches:
            _nothing_to_search(settings)
            return Search(settings)
        phrases = tuple(self._wanted("require", text) for text in settings.require)
        prefix = self._wanted("prefix", settings.prefix)
        return Search(settings, Wanted(prefix, phrases), self.attention)

    def _wanted(self, name: str, text: str) -> tuple[int, ...]:
        """The ids of a text that answers must hold."""
        column = self.columns["target"]
        ids = column.ids(text)
        for token, number in zip(column.tokens(text), ids, strict=True):
            if number == UNK_ID or not self.model.can_say(number):
                raise SettingError(
                    f"setting search.{name}: found {surface(token)!r}, expected a word that the "
                    "model has learned to say"
                )
        return tuple(ids)

    def searching(self, changes: Mapping[str, Any], *, attention: bool = True) -> Pipeline:
        """The same pipeline with other settings of its search, by their names.

        Without ``attention`` answers do not say what they looked at, and need less memory.

        Raises:
            SettingError: a value is none that the setting can have.
        """
        tree = merge(as_tree(self.settings.search), changes)
        search: SearchSettings = read(SearchSettings, tree)
        changed = Pipeline(
            self.task, self.columns, self.model, replace(self.settings, search=search)
        )
        changed.attention = attention
        if search.precision == self.settings.search.precision:
            changed._ready = self._ready
        changed.search, changed.answering  # noqa: B018 - what cannot be is refused now
        return changed

    @overload
    def __call__(self, texts: str) -> Prediction: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, texts: Sequence[Value]) -> list[Prediction]: ...
    def __call__(self, texts: str | Sequence[Value]) -> Prediction | list[Prediction]:
        """Answer one text, or each of several in order."""
        if isinstance(texts, str):
            return self._answer([texts])[0]
        return list(self.stream(texts))

    def stream(self, texts: Iterable[Value]) -> Iterator[Prediction]:
        """Answer texts as they come, in order, holding only some batches of them at a time."""
        waiting = iter(texts)
        while group := list(islice(waiting, self.settings.search.batch * _POOL)):
            yield from self._answer(group)

    def score(self, texts: Sequence[Value], targets: Sequence[str]) -> list[Prediction]:
        """How likely each target is as the answer to its text; targets are not searched for.

        ``log_probs`` are those of its tokens and of its end, ``score`` is their sum, and
        ``exp(-score / len(log_probs))`` the perplexity. A pair of blanks is not scored.

        Raises:
            SettingError: there are not as many targets as texts, or the model labels texts.
        """
        return score(self.answering, self.columns, self.settings, texts, targets)

    def _answer(self, texts: Sequence[Value]) -> list[Prediction]:
        """Answer some texts; for one without a token the model is not asked."""
        answers = [Prediction()] * len(texts)
        parts: dict[int, list[list[str]]] = {}
        for number, text in enumerate(texts):
            try:
                parts[number] = self.parts(text)
            except DataError as error:
                answers[number] = Prediction(refused=str(error))
        most = self.settings.text.max_tokens
        found = iter(self._predict([part[:most] for each in parts.values() for part in each]))
        for number, each in parts.items():
            if each:
                joined = self._joined([next(found) for _ in each])
                unread = sum(max(0, len(part) - most) for part in each)
                answers[number] = replace(joined, unread=unread)
        return answers

    def parts(self, text: Value) -> list[list[str]]:
        """The tokens of a text, none for a blank one.

        One that is longer than ``text.max_tokens`` and answered by a text is split at the ends
        of sentences; a sentence may still be too long.

        Raises:
            DataError: each part would have to begin with, or contain, what one answer is to.
        """
        column, most = self.columns["source"], self.settings.text.max_tokens
        tokens = column.tokens(text)
        if len(tokens) <= most or not self.model.searches or not isinstance(text, str):
            return [tokens] if tokens else []
        parts: list[list[str]] = [[]]
        for sentence in sentences(text, self.settings.data.language_of("source")):
            words = column.tokens(sentence)
            for start in range(0, len(words), most):
                if len(parts[-1]) + len(words[start : start + most]) > most:
                    parts.append([])
                parts[-1] += words[start : start + most]
        search = self.settings.search
        if len(parts) > 1 and (search.prefix or search.require):
            raise DataError(
                f"has {len(tokens)} tokens and would be answered in {len(parts)} parts, expected "
                f"at most {most} (text.max_tokens) where search.prefix or search.require is given"
            )
        return [part for part in parts if part]

    def _predict(self, tokens: Sequence[Sequence[str]]) -> list[Prediction]:
        """Answer each of some rows of tokens."""
        corpus = Held.of_tokens({"source": tokens}, self.columns, shared=self.settings.text.shared)
        found = predict(self.answering, corpus, self.search)
        return [self.spell(each, row) for each, row in zip(found, tokens, strict=True)]

    def spell(self, prediction: Prediction, source: Sequence[str] = ()) -> Prediction:
        """Give a model's prediction its text, and the tokens that were read."""
        if self.settings.search.replace_unknown:
            prediction = _without_unknown(prediction, source)
        text = self.task.finish(self.columns["target"].text(prediction.tokens))
        others = tuple(self.spell(other, source) for other in prediction.alternatives)
        spelt = replace(prediction, text=text, source=tuple(source), alternatives=others)
        return self._least_risky(spelt) if self.settings.search.minimum_risk and others else spelt

    def _least_risky(self, prediction: Prediction) -> Prediction:
        """Of some draws that which the task's metric finds closest to the others."""
        metric = build_metric(
            self.task.metrics[0], language=self.settings.data.language_of("target")
        )
        draws = [replace(prediction, alternatives=()), *prediction.alternatives]
        order = least_risk([draw.text for draw in draws], metric)
        best, *others = (draws[number] for number in order[: self.settings.search.n_best])
        return replace(best, alternatives=tuple(others))

    def _joined(self, parts: Sequence[Prediction]) -> Prediction:
        """The answers to the parts of one text as one; the n-th best with the n-th best."""
        if len(parts) == 1:
            return parts[0]
        space = " " if language(self.settings.data.language_of("target")).spaced else ""
        others = zip(*(part.alternatives for part in parts), strict=False)
        return Prediction(
            text=space.join(part.text for part in parts),
            score=sum(part.score for part in parts),
            tokens=tuple(token for part in parts for token in part.tokens),
            source=tuple(token for part in parts for token in part.source),
            attention=_side_by_side(parts) if parts[0].attention is not None else None,
            alternatives=tuple(self._joined(each) for each in others),
            parts=len(parts),
        )

    def answer(self, prediction: Prediction) -> Answer:
        """A spelt prediction as metrics take it: a finished text, a label, or one per token."""
        kind = self.columns["target"].kind
        if kind == "label":
            return prediction.tokens[0] if prediction.tokens else ""
        return prediction.tokens if kind == "token_labels" else prediction.text


def load(model: str | Path, *, device: str = "cpu") -> Pipeline:
    """The pipeline of a run folder or model folder.

    ``device`` is "cpu", "cuda" or another that torch knows; "auto" takes a GPU if there is one.

    Raises:
        BundleError: there is no model, or it is refused.
        SettingError: the device cannot be used.
    """
    parts = unpack(find_model(model))
    placed = parts.model.to(usable(device, "device"))
    return Pipeline(parts.task, parts.columns, placed, parts.settings)


def together(pipelines: Sequence[Pipeline]) -> Pipeline:
    """One pipeline whose answers have the mean probability of several models.

    Raises:
        SettingError: their vocabularies differ, or they answer with labels.
    """
    first, *others = pipelines
    for other in others:
        for side, column in first.columns.items():
            if other.columns[side].vocabulary.tokens != column.vocabulary.tokens:
                raise SettingError(
                    f"--ensemble: found models whose {side} vocabularies differ, expected models "
                    "trained on the same data with the same settings of text"
                )
    model = Together([pipeline.model for pipeline in pipelines])
    return Pipeline(first.task, first.columns, model, first.settings)


def _nothing_to_search(settings: SearchSettings) -> None:
    """Refuse settings of a search for a model whose answers are labels."""
    for name, value in vars(settings).items():
        if name != "batch" and value != getattr(SearchSettings(), name):
            raise SettingError(
                f"setting search.{name}: found {value!r}; this model answers with labels, and has "
                "nothing to search"
            )


def _without_unknown(prediction: Prediction, source: Sequence[str]) -> Prediction:
    """Each unknown word of an answer as the source word that was most attended to."""
    if prediction.attention is None or not source:
        return prediction
    tokens = tuple(
        source[max(range(len(source)), key=weights.__getitem__)] if token == UNK else token
        for token, weights in zip(prediction.tokens, prediction.attention, strict=True)
    )
    return replace(prediction, tokens=tokens)


def _side_by_side(parts: Sequence[Prediction]) -> tuple[tuple[float, ...], ...]:
    """The attention of parts as that of the whole: each part looked at its own source only."""
    rows: list[tuple[float, ...]] = []
    before, total = 0, sum(len(part.source) for part in parts)
    for part in parts:
        after = total - before - len(part.source)
        rows += ((0.0,) * before + row + (0.0,) * after for row in part.attention or ())
        before += len(part.source)
    return tuple(rows)
