"""The encoder: directions, depth, residuals, dropout; for every cell."""

import pytest
import torch
from torch.testing import assert_close

from nlpseq.config import Member, NoSettings
from nlpseq.model.cells import CELLS
from nlpseq.model.dropout import variational_dropout
from nlpseq.model.encoder import Encoder, EncoderSettings, gather, turn

B, T, X = 3, 6, 5
MASK = torch.arange(T) < torch.tensor([[6], [2], [4]])


def build(cell="lstm", **given):
    torch.manual_seed(0)
    settings = EncoderSettings(cell=Member(cell, NoSettings()), width=4, **given)
    return Encoder(X, settings).double()


@pytest.fixture(params=list(CELLS))
def deep(request):
    return build(request.param, layers=3, residual=True).eval()


def test_padding_changes_nothing(deep):
    inputs = torch.randn(B, T, X).double()
    noise = torch.full((B, 3, X), 1e4).double()
    padded = deep(torch.cat([inputs, noise], 1), torch.cat([MASK, MASK.new_zeros(B, 3)], 1))
    plain = deep(inputs, MASK)
    assert_close(padded.outputs[:, :T], plain.outputs)
    assert_close(padded.summary, plain.summary)


def test_the_order_of_rows_changes_nothing(deep):
    inputs, order = torch.randn(B, T, X).double(), torch.tensor([2, 0, 1])
    assert_close(deep(inputs[order], MASK[order]).outputs, deep(inputs, MASK).outputs[order])


def test_the_backward_direction_starts_at_the_last_word():
    encoder = build()
    inputs = torch.randn(B, T, X).double()
    outputs = encoder.eval()(inputs, MASK).outputs
    backward = encoder.layers[0][1]
    for row, length in enumerate(MASK.sum(1).tolist()):
        words = inputs[row : row + 1, :length].flip(1)
        alone = backward.unroll(words, backward.initial_state(1), MASK[:1, :length] | True)
        assert_close(outputs[row, :length, 4:], alone[0].flip(0))


def test_one_direction_sees_no_later_word():
    encoder = build(bidirectional=False, layers=2).eval()
    inputs = torch.randn(1, T, X).double()
    changed = inputs.clone()
    changed[:, 3:] = 0
    mask = torch.ones(1, T, dtype=torch.bool)
    assert_close(encoder(inputs, mask).outputs[:, :3], encoder(changed, mask).outputs[:, :3])


def test_residuals_add_the_input_from_the_second_layer_on():
    with_residual, without = build(layers=2, residual=True).eval(), build(layers=2).eval()
    inputs = torch.randn(B, T, X).double()
    first = build(layers=1).eval()
    first.load_state_dict(without.state_dict(), strict=False)
    expected = without(inputs, MASK).outputs + first(inputs, MASK).outputs
    assert_close(with_residual(inputs, MASK).outputs, expected)


def test_the_summary_is_where_each_direction_ends():
    outputs, summary = build(layers=3).eval()(torch.randn(B, T, X).double(), MASK)
    last = outputs[torch.arange(B), MASK.sum(1) - 1]
    assert_close(summary, torch.cat([last[:, :4], outputs[:, 0, 4:]], -1))


def test_turning_twice_changes_nothing_and_padding_stays():
    values = torch.randn(B, T, X)
    once = gather(values, turn(MASK))
    assert_close(gather(once, turn(MASK)), values)
    assert_close(once[1, :2], values[1, :2].flip(0))
    assert_close(once[1, 2:], values[1, 2:])


def test_variational_dropout_is_the_same_at_all_steps_and_keeps_the_mean():
    torch.manual_seed(0)
    dropped = variational_dropout(torch.ones(400, 5, 50), 0.3, training=True)
    assert_close(dropped, dropped[:, :1].expand_as(dropped))
    assert dropped.unique().tolist() == pytest.approx([0, 1 / 0.7])
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)
    assert (dropped[0] != dropped[1]).any()


def test_nothing_is_drawn_in_use():
    encoder = build(dropout=0.9).eval()
    inputs = torch.randn(B, T, X).double()
    assert_close(encoder(inputs, MASK).outputs, encoder(inputs, MASK).outputs, rtol=0, atol=0)
