"""Long short-term memory over a whole sequence, its weights' gradient as one product of all steps.

The framework's kernel adds what each step gives to that gradient, which then goes through memory
at every step, as no cache holds it where there are many weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


def unrolled(inputs: Tensor, state: Sequence[Tensor], weights: Sequence[Tensor]) -> Tensor:
    """The outputs [T, B, H]; a :data:`nlpseq.model.cells.protocol.Kernel`.

    The memory is kept, and gates open, in fp32, or in what is given if that has more bits; their
    sums, and the gates that are kept for the way back, have the bits of the inputs.
    """
    from_input, from_hidden, *biases = weights
    hidden, memory = (part.squeeze(0) for part in state)
    outputs: Tensor = _Unrolled.apply(  # type: ignore[no-untyped-call]
        inputs, hidden, memory, from_input, from_hidden, sum(biases)
    )
    return outputs


class _Unrolled(torch.autograd.Function):
    """The recurrence of :class:`nlpseq.model.cells.lstm.LSTMCell`, and its gradient by hand."""

    @staticmethod
    def forward(  # noqa: PLR0913 - the signature is the framework's
        ctx: Any,
        inputs: Tensor,
        hidden: Tensor,
        memory: Tensor,
        from_input: Tensor,
        from_hidden: Tensor,
        bias: Tensor,
    ) -> Tensor:
        steps, exact = len(inputs), torch.promote_types(inputs.dtype, torch.float32)
        gates = functional.linear(inputs, from_input, bias)
        hiddens = hidden.new_empty(steps + 1, *hidden.shape)
        memories = memory.new_empty(steps + 1, *memory.shape, dtype=exact)
        shown = torch.empty_like(memories[1:])  # tanh of the memories
        hiddens[0], memories[0] = hidden, memory
        now = torch.empty_like(gates[0], dtype=exact)  # so few numbers that a cache holds them
        enter, forget, candidate, leave = now.chunk(4, -1)
        for step in range(steps):
            now.copy_(torch.addmm(gates[step], hiddens[step], from_hidden.t()))
            candidate.mul_(2)  # tanh(x) = 2 sigmoid(2x) - 1, which is several times as fast
            now.sigmoid_()
            candidate.mul_(2).sub_(1)
            gates[step] = now
            kept = torch.mul(forget, memories[step], out=memories[step + 1])
            kept.addcmul_(enter, candidate)
            torch.mul(kept, 2, out=shown[step]).sigmoid_().mul_(2).sub_(1)
            torch.mul(leave, shown[step], out=hiddens[step + 1])
        ctx.save_for_backward(inputs, from_input, from_hidden, gates, hiddens, memories, shown)
        return hiddens[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        inputs, from_input, from_hidden, gates, hiddens, memories, shown = ctx.saved_tensors
        slopes = torch.empty_like(gates)  # of what gates are made of
        of_hidden, of_memory = torch.zeros_like(hiddens[0]), torch.zeros_like(memories[0])
        now, of_now = (torch.empty_like(gates[0], dtype=memories.dtype) for _ in range(2))
        for step in reversed(range(len(gates))):
            forward = now.copy_(gates[step]), memories[step], shown[step]
            _step_back(forward, of_now, slope[step] + of_hidden, of_memory)
            torch.mm(slopes[step].copy_(of_now), from_hidden, out=of_hidden)
        flat, before = slopes.flatten(0, 1), hiddens[:-1].flatten(0, 1)
        return (
            (flat @ from_input).view_as(inputs) if ctx.needs_input_grad[0] else None,
            of_hidden,
            of_memory,
            flat.t() @ inputs.flatten(0, 1),
            flat.t() @ before,
            flat.sum(0),
        )


def _step_back(
    forward: tuple[Tensor, Tensor, Tensor], of_gates: Tensor, of_hidden: Tensor, of_memory: Tensor
) -> None:
    """Write the slopes of the sums in the gates, and turn those of the memory to the step before.

    ``forward`` has the gates [B, 4H], the memory [B, H] before the step, and tanh of that after.
    """
    gates, memory, shown = forward
    enter, forget, candidate, leave = gates.chunk(4, -1)
    of_enter, of_forget, of_candidate, of_leave = of_gates.chunk(4, -1)
    torch.mul(of_hidden, leave, out=of_leave)
    of_memory.add_(of_leave)
    of_leave.mul_(shown)
    of_memory.addcmul_(of_leave, shown, value=-1)
    of_leave.addcmul_(of_leave, leave, value=-1)
    torch.mul(of_memory, enter, out=of_candidate)
    torch.mul(of_candidate, candidate, out=of_enter)
    of_candidate.addcmul_(of_enter, candidate, value=-1)
    of_enter.addcmul_(of_enter, enter, value=-1)
    of_memory.mul_(forget)
    torch.mul(of_memory, memory, out=of_forget)
    of_forget.addcmul_(of_forget, forget, value=-1)
