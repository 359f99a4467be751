"""The LSTM that learns from a whole sequence in few bits: against the framework's kernel."""

import pytest
import torch
from torch.testing import assert_close

from nlpseq.model.cells import lstm
from nlpseq.model.cells.lstm import LSTMCell
from nlpseq.model.cells.lstm_unrolled import unrolled
from nlpseq.model.cells.protocol import framework

THEIRS = framework(torch.lstm, training=True)
SHAPES = [(1, 1, 1, 1), (4, 3, 5, 2), (3, 2, 2, 6)]  # T, B, X, H


def tensors(steps, rows, width, size, dtype=torch.double):
    """Inputs, state and weights of a layer, large enough to be saturated here and there."""
    torch.manual_seed(0)
    shapes = [(steps, rows, width), *[(1, rows, size)] * 2]
    shapes += [(4 * size, width), (4 * size, size), *[(4 * size,)] * 2]
    return [torch.randn(shape, dtype=dtype).requires_grad_() for shape in shapes]


def layer(kernel):
    """A kernel of inputs, state and weights, one after the other."""
    return lambda x, h, c, *weights: kernel(x, (h, c), weights)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_computes_what_the_kernel_computes(shape):
    given = tensors(*shape)
    assert_close(layer(unrolled)(*given), layer(THEIRS)(*given))


def test_inputs_that_do_not_learn_leave_the_gradient_of_the_weights_as_it_is():
    inputs, *others = tensors(4, 3, 5, 2)
    full = torch.autograd.grad(layer(unrolled)(inputs, *others).sum(), others)
    found = torch.autograd.grad(layer(unrolled)(inputs.detach(), *others).sum(), others)
    assert_close(found, full, atol=0, rtol=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_its_gradient_is_that_of_finite_differences(shape):
    assert torch.autograd.gradcheck(layer(unrolled), tensors(*shape))


def test_in_bf16_it_is_as_near_as_the_kernel():
    exact = tensors(12, 7, 40, 24)
    weigh = torch.randn(12, 7, 24).double()
    low = [part.detach().bfloat16().requires_grad_() for part in exact]

    def far(kernel):
        found = layer(kernel)(*low)
        slopes = torch.autograd.grad(found, low, weigh.bfloat16())
        pairs = zip((found, *slopes), right, strict=True)
        return torch.stack([(a.double() - b).norm() / b.norm() for a, b in pairs])

    output = layer(THEIRS)(*exact)
    right = (output, *torch.autograd.grad(output, exact, weigh))
    ours, theirs = far(unrolled), far(THEIRS)
    assert (ours < 1.5 * theirs + 0.005).all(), (ours, theirs)
    assert (ours > 0).all()


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("most", [1, 1 << 30])
def test_it_is_taken_for_many_weights_that_learn_in_bf16(precision, most, monkeypatch):
    called = []
    monkeypatch.setattr(lstm, "MANY", most)
    monkeypatch.setattr(lstm, "unrolled", lambda *given: called.append(0) or unrolled(*given))
    cell, inputs = LSTMCell(5, 4), torch.randn(3, 6, 5)
    mask = torch.ones(3, 6, dtype=torch.bool)
    for learning in (False, True):
        low = precision == torch.bfloat16
        with torch.set_grad_enabled(learning), torch.autocast("cpu", precision, enabled=low):
            found = cell.unroll(inputs, cell.initial_state(3), mask)
        assert found.dtype == precision
        assert bool(called) == (learning and most == 1 and low)
