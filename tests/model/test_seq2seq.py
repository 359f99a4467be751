"""The encoder-decoder: its laws over every cell, attention and decoder, and what it can learn."""

import itertools

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from nlpseq.config import Layer
from nlpseq.data.batches import Batch, Held, collate, pad
from nlpseq.errors import SettingError
from nlpseq.model.attention import ATTENTION
from nlpseq.model.cells import CELLS
from nlpseq.model.decoders import DECODERS
from nlpseq.model.seq2seq import Seq2Seq, coverage_loss
from nlpseq.search import Search
from nlpseq.settings import SearchSettings, resolve
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, SPECIAL, UNK_ID, Unknown, Vocabulary

WORDS = Vocabulary([*SPECIAL, *"abcdefgh"], [1] * 12)
V = len(WORDS)
SOURCES = [[4, 5, 12, 6], [7, 8], [13, 12, 4, 9, 10]]
TARGETS = [[5, 12, 7], [4], [6, 7, 8, 9]]
MEMBERS = [
    *itertools.product(DECODERS, ATTENTION, ["lstm"]),
    *itertools.product(DECODERS, ["general"], CELLS),
]


def settings(decoder="fused", attention="general", cell="lstm", **given):
    encoder = {"width": 8, "layers": 2, "cell": {"name": cell}}
    decoding = {"name": decoder, "width": 16, "layers": 2, "cell": {"name": cell}}
    decoding |= {"attention": {"name": attention}, **given.pop("decoding", {})}
    model = {"name": "seq2seq", "embedding": {"width": 16}, "encoder": encoder, "decoder": decoding}
    return resolve([Layer("test", {"model": model | given})]).model.settings


def build(*members, **given):
    torch.manual_seed(0)
    return Seq2Seq.build(settings(*members, **given), {"source": WORDS, "target": WORDS}).eval()


def batch(rows=(0, 1, 2), padding=0):
    held = Held({"source": SOURCES, "target": TARGETS}, Unknown(V, ["x", "y"]))
    found = collate(held, list(rows))
    if not padding:
        return found
    columns = {
        name: pad([ids[mask].tolist() for ids, mask in zip(*column, strict=True)],
                  column.ids.shape[1] + padding)
        for name, column in found.columns.items()
    }  # fmt: skip
    return Batch(columns, found.rows, found.unknown)


@pytest.fixture(params=MEMBERS, ids="-".join)
def members(request):
    return request.param


@pytest.mark.parametrize("given", [{"copying": True}, {"decoding": {"coverage": 0.5}}, {}])
def test_stepped_log_probabilities_equal_those_of_the_whole_sequence(members, given):
    model, found = build(*members, **given), batch()
    ids, mask = found.target
    expected = functional.pad(ids, (0, 1)).scatter(1, mask.sum(1, keepdim=True), EOS_ID)
    state, word = model.start(found), torch.full((3, 1), BOS_ID)
    total = torch.zeros(3)
    for step, right in enumerate(expected.unbind(1)):
        log_probs, state, _ = model.step(word, state)
        assert_close(log_probs.exp().sum(-1), torch.ones(3, 1))
        copied = (found.source.ids == right[:, None]).any(1) & model.settings.copying
        right = torch.where((right < V) | copied, right, UNK_ID)
        alive = step <= mask.sum(1)
        total += torch.where(alive, log_probs[:, 0].gather(1, right[:, None])[:, 0], 0.0)
        word = right[:, None]
    assert_close(model.log_likelihood(found), total)


def test_padding_and_neighbours_change_nothing(members):
    model = build(*members, copying=True)
    plain = model.log_probs(batch()).sum(1)
    assert_close(model.log_probs(batch(padding=5)).sum(1), plain)
    for row in range(3):
        assert_close(model.log_probs(batch([row])).sum(1)[0], plain[row])


def test_gradients_reach_every_parameter(members):
    for tied, copying in itertools.product(["none", "two_way", "three_way"], [False, True]):
        model = build(*members, tied=tied, copying=copying, decoding={"coverage": 0.5}).train()
        model.objective(batch()).loss.backward()
        for name, parameter in model.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_without_smoothing_the_objective_is_the_likelihood(members):
    for copying in (False, True):
        model, found = build(*members, copying=copying), batch()
        sums = model.objective(found)
        assert_close(sums.loss, -model.log_likelihood(found).sum())
        assert int(sums.count) == sum(len(target) + 1 for target in TARGETS)


