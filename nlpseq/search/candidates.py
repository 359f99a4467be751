"""What may be said next, and how the best of it is found."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from nlpseq.data.batches import Batch
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import EOS_ID

IMPOSSIBLE = -1e4
"""Log-probability of a word that must be said though the model gives it none."""

CHUNK = 64
"""Words that are looked at as one before any of them is."""


class Candidates(NamedTuple):
    """Hypotheses that are a word longer, M of each text; -inf stands for none."""

    parents: Tensor  # [B, M]  numbers of the hypotheses that they continue
    words: Tensor  # [B, M]
    log_probs: Tensor  # [B, M]  of all their words, fp64 so that sums tie as seldom as words do

    def at(self, places: Tensor) -> Candidates:
        """Those at ``places`` [B, M'], in that order."""
        return Candidates(*(part.gather(1, places) for part in self))

    def ending(self, width: int) -> Candidates:
        """Those that end, among the first ``width``."""
        first = Candidates(*(part[:, :width] for part in self))
        return first._replace(log_probs=_only(first.log_probs, first.words == EOS_ID))

    def growing(self, width: int) -> Candidates:
        """The first ``width`` that do not end."""
        first = self.at((self.words == EOS_ID).sort(stable=True).indices[:, :width])
        return first._replace(log_probs=_only(first.log_probs, first.words != EOS_ID))


def _only(log_probs: Tensor, which: Tensor) -> Tensor:
    return log_probs.masked_fill(~which, -math.inf)


class Offer(NamedTuple):
    """The words among which a search chooses.

    Shapes: B texts, K hypotheses of each, V words, C words of each hypothesis, D demands.
    """

    step: int
    rows: Tensor  # [B]  numbers of the texts in the batch that was given
    past: Tensor  # [B, K]  log-probability of what has been said; -inf: no hypothesis
    scores: Tensor  # [B, K, V]  by which a word is chosen; -inf where it may not be said
    log_probs: Tensor  # [B, K, V]  as the model gives them
    demanded: Tensor  # [B, K, D]  words that required phrases wait for
    met: Callable[[Tensor], Tensor]  # words [B, K, C] -> required words that have been met then

    def extended(self, words: Tensor) -> Candidates:
        """Each hypothesis with each of its ``words`` [B, K, C]."""
        hypotheses, each = words.shape[1:]
        said = self.log_probs.gather(2, words).clamp(min=IMPOSSIBLE)
        barred = self.scores.gather(2, words) == -math.inf
        totals = (self.past.unsqueeze(2) + said).masked_fill(barred, -math.inf)
        parents = torch.arange(hypotheses, device=words.device).repeat_interleave(each)
        return Candidates(parents.expand(len(words), -1), words.flatten(1), totals.flatten(1))

    def ranks(self, words: Tensor) -> Tensor:
        """By which these extensions compete, [B, K * C]."""
        return (self.past.unsqueeze(2) + self.scores.gather(2, words)).flatten(1)


class Method(Protocol):
    """A way to search; ``width`` is the number of hypotheses that it keeps of each text."""

    width: int

    def __init__(self, settings: SearchSettings, batch: Batch) -> None: ...

    def choose(self, offer: Offer) -> Candidates:
        """What to go on with; the best first where hypotheses compete."""


def best(scores: Tensor, count: int) -> Tensor:
    """The places [..., count] of the greatest of each row; of equal ones the first is greater.

    Only the ``count`` chunks with the greatest heads can hold them, which spares most of the
    sorting; in them the order of places is kept, so ties fall as in the whole row.
    """
    heads = _first(of_chunks(torch.amax, scores), count).sort().values
    places = _first(inside(scores, heads, -math.inf).flatten(-2), count)
    return heads.gather(-1, places // CHUNK) * CHUNK + places % CHUNK


def of_chunks(reduced: Callable[[Tensor, int], Tensor], values: Tensor) -> Tensor:
    """What each chunk of ``values`` [..., V] is reduced to, [..., C]; the last may be shorter."""
    whole, rest = divmod(values.shape[-1], CHUNK)
    chunks = values[..., : whole * CHUNK].view(*values.shape[:-1], whole, CHUNK)
    last = values[..., None, whole * CHUNK :]
    return torch.cat([reduced(part, -1) for part in ((chunks, last) if rest else (chunks,))], -1)


def inside(values: Tensor, chunks: Tensor, filling: float) -> Tensor:
    """The ``values`` [..., V] of some ``chunks`` [..., N], [..., N, CHUNK], the last filled up."""
    places = chunks.unsqueeze(-1) * CHUNK + torch.arange(CHUNK, device=chunks.device)
    size = values.shape[-1]
    found = values.gather(-1, places.flatten(-2).clamp(max=size - 1)).view(places.shape)
    return found.masked_fill(places >= size, filling)


def _first(scores: Tensor, count: int) -> Tensor:
    """As ``topk``, which promises nothing about equals; the rows that have any are done again.

    The bits of a float, read as an integer, keep its order; its place goes below them.
    """
    size = scores.shape[-1]
    if count == 1:
        return scores.max(-1, keepdim=True).indices  # of equals it does promise the first
    values, places = scores.topk(min(count + 1, size))
    tied = (values[..., 1:] == values[..., :-1]).any(-1)
    if not tied.any():
        return places[..., :count]
    bits = (scores[tied] + 0.0).view(torch.int32).long()  # -0.0 becomes 0.0
    keys = torch.where(bits < 0, bits ^ 0x7FFFFFFF, bits) << 32
    keys -= torch.arange(size, device=scores.device)
    places[tied] = keys.topk(places.shape[-1]).indices
    return places[..., :count]
