"""The best of many scores, and beams that are shared out."""

import math

import pytest
import torch

from nlpseq.search.beam import in_turn
from nlpseq.search.candidates import Candidates, best
from nlpseq.text.vocabulary import EOS_ID


@pytest.mark.parametrize("size", [1, 5, 63, 64, 65, 700])
@pytest.mark.parametrize("kind", ["apart", "often equal", "all equal", "mostly barred"])
def test_the_best_are_those_of_a_stable_sort(size, kind):
    torch.manual_seed(size)
    scores = torch.randn(2, 30, size)
    if kind == "often equal":
        scores = scores.round()  # -0.0 among them
    elif kind == "all equal":
        scores = torch.full_like(scores, -3.5)
    elif kind == "mostly barred":
        scores[torch.rand(scores.shape) < 0.9] = -math.inf
    expected = scores.sort(stable=True, descending=True).indices
    for count in {1, min(2, size), min(7, size), min(64, size), size}:
        assert best(scores, count).equal(expected[..., :count])


def turns(ranks, banks):
    """The order of one text, written out."""
    order = sorted(range(len(ranks)), key=lambda place: -ranks[place])
    seen = dict.fromkeys(banks, 0)
    keys = {}
    for place in order:
        keys[place] = seen[banks[place]] if ranks[place] > -math.inf else math.inf
        seen[banks[place]] += 1
    return sorted(order, key=keys.get)


@pytest.mark.parametrize("banks", [1, 2, 5])
def test_banks_take_turns(banks):
    torch.manual_seed(banks)
    ranks, banks = torch.randn(20, 11).round(decimals=1), torch.randint(banks, (20, 11))
    ranks[torch.rand(ranks.shape) < 0.2] = -math.inf
    expected = [turns(*row) for row in zip(ranks.tolist(), banks.tolist(), strict=True)]
    assert in_turn(ranks, banks).tolist() == expected


def test_candidates_end_or_grow():
    words = torch.tensor([[7, EOS_ID, 8, 9, EOS_ID]])
    candidates = Candidates(torch.arange(5).unsqueeze(0), words, -torch.arange(5.0).unsqueeze(0))
    none = -math.inf
    assert candidates.ending(2).log_probs.tolist() == [[none, -1.0]]
    assert candidates.growing(2).words.tolist() == [[7, 8]]
    assert candidates.growing(4).log_probs.tolist() == [[0.0, -2.0, -3.0, none]]
