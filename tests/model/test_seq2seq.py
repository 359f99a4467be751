"""The encoder-decoder: its laws over every cell, attention and decoder."""

import itertools

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from nlpseq.errors import SettingError
from nlpseq.model.decoders import DECODERS
from nlpseq.model.seq2seq import Seq2Seq, coverage_loss
from nlpseq.search import Search
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, SPECIAL, UNK_ID, Vocabulary

GIVEN = [
    {"copying": True},
    {"decoding": {"coverage": 0.5}},
    {"encoder": {"bidirectional": False, "width": 16}},
]


@pytest.mark.parametrize("given", GIVEN)
def test_stepped_log_probabilities_equal_those_of_the_whole_sequence(members, given, build, batch):
    model, found = build(*members, **given), batch()
    ids, mask = found.target
    expected = functional.pad(ids, (0, 1)).scatter(1, mask.sum(1, keepdim=True), EOS_ID)
    state, word = model.start(found), torch.full((3, 1), BOS_ID)
    total = torch.zeros(3)
    for step, right in enumerate(expected.unbind(1)):
        log_probs, state, _ = model.step(word, state)
        assert_close(log_probs.exp().sum(-1), torch.ones(3, 1))
        copied = (found.source.ids == right[:, None]).any(1) & model.settings.copying
        right = torch.where((right < len(model.vocabulary)) | copied, right, UNK_ID)
        alive = step <= mask.sum(1)
        total += torch.where(alive, log_probs[:, 0].gather(1, right[:, None])[:, 0], 0.0)
        word = right[:, None]
    assert_close(model.log_probs(found).sum(1), total)


@pytest.mark.parametrize("given", GIVEN)
def test_padding_neighbours_and_order_change_nothing(members, given, build, batch):
    model = build(*members, **given)
    plain = model.log_probs(batch())
    assert plain.ne(0).sum(1).tolist() == [4, 2, 5]  # each token and the end
    assert_close(model.log_probs(batch(padding=5))[:, : plain.shape[1]], plain)
    assert_close(model.log_probs(batch([2, 0, 1])), plain[[2, 0, 1]])
    for row in range(3):
        alone = model.log_probs(batch([row]))[0]
        assert_close(alone, plain[row, : len(alone)])


def test_gradients_reach_every_parameter(members, build, batch):
    for tied, copying in itertools.product(["none", "two_way", "three_way"], [False, True]):
        model = build(*members, tied=tied, copying=copying, decoding={"coverage": 0.5}).train()
        model.objective(batch()).loss.backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("given", GIVEN)
def test_no_call_leaves_anything_behind(members, given, build, batch, untouched):
    model = build(*members, scheduled_sampling=0.5, **given).train()
    with untouched(model):
        model.objective(batch()).loss.backward()
    with untouched(model.eval()):
        model.log_probs(batch())
        model.predict(batch(), Search(SearchSettings(max_length=4)))


def test_without_smoothing_the_objective_is_the_likelihood(members, build, batch):
    for copying in (False, True):
        model, found = build(*members, copying=copying), batch()
        sums = model.objective(found)
        assert_close(sums.loss, -model.log_probs(found).sum(1).sum())
        assert int(sums.count) == int(found.target.mask.sum()) + 3


@pytest.mark.parametrize("copying", [False, True])
def test_label_smoothing_moves_belief_to_all_words(copying, build, batch):
    plain, smooth = build(copying=copying), build(copying=copying, label_smoothing=0.1)
    found = batch()
    ids, mask = found.target
    state = plain.start(found)
    given = functional.pad(ids, (1, 0), value=BOS_ID), functional.pad(mask, (1, 0), value=True)
    rows = plain._decode(type(found.target)(*given), state).outputs[given[1]]
    mean = plain.output.log_probs(rows, plain._weight()).mean(-1).sum()
    expected = 0.9 * plain.objective(found).loss - 0.1 * mean
    assert_close(smooth.objective(found).loss, expected)


