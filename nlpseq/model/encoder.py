"""Recurrent layers over a whole sequence: deep, one- or two-directional."""

from __future__ import annotations

import typing
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nlpseq.config import Member, member, setting
from nlpseq.model.cells import CELLS
from nlpseq.model.cells.protocol import Cell
from nlpseq.model.dropout import variational_dropout
from nlpseq.model.embedding import Embedding, EmbeddingSettings

__all__ = ["Embedding", "EmbeddingSettings", "Encoded", "Encoder", "EncoderSettings"]


@dataclass(frozen=True)
class EncoderSettings:
    """Of an encoder."""

    cell: Member = member("nlpseq.model.cells:CELLS", "lstm", "the recurrent cell")
    width: int = setting(128, "hidden units in each direction", least=1, most=8192)
    layers: int = setting(1, "recurrent layers on top of each other", least=1, most=32)
    bidirectional: bool = setting(True, "also read from the end")
    residual: bool = setting(False, "add a layer's input to its output, from the second layer on")
    dropout: float = setting(
        0.3, "share of each layer's inputs zeroed for a whole text", least=0, most=0.95
    )


class Encoded(NamedTuple):
    """A sequence, read."""

    outputs: Tensor  # [B, T, D]
    summary: Tensor  # [B, D]  each direction's output of the last layer after its last step


class Encoder(nn.Module):
    """Layers of recurrent cells; a module is one layer and one direction.

    The backward direction reads each row turned around within its length, so that it starts
    at the last word and never in the padding (Schuster & Paliwal, 1997, on padded rows).

    Shapes: B batch, T time, X input size, D = width x directions.
    """

    Settings = EncoderSettings

    def __init__(self, input_size: int, settings: EncoderSettings) -> None:
        super().__init__()
        self.settings = settings
        self.directions = 2 if settings.bidirectional else 1
        self.width = settings.width * self.directions
        sizes = [input_size] + [self.width] * (settings.layers - 1)
        self.layers = nn.ModuleList(
            nn.ModuleList(_cell(size, settings) for _ in range(self.directions)) for size in sizes
        )

    def forward(self, inputs: Tensor, mask: Tensor) -> Encoded:
        """Read ``inputs`` [B, T, X]; ``mask`` [B, T] has a real step in every row."""
        turned = turn(mask)
        for number, layer in enumerate(self.layers):
            dropped = variational_dropout(inputs, self.settings.dropout, training=self.training)
            outputs = []
            for direction, cell in enumerate(typing.cast(Iterable[Cell], layer)):
                read = gather(dropped, turned) if direction else dropped
                output = cell.unroll(read, cell.initial_state(len(read)), mask)
                outputs.append(gather(output, turned) if direction else output)
            output = torch.cat(outputs, -1)
            inputs = inputs + output if number and self.settings.residual else output
        return Encoded(inputs, _ends(outputs, turned))


def _ends(outputs: list[Tensor], turned: Tensor) -> Tensor:
    """What each direction gives at its end: the last word of a row, and the first."""
    forward, *backward = outputs
    last = turned[:, :1].unsqueeze(-1).expand(-1, 1, forward.shape[-1])
    return torch.cat([forward.gather(1, last).squeeze(1), *(b[:, 0] for b in backward)], -1)


def _cell(input_size: int, settings: EncoderSettings) -> Any:
    return CELLS[settings.cell.name](input_size, settings.width, settings.cell.settings)


def turn(mask: Tensor) -> Tensor:
    """For each row of ``mask`` [B, T], the places of its real steps from last to first.

    Padding stays where it is. Turning twice changes nothing.
    """
    places = torch.arange(mask.shape[1], device=mask.device).expand_as(mask)
    last = mask.sum(1, keepdim=True) - 1
    return torch.where(mask, last - places, places)


def gather(inputs: Tensor, places: Tensor) -> Tensor:
    """The steps of ``inputs`` [B, T, X] in the order of ``places`` [B, T]."""
    batch, time, width = inputs.shape
    rows = torch.arange(batch, device=inputs.device).unsqueeze(1) * time
    return inputs.reshape(-1, width).index_select(0, (rows + places).flatten()).view_as(inputs)
