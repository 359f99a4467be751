"""Toy models: tables of log-probabilities, by the last two words and the source."""

import itertools
import math
from typing import NamedTuple

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from nlpseq.data.batches import Batch, pad
from nlpseq.search.stepper import Step
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, UNK_ID

SOURCES = [[4, 4, 1], [4], [1, 4, 1, 1, 4, 4], [1, 1]]


class State(NamedTuple):
    kinds: Tensor  # [B]  which table
    before: Tensor  # [N]
    last: Tensor  # [N]
    source: Tensor  # [B, S]
    mask: Tensor  # [B, S]


class Toy:
    """``words`` words, ``end`` how much likelier the end is made; copies if ``copying``."""

    def __init__(self, words=6, seed=0, end=0.0, copying=False, attends=True):
        generator = torch.Generator().manual_seed(seed)
        scores = torch.randn(3, words, words, words, generator=generator) * 2
        scores[..., EOS_ID] += end
        self.table = scores.log_softmax(-1)
        self.looks = torch.randn(words, 40, generator=generator) * 2
        self.words, self.copying, self.attends = words, copying, attends

    def start(self, batch):
        ids, mask = batch.source
        first = torch.full((len(batch),), BOS_ID)
        self.beyond = len(batch.unknown) if self.copying else 0
        return State((ids.clamp(max=self.words) * mask).sum(1) % 3, first, first, ids, mask)

    def step(self, ids, state):
        texts, each = ids.shape
        assert ids.numel() == len(state.last)
        assert len(state.kinds) == texts
        known = ids.flatten().masked_fill(ids.flatten() >= self.words, UNK_ID)
        state = state._replace(before=state.last, last=known)
        kinds = state.kinds.repeat_interleave(each)
        log_probs = self.table[kinds, state.before, known].view(texts, each, -1)
        looks = self.looks[known][:, : state.source.shape[1]].view(texts, each, -1)
        looks = looks.masked_fill(~state.mask.unsqueeze(1), -math.inf).softmax(-1)
        if self.copying:
            said = functional.pad(log_probs.exp() / 2, (0, self.beyond))
            places = state.source.unsqueeze(1).expand(looks.shape)
            log_probs = said.scatter_add(2, places, looks / 2).log()
        return Step(log_probs, state, looks if self.attends else None)

    def select(self, state, rows):
        per_text = len(state.last) // len(state.kinds)
        texts = rows // per_text
        assert (texts == texts[:, :1]).all()
        texts, rows = texts[:, 0], rows.flatten()
        return State(
            state.kinds[texts], state.before[rows], state.last[rows],
            state.source[texts], state.mask[texts],
        )  # fmt: skip

    def read(self, source, ids, unknown=()):
        """Log-probability of ``ids`` and an end, and the attention [T, S] of ``ids``."""
        batch = make_batch([source], unknown=unknown)
        state, total, attention = self.start(batch), 0.0, []
        for word, following in itertools.pairwise([BOS_ID, *ids, EOS_ID]):
            log_probs, state, looks = self.step(torch.tensor([[word]]), state)
            total += float(log_probs[0, 0, following])
            attention.append(looks[0, 0])
        return total, torch.stack(attention)[:-1]


def make_batch(sources=SOURCES, padding=0, unknown=()):
    column = pad(sources, max(map(len, sources)) + padding)
    return Batch({"source": column}, range(len(sources)), unknown)


@pytest.fixture(scope="session")
def toy():
    return Toy


@pytest.fixture(scope="session")
def batch():
    return make_batch
