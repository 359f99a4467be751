"""The loop of every search: step, choose, take up what ends, go on with the rest."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from nlpseq.data.batches import Batch
from nlpseq.errors import DivergedError, SettingError
from nlpseq.search.beam import Beam
from nlpseq.search.candidates import Candidates, Method, Offer
from nlpseq.search.constraints import Constraints, Wanted, taken
from nlpseq.search.greedy import Greedy
from nlpseq.search.hypotheses import Found, Hypothesis
from nlpseq.search.penalties import coverage_penalty, length_penalty
from nlpseq.search.sampling import Sampling
from nlpseq.search.stepper import Step, Stepper
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID

METHODS: dict[str, type[Method]] = {"beam": Beam, "greedy": Greedy, "sampling": Sampling}


class Run:
    """One search through one batch.

    Shapes: B texts that are not finished, K hypotheses of each, V words, S source length.
    """

    def __init__(
        self, settings: SearchSettings, wanted: Wanted, stepper: Stepper, batch: Batch
    ) -> None:
        self.settings, self.stepper = settings, stepper
        self.method = METHODS[settings.method](settings, batch)
        self.rules = Constraints(settings, wanted, batch)
        self.mask = batch.source.mask
        size, device = len(batch), self.mask.device
        self.found = Found(size, settings.minimum_risk or settings.n_best, device)
        self.said = 0  # words of each hypothesis
        self.rows = torch.arange(size, device=device)  # [B]  numbers of the texts in the batch
        self.words = torch.full((size, 1), BOS_ID, device=device)  # [B, K]  the last of each
        self.past = torch.zeros(size, 1, dtype=torch.float64, device=device)  # [B, K]
        self.covered = self.past.new_zeros(size, 1, self.mask.shape[1])  # [B, K, S]
        self.progress = self.rules.start()
        self.state = stepper.start(batch)

    def advance(self) -> None:
        """Say the next word of every hypothesis."""
        step = self.stepper.step(self.words, self.state)
        self._check(step)
        chosen = self.method.choose(self._offer(step))
        ended, grown = chosen.ending(self.method.width), chosen.growing(self.method.width)
        self.found.end(self.rows, ended, self._scores(ended))
        self.found.grow(self.rows, grown, step.attention)
        self._go_on(step, grown)

    def _check(self, step: Step) -> None:
        if step.attention is None:
            for name in ("coverage_penalty", "replace_unknown"):
                if found := getattr(self.settings, name):
                    raise SettingError(
                        f"setting search.{name}: found {found}, expected none with a model that "
                        "has no attention; leave it out"
                    )
        if (step.log_probs.amax(-1).isnan() & (self.past > -math.inf)).any():
            raise DivergedError(
                "search: the model gives log-probabilities that are no numbers; train it anew, or "
                "take an earlier checkpoint"
            )

    def _offer(self, step: Step) -> Offer:
        left = (self.rules.longest[self.rows] - self.said).unsqueeze(1)
        scores, self.progress = self.rules.allowed(step.log_probs, self.progress, self.said, left)
        demanded = self.rules.demanded(self.progress)
        met = partial(self.rules.phrases.met, self.progress.states)
        return Offer(self.said, self.rows, self.past, scores, step.log_probs, demanded, met)

    def _scores(self, ended: Candidates) -> Tensor:
        """Log-probabilities with penalties, [B, K]."""
        lengths = torch.full_like(ended.words, self.said + 1)
        scores = ended.log_probs / length_penalty(lengths, self.settings.length_penalty)
        if beta := self.settings.coverage_penalty:
            covered, mask = taken(self.covered, ended.parents), self.mask[self.rows].unsqueeze(1)
            scores = scores + coverage_penalty(covered, mask, beta)
        return scores

    def _go_on(self, step: Step, grown: Candidates) -> None:
        """Follow ``grown`` in the texts that are not finished."""
        going = self._open(grown).nonzero().squeeze(1)
        rows = going.unsqueeze(1) * self.words.shape[1] + grown.parents[going]
        if self.settings.coverage_penalty and step.attention is not None:
            covered = self.covered + step.attention
            self.covered = taken(covered, grown.parents)[going]
        progress = self.rules.advanced(self.progress, grown)
        self.progress = type(progress)(*(part[going] for part in progress))
        self.rows, self.words, self.past = (
            self.rows[going],
            grown.words[going],
            grown.log_probs[going],
        )
        self.said += 1
        stays = self.method.width == 1 and len(going) == len(grown.parents)
        if len(going):
            self.state = step.state if stays else self.stepper.select(step.state, rows)

    def _open(self, grown: Candidates) -> Tensor:
        """Where a better answer may yet be found, [B].

        Log-probabilities only fall, and no length helps more than the greatest.
        """
        longest = self.rules.longest[self.rows] + 1
        hope = grown.log_probs.amax(1) / length_penalty(longest, self.settings.length_penalty)
        better = hope > self.found.best.scores[self.rows, -1]
        return better & (self.found.count[self.rows] < self.method.width)

    def answers(self) -> list[list[Hypothesis]]:
        """What was found.

        Raises:
            SettingError: a text has no answer.
        """
        if (self.found.count == 0).any():
            raise SettingError(
                f"setting search.min_length: found {self.settings.min_length} with "
                f"search.no_repeat_ngram = {self.settings.no_repeat_ngram}, and no answer keeps "
                "to them: each next word is barred or has no probability; lower them"
            )
        return self.found.answers(self.mask)
