"""The machine that figures belong to: ``python -m benchmarks.machine``.

The rate of matrix products bounds what any training can reach, so it is measured in the same
minute as the figures that are held against it.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from nlpseq.training.precision import DTYPES, matrix_rate

KINDS = {**DTYPES, "int8": torch.int8}
TELLING = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd")


@dataclass(frozen=True)
class Machine:
    """A processor, and its matrix rate in GFLOP/s (int8: GOP/s) with the threads at hand."""

    processor: str
    instructions: tuple[str, ...]
    cores: int
    threads: int
    rates: dict[str, float]
    torch: str

    def __str__(self) -> str:
        rates = ", ".join(f"{name} {rate:.0f}" for name, rate in self.rates.items())
        return (
            f"{self.processor} ({' '.join(self.instructions)}), {self.threads} of {self.cores} "
            f"threads, torch {self.torch}; matrix rate in GFLOP/s: {rates}"
        )


def machine() -> Machine:
    """Look at this one; takes about a second."""
    told = _cpu_info()
    flags = f"{told.get('flags', '')} {told.get('Features', '')}".split()
    described = Machine(
        told.get("model name") or platform.machine(),
        tuple(name for name in TELLING if name in flags),
        os.cpu_count() or 1,
        torch.get_num_threads(),
        {},
        torch.__version__,
    )
    return measured_again(described)


def measured_again(machine: Machine) -> Machine:
    """The same machine with its rates of this moment."""
    cpu = torch.device("cpu")
    rates = {name: matrix_rate(kind, cpu) / 1e9 for name, kind in KINDS.items()}
    return replace(machine, rates={name: round(rate, 1) for name, rate in rates.items()})


def _cpu_info() -> dict[str, str]:
    """What Linux says of the first processor; nothing elsewhere."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().split("\n\n")[0].splitlines() if path.exists() else []
    pairs = (line.partition(":")[::2] for line in lines)
    return {name.strip(): value.strip() for name, value in pairs}


def main() -> None:
    """Print it for people, then as a line of JSON."""
    found = machine()
    print(found)
    print(json.dumps(vars(found)))


if __name__ == "__main__":
    main()
