"""Several models as one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from nlpseq.data.batches import Batch
from nlpseq.search.stepper import State, Step, Stepper


class Ensemble:
    """A stepper that averages the probabilities of others, and what they attend to.

    All have one vocabulary, of which some may say only the first words.
    """

    def __init__(self, steppers: Sequence[Stepper]) -> None:
        self.steppers = tuple(steppers)

    def start(self, batch: Batch) -> State:
        """The state of each."""
        return tuple(stepper.start(batch) for stepper in self.steppers)

    def step(self, ids: Tensor, state: State) -> Step:
        """Read a word for each hypothesis, ``ids`` [B, K], with each model.

        Words that a model cannot say have no probability there.
        """
        pairs = zip(self.steppers, state, strict=True)
        log_probs, states, attention = zip(*(s.step(ids, each) for s, each in pairs), strict=True)
        most = max(each.shape[-1] for each in log_probs)
        widened = [pad(each, (0, most - each.shape[-1]), value=-math.inf) for each in log_probs]
        mean = torch.stack(widened).logsumexp(0) - math.log(len(widened))
        looks = None if any(a is None for a in attention) else torch.stack(attention).mean(0)
        return Step(mean, states, looks)

    def select(self, state: State, rows: Tensor) -> State:
        """The hypotheses ``rows`` [B', K'] of each."""
        pairs = zip(self.steppers, state, strict=True)
        return tuple(stepper.select(each, rows) for stepper, each in pairs)
