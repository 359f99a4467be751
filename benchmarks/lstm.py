"""Two kernels of an LSTM layer: ``python -m benchmarks.lstm [--quick]``.

The framework's, and :func:`nlpseq.model.cells.lstm_unrolled.unrolled`: one layer and one
direction, forward and backward, on 83 rows of 14 steps, which is a batch of the standard setting.
They take turns; the figures are medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from benchmarks.machine import machine
from benchmarks.standard import say
from nlpseq.evaluation.table import aligned
from nlpseq.model.cells.lstm_unrolled import unrolled
from nlpseq.model.cells.protocol import Kernel, framework
from nlpseq.training.allocator import keep_memory
from nlpseq.training.precision import DTYPES

STEPS, ROWS = 14, 83
WIDTHS = [(512, 256), (512, 512), (1024, 512), (256, 1024), (1024, 1024)]
KERNELS: tuple[Kernel, Kernel] = (framework(torch.lstm, training=True), unrolled)


def layer(width: int, size: int, dtype: torch.dtype) -> tuple[list[Tensor], list[Tensor]]:
    """Inputs with the state, and weights."""
    torch.manual_seed(1)
    read = [(STEPS, ROWS, width), (1, ROWS, size), (1, ROWS, size)]
    weights = [(4 * size, width), (4 * size, size), (4 * size,), (4 * size,)]
    given = [(0.1 * torch.randn(s)).to(dtype).requires_grad_() for s in (*read, *weights)]
    return given[:3], given[3:]


def seconds(kernel: Kernel, read: Sequence[Tensor], weights: Sequence[Tensor]) -> float:
    """Of one pass forward and back."""
    inputs, hidden, memory = read
    started = time.perf_counter()
    output = kernel(inputs, (hidden, memory), weights)
    torch.autograd.grad(output, [*read, *weights], torch.ones_like(output))
    return time.perf_counter() - started


def main() -> None:
    """Take turns, print medians, and a line of JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three rounds instead of fifteen")
    rounds = 3 if parser.parse_args().quick else 15
    keep_memory()
    say(str(machine()))
    rows = [("precision", "inputs", "units", "framework, ms", "own, ms", "own is faster by")]
    found = {}
    for precision, dtype in DTYPES.items():
        for width, size in WIDTHS:
            given = layer(width, size, dtype)
            turns = [[seconds(kernel, *given) for kernel in KERNELS] for _ in range(rounds)]
            theirs, ours = map(statistics.median, zip(*turns[1:], strict=True))
            figures = f"{theirs * 1e3:.1f}", f"{ours * 1e3:.1f}", f"{theirs / ours:.2f}"
            rows.append((precision, str(width), str(size), *figures))
            found[f"{precision}_{width}_{size}"] = round(theirs / ours, 3)
    print("\n".join(aligned(rows)))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
