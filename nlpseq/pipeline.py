"""A model for its user: texts in, predictions out.

The way of the data, top to bottom: text -> tokens -> ids -> batch -> prediction -> text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import overload

import torch

from nlpseq.bundle import find_model, unpack
from nlpseq.data.batches import Corpus, Held, collate, plan
from nlpseq.errors import DataError
from nlpseq.metrics.protocol import Answer
from nlpseq.model.protocol import Model, Prediction
from nlpseq.settings import SearchSettings, Settings
from nlpseq.task import Task, Value
from nlpseq.text.column import TextColumn

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

    def _answer(self, texts: Sequence[Value]) -> list[Prediction]:
        """Answer some texts; for one without a token the model is not asked."""
        column = self.columns["source"]
        answers = [Prediction()] * len(texts)
        tokens: dict[int, list[str]] = {}
        for number, text in enumerate(texts):
            try:
                tokens[number] = column.tokens(text)
            except DataError as error:
                answers[number] = Prediction(refused=str(error))
        asked = [number for number, words in tokens.items() if words]
        most = self.settings.text.max_tokens
        ids = [column.vocabulary.ids(tokens[number][:most]) for number in asked]
        corpus = Held({"source": ids})
        found = predict(self.model, corpus, self.settings.search)
        for number, prediction in zip(asked, found, strict=True):
            spelt = self.spell(prediction, tokens[number][:most])
            answers[number] = replace(spelt, unread=max(0, len(tokens[number]) - most))
        return answers

    def spell(self, prediction: Prediction, source: Sequence[str] = ()) -> Prediction:
        """Give a model's prediction its text, and the tokens that were read."""
        text = self.task.finish(self.columns["target"].text(prediction.tokens))
        alternatives = tuple(self.spell(other) for other in prediction.alternatives)
        return replace(prediction, text=text, source=tuple(source), alternatives=alternatives)

    def answer(self, prediction: Prediction) -> Answer:
        """A spelt prediction as metrics take it: a text or label, or a label per token."""
        per_token = self.columns["target"].kind == "token_labels"
        return prediction.tokens if per_token else prediction.text


def predict(model: Model, corpus: Corpus, search: SearchSettings) -> list[Prediction]:
    """A model's answers to a corpus, in its order, with similar lengths computed together."""
    answers = [Prediction()] * len(corpus)
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for rows in plan(corpus, rows=search.batch, tokens=search.batch * 1024):
                batch = collate(corpus, rows).to(device)
                for row, prediction in zip(rows, model.predict(batch, search), strict=True):
                    answers[row] = prediction
    finally:
        model.train(training)
    return answers


def load(model: str | Path, *, device: str = "cpu") -> Pipeline:
    """The pipeline of a run folder or model folder.

    Raises:
        BundleError: there is no model, or it is refused.
    """
    parts = unpack(find_model(model))
    return Pipeline(parts.task, parts.columns, parts.model.to(torch.device(device)), parts.settings)
