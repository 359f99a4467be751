"""Products with the weights of a search: ``python -m benchmarks.products [--quick]``.

As the framework computes them, and with weights made ready in each precision
(:func:`nlpseq.model.precision.ready`): nine matrices of 512 x 2,048, which are as many weights as
each step of a search in the standard setting reads, with the rows of one sentence, of its beam of
5, of a batch of 64, and of the beams of that. They take turns; the figures are medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from benchmarks.machine import machine
from benchmarks.standard import say
from nlpseq.evaluation.table import aligned
from nlpseq.model.precision import ready

MATRICES, INPUTS, OUTPUTS = 9, 512, 2048
ROWS = (1, 5, 64, 320)
PRECISIONS = ("fp32", "bf16", "int8")

Layers = Sequence[Callable[[Tensor], Tensor]]


def seconds(layers: Layers, rows: Tensor) -> float:
    """Of one product with each."""
    started = time.perf_counter()
    for layer in layers:
        layer(rows)
    return time.perf_counter() - started


def main() -> None:
    """Take turns, print medians, and a line of JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="five rounds instead of forty")
    rounds = 5 if parser.parse_args().quick else 40
    say(str(machine()))
    torch.manual_seed(1)
    plain = [nn.Linear(INPUTS, OUTPUTS) for _ in range(MATRICES)]
    contenders: list[Layers] = [plain]
    contenders += [[ready(layer, kind) for layer in plain] for kind in PRECISIONS]
    table = [("rows", "framework, ms", *(f"{kind}, ms" for kind in PRECISIONS))]
    found: dict[str, float] = {}
    for count in ROWS:
        rows = torch.randn(count, INPUTS)
        with torch.inference_mode():
            turns = [[seconds(each, rows) for each in contenders] for _ in range(rounds + 1)]
        first, *others = (1e3 * statistics.median(each[1:]) for each in zip(*turns, strict=True))
        told = (f"{each:.2f} ({first / each:.2f})" for each in others)
        table.append((str(count), f"{first:.2f}", *told))
        pairs = zip(PRECISIONS, others, strict=True)
        found |= {f"{kind}_{count}": round(first / each, 3) for kind, each in pairs}
    print("\n".join(aligned(table)))
    print("in brackets: how many times as fast as the framework's in fp32")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
