"""Search as tutorials write it: greedy for a batch, and a beam sentence by sentence.

The beam is a Python list of hypotheses, whose next words are scored together.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.textbook import State, Textbook
from nlpseq.text.vocabulary import BOS_ID, EOS_ID


@torch.no_grad()
def greedy(model: Textbook, source: Tensor, longest: int) -> list[list[int]]:
    """The likeliest word each time, for a batch ``source`` [B, S]."""
    model.eval()
    memory, fed, state = model.start(source)
    words = torch.full((len(source),), BOS_ID)
    ended = torch.zeros(len(source), dtype=torch.bool)
    said: list[list[int]] = [[] for _ in source]
    for _ in range(longest):
        logits, fed, state = model.decoder(words, fed, state, memory)
        words = logits.argmax(dim=1)
        ended |= words == EOS_ID
        if ended.all():
            break
        for row, word in enumerate(words.tolist()):
            if not ended[row]:
                said[row].append(word)
    return said


class Hypothesis(NamedTuple):
    """A translation as it grows."""

    ids: list[int]
    score: float
    fed: Tensor  # [D]
    state: State  # [layers, D]


@torch.no_grad()
def beam(model: Textbook, source: Tensor, longest: int, width: int = 5) -> list[int]:
    """The best translation of one sentence ``source`` [S], by log-probability per word."""
    model.eval()
    (keys, mask), fed, state = model.start(source.unsqueeze(0))
    growing = [Hypothesis([BOS_ID], 0.0, fed[0], (state[0][:, 0], state[1][:, 0]))]
    ended: list[Hypothesis] = []
    for _ in range(longest):
        memory = keys.expand(len(growing), -1, -1), mask.expand(len(growing), -1)
        words = torch.tensor([each.ids[-1] for each in growing])
        fed = torch.stack([each.fed for each in growing])
        hidden = torch.stack([each.state[0] for each in growing], dim=1)
        cell = torch.stack([each.state[1] for each in growing], dim=1)
        logits, fed, (hidden, cell) = model.decoder(words, fed, (hidden, cell), memory)
        log_probs = functional.log_softmax(logits, dim=1)
        longer = []
        for row, each in enumerate(growing):
            values, ids = log_probs[row].topk(width)
            for value, word in zip(values.tolist(), ids.tolist(), strict=True):
                after = (hidden[:, row], cell[:, row])
                longer.append(Hypothesis([*each.ids, word], each.score + value, fed[row], after))
        longer.sort(key=lambda each: each.score, reverse=True)
        ended += [each for each in longer[:width] if each.ids[-1] == EOS_ID]
        growing = [each for each in longer[:width] if each.ids[-1] != EOS_ID]
        if not growing or len(ended) >= width:
            break
    best = max(ended or growing, key=lambda each: each.score / (len(each.ids) - 1))
    return [word for word in best.ids[1:] if word != EOS_ID]
