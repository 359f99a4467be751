"""Laws of search with real models, over every cell, attention and decoder."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from nlpseq.data.batches import Batch, pad
from nlpseq.model.decoders import DECODERS
from nlpseq.model.ensemble import Together
from nlpseq.search import METHODS, Search, Wanted
from nlpseq.search.ensemble import Ensemble
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, SPECIAL, UNK_ID, Vocabulary

METHODS_WITH = {"beam": {"n_best": 3}, "greedy": {}, "sampling": {"n_best": 3}}


def search(method="beam", wanted=Wanted(), **given):  # noqa: B008
    settings = {"max_length": 8, "coverage_penalty": 0.3, **METHODS_WITH[method], **given}
    return Search(SearchSettings(method=method, **settings), wanted)


@pytest.fixture
def model(members, sure):
    return sure(*members, copying=True, decoding={"coverage": 0.5})


def assert_same(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        assert [h.ids for h in ours] == [h.ids for h in theirs]
        assert [h.score for h in ours] == pytest.approx([h.score for h in theirs], abs=1e-4)


def test_a_beam_of_one_is_greedy(model, batch):
    greedy = search("greedy")(model, batch())
    assert_same(search("beam", beam=1, n_best=1)(model, batch()), greedy)
    assert_same(search("sampling", top_k=1, n_best=1)(model, batch()), greedy)


@pytest.mark.parametrize("method", METHODS)
def test_padding_neighbours_and_order_change_no_answer(model, batch, method):
    found = search(method)(model, batch())
    assert len({each[0].score for each in found}) == 3, "the texts are told apart"
    assert_same(search(method)(model, batch(padding=5)), found)
    assert_same(search(method)(model, batch([2, 0, 1])), [found[2], found[0], found[1]])
    for row in range(3):
        (alone,) = search(method)(model, batch([row]))
        # A word beyond the vocabulary has the number of its batch.
        words = [(*model.vocabulary.tokens, *batch(rows).unknown) for rows in ([row], [0, 1, 2])]
        spelt = [
            [[of[number] for number in h.ids] for h in each]
            for of, each in zip(words, (alone, found[row]), strict=True)
        ]
        assert spelt[0] == spelt[1]


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_of_one_is_the_model(members, sure, batch, method):
    model = sure(*members, copying=True)
    alone, together = (each.predict(batch(), search(method)) for each in (model, Together([model])))
    assert [each.tokens for each in together] == [each.tokens for each in alone]
    assert [each.score for each in together] == pytest.approx([each.score for each in alone])
    assert not Together([model]).training
    assert Together([model]).log_probs(batch()).tolist() == model.log_probs(batch()).tolist()


@pytest.mark.parametrize("method", METHODS)
def test_one_that_copies_and_one_that_does_not_answer_together(sure, batch, method):
    models = [sure(copying=True), sure(copying=False)]
    found, other_way = (
        Together(m).predict(batch(), search(method)) for m in (models, models[::-1])
    )
    assert all(each.tokens for each in found)
    assert [each.tokens for each in found] == [each.tokens for each in other_way]
    assert [each.score for each in found] == pytest.approx([each.score for each in other_way])


@pytest.mark.parametrize("copying", [(True, True, True), (True, False), (False, True)])
def test_several_models_score_targets_as_they_search(sure, batch, copying):
    models = [sure(copying=each, seed=seed) for seed, each in enumerate(copying)]
    stepper, found = Ensemble(models), batch()
    state, word = stepper.start(found), torch.full((3, 1), BOS_ID)
    ids, mask = found.target
    expected = functional.pad(ids, (0, 1)).scatter(1, mask.sum(1, keepdim=True), EOS_ID)
    given = Together(models).log_probs(found)
    for step, right in enumerate(expected.unbind(1)):
        log_probs, state, _ = stepper.step(word, state)
        stands = (found.source.ids == right[:, None]).any(1)
        right = torch.where((right < len(models[0].vocabulary)) | stands, right, UNK_ID)
        alive = step <= mask.sum(1)
        said = log_probs[:, 0].gather(1, right[:, None])[:, 0]
        torch.testing.assert_close(given[:, step], torch.where(alive, said, 0.0))
        word = right[:, None]


TINY = Vocabulary([*SPECIAL, "a", "b"], [1] * 6)
COPIED = 6  # the word that only the source holds
SOURCE = [4, COPIED, 4, UNK_ID]


def targets(rows):
    """The source, with each of these answers; collating would let an empty one stand on a word."""
    columns = {
        "source": pad([SOURCE] * len(rows), len(SOURCE)),
        "target": pad(rows, max(map(len, rows))),
    }
    return Batch(columns, range(len(rows)), ("x",))


def scored(model, spaces, settings):
    """Each answer there can be, by the formula of Wu et al. (2016) written out."""
    batch = targets(spaces)
    log_probs = model.log_probs(batch).sum(1).double()
    ids, mask = batch.target
    given = functional.pad(ids, (1, 0), value=BOS_ID), functional.pad(mask, (1, 0), value=True)
    looks = model._decode(type(batch.target)(*given), model.start(batch)).weights
    scores = {}
    for number, answer in enumerate(spaces):
        coverage = looks[number, : len(answer), : len(SOURCE)].sum(0).double().numpy()
        penalty = np.log(np.minimum(np.maximum(coverage, 1e-30), 1)).sum()
        length = ((5 + len(answer) + 1) / 6) ** settings.length_penalty
        scores[answer] = float(log_probs[number]) / length + settings.coverage_penalty * penalty
    return scores


@pytest.mark.parametrize(
    ("copying", "given"),
    [
        (False, {"length_penalty": 1.5}),
        (True, {"coverage_penalty": 0.4, "min_length": 1}),
    ],
)
@torch.inference_mode()
def test_a_beam_as_wide_as_the_space_finds_what_reading_every_answer_finds(
    members, sure, copying, given
):  # fmt: skip
    model = sure(*members, words=TINY, copying=copying)
    settings = SearchSettings(beam=64, n_best=64, max_length=3 - copying, **given)
    words = (UNK_ID, 4, 5, *([COPIED] if copying else []))
    lengths = range(settings.min_length, settings.max_length + 1)
    spaces = [ids for size in lengths for ids in itertools.product(words, repeat=size)]
    expected = scored(model, spaces, settings)
    (found,) = Search(settings)(model, targets([[4]]))
    found = {hypothesis.ids: hypothesis.score for hypothesis in found}
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert [*found] == sorted(found, key=found.get, reverse=True)


TRIALS = [
    ({"min_length": 5, "max_length": 7}, Wanted()),
    ({"no_repeat_ngram": 2, "max_length": 30, "min_length": 12}, Wanted()),
    ({"no_repeat_ngram": 1, "max_length": 6}, Wanted(prefix=(5, 5))),
    ({"max_length": 9}, Wanted(prefix=(4, 9, 4))),
    ({"max_length": 7}, Wanted(phrases=((6, 6, 7), (7, 8), (9,)))),
    ({"min_length": 8, "max_length": 12, "no_repeat_ngram": 3}, Wanted((4,), ((4, 5), (5, 5)))),
]


@pytest.mark.parametrize(
    "members", [(d, "general", "lstm", "lstm") for d in DECODERS], ids="-".join
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("trial", TRIALS)
def test_every_answer_keeps_all_rules(members, sure, batch, method, trial):
    given, wanted = trial
    for seed in range(2):
        model = sure(*members, copying=True, seed=seed)
        model.output.bias.data[EOS_ID] += 3.0 * seed  # ends sooner
        settings = SearchSettings(method=method, **METHODS_WITH[method], **given)
        for answer in itertools.chain(*Search(settings, wanted)(model, batch())):
            ids = answer.ids
            assert settings.min_length <= len(ids) <= (settings.max_length or math.inf)
            assert ids[: len(wanted.prefix)] == wanted.prefix
            assert all(holds(ids, phrase) for phrase in wanted.phrases)
            free = {*ids[len(wanted.prefix) :]} - {word for p in wanted.phrases for word in p}
            size = settings.no_repeat_ngram
            grams = [ids[end - size : end] for end in range(size, len(ids) + 1)] if size else []
            kept = [gram for gram in grams if gram[-1] in free]
            assert len(set(kept)) == len(kept)


def holds(ids, phrase):
    return any(ids[start : start + len(phrase)] == phrase for start in range(len(ids)))
