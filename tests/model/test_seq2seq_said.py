"""A vocabulary of which only the first words stand in targets: the others are never said."""

import pytest
import torch
from torch.testing import assert_close

from nlpseq.model.ensemble import Together
from nlpseq.model.precision import ready
from nlpseq.search import METHODS, Search
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID, SPECIAL, UNK_ID, Vocabulary

SAID = 9
PART = Vocabulary([*SPECIAL, *"abcdefgh"], [1] * 12, said=SAID)
TIED = ["none", "two_way", "three_way"]


@pytest.fixture
def pair(members, build):
    """A model that says the first words, and one with the same weights that says all."""

    def make(**given):
        part, whole = build(*members, words=PART, **given), build(*members, **given)
        for name, weight in whole.state_dict().items():
            weight[tuple(map(slice, part.state_dict()[name].shape))] = part.state_dict()[name]
        return part, whole

    return make


@pytest.mark.parametrize("tied", TIED)
def test_its_probabilities_are_those_of_all_words_shared_out_anew(tied, pair, batch):
    part, whole = pair(tied=tied)
    word = torch.full((3, 1), BOS_ID)
    found, full = (model.step(word, model.start(batch())).log_probs for model in (part, whole))
    assert found.shape[-1] == SAID
    assert_close(found, full[..., :SAID].log_softmax(-1))


@pytest.mark.parametrize("tied", TIED)
def test_a_target_that_it_cannot_say_is_unknown(tied, pair, batch):
    part, _ = pair(tied=tied, label_smoothing=0.1)
    unsaid, unknown = batch(), batch()
    unsaid.target.ids[0, 1], unknown.target.ids[0, 1] = SAID + 1, UNK_ID
    scores = [part.log_probs(each)[0, 1] for each in (unsaid, unknown)]
    assert_close(*scores, atol=0, rtol=0)
    part.objective(unsaid).loss.backward()
    assert all(each.grad.isfinite().all() for each in part.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_no_search_says_more_and_copying_may(method, members, sure, batch):
    search = Search(SearchSettings(method=method, max_length=8))
    part = sure(*members, words=PART)
    copies = sure(*members, words=PART, copying=True)
    answers = [hypothesis for found in search(part, batch()) for hypothesis in found]
    assert all(number < SAID for answer in answers for number in answer.ids)
    for model, more in ((part, False), (copies, True), (Together([part, copies]), True)):
        assert model.can_say(SAID - 1)
        assert model.can_say(SAID) == more
        assert len(model.predict(batch(), search)) == 3


@pytest.mark.parametrize("precision", ["bf16", "int8"])
@pytest.mark.parametrize("tied", TIED)
def test_what_is_said_is_scored_in_fewer_bits(precision, tied, pair, batch):
    part, _ = pair(tied=tied)
    low, rows = ready(part, precision), torch.randn(5, 16)
    exact, near = (model.output.log_probs(rows, model._weight()) for model in (part, low))
    assert near.shape == (5, SAID)
    assert_close(near, exact, atol=0.05, rtol=0.05)
    assert not torch.equal(near, exact)
