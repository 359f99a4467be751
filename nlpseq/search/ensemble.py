"""Several models as one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from nlpseq.data.batches import Batch
from nlpseq.errors import SettingError
from nlpseq.search.stepper import State, Step, Stepper


class Ensemble:
    """A stepper that averages the probabilities of others, and what they attend to."""

    def __init__(self, steppers: Sequence[Stepper]) -> None:
        self.steppers = tuple(steppers)

    def start(self, batch: Batch) -> State:
        """The state of each."""
        return tuple(stepper.start(batch) for stepper in self.steppers)

    def step(self, ids: Tensor, state: State) -> Step:
        """Read a word for each hypothesis, ``ids`` [B, K], with each model.

        Raises:
            SettingError: the models differ in the number of words that they can say.
        """
        pairs = zip(self.steppers, state, strict=True)
        log_probs, states, attention = zip(*(s.step(ids, each) for s, each in pairs), strict=True)
        sizes = [each.shape[-1] for each in log_probs]
        if len(set(sizes)) > 1:
            raise SettingError(
                f"ensemble: found models of {' and '.join(map(str, sizes))} words, expected one "
                "vocabulary for all; take models that were trained with the same"
            )
        mean = torch.stack(log_probs).logsumexp(0) - math.log(len(log_probs))
        looks = None if any(a is None for a in attention) else torch.stack(attention).mean(0)
        return Step(mean, states, looks)

    def select(self, state: State, rows: Tensor) -> State:
        """The hypotheses ``rows`` [B', K'] of each."""
        pairs = zip(self.steppers, state, strict=True)
        return tuple(stepper.select(each, rows) for stepper, each in pairs)
