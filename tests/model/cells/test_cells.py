"""Every cell: against its equations in NumPy, against the framework, and by the laws of cells."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from nlpseq.model.cells import CELLS
from nlpseq.model.cells.protocol import choose, segments

B, T, X, H = 3, 7, 5, 4
RAGGED = torch.arange(T) < torch.tensor([[7], [3], [1]])


@pytest.fixture(params=list(CELLS))
def cell(request):
    torch.manual_seed(0)
    made = CELLS[request.param](X, H).double()
    for weight in made.parameters():  # biases and peepholes that start at 0 must count too
        nn.init.normal_(weight, std=0.7)
    return made


def steps(cell, inputs, mask):
    """Outputs and last state by stepping, a row standing still where it has ended."""
    state, outputs = cell.initial_state(len(inputs)), []
    for now, real in zip(inputs.unbind(1), mask.unbind(1), strict=True):
        output, following = cell(now, state)
        outputs.append(output * real[:, None])
        state = choose(real[:, None], following, state)
    return torch.stack(outputs, 1), state


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def weights(cell):
    return {name: tensor.detach().numpy() for name, tensor in cell.named_parameters()}


def normed(x, gain, shift=0.0):
    centred = x - x.mean(-1, keepdims=True)
    return gain * centred / np.sqrt(x.var(-1, keepdims=True) + 1e-5) + shift


def lstm(w, x, h, c):
    i, f, g, o = np.split(x @ w["from_input"].T + h @ w["from_hidden"].T + w["bias"], 4, -1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(w, x, h, c):
    rows = np.split(w["from_input"], 3), np.split(w["from_hidden"], 3), np.split(w["bias"], 3)
    (wr, wz, wn), (ur, uz, un), (br, bz, bn) = rows
    r = sigmoid(x @ wr.T + h @ ur.T + br)
    z = sigmoid(x @ wz.T + h @ uz.T + bz)
    n = np.tanh(x @ wn.T + bn + r * (h @ un.T + w["candidate_bias"]))
    return (1 - z) * n + z * h, c


def peephole_lstm(w, x, h, c):
    sums = x @ w["from_input.weight"].T + w["from_input.bias"] + h @ w["from_hidden.weight"].T
    i, f, g, o = np.split(sums, 4, -1)
    pi, pf, po = w["peepholes"]
    new = sigmoid(f + pf * c) * c + sigmoid(i + pi * c) * np.tanh(g)
    return sigmoid(o + po * new) * np.tanh(new), new


def layer_norm_lstm(w, x, h, c):
    sums = normed(x @ w["from_input.weight"].T, w["norm_input.weight"], w["norm_input.bias"])
    sums = sums + normed(h @ w["from_hidden.weight"].T, w["norm_hidden.weight"])
    i, f, g, o = np.split(sums, 4, -1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(normed(c, w["norm_memory.weight"], w["norm_memory.bias"])), c


EQUATIONS = {
    "lstm": lstm,
    "gru": gru,
    "peephole_lstm": peephole_lstm,
    "layer_norm_lstm": layer_norm_lstm,
}


@pytest.mark.parametrize("name", list(CELLS))
def test_a_step_is_what_the_equations_say(name):
    torch.manual_seed(1)
    cell = CELLS[name](X, H).double()
    for weight in cell.parameters():
        nn.init.normal_(weight, std=0.7)
    x, h, c = torch.randn(B, X).double(), torch.randn(B, H).double(), torch.randn(B, H).double()
    start = cell.initial_state(B)
    state = type(start)(*(h, c)[: len(start)])

    output, following = cell(x, state)
    expected, memory = EQUATIONS[name](weights(cell), x.numpy(), h.numpy(), c.numpy())

    assert_close(output.detach(), torch.from_numpy(expected))
    assert_close(following.hidden.detach(), torch.from_numpy(expected))
    if len(following) > 1:
        assert_close(following.memory.detach(), torch.from_numpy(memory))


def test_the_equations_cover_every_cell():
    assert set(EQUATIONS) == set(CELLS)


@pytest.mark.parametrize(("name", "framework"), [("lstm", nn.LSTM), ("gru", nn.GRU)])
def test_the_framework_agrees(name, framework):
    torch.manual_seed(2)
    cell = CELLS[name](X, H).double()
    theirs = framework(X, H, batch_first=True).double()
    theirs.weight_ih_l0.data = cell.from_input.data
    theirs.weight_hh_l0.data = cell.from_hidden.data
    theirs.bias_ih_l0.data = cell.bias.data
    theirs.bias_hh_l0.data = torch.zeros_like(cell.bias.data)
    inputs = torch.randn(B, T, X).double()
    mask = torch.ones(B, T, dtype=torch.bool)

    ours = cell.unroll(inputs, cell.initial_state(B), mask)

    assert_close(ours.outputs, theirs(inputs)[0])


@pytest.mark.parametrize("mask", [RAGGED, torch.ones(B, T, dtype=torch.bool)])
def test_unrolling_equals_stepping(cell, mask):
    inputs = torch.randn(B, T, X).double()
    outputs, state = cell.unroll(inputs, cell.initial_state(B), mask)
    by_steps, last = steps(cell, inputs, mask)
    assert_close(outputs, by_steps)
    for ours, theirs in zip(state, last, strict=True):
        assert_close(ours, theirs)


def test_gradients_of_unrolling_equal_those_of_stepping(cell):
    inputs = torch.randn(B, T, X).double()
    weigh = torch.randn(B, T, H).double()
    found = []
    for run in (
        lambda x: cell.unroll(x, cell.initial_state(B), RAGGED),
        lambda x: steps(cell, x, RAGGED),
    ):
        x = inputs.clone().requires_grad_()
        outputs, state = run(x)
        loss = (outputs * weigh).sum() + sum(part.square().sum() for part in state)
        found.append(torch.autograd.grad(loss, [x, *cell.parameters()]))
    for ours, theirs in zip(*found, strict=True):
        assert_close(ours, theirs)


def test_padding_changes_nothing(cell):
    inputs = torch.randn(B, T, X).double()
    noise = torch.full((B, 4, X), 1e4).double()
    longer = torch.cat([inputs, noise], 1), torch.cat([RAGGED, RAGGED.new_zeros(B, 4)], 1)
    outputs, state = cell.unroll(inputs, cell.initial_state(B), RAGGED)
    padded, end = cell.unroll(longer[0], cell.initial_state(B), longer[1])
    assert_close(padded[:, :T], outputs)
    assert padded[:, T:].eq(0).all()
    for ours, theirs in zip(state, end, strict=True):
        assert_close(ours, theirs)


def test_rows_do_not_know_each_other(cell):
    inputs = torch.randn(B, T, X).double()
    together = cell.unroll(inputs, cell.initial_state(B), RAGGED).outputs
    for row in range(B):
        alone = cell.unroll(inputs[row : row + 1], cell.initial_state(1), RAGGED[row : row + 1])
        assert_close(alone.outputs[0], together[row])


@pytest.mark.parametrize("name", ["lstm", "peephole_lstm", "layer_norm_lstm"])
def test_the_forget_gate_starts_open(name):
    cell = CELLS[name](X, H)
    biases = [
        p for n, p in cell.named_parameters() if n in ("bias", "from_input.bias", "norm_input.bias")
    ]
    assert_close(biases[0].detach(), torch.tensor([0.0] * H + [1.0] * H + [0.0] * 2 * H))


def test_segments_end_where_a_row_ends():
    assert segments(RAGGED) == [(0, 1), (1, 3), (3, 7)]
