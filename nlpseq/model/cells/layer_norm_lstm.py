"""Long short-term memory with layer normalisation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nlpseq.model.cells.lstm import LSTMState
from nlpseq.model.cells.protocol import Cell, initialise


class LayerNormLSTMCell(Cell):
    """One step of an LSTM whose sums are normalised over their units.

    Ba, Kiros & Hinton (2016), https://arxiv.org/abs/1607.06450, equations 20 to 22, with LN
    having a gain and, where the sum has no bias of its own, no shift::

        i, f, g, o = LN(W x) + LN(U h) + b      i, f, o through sigmoid, g through tanh
        c'         = f * c + i * g
        h'         = o * tanh(LN(c') + b')

    The forget gate's bias starts at 1.

    Shapes: B batch, X input size, H hidden size.
    """

    Carried = LSTMState

    def __init__(self, input_size: int, hidden_size: int, settings: Any = None) -> None:
        super().__init__(input_size, hidden_size, settings)
        self.from_input = nn.Linear(input_size, 4 * hidden_size, bias=False)
        self.from_hidden = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.norm_input = nn.LayerNorm(4 * hidden_size)  # its shift is b
        self.norm_hidden = nn.LayerNorm(4 * hidden_size, bias=False)
        self.norm_memory = nn.LayerNorm(hidden_size)
        nn.init.xavier_uniform_(self.from_input.weight)
        initialise(self.from_hidden.weight.data, 4)
        nn.init.ones_(self.norm_input.bias.data.chunk(4)[1])

    def forward(self, inputs: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """Read ``inputs`` [B, X]; return the output [B, H] and the next state."""
        return self.advance(self.project(inputs), state)

    def project(self, inputs: Tensor) -> Tensor:
        """LN(W x) + b."""
        projected: Tensor = self.norm_input(self.from_input(inputs))
        return projected

    def advance(self, projected: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """The rest of a step."""
        gates = projected + self.norm_hidden(self.from_hidden(state.hidden))
        enter, forget, candidate, leave = gates.chunk(4, dim=-1)
        memory = forget.sigmoid() * state.memory + enter.sigmoid() * candidate.tanh()
        hidden = leave.sigmoid() * torch.tanh(self.norm_memory(memory))
        return hidden, LSTMState(hidden, memory)
