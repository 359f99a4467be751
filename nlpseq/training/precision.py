"""In how many bits training computes, and what a processor can do."""

from __future__ import annotations

import functools
import statistics
import time
from typing import Literal

import torch

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}

_WORTH = 1.3  # times the rate of fp32: less is used up by the casts


def computing(precision: str, device: torch.device) -> torch.autocast:
    """A block whose products are of this precision; weights, sums and softmax stay fp32.

    Micikevicius et al. (2018), https://arxiv.org/abs/1710.03740; bf16 needs no scaled loss.
    """
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


@functools.cache
def fastest(device: torch.device) -> Literal["fp32", "bf16"]:
    """The precision in which a device multiplies matrices fastest: "fp32" or "bf16".

    Measured, as not every processor that knows bf16 gains by it: in turns, and the best of each,
    so that other programs on the machine do not decide.
    """
    rounds = [
        [matrix_rate(kind, device, size=512, times=1) for kind in DTYPES.values()]
        for _ in range(10)
    ]
    fp32, bf16 = map(max, zip(*rounds, strict=True))
    return "bf16" if bf16 > _WORTH * fp32 else "fp32"


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
