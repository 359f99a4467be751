"""Greedy search: the likeliest word each time."""

from __future__ import annotations

from nlpseq.data.batches import Batch
from nlpseq.search.candidates import Candidates, Offer, best
from nlpseq.settings import SearchSettings


class Greedy:
    """Keeps one hypothesis of each text."""

    width = 1

    def __init__(self, settings: SearchSettings, batch: Batch) -> None:
        pass

    def choose(self, offer: Offer) -> Candidates:
        """The word with the best score."""
        return offer.extended(best(offer.scores, 1))
