"""Sampling: words drawn by their probability."""

from __future__ import annotations

import hashlib
import itertools

import torch
from torch import Tensor
from torch.nn import functional

from nlpseq.data.batches import Batch
from nlpseq.search.candidates import CHUNK, Candidates, Offer, best, inside, of_chunks
from nlpseq.settings import SearchSettings


class Sampling:
    """Draws answers that know nothing of each other.

    Probabilities are those of ``softmax(scores / temperature)``; the ``top_k`` likeliest words are
    drawn from (Fan et al. 2018, https://arxiv.org/abs/1805.04833), and of them the fewest that
    have a share of ``top_p`` (Holtzman et al. 2020, https://arxiv.org/abs/1904.09751).

    Draws depend on the seed, the text, the number of the answer and of the step, and so neither
    on the batch nor on the device.

    Shapes: B texts, K hypotheses of each, V words, C draws from each hypothesis.
    """

    def __init__(self, settings: SearchSettings, batch: Batch) -> None:
        self.settings = settings
        self.width = settings.minimum_risk or settings.n_best
        self.keys = _keys(batch, settings.seed)

    def choose(self, offer: Offer) -> Candidates:
        """A word for each hypothesis; all first words are drawn from one and the same."""
        weights = (offer.scores / self.settings.temperature).softmax(-1)
        numbers = torch.arange(self.width, device=weights.device) + offer.step * self.width
        keys = mixed(self.keys[offer.rows].unsqueeze(1), numbers)
        keys = keys.view(*weights.shape[:2], -1)
        if not self.settings.top_k:
            return offer.extended(self._drawn(weights, keys))
        words = best(offer.scores, min(self.settings.top_k, weights.shape[2]))
        weights = weights.gather(2, words)
        weights = weights / weights.sum(-1, keepdim=True)
        return offer.extended(words.gather(2, self._drawn(weights, keys)))

    def _drawn(self, weights: Tensor, keys: Tensor) -> Tensor:
        """Places in ``weights`` [B, K, V], one for each of ``keys`` [B, K, C].

        What is drawn from beyond ``top_p`` is drawn again, which needs no sorting.
        """
        places = drawn(weights, uniform(keys, 0))
        if self.settings.top_p == 1:
            return places
        for number in itertools.count(1):
            beyond = likelier(weights, places) >= self.settings.top_p
            if not beyond.any():
                break
            places = torch.where(beyond, drawn(weights, uniform(keys, number)), places)
        return places


def likelier(weights: Tensor, places: Tensor) -> Tensor:
    """The sum of the ``weights`` [..., V] that come before those at ``places`` [..., C].

    The greatest come first, and equal ones in their order.
    """
    own, others = weights.gather(-1, places).unsqueeze(-1), weights.unsqueeze(-2)
    before = torch.arange(weights.shape[-1], device=weights.device) < places.unsqueeze(-1)
    return (others * ((others > own) | ((others == own) & before))).sum(-1)


def drawn(weights: Tensor, shares: Tensor) -> Tensor:
    """Places [..., C] in ``weights`` [..., V], where ``shares`` [..., C] of their sum are reached.

    First a chunk is found and then a place in it; one of no weight never is.
    """
    chunk, rest = _reached(of_chunks(torch.sum, weights).double().unsqueeze(-2), shares)
    return chunk * CHUNK + _reached(inside(weights, chunk, 0).double(), rest)[0]


def _reached(weights: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
    """The first place where ``shares`` in (0, 1] are reached, and which share of it is needed."""
    sums = weights.cumsum(-1)
    wanted = shares * sums[..., -1]
    place = (sums < wanted.unsqueeze(-1)).sum(-1, keepdim=True)
    sums = functional.pad(sums, (1, 0)).expand(*shares.shape, -1)
    before, after = sums.gather(-1, place), sums.gather(-1, place + 1)
    return place.squeeze(-1), ((wanted.unsqueeze(-1) - before) / (after - before)).squeeze(-1)


def uniform(keys: Tensor, number: int) -> Tensor:
    """The draw of each key from (0, 1] that has this number."""
    return (_shifted(mixed(keys, number), 11).double() + 1) / 2**53


def mixed(keys: Tensor, numbers: Tensor | int) -> Tensor:
    """64 random bits for each key and number, by SplitMix64 (Steele, Lea & Flood 2014)."""
    bits = keys + torch.as_tensor(numbers + 1, device=keys.device) * _signed(0x9E3779B97F4A7C15)
    bits = (bits ^ _shifted(bits, 30)) * _signed(0xBF58476D1CE4E5B9)
    bits = (bits ^ _shifted(bits, 27)) * _signed(0x94D049BB133111EB)
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Tensor, by: int) -> Tensor:
    """To the right, with zeros from the left."""
    return (bits >> by) & ((1 << (64 - by)) - 1)


def _signed(number: int) -> int:
    """The same 64 bits in two's complement."""
    return number - (1 << 64 if number >> 63 else 0)


def _keys(batch: Batch, seed: int) -> Tensor:
    """A key for each text [B], from its words alone.

    Words beyond the vocabulary have the numbers of the batch, so they go in by themselves.
    """
    ids, mask = (part.cpu() for part in batch.source)
    beyond = max(int(column.ids.max()) for column in batch.columns.values()) + 1
    names = dict(enumerate(batch.unknown, beyond - len(batch.unknown)))
    keys = []
    for row, real in zip(ids, mask, strict=True):
        words = " ".join(names.get(number, str(number)) for number in row[real].tolist())
        digest = hashlib.sha256(f"nlpseq1|{seed}|sampling|{words}".encode()).digest()
        keys.append(int.from_bytes(digest[:8], "big", signed=True))
    return torch.tensor(keys, device=batch.source.ids.device)
