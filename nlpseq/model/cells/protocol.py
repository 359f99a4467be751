"""What a recurrent cell is, and the law that it keeps: ``unroll`` equals stepping."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nlpseq.config import NoSettings

State = Any
"""A NamedTuple of tensors [B, H]: what a cell carries from step to step."""


class Cell(nn.Module):
    """One step of a recurrent network, and all steps at once.

    Shapes: B batch, T time, X input size, H hidden size. Masks are True on real steps, which
    come first in each row.
    """

    Settings: ClassVar[type] = NoSettings
    Carried: ClassVar[Any]  # the NamedTuple that is the state; each part begins as zeros

    def __init__(self, input_size: int, hidden_size: int, settings: Any = None) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.settings = settings if settings is not None else self.Settings()

    def initial_state(self, batch_size: int) -> State:
        """Zeros, on the device and in the dtype of the weights."""
        zeros = next(self.parameters()).new_zeros(batch_size, self.hidden_size)
        return self.Carried(*(zeros for _ in self.Carried._fields))

    @abstractmethod
    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ``inputs`` [B, X]; return the output [B, H] and the next state."""

    def unroll(self, inputs: Tensor, state: State, mask: Tensor) -> Tensor:
        """Read all of ``inputs`` [B, T, X] at once; the outputs [B, T, H], zero outside ``mask``.

        By the law they are as stepping gives them. This one does step, and is for cells that no
        kernel computes: what of a step does not depend on the state is computed for all steps
        by :meth:`project`. The state at the end is not asked for, so kernels may go on into the
        padding, which changes nothing before it.
        """
        outputs = []
        for step in self.project(inputs).unbind(1):
            output, state = self.advance(step, state)
            outputs.append(output)
        return torch.stack(outputs, 1) * mask.unsqueeze(-1)

    def project(self, inputs: Tensor) -> Tensor:
        """The part of a step that needs no state, for inputs of any number of dimensions."""
        return inputs

    def advance(self, projected: Tensor, state: State) -> tuple[Tensor, State]:
        """The rest of a step, from projected inputs [B, ...]."""
        return self.forward(projected, state)


Kernel = Callable[[Tensor, Any, Sequence[Tensor]], Tensor]
"""From inputs [T, B, X], a state [1, B, H] or its parts, and weights to outputs [T, B, H]."""


def framework(kernel: Any, *, training: bool) -> Kernel:
    """A recurrent kernel of the framework, for one layer and one direction."""
    more = (True, 1, 0.0, training, False, False)
    return lambda inputs, state, weights: kernel(inputs, state, weights, *more)[0]


def in_kernel(kernel: Kernel, inputs: Tensor, state: State, weights: Sequence[Tensor]) -> Tensor:
    """The outputs [B, T, H] of a kernel that reads all of ``inputs`` [B, T, X].

    Under autocast all is cast here: by itself the framework takes fp16 on GPUs, whatever is asked.
    """
    device, parts = inputs.device.type, [inputs.transpose(0, 1)]
    parts += [*(part.unsqueeze(0) for part in state), *weights]
    if torch.is_autocast_enabled(device):
        parts = [part.to(torch.get_autocast_dtype(device)) for part in parts]
    timed, *rest = (part.contiguous() for part in parts)
    first, given = rest[: len(state)], rest[len(state) :]
    with torch.autocast(device, enabled=False):
        output = kernel(timed, first if len(first) > 1 else first[0], given)
    return output.transpose(0, 1)


def initialise(weight: Tensor, blocks: int) -> None:
    """Give the recurrent ``weight`` [blocks * H, H] an orthogonal start, gate by gate.

    Saxe et al. (2014): signals then neither grow nor fade over the first steps.
    """
    for block in weight.chunk(blocks):
        nn.init.orthogonal_(block)
