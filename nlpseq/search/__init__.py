"""Search: scores -> sequences. One loop for every model and every method, in whole batches."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from nlpseq.data.batches import Batch
from nlpseq.search.constraints import Wanted, refuse_contradictions
from nlpseq.search.hypotheses import Hypothesis
from nlpseq.search.run import METHODS, Run
from nlpseq.search.stepper import Stepper
from nlpseq.settings import SearchSettings

__all__ = ["METHODS", "Hypothesis", "Search", "Wanted"]


@dataclass(frozen=True)
class Search:
    """Finds the answers to the texts of a batch.

    ::

        found = Search(SearchSettings(beam=8, n_best=2))(model, batch)
        found[0][0].ids  # the best answer to the first text

    Raises:
        SettingError: settings contradict each other, or the method cannot honour one.
    """

    settings: SearchSettings
    wanted: Wanted = Wanted()
    attention: bool = True  # whether answers keep what they attended to: [T, S] numbers each

    def __post_init__(self) -> None:
        refuse_contradictions(self.settings, self.wanted)

    @torch.no_grad()
    def __call__(self, stepper: Stepper, batch: Batch) -> list[list[Hypothesis]]:
        """The answers to each text, the best first; ``minimum_risk`` is for who knows the texts.

        Raises:
            SettingError: the settings leave no answer, or the model lacks what one asks for.
            DivergedError: the model gives what is no number.
        """
        run = Run(self.settings, self.wanted, stepper, batch)
        run.found.attends = self.attention or self.settings.replace_unknown
        while len(run.rows):
            run.advance()
        return run.answers()
