"""Hidden rows to log-probabilities of words, in pieces, so that logits never exist whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

CHUNK = 1024
"""Rows whose logits are held at once."""


class OutputLayer(nn.Module):
    """One score for each word; ``weight`` [V, E] may be that of an embedding and is given.

    Shapes: R rows, E width, V words.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(size))

    def log_probs(self, rows: Tensor, weight: Tensor) -> Tensor:
        """Of every word, for ``rows`` [..., E], in fp32."""
        return functional.linear(rows, weight, self.bias).float().log_softmax(-1)

    def loss(self, rows: Tensor, weight: Tensor, expected: Tensor, smoothing: float) -> Tensor:
        """Cross-entropy of ``expected`` [R], summed.

        ``smoothing`` is the share of belief that goes to all words alike (Szegedy et al. 2016)::

            (1 - smoothing) * -log p(y)  +  smoothing * mean_v -log p(v)
        """
        loss: Tensor = _SummedLoss.apply(  # type: ignore[no-untyped-call]
            rows, weight, self.bias, expected, smoothing
        )
        return loss

    def expectation(self, rows: Tensor, weight: Tensor, expected: Tensor) -> Expectation:
        """What is expected of ``expected`` [R], row by row; logits are computed twice."""
        parts = [
            checkpoint(_expectation, r, weight, self.bias, y, use_reentrant=False)
            for r, y in zip(torch.split(rows, CHUNK), torch.split(expected, CHUNK), strict=True)
        ]
        return Expectation(*map(torch.cat, zip(*parts, strict=True)))


class Expectation(NamedTuple):
    """Log-probabilities of some rows."""

    right: Tensor  # [R]  of the word that is right
    mean: Tensor  # [R]  over all words


def _expectation(rows: Tensor, weight: Tensor, bias: Tensor, expected: Tensor) -> Expectation:
    log_probs = functional.linear(rows, weight, bias).float().log_softmax(-1)
    return Expectation(log_probs.gather(1, expected.unsqueeze(1)).squeeze(1), log_probs.mean(-1))


class _SummedLoss(torch.autograd.Function):
    """The loss with its gradient, which is all but there once the loss is computed.

    The gradient of the logits is ``softmax - target``; it is turned into that of rows and
    weights chunk by chunk in the forward pass, and only scaled in the backward one.
    """

    @staticmethod
    def forward(  # noqa: PLR0913 - the signature is the framework's
        ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor, expected: Tensor, smoothing: float
    ) -> Tensor:
        total = rows.new_zeros((), dtype=torch.float32)
        of_rows = torch.empty_like(rows)
        of_weight, of_bias = torch.zeros_like(weight), torch.zeros_like(bias)
        low_weight, low_bias = weight.to(rows.dtype), bias.to(rows.dtype)
        pieces = zip(
            torch.split(rows, CHUNK),
            torch.split(of_rows, CHUNK),
            torch.split(expected, CHUNK),
            strict=True,
        )
        for piece, of_piece, right in pieces:
            logits = functional.linear(piece, low_weight, low_bias).float()
            loss, slope = _with_slope(logits, right.unsqueeze(1), smoothing)
            total += loss
            of_bias += slope.sum(0)
            slope = slope.to(rows.dtype)
            torch.mm(slope, low_weight, out=of_piece)
            if rows.dtype == weight.dtype:
                of_weight.addmm_(slope.t(), piece)
            else:
                of_weight += slope.t() @ piece
        ctx.save_for_backward(of_rows, of_weight, of_bias)
        return total

    @staticmethod
    def backward(ctx: FunctionCtx, *scales: Tensor) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors  # type: ignore[attr-defined]
        return (*(part * scales[0].to(part.dtype) for part in saved), None, None)


def _with_slope(logits: Tensor, expected: Tensor, smoothing: float) -> tuple[Tensor, Tensor]:
    """The summed loss of ``logits`` [R, V], and its gradient for them."""
    slope = logits.softmax(-1)
    # The partition from the likeliest word: that probability cannot vanish.
    partition = logits.amax(-1) - slope.amax(-1).log()
    loss = partition.sum() - (1 - smoothing) * logits.gather(1, expected).sum()
    slope.scatter_add_(1, expected, slope.new_full(expected.shape, smoothing - 1))
    if smoothing:
        loss = loss - smoothing * logits.mean(-1).sum()
        slope -= smoothing / logits.shape[-1]
    return loss, slope
