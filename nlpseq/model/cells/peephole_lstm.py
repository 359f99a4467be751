"""Long short-term memory whose gates see the memory."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.model.cells.lstm import LSTMState
from nlpseq.model.cells.protocol import Cell, initialise


class PeepholeLSTMCell(Cell):
    """One step of an LSTM with peephole connections.

    Gers & Schmidhuber (2000), "Recurrent nets that time and count": the input and forget gates
    see the old memory, the output gate the new one, each unit its own::

        i, f = sigmoid(W x + U h + p * c + b)
        g    = tanh(W x + U h + b)
        c'   = f * c + i * g
        o    = sigmoid(W x + U h + p * c' + b)
        h'   = o * tanh(c')

    One bias, the forget gate's starting at 1; the peepholes p start at 0, as a plain LSTM.

    Shapes: B batch, X input size, H hidden size.
    """

    Carried = LSTMState

    def __init__(self, input_size: int, hidden_size: int, settings: Any = None) -> None:
        super().__init__(input_size, hidden_size, settings)
        self.from_input = nn.Linear(input_size, 4 * hidden_size)
        self.from_hidden = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.peepholes = nn.Parameter(torch.zeros(3, hidden_size))  # of i, f, o
        nn.init.xavier_uniform_(self.from_input.weight)
        nn.init.zeros_(self.from_input.bias)
        nn.init.ones_(self.from_input.bias.data.chunk(4)[1])
        initialise(self.from_hidden.weight.data, 4)

    def forward(self, inputs: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """Read ``inputs`` [B, X]; return the output [B, H] and the next state."""
        return self.advance(self.project(inputs), state)

    def project(self, inputs: Tensor) -> Tensor:
        """W x + b."""
        projected: Tensor = self.from_input(inputs)
        return projected

    def advance(self, projected: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """The rest of a step."""
        gates = projected + functional.linear(state.hidden, self.from_hidden.weight)
        enter, forget, candidate, leave = gates.chunk(4, dim=-1)
        peep_enter, peep_forget, peep_leave = self.peepholes
        enter = (enter + peep_enter * state.memory).sigmoid()
        forget = (forget + peep_forget * state.memory).sigmoid()
        memory = forget * state.memory + enter * candidate.tanh()
        hidden = (leave + peep_leave * memory).sigmoid() * memory.tanh()
        return hidden, LSTMState(hidden, memory)
