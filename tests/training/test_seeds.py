import hashlib
import random

import numpy as np
import torch

from nlpseq.training.seeds import reseed, seed


def draws():
    return torch.rand(3).tolist(), np.random.rand(3).tolist(), [random.random() for _ in range(3)]


def test_a_seed_is_the_beginning_of_a_digest():
    text = b"nlpseq1|7|shuffle|3|0|0"
    assert seed(7, "shuffle", 3) == int(hashlib.sha256(text).hexdigest()[:16], 16)


def test_everything_a_draw_may_depend_on_changes_the_seed():
    seeds = {
        seed(1, "update", 2, 3, 4),
        seed(0, "update", 2, 3, 4),
        seed(1, "eval", 2, 3, 4),
        seed(1, "update", 0, 3, 4),
        seed(1, "update", 2, 0, 4),
        seed(1, "update", 2, 3, 0),
        seed(1, "update", 3, 2, 4),
    }
    assert len(seeds) == 7
    assert all(0 <= number < 2**64 for number in seeds)


def test_the_same_seed_starts_every_generator_again():
    for number in (0, 5, 2**64 - 1):
        reseed(number)
        first = draws()
        torch.rand(9)
        reseed(number)
        assert draws() == first


def test_another_seed_draws_otherwise():
    reseed(1)
    first = draws()
    reseed(2)
    assert all(one != other for one, other in zip(first, draws(), strict=True))
