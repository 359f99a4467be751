"""A million rows train in constant memory: ``python -m benchmarks.corpus [--quick]``.

Makes two corpora by numbering the sentences of the built-in sample, one ten times as long as
the other, trains on each in a process of its own, and prints the peak memory of both.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.process import NLPSEQ, Figures, run
from benchmarks.standard import say
from nlpseq.task import TASKS

SETTINGS = {
    "training.epochs": 1,
    "model.embedding.width": 16,
    "model.encoder.width": 16,
    "training.batch_rows": 512,
    "training.batch_tokens": 32768,
}


def write_corpus(path: Path, rows: int) -> None:
    """Number the sentences of the sample until there are enough, no two the same."""
    sample = TASKS["sentiment"]().sample()["train"]
    with path.open("w", encoding="utf-8") as file:
        file.write("text\tlabel\n")
        for number in range(rows):
            text, label = sample[number % len(sample)]
            file.write(f"{number} {text}\t{label}\n")


def measure(path: Path, rows: int, folder: Path) -> Figures:
    """Train on a corpus in a fresh process."""
    words = [f"--set={name}={value}" for name, value in SETTINGS.items()]
    command = [*NLPSEQ, "train", "sentiment", "--data", str(path), *words]
    out = ["--out", str(folder / f"run-{rows}")]
    return run([*command, *out], {**os.environ, "NLPSEQ_CACHE": str(folder / "cache")})


def main() -> None:
    """Run both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    most = 100_000 if parser.parse_args().quick else 1_000_000
    say(str(machine()))
    found = []
    with tempfile.TemporaryDirectory() as name:
        for rows in (most // 10, most):
            path = Path(name) / f"{rows}.tsv"
            write_corpus(path, rows)
            found.append(measure(path, rows, Path(name)))
            print(f"{rows:>9,} rows  {found[-1].seconds:7.1f} s  peak {found[-1].peak_mb:7.0f} MB")
    few, many = found
    ratio = many.peak_mb / few.peak_mb
    print(f"ten times the rows, {ratio:.2f} times the memory")
    print(json.dumps({"rows": most, **many._asdict(), "peak_mb_of_a_tenth": few.peak_mb}))


if __name__ == "__main__":
    main()
