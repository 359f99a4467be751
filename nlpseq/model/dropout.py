"""Dropout that is the same at every step of a sequence."""

from __future__ import annotations

import torch
from torch import Tensor


def variational_dropout(inputs: Tensor, share: float, *, training: bool) -> Tensor:
    """Zero the same features of ``inputs`` [B, T, X] at all steps of a row, another set per row.

    Gal & Ghahramani (2016), https://arxiv.org/abs/1512.05287. What is left is scaled up, so
    that the mean stays.
    """
    if not (training and share):
        return inputs
    kept = torch.empty_like(inputs[:, :1]).bernoulli_(1 - share)
    return inputs * (kept / (1 - share))
