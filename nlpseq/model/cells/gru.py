"""Gated recurrent unit, in the framework's fused kernel."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.model.cells.protocol import Cell, framework, in_kernel, initialise


class GRUState(NamedTuple):
    """What the cell carries from step to step, ``[B, H]``."""

    hidden: Tensor


class GRUCell(Cell):
    """One step of a gated recurrent unit.

    Cho et al. (2014), https://arxiv.org/abs/1406.1078, in the framework's convention: the
    reset gate acts on the projected state, and z is the share of the old state that stays::

        r, z = sigmoid(W x + U h + b)           gates
        n    = tanh(W x + b + r * (U h + b'))   candidate
        h'   = (1 - z) * n + z * h              output

    The paper has r act on h before U, and many texts write h' = z * n + (1 - z) * h; for the
    latter, negate the rows of z in W, U and b. Weights are stacked in the order r, z, n.

    Shapes: B batch, T time, X input size, H hidden size.
    """

    Carried = GRUState

    def __init__(self, input_size: int, hidden_size: int, settings: Any = None) -> None:
        super().__init__(input_size, hidden_size, settings)
        self.from_input = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.from_hidden = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.zeros(3 * hidden_size))
        self.candidate_bias = nn.Parameter(torch.zeros(hidden_size))
        nn.init.xavier_uniform_(self.from_input)
        initialise(self.from_hidden.data, 3)

    def _hidden_bias(self) -> Tensor:
        gates = self.bias.new_zeros(2 * self.hidden_size)
        return torch.cat([gates, self.candidate_bias])

    def forward(self, inputs: Tensor, state: GRUState) -> tuple[Tensor, GRUState]:
        """Read ``inputs`` [B, X]; return the output [B, H] and the next state."""
        read = functional.linear(inputs, self.from_input, self.bias).chunk(3, dim=-1)
        kept = functional.linear(state.hidden, self.from_hidden, self._hidden_bias()).chunk(3, -1)
        reset = (read[0] + kept[0]).sigmoid()
        stay = (read[1] + kept[1]).sigmoid()
        candidate = (read[2] + reset * kept[2]).tanh()
        hidden = (1 - stay) * candidate + stay * state.hidden
        return hidden, GRUState(hidden)

    def unroll(self, inputs: Tensor, state: GRUState, mask: Tensor) -> Tensor:
        """Read all of ``inputs`` [B, T, X] in the framework's kernel."""
        weights = (self.from_input, self.from_hidden, self.bias, self._hidden_bias())
        kernel = framework(torch.gru, training=self.training)
        return in_kernel(kernel, inputs, state, weights) * mask[..., None]
