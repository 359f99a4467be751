"""Every cell: against its equations in NumPy, against the framework, and by the laws of cells."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from nlpseq.model.cells import CELLS

B, T, X, H = 3, 7, 5, 4
RAGGED = torch.arange(T) < torch.tensor([[7], [3], [1]])


@pytest.fixture(params=list(CELLS))
def cell(request):
    torch.manual_seed(0)
    made = CELLS[request.param](X, H).double()
    for weight in made.parameters():  # biases and peepholes that start at 0 must count too
        nn.init.normal_(weight, std=0.7)
    return made


def steps(cell, inputs, mask, state):
    outputs = []
    for step in inputs.unbind(1):
        output, state = cell(step, state)
        outputs.append(output)
    return torch.stack(outputs, 1) * mask.unsqueeze(-1)


def start(cell, rows=B):
    zeros = cell.initial_state(rows)
    return type(zeros)(*(torch.randn_like(part) for part in zeros))


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

    assert_close(ours, theirs(inputs)[0])


@pytest.mark.parametrize("mask", [RAGGED, torch.ones(B, T, dtype=torch.bool)])
def test_unrolling_equals_stepping_from_any_state(cell, mask):
    inputs, state = torch.randn(B, T, X).double(), start(cell)
    assert_close(cell.unroll(inputs, state, mask), steps(cell, inputs, mask, state))


def test_gradients_of_unrolling_equal_those_of_stepping(cell):
    inputs, state = torch.randn(B, T, X).double(), start(cell)
    weigh = torch.randn(B, T, H).double()
    found = []
    for run in (cell.unroll, lambda x, state, mask: steps(cell, x, mask, state)):
        x = inputs.clone().requires_grad_()
        first = type(state)(*(part.clone().requires_grad_() for part in state))
        loss = (run(x, first, RAGGED) * weigh).sum()
        found.append(torch.autograd.grad(loss, [x, *first, *cell.parameters()]))
    for ours, theirs in zip(*found, strict=True):
        assert_close(ours, theirs)


def test_padding_changes_nothing(cell):
    inputs, state = torch.randn(B, T, X).double(), start(cell)
    noise = torch.full((B, 4, X), 1e4).double()
    longer = torch.cat([inputs, noise], 1), torch.cat([RAGGED, RAGGED.new_zeros(B, 4)], 1)
    outputs, padded = cell.unroll(inputs, state, RAGGED), cell.unroll(longer[0], state, longer[1])
    assert_close(padded[:, :T], outputs)
    assert padded[:, T:].eq(0).all()


def test_rows_do_not_know_each_other(cell):
    inputs = torch.randn(B, T, X).double()
    together = cell.unroll(inputs, cell.initial_state(B), RAGGED)
    for row in range(B):
        alone = cell.unroll(inputs[row : row + 1], cell.initial_state(1), RAGGED[row : row + 1])
        assert_close(alone[0], together[row])


@pytest.mark.parametrize("name", ["lstm", "peephole_lstm", "layer_norm_lstm"])
def test_the_forget_gate_starts_open(name):
    cell = CELLS[name](X, H)
    biases = [
        p for n, p in cell.named_parameters() if n in ("bias", "from_input.bias", "norm_input.bias")
    ]
    assert_close(biases[0].detach(), torch.tensor([0.0] * H + [1.0] * H + [0.0] * 2 * H))
