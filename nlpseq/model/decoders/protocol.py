"""What a decoder is, and its law: stepped outputs equal those of the whole sequence."""

from __future__ import annotations

import typing
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from nlpseq.config import Member, member, setting
from nlpseq.model.attention import ATTENTION
from nlpseq.model.attention.protocol import Memory
from nlpseq.model.cells import CELLS
from nlpseq.model.cells.protocol import Cell, State


@dataclass(frozen=True)
class DecoderSettings:
    """Of a decoder."""

    cell: Member = member("nlpseq.model.cells:CELLS", "lstm", "the recurrent cell")
    width: int = setting(256, "hidden units of each layer", least=1, most=8192)
    layers: int = setting(1, "recurrent layers on top of each other", least=1, most=32)
    dropout: float = setting(
        0.3, "share of each layer's inputs zeroed for a whole text", least=0, most=0.95
    )
    attention: Member = member(
        "nlpseq.model.attention:ATTENTION", "general", "how the source is looked at"
    )
    coverage: float = setting(
        0.0, "weight of the penalty on looking at one place again (See et al. 2017)", least=0
    )


class DecoderState(NamedTuple):
    """What a decoder carries from step to step, of N rows."""

    cells: tuple[State, ...]  # layer by layer, parts [N, H]
    output: Tensor  # [N, E]  of the step before; empty where it is not read again
    coverage: Tensor  # [N, S]  weights summed so far; empty where they are not read again

    def select(self, rows: Tensor) -> DecoderState:
        """The state of some rows."""
        cells = (type(cell)(*(part.index_select(0, rows) for part in cell)) for cell in self.cells)
        output, coverage = (part.index_select(0, rows) for part in self[1:])
        return DecoderState(tuple(cells), output, coverage)


class Decoded(NamedTuple):
    """What a decoder gives for each step."""

    outputs: Tensor  # [B, T, E]  to be scored against the words
    weights: Tensor  # [B, T, S]  of the source


class Decoder(nn.Module):
    """From the words so far to what comes next, looking at the source.

    Shapes: B batch, K hypotheses of each text, N = B x K, T steps, S source length, E width of
    words, H hidden, D width of the encoder's outputs.
    """

    Settings: ClassVar[type] = DecoderSettings

    def __init__(self, word_size: int, memory_size: int, settings: Any = None) -> None:
        super().__init__()
        self.settings = settings if settings is not None else self.Settings()
        width = self.settings.width
        attention = self.settings.attention
        self.attention = ATTENTION[attention.name](width, memory_size, attention.settings)
        self.layers = nn.ModuleList(
            CELLS[self.settings.cell.name](size, width, self.settings.cell.settings)
            for size in self.input_sizes(word_size, memory_size)
        )
        parts = sum(len(cell.initial_state(1)) for cell in self.cells)
        self.bridge = nn.Linear(memory_size, parts * width)
        self.merge = nn.Linear(width + memory_size, word_size)

    @property
    def cells(self) -> Sequence[Cell]:
        """The cell of each layer."""
        return typing.cast(Sequence[Cell], self.layers)

    @abstractmethod
    def input_sizes(self, word_size: int, memory_size: int) -> list[int]:
        """What each layer reads."""

    @abstractmethod
    def forward(self, words: Tensor, mask: Tensor, memory: Memory, state: DecoderState) -> Decoded:
        """All steps of ``words`` [B, T, E], of which those in ``mask`` [B, T] are real."""

    @abstractmethod
    def step(
        self, words: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Decoded, DecoderState]:
        """One step of each hypothesis: ``words`` [B, K, E], in place of T there is K."""

    def start(self, summary: Tensor, memory: Memory) -> DecoderState:
        """The state before the first word, by a bridge from the encoder's ``summary`` [B, D]."""
        parts = iter(torch.split(torch.tanh(self.bridge(summary)), self.settings.width, dim=-1))
        cells = []
        for cell in self.cells:
            state = cell.initial_state(1)
            cells.append(type(state)(*(next(parts).contiguous() for _ in state)))
        return DecoderState(tuple(cells), *self.first(memory))

    def first(self, memory: Memory) -> tuple[Tensor, Tensor]:
        """Output and coverage before the first step; none, as nothing reads them."""
        none = memory.values.new_empty(len(memory.values), 0)
        return none, none

    def attentional(self, hidden: Tensor, context: Tensor) -> Tensor:
        """Luong et al. (2015), equation 5: ``tanh(W [h; context])``."""
        return torch.tanh(self.merge(torch.cat([hidden, context], -1)))
