"""Answers as they are found: back-pointers while they grow, the best of those that have ended."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from nlpseq.search.candidates import Candidates


class Hypothesis(NamedTuple):
    """An answer."""

    ids: tuple[int, ...]  # without the end
    score: float  # log-probability with its penalties
    log_prob: float  # of the ids and the end
    attention: Tensor | None  # [T, S]  of each id to the words of the source


class _Link(NamedTuple):
    """The words of one step; B texts are left, each has K hypotheses."""

    rows: Tensor  # [B]  their numbers in the batch
    parents: Tensor  # [B, K]  numbers of the hypotheses in the link before
    words: Tensor  # [B, K]
    attention: Tensor | None  # [B, K of the parents, S]


class _Ended(NamedTuple):
    """Answers, the best first; each is a hypothesis of the link number ``lengths``, from 1."""

    scores: Tensor  # [B, N]  -inf: none
    log_probs: Tensor
    lengths: Tensor
    places: Tensor

    def at(self, rows: Tensor) -> _Ended:
        return _Ended(*(part[rows] for part in self))


class Found:
    """What a search has found: N answers at most to each of B texts."""

    def __init__(self, texts: int, answers: int, device: torch.device) -> None:
        nothing = torch.full((texts, answers), -math.inf, dtype=torch.float64, device=device)
        zeros = torch.zeros_like(nothing, dtype=torch.long)
        self.best = _Ended(nothing, nothing.clone(), zeros, zeros.clone())
        self.count = zeros[:, :1].sum(1)
        self.links: list[_Link] = []
        self.attends = True  # whether attention is kept

    def end(self, rows: Tensor, ended: Candidates, scores: Tensor) -> None:
        """Take up hypotheses that end; of equal scores the one that was there first is better."""
        counted = (ended.log_probs > -math.inf).sum(1)
        if not counted.any():
            return
        lengths = torch.full_like(ended.parents, len(self.links))
        new = _Ended(scores, ended.log_probs, lengths, ended.parents)
        both = [torch.cat(pair, 1) for pair in zip(self.best.at(rows), new, strict=True)]
        order = both[0].sort(stable=True, dim=1, descending=True).indices
        order = order[:, : self.best.scores.shape[1]]
        for kept, part in zip(self.best, both, strict=True):
            kept[rows] = part.gather(1, order)
        self.count[rows] += counted

    def grow(self, rows: Tensor, grown: Candidates, attention: Tensor | None) -> None:
        """Take up a word of each hypothesis."""
        kept = attention if self.attends else None
        self.links.append(_Link(rows, grown.parents, grown.words, kept))

    def answers(self, mask: Tensor) -> list[list[Hypothesis]]:
        """All answers, followed back from their ends; ``mask`` [B, S] is that of the sources."""
        ids, attention = self._followed()
        scores, log_probs, lengths, _ = (part.tolist() for part in self.best)
        sources = mask.sum(1).tolist()
        return [
            [
                Hypothesis(
                    tuple(ids[row][place][:length]),
                    scores[row][place],
                    log_probs[row][place],
                    None if attention is None else attention[row, place, :length, :source],
                )
                for place, length in enumerate(lengths[row])
                if scores[row][place] > -math.inf
            ]
            for row, source in enumerate(sources)
        ]

    def _followed(self) -> tuple[list[list[list[int]]], Tensor | None]:
        """The words [B, N, T] of the answers and their attention [B, N, T, S]."""
        places, lengths = self.best.places, self.best.lengths
        words, attention = [], []
        for number, link in reversed([*enumerate(self.links)]):
            row = torch.zeros_like(self.count)
            row[link.rows] = torch.arange(len(link.rows), device=row.device)
            at = row.unsqueeze(1), places.where(lengths > number, 0)
            words.append(link.words[at])
            parents = link.parents[at]
            if link.attention is not None:
                attention.append(link.attention[at[0], parents])
            places = parents.where(lengths > number, places)
        looks = torch.stack(attention[::-1], 2).cpu() if attention else None
        return torch.stack(words[::-1], 2).tolist(), looks
