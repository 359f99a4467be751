"""Beam search, with its places shared out when phrases are required."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nlpseq.data.batches import Batch
from nlpseq.search.candidates import Candidates, Offer, best
from nlpseq.settings import SearchSettings


class Beam:
    """Keeps the best hypotheses of each text.

    Shapes: B texts, K hypotheses of each, D demands, M candidates.
    """

    def __init__(self, settings: SearchSettings, batch: Batch) -> None:
        self.width = settings.beam

    def choose(self, offer: Offer) -> Candidates:
        """Twice as many candidates as there are places, for some of them may end.

        No more than ``width`` words of a hypothesis can be among them, besides its end, and the
        words that are demanded always are.
        """
        demands = offer.demanded.shape[2]
        size = min(self.width + 1 + demands, offer.scores.shape[2])
        if demands:
            # Above all log-probabilities, and apart from each other.
            above = torch.arange(1.0, demands + 1, device=offer.scores.device)
            raised = offer.scores.scatter(2, offer.demanded, above.expand(offer.demanded.shape))
            words = best(raised, size)
            order = in_turn(offer.ranks(words), offer.met(words).flatten(1))
        else:
            words = best(offer.scores, size)
            order = offer.ranks(words).sort(stable=True, dim=1, descending=True).indices
        return offer.extended(words).at(order[:, : 2 * self.width])


def in_turn(ranks: Tensor, banks: Tensor) -> Tensor:
    """The order [B, M] of candidates: the best of each bank, then the second of each, and so on.

    Dynamic beam allocation (Post & Vilar 2018, https://arxiv.org/abs/1804.06609): the places of
    a beam are shared out evenly among ``banks`` [B, M], the numbers of required words that have
    been met, and what a bank cannot fill goes to the others. Those who come in the same turn
    stand by their ``ranks`` [B, M].
    """
    order = ranks.sort(stable=True, dim=1, descending=True).indices
    ranks, banks = ranks.gather(1, order), banks.gather(1, order)
    banks, grouped = banks.sort(stable=True, dim=1)
    places = torch.arange(banks.shape[1], device=banks.device).expand(banks.shape)
    begins = torch.cat([banks[:, :1] < 0, banks[:, 1:] != banks[:, :-1]], 1)
    turns = places - (places * begins).cummax(1).values
    turns = torch.empty_like(turns).scatter(1, grouped, turns)
    turns = turns.masked_fill(ranks == -math.inf, banks.shape[1])  # nobody waits for these
    return order.gather(1, turns.sort(stable=True, dim=1).indices)
