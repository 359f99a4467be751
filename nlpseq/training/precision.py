"""What a processor can do: the rate at which it multiplies matrices."""

from __future__ import annotations

import statistics
import time

import torch


def matrix_rate(
    dtype: torch.dtype, device: torch.device, *, size: int = 1024, times: int = 5
) -> float:
    """Operations a second in products of two square matrices, the median of some.

    A product of ``size`` x ``size`` matrices takes ``2 size^3`` operations: as many
    multiplications as additions.
    """
    ones = torch.ones(size, size, dtype=dtype, device=device)
    multiply = torch._int_mm if dtype == torch.int8 else torch.mm
    multiply(ones, ones)  # the first call sets up the kernel
    seconds = []
    for _ in range(times):
        started = now(device)
        multiply(ones, ones)
        seconds.append(now(device) - started)
    rate: float = 2 * size**3 / statistics.median(seconds)
    return rate


def now(device: torch.device) -> float:
    """Seconds on a clock, once all that was asked of the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