@pytest.mark.parametrize("decoder", list(DECODERS))
def test_the_weight_of_coverage_scales_the_penalty_and_its_gradient(decoder, sure, batch):
    """Twice the weight adds the term once more, and it is the term of the paper."""
    losses, slopes = [], []
    for weight in (1.0, 2.0, 4.0):
        model = sure(decoder, "general", "lstm", "lstm", decoding={"coverage": weight})
        loss = model.objective(batch()).loss
        slopes.append(torch.autograd.grad(loss, list(model.parameters()), retain_graph=True))
        losses.append(loss)
    state, ids = model.start(batch()), batch().target.ids
    given = type(batch().target)(
        functional.pad(ids, (1, 0), value=BOS_ID),
        functional.pad(batch().target.mask, (1, 0), value=True),
    )
    term = coverage_loss(model._decode(given, state).weights, given.mask)
    slope = torch.autograd.grad(term, list(model.parameters()), allow_unused=True)
    assert term > 0.1
    for more, times in ((1, 1), (2, 3)):
        assert_close(losses[more] - losses[0], times * term)
        for parts in zip(slopes[0], slopes[more], slope, strict=True):
            before, after, once = parts
            once = torch.zeros_like(before) if once is None else once
            assert_close(after - before, times * once, atol=1e-4, rtol=1e-4)
    assert any(part is not None and part.abs().max() > 0.01 for part in slope)


def test_the_coverage_penalty_is_what_is_looked_at_again():
    weights = torch.tensor([[[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]]])
    mask = torch.tensor([[True, True, False]])
    assert_close(coverage_loss(weights, mask), torch.tensor(0.5 + 0.1))
    assert_close(coverage_loss(weights, mask | True), torch.tensor(0.6 + 0.2 + 0.6))


def test_input_feeding_reads_what_was_looked_at_before(build, batch):
    model, found = (
        build("input_feeding", "general", "lstm", "lstm", decoding={"coverage": 1.0}),
        batch(),
    )
    first = model.step(torch.full((3, 1), BOS_ID), model.start(found))
    plain = model.step(torch.full((3, 1), 4), first.state).attention
    model.decoder.weigh_coverage.data.fill_(-1e6)
    shy = model.step(torch.full((3, 1), 4), first.state).attention
    most = first.attention.argmax(-1, keepdim=True)
    assert shy.gather(2, most).max() < 0.1 < plain.gather(2, most).min()


def test_scheduled_sampling_reads_guesses_in_training_only(build, batch):
    model, found = build(scheduled_sampling=1.0), batch()
    plain = build().objective(found).loss
    assert_close(model.objective(found).loss, plain)
    dropless = build(
        scheduled_sampling=1.0,
        decoding={"dropout": 0.0},
        embedding={"width": 16, "dropout": 0.0},
        encoder={"dropout": 0.0},
    ).train()
    assert not torch.allclose(dropless.objective(found).loss, plain)


def test_hypotheses_are_selected_with_the_memory_of_their_texts(build, batch):
    model, found = build(copying=True, decoding={"coverage": 0.5}), batch()
    state = model.select(model.start(found), torch.arange(3)[:, None].expand(3, 2))
    words = torch.tensor([[4, 5], [6, 7], [8, 9]])
    before = model.step(words, state).state
    kept = model.select(before, torch.tensor([[1, 0, 1], [5, 4, 4]]))
    read = torch.tensor([[4, 4, 5], [9, 10, 9]])
    found = model.step(read, kept).log_probs
    whole = model.step(torch.full((3, 2), 4), before).log_probs
    again = model.step(torch.full((3, 2), 9), before).log_probs
    assert_close(found[0, 0], whole[0, 1])
    assert_close(found[0, 1], whole[0, 0])
    assert_close(found[1, 0], again[2, 1])
    assert_close(found[1, 2], again[2, 0])


@pytest.mark.parametrize("given", [{"tied": "three_way"}, {"tied": "none", "copying": True}])
def test_two_vocabularies_cannot_be_one(given, settings):
    one, other = (Vocabulary([*SPECIAL, "a"], [1] * 5) for _ in range(2))
    with pytest.raises(SettingError, match="text.shared = true"):
        Seq2Seq.build(settings(**given), {"source": one, "target": other})
