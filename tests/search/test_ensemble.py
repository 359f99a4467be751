"""Several models as one."""

import itertools

import pytest
import torch
from torch.testing import assert_close

from nlpseq.search import METHODS, Search
from nlpseq.search.ensemble import Ensemble
from nlpseq.settings import SearchSettings


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_of_one_is_the_model(toy, batch, method):
    model, search = toy(words=80, end=2.0), Search(SearchSettings(method=method))
    for ours, theirs in zip(
        search(Ensemble([model]), batch()), search(model, batch()), strict=True
    ):
        assert [h[:3] for h in ours] == [h[:3] for h in theirs]


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_has_the_mean_of_the_probabilities(toy, batch, method):
    models = [toy(words=9, seed=seed, end=1.0) for seed in range(3)]
    mean = toy(words=9)
    mean.table = torch.stack([model.table.exp() for model in models]).mean(0).log()
    search = Search(SearchSettings(method=method, max_length=9))
    found = search(Ensemble(models), batch()), search(mean, batch())
    for (ours,), (theirs,) in zip(*found, strict=True):
        assert ours.ids == theirs.ids
        assert ours.log_prob == pytest.approx(theirs.log_prob, abs=1e-5)


def test_an_ensemble_attends_to_the_mean_where_all_models_attend(toy, batch):
    models = [toy(words=9, seed=seed) for seed in range(2)]
    search = Search(SearchSettings(max_length=5, min_length=5))
    for answer in itertools.chain(*search(Ensemble(models), batch([[4, 4, 1]]))):
        looks = [model.read([4, 4, 1], answer.ids)[1] for model in models]
        assert_close(answer.attention, (looks[0] + looks[1]) / 2)
    blind = toy(words=9, attends=False)
    assert search(Ensemble([*models, blind]), batch())[0][0].attention is None


def test_who_cannot_say_the_last_words_gives_them_no_probability(toy, batch):
    narrow, wide = toy(words=8), toy(words=9)
    both = Ensemble([narrow, wide])
    ids = torch.full((1, 1), 2)
    found = both.step(ids, both.start(batch([[4]]))).log_probs.exp()
    alone = [model.step(ids, model.start(batch([[4]]))).log_probs.exp() for model in (narrow, wide)]
    assert_close(found[..., :8], (alone[0] + alone[1][..., :8]) / 2)
    assert_close(found[..., 8], alone[1][..., 8] / 2)
