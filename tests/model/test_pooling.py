"""Every pooling, by its laws and its formula."""

import pytest
import torch
from torch.testing import assert_close

from nlpseq.model.pooling import POOLING

B, T, D = 3, 5, 6
MASK = torch.arange(T) < torch.tensor([[5], [1], [3]])


@pytest.fixture(params=list(POOLING))
def pooling(request):
    torch.manual_seed(0)
    return POOLING[request.param](D)


def test_padding_changes_nothing(pooling):
    values = torch.randn(B, T, D)
    longer = torch.cat([values, torch.full((B, 4, D), 1e4)], 1)
    mask = torch.cat([MASK, MASK.new_zeros(B, 4)], 1)
    plain, padded = pooling(values, MASK), pooling(longer, mask)
    assert_close(padded.vector, plain.vector)
    assert_close(padded.weights[:, :T], plain.weights)
    assert padded.weights[:, T:].eq(0).all()


def test_weights_sum_to_one_and_are_zero_outside_the_mask(pooling):
    weights = pooling(torch.randn(B, T, D), MASK).weights
    assert_close(weights.sum(1), torch.ones(B))
    assert weights[~MASK].eq(0).all()
    assert weights.ge(0).all()


def test_a_single_word_is_its_own_pool(pooling):
    values = torch.randn(B, T, D)
    assert_close(pooling(values, MASK).vector[1], values[1, 0])


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("mean", lambda row: row.mean(0)),
        ("max", lambda row: row.max(0).values),
        ("last", lambda row: row[-1]),
    ],
)
def test_the_formula_holds(name, formula):
    values = torch.randn(B, T, D)
    found = POOLING[name](D)(values, MASK).vector
    for row, length in enumerate(MASK.sum(1).tolist()):
        assert_close(found[row], formula(values[row, :length]))


def test_attention_is_the_softmax_of_its_scores():
    torch.manual_seed(0)
    pooling = POOLING["attention"](D)
    values = torch.randn(B, T, D)
    scores = torch.tanh(values @ pooling.project.weight.T + pooling.project.bias)
    scores = (scores @ pooling.query.weight.T)[..., 0]
    vector, weights = pooling(values, MASK)
    assert_close(weights[2, :3], scores[2, :3].softmax(0))
    assert_close(vector[2], scores[2, :3].softmax(0) @ values[2, :3])
