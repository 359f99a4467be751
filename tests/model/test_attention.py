"""Attention: the laws of the family, and each member against its equation in NumPy."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from nlpseq.errors import SettingError
from nlpseq.model.attention import ATTENTION
from nlpseq.model.attention.additive import AdditiveSettings
from nlpseq.model.attention.multi_head import MultiHeadSettings

B, T, S, Q, V = 2, 3, 5, 4, 4
REAL = torch.arange(S) < torch.tensor([[5], [2]])


@pytest.fixture(params=list(ATTENTION))
def attention(request):
    torch.manual_seed(0)
    return ATTENTION[request.param](Q, V).double()


def read(attention, query, values, mask=REAL, bias=None):
    return attention(query, attention.remember(values, mask), bias)


def tensors():
    torch.manual_seed(1)
    return torch.randn(B, T, Q).double(), torch.randn(B, S, V).double()


@pytest.mark.parametrize("padding", [1, 7])
def test_padding_changes_nothing(attention, padding):
    query, values = tensors()
    noise = torch.full((B, padding, V), 1e4).double()
    longer = torch.cat([values, noise], 1), torch.cat([REAL, REAL.new_zeros(B, padding)], 1)
    plain, padded = read(attention, query, values), read(attention, query, *longer)
    assert_close(padded.context, plain.context)
    assert_close(padded.weights[..., :S], plain.weights)
    assert padded.weights[..., S:].eq(0).all()


def test_weights_sum_to_one_and_are_zero_outside_the_mask(attention):
    weights = read(attention, *tensors()).weights
    assert_close(weights.sum(-1), torch.ones(B, T).double())
    assert weights[1, :, 2:].eq(0).all()
    assert weights[1, :, :2].gt(0).all()


def test_all_steps_at_once_equal_one_by_one(attention):
    query, values = tensors()
    together = read(attention, query, values)
    for step in range(T):
        alone = read(attention, query[:, step : step + 1], values)
        assert_close(alone.context, together.context[:, step : step + 1])
        assert_close(alone.weights, together.weights[:, step : step + 1])


def test_a_bias_moves_the_weights_where_it_stands(attention):
    query, values = tensors()
    bias = torch.zeros(B, T, S).double()
    bias[0, 1, 3] = 50.0
    plain, moved = read(attention, query, values), read(attention, query, values, bias=bias)
    assert moved.weights[0, 1, 3] > 0.999
    assert_close(moved.weights[0, 0], plain.weights[0, 0])
    assert_close(moved.weights[1], plain.weights[1])


def test_a_memory_can_be_selected(attention):
    query, values = tensors()
    memory = attention.remember(values, REAL).select(torch.tensor([1, 1, 0]))
    order = [1, 1, 0]
    assert_close(
        attention(query[order], memory), read(attention, query[order], values[order], REAL[order])
    )


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def weights_of(attention):
    return {name: tensor.detach().numpy() for name, tensor in attention.named_parameters()}


def dot(w, q, v):
    return q @ v.T


def general(w, q, v):
    return q @ (v @ w["project_value.weight"].T).T


def additive(w, q, v):
    query = q @ w["project_query.weight"].T + w["project_query.bias"]
    inner = np.tanh(query[:, None] + (v @ w["project_value.weight"].T)[None])
    return inner @ w["weigh.weight"][0]


EQUATIONS = {"dot": dot, "general": general, "additive": additive}


@pytest.mark.parametrize("name", list(EQUATIONS))
def test_the_equation_holds(name):
    torch.manual_seed(0)
    attention = ATTENTION[name](Q, V).double()
    query, values = tensors()
    found = read(attention, query, values)
    for row, length in enumerate(REAL.sum(1).tolist()):
        v = values[row, :length].numpy()
        weights = softmax(EQUATIONS[name](weights_of(attention), query[row].numpy(), v))
        assert_close(found.weights[row, :, :length].detach(), torch.from_numpy(weights))
        assert_close(found.context[row].detach(), torch.from_numpy(weights @ v))


def test_the_equation_of_many_heads_holds():
    torch.manual_seed(0)
    attention = ATTENTION["multi_head"](Q, V, MultiHeadSettings(heads=2)).double()
    w = weights_of(attention)
    query, values = tensors()
    found = read(attention, query, values)
    q, v = query[0].numpy(), values[0].numpy()
    contexts, weights = [], []
    for rows in (slice(0, 2), slice(2, 4)):
        scores = (q @ w["project_query.weight"][rows].T) @ (v @ w["project_value.weight"][rows].T).T
        weights.append(softmax(scores / np.sqrt(2)))
        contexts.append(weights[-1] @ (v @ w["project_content.weight"][rows].T))
    expected = np.concatenate(contexts, -1) @ w["merge.weight"].T
    assert_close(found.context[0].detach(), torch.from_numpy(expected))
    assert_close(found.weights[0].detach(), torch.from_numpy(np.mean(weights, 0)))


def test_the_equations_cover_every_attention():
    assert {*EQUATIONS, "multi_head"} == set(ATTENTION)


def test_additive_scores_in_parts_equal_those_at_once(monkeypatch):
    torch.manual_seed(0)
    attention = ATTENTION["additive"](Q, V, AdditiveSettings(width=6)).double()
    query, values = tensors()
    found = []
    for largest in (1 << 22, 1):
        monkeypatch.setattr("nlpseq.model.attention.additive._LARGEST", largest)
        x = query.clone().requires_grad_()
        loss = read(attention, x, values).context.square().sum()
        found.append((loss, *torch.autograd.grad(loss, [x, *attention.parameters()])))
    assert_close(found[0], found[1])


@pytest.mark.parametrize(
    ("name", "settings", "sizes", "words"),
    [
        ("dot", None, (4, 6), "found a decoder of width 4 and an encoder of width 6"),
        ("multi_head", MultiHeadSettings(heads=3), (4, 6), "found 3 heads for widths 4 and 6"),
    ],
)
def test_widths_that_do_not_fit_are_refused(name, settings, sizes, words):
    with pytest.raises(SettingError, match=words):
        ATTENTION[name](*sizes, settings)
