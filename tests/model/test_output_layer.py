"""The output layer: chunked loss and gradient against the framework's, whatever the chunks."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from nlpseq.model import output_layer
from nlpseq.model.output_layer import OutputLayer

R, E, V = 11, 6, 17


@pytest.fixture(params=[3, 1024])
def chunk(request, monkeypatch):
    monkeypatch.setattr(output_layer, "CHUNK", request.param)


def tensors(scale=1.0):
    torch.manual_seed(0)
    rows = (scale * torch.randn(R, E)).requires_grad_()
    weight = torch.randn(V, E).requires_grad_()
    layer = OutputLayer(V)
    layer.bias.data.normal_()
    return layer, rows, weight, torch.randint(V, (R,))


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_loss_and_gradients_equal_those_of_the_framework(smoothing, scale):
    layer, rows, weight, expected = tensors(scale)
    learned = [rows, weight, layer.bias]
    ours = layer.loss(rows, weight, expected, smoothing)
    theirs = functional.cross_entropy(
        functional.linear(rows, weight, layer.bias),
        expected,
        reduction="sum",
        label_smoothing=smoothing,
    )
    assert_close(ours, theirs)
    for found, right in zip(
        torch.autograd.grad(3 * ours, learned),
        torch.autograd.grad(3 * theirs, learned),
        strict=True,
    ):
        assert_close(found, right, rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("chunk")
def test_expectations_are_those_of_the_log_probabilities():
    layer, rows, weight, expected = tensors()
    log_probs = layer.log_probs(rows, weight)
    found = layer.expectation(rows, weight, expected)
    assert_close(found.right, log_probs.gather(1, expected[:, None])[:, 0])
    assert_close(found.mean, log_probs.mean(-1))
    slope = torch.autograd.grad(found.right.sum() + 2 * found.mean.sum(), [rows, weight])
    right = log_probs.gather(1, expected[:, None]).sum() + 2 * log_probs.mean(-1).sum()
    assert_close(slope, torch.autograd.grad(right, [rows, weight]))


def test_probabilities_sum_to_one():
    layer, rows, weight, _ = tensors()
    assert_close(layer.log_probs(rows, weight).exp().sum(-1), torch.ones(R))


def test_a_word_that_is_all_but_impossible_has_a_finite_loss():
    layer, rows, weight, expected = tensors(1e4)
    assert layer.loss(rows, weight, expected, 0.1).isfinite()
