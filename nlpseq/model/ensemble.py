"""Several models that answer together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from nlpseq.data.batches import Batch
from nlpseq.errors import SettingError
from nlpseq.model.embedding import Embedding
from nlpseq.model.protocol import Model, Prediction, Sums
from nlpseq.model.seq2seq import Seq2Seq, answers
from nlpseq.search import Search
from nlpseq.search.ensemble import Ensemble
from nlpseq.text.vocabulary import Vocabulary


class Together(Model):
    """Answers by the mean of the probabilities of several models; it does not learn.

    That they have one vocabulary is seen to by :func:`nlpseq.pipeline.together`.

    Raises:
        SettingError: a model does not write texts.
    """

    searches = True

    def __init__(self, models: Sequence[Model]) -> None:
        super().__init__()
        for model in models:
            if not isinstance(model, Seq2Seq):
                found = type(model).__name__
                raise SettingError(f"ensemble: found a {found}, expected models that write texts")
        self.models = nn.ModuleList(models)
        self.eval()

    @classmethod
    def build(cls, settings: Any, vocabularies: Mapping[str, Vocabulary]) -> Self:
        raise NotImplementedError("an ensemble is made of models that are there")

    def objective(self, batch: Batch) -> Sums:
        raise NotImplementedError("an ensemble does not learn")

    def embeddings(self) -> Mapping[str, Embedding]:
        raise NotImplementedError("an ensemble does not learn")

    def predict(self, batch: Batch, search: Search) -> list[Prediction]:
        models = self._members()
        return answers(Ensemble(models), models[0].vocabulary, batch, search)

    def log_probs(self, batch: Batch) -> Tensor:
        """Of the mean of the probabilities, as search has it.

        A word that some can say has none where it cannot be said; else it is unknown to all.
        """
        members = self._members()
        each = torch.stack([model.log_probs(batch) for model in members])
        said = torch.stack([model.says_targets(batch) for model in members])
        each = each.masked_fill(~said & said.any(0), -math.inf)
        return each.logsumexp(0) - math.log(len(each))

    def can_say(self, word: int) -> bool:
        return any(model.can_say(word) for model in self._members())

    def _members(self) -> list[Seq2Seq]:
        return [each for each in self.models if isinstance(each, Seq2Seq)]
