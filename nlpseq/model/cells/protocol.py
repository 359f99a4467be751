"""What a recurrent cell is, and the law that it keeps: ``unroll`` equals stepping."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from nlpseq.config import NoSettings

State = Any
"""A NamedTuple of tensors [B, H]: what a cell carries from step to step."""

_Tuple = TypeVar("_Tuple", bound=tuple[Tensor, ...])


class Unrolled(NamedTuple):
    """What :meth:`Cell.unroll` gives."""

    outputs: Tensor  # [B, T, H]  zero where there is no token
    state: State  # after the last real step of each row


class Cell(nn.Module):
    """One step of a recurrent network, and all steps at once.

    Shapes: B batch, T time, X input size, H hidden size. Masks are True on real steps, which
    come first in each row.
    """

    Settings: ClassVar[type] = NoSettings

    def __init__(self, input_size: int, hidden_size: int, settings: Any = None) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.settings = settings if settings is not None else self.Settings()

    @abstractmethod
    def initial_state(self, batch_size: int) -> State:
        """Zeros, on the device and in the dtype of the weights."""

    @abstractmethod
    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs`` [B, X]; return the output [B, H] and the next state."""

    def unroll(self, inputs: Tensor, state: State, mask: Tensor) -> Unrolled:
        """Read all of ``inputs`` [B, T, X], by the law as stepping would.

        This one does step, and is for cells that no kernel computes: what of a step does not
        depend on the state is computed for all steps by :meth:`project`.
        """
        projected = self.project(inputs).unbind(1)
        outputs = []
        for step, real in zip(projected, mask.unsqueeze(-1).unbind(1), strict=True):
            output, following = self.advance(step, state)
            outputs.append(output * real)
            state = choose(real, following, state)
        return Unrolled(torch.stack(outputs, 1), state)

    def project(self, inputs: Tensor) -> Tensor:
        """The part of a step that needs no state, for inputs of any number of dimensions."""
        return inputs

    def advance(self, projected: Tensor, state: State) -> tuple[Tensor, State]:
        """The rest of a step, from projected inputs [B, ...]."""
        return self.forward(projected, state)


def choose(mask: Tensor, yes: _Tuple, no: _Tuple) -> _Tuple:
    """The state ``yes`` in the rows where ``mask`` [B, 1] is True, else ``no``."""
    return type(yes)(*(torch.where(mask, a, b) for a, b in zip(yes, no, strict=True)))


def segments(mask: Tensor) -> list[tuple[int, int]]:
    """Cut time where a row of ``mask`` [B, T] ends, so that each state after a last step is seen.

    A kernel gives the state after its last step only; batches of similar lengths have few
    cuts, and packed sequences would leave the fast kernels.
    """
    ends = sorted({0, *mask.sum(1).tolist()})
    return list(zip(ends, ends[1:], strict=False))


def initialise(weight: Tensor, blocks: int) -> None:
    """Give the recurrent ``weight`` [blocks * H, H] an orthogonal start, gate by gate.

    Saxe et al. (2014): signals then neither grow nor fade over the first steps.
    """
    for block in weight.chunk(blocks):
        nn.init.orthogonal_(block)
