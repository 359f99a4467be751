"""Copying words of the source: the pointer-generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.model.output_layer import Expectation

_LEAST = 1e-30  # a probability whose logarithm is still a number


class Copying(nn.Module):
    """Chooses between saying a word and copying one that is attended to.

    See, Liu & Manning (2017), https://arxiv.org/abs/1704.04368, equations 8 and 9; the gate
    reads the decoder's output, which holds its state and context::

        p(y) = g p_vocabulary(y) + (1 - g) sum of a_s over places s where y stands

    Shapes: B batch, T steps or hypotheses, S source length, V vocabulary, U words of the batch
    that the vocabulary lacks; their ids follow those of the vocabulary.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, 1)
        nn.init.ones_(self.gate.bias)  # at the start nothing worth copying is attended to

    def mixed(self, outputs: Tensor, log_probs: Tensor, weights: Tensor, copied: Tensor) -> Tensor:
        """Log-probabilities [B, T, V + U] from those of the vocabulary, padded to that width.

        ``copied`` [B, 1, S] holds the ids of the source.
        """
        said = torch.sigmoid(self.gate(outputs)).float()
        probabilities = log_probs.exp() * said
        places = copied.expand(weights.shape)
        return probabilities.scatter_add(2, places, ((1 - said) * weights).float()).log()

    def expectation(
        self, outputs: Tensor, said: Expectation, weights: Tensor, right: Tensor
    ) -> Tensor:
        """Log-probability [R] of the right words.

        ``outputs`` [R, E] and ``weights`` [R, S] are those of real steps, ``right`` [R, S] says
        where in the source the right word stands.
        """
        gate = self.gate(outputs).squeeze(-1).float()
        copied = (weights.float() * right).sum(-1).clamp(min=_LEAST).log()
        return torch.logaddexp(
            functional.logsigmoid(gate) + said.right, functional.logsigmoid(-gate) + copied
        )
