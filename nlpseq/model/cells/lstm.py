"""Long short-term memory: whole sequences in the framework's fused kernel, or in our own."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.model.cells.lstm_unrolled import unrolled
from nlpseq.model.cells.protocol import Cell, Kernel, framework, in_kernel, initialise

MANY = 3 << 20
"""Weights from which on our own kernel learns faster, in bf16 on a processor with AVX-512."""


class LSTMState(NamedTuple):
    """What the cell carries from step to step; both ``[B, H]``."""

    hidden: Tensor
    memory: Tensor


class LSTMCell(Cell):
    """One step of a long short-term memory network.

    Hochreiter & Schmidhuber (1997), with the forget gate of Gers et al. (2000)::

        i, f, o = sigmoid(W x + U h + b)    gates
        g       = tanh(W x + U h + b)       candidate
        c'      = f * c + i * g             memory
        h'      = o * tanh(c')              output

    Weights are stacked in the order i, f, g, o. There is one bias. The forget gate starts open
    (bias 1), so gradients reach early steps from the first update on (Jozefowicz et al., 2015).

    Shapes: B batch, T time, X input size, H hidden size.
    """

    Carried = LSTMState

    def __init__(self, input_size: int, hidden_size: int, settings: Any = None) -> None:
        super().__init__(input_size, hidden_size, settings)
        self.from_input = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.from_hidden = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))
        nn.init.xavier_uniform_(self.from_input)
        initialise(self.from_hidden.data, 4)
        nn.init.ones_(self.bias.data.chunk(4)[1])

    def forward(self, inputs: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """Read ``inputs`` [B, X]; return the output [B, H] and the next state."""
        gates = functional.linear(inputs, self.from_input, self.bias)
        gates = gates + functional.linear(state.hidden, self.from_hidden)
        enter, forget, candidate, leave = gates.chunk(4, dim=-1)
        memory = forget.sigmoid() * state.memory + enter.sigmoid() * candidate.tanh()
        hidden = leave.sigmoid() * memory.tanh()
        return hidden, LSTMState(hidden, memory)

    def unroll(self, inputs: Tensor, state: LSTMState, mask: Tensor) -> Tensor:
        """Read all of ``inputs`` [B, T, X] in a kernel."""
        weights = (self.from_input, self.from_hidden, self.bias, torch.zeros_like(self.bias))
        own = self._learns_many(inputs.device)
        kernel: Kernel = unrolled if own else framework(torch.lstm, training=self.training)
        return in_kernel(kernel, inputs, state, weights) * mask[..., None]

    def _learns_many(self, device: torch.device) -> bool:
        """Whether the gradient of many weights is wanted, in bf16 on a processor."""
        many = self.from_input.numel() + self.from_hidden.numel() >= MANY
        low = device.type == "cpu" and torch.is_autocast_enabled("cpu")
        return many and low and torch.is_grad_enabled()