@pytest.mark.parametrize("copying", [False, True])
def test_label_smoothing_moves_belief_to_all_words(copying):
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
def test_the_weight_of_coverage_scales_the_penalty(decoder):
    losses = []
    for weight in (1.0, 2.0, 5.0):
        model = build(decoder, decoding={"coverage": weight})
        losses.append(float(model.objective(batch()).loss.detach()))
    assert losses[0] < losses[1]
    assert (losses[2] - losses[0]) / (losses[1] - losses[0]) == pytest.approx(4, rel=1e-3)


def test_the_coverage_penalty_is_what_is_looked_at_again():
    weights = torch.tensor([[[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]]])
    mask = torch.tensor([[True, True, False]])
    assert_close(coverage_loss(weights, mask), torch.tensor(0.5 + 0.1))
    assert_close(coverage_loss(weights, mask | True), torch.tensor(0.6 + 0.2 + 0.6))


def test_input_feeding_reads_what_was_looked_at_before():
    model, found = build("input_feeding", decoding={"coverage": 1.0}), batch()
    first = model.step(torch.full((3, 1), BOS_ID), model.start(found))
    plain = model.step(torch.full((3, 1), 4), first.state).attention
    model.decoder.weigh_coverage.data.fill_(-1e6)
    shy = model.step(torch.full((3, 1), 4), first.state).attention
    most = first.attention.argmax(-1, keepdim=True)
    assert shy.gather(2, most).max() < 0.1 < plain.gather(2, most).min()


def test_scheduled_sampling_reads_guesses_in_training_only():
    model, found = build(scheduled_sampling=1.0), batch()
    plain = build().objective(found).loss
    assert_close(model.objective(found).loss, plain)
    torch.manual_seed(3)
    for part in model.modules():
        part.training = True
    dropless = build(
        scheduled_sampling=1.0,
        decoding={"dropout": 0.0},
        embedding={"width": 16, "dropout": 0.0},
        encoder={"width": 8, "layers": 2, "dropout": 0.0},
    ).train()
    assert not torch.allclose(dropless.objective(found).loss, plain)


def test_hypotheses_are_selected_with_the_memory_of_their_texts():
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
def test_two_vocabularies_cannot_be_one(given):
    other = Vocabulary(WORDS.tokens, WORDS.counts)
    with pytest.raises(SettingError, match="text.shared = true"):
        Seq2Seq.build(settings(**given), {"source": WORDS, "target": other})


def learn(model, source, target, updates=300):
    """Train on random words until the task is learnt, with no text seen in the test."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    torch.manual_seed(1)
    for _ in range(updates):
        loss, count = model.train().objective(examples(source, target, 64))
        optimizer.zero_grad()
        (loss / count).backward()
        optimizer.step()
    test = examples(source, target, 100)
    with torch.inference_mode():
        answers = model.eval().predict(test, Search(SearchSettings(method="greedy")))
    right = [
        answer.tokens == tuple(([*WORDS.tokens, *test.unknown])[i] for i in ids[mask].tolist())
        for answer, ids, mask in zip(answers, *test.target, strict=True)
    ]
    return sum(right) / len(right)


def examples(source, target, rows):
    lengths = torch.randint(1, 6, (rows,)).tolist()
    texts = [source(length) for length in lengths]
    held = Held({"source": texts, "target": [target(text) for text in texts]}, Unknown(V, "uvwxyz"))
    return collate(held, range(rows))


def any_words(length):
    return torch.randint(4, V, (length,)).tolist()


def strange_words(length):
    return (V + torch.randperm(6)[:length]).tolist()


def small(decoder, **given):
    dropless = {"dropout": 0.0}
    return build(
        decoder,
        embedding={"width": 32, **dropless},
        encoder={"width": 32, **dropless},
        decoding={"width": 64, "layers": 1, **dropless},
        **given,
    )


@pytest.mark.slow
@pytest.mark.parametrize("decoder", list(DECODERS))
def test_a_copy_is_learned(decoder):
    assert learn(small(decoder), any_words, lambda text: text) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("decoder", list(DECODERS))
def test_a_reversal_is_learned(decoder):
    assert learn(small(decoder), any_words, lambda text: text[::-1], 600) == 1.0


@pytest.mark.slow
def test_words_beyond_the_vocabulary_are_copied():
    def both(length):
        return any_words(1) + strange_words(length)[:2]

    assert learn(small("fused", copying=True), both, lambda text: text[1:], 250) > 0.95
