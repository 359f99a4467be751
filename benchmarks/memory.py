"""How much memory training takes: ``python -m benchmarks.memory DATA [--pairs N] [--quick]``.

The peak of resident memory of two things, each in a process of its own:

- training in the standard setting, for a few minutes; beside it that of the textbook, 64 random
  sentences a batch, and of peers that are installed (``benchmarks/peers.md``), on batches of as
  many tokens, both for some updates and without validation;
- preparing and training a small model on N pairs, and on a tenth of them, which must take about
  as much: what is stored is mapped, not held.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from benchmarks import peers
from benchmarks.machine import machine
from benchmarks.pairs import data_words, write_pairs
from benchmarks.process import NLPSEQ, Figures, run
from benchmarks.standard import RECIPE, arguments, say, standard
from benchmarks.textbook import Textbook, Widths, pair_of, train_step
from nlpseq.evaluation.table import aligned

SMALL = {
    "text.tokenizer.size": 2000,
    "model.embedding.width": 16,
    "model.encoder.width": 16,
    "model.decoder.width": 16,
    "model.decoder.layers": 1,
    "training.epochs": 1,
    "training.batch_tokens": 8192,
    "training.average": 1,
    "search.method": "greedy",
    "search.max_length": 30,
}


def trained(folder: Path, data: list[str], settings: Mapping[str, object], *more: str) -> Figures:
    """Train on data that was never prepared before."""
    words = [f"--set={name}={json.dumps(value)}" for name, value in settings.items()]
    out = ["--out", str(folder / "run"), "--overwrite"]
    command = [*NLPSEQ, "train", "translation", *data, *words, *out, *more]
    return run(command, {**os.environ, "NLPSEQ_CACHE": str(folder / "cache")})


def train_textbook(data: str, updates: str) -> None:
    """Train the textbook in this process, on random sentences."""
    setting, count = standard(Path(data)), int(updates)
    words = len(setting.prepared.columns["target"].vocabulary)
    corpus, model = setting.prepared.train, Textbook(Widths(words))
    optimizer = torch.optim.Adam(model.parameters())
    order = np.random.default_rng(1).permutation(len(corpus))
    for rows in np.array_split(order[: 64 * count], count):
        train_step(model, optimizer, pair_of(corpus, rows, words))


def peaks_of_others(words: argparse.Namespace, updates: int) -> dict[str, float]:
    """Of the textbook and of each peer, in the standard setting."""
    code = "import sys; from benchmarks.memory import train_textbook as f; f(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(words.data), str(updates)]
    found = {"textbook": run(command).peak_mb}
    for name in peers.NAMES:
        if python := getattr(words, name):
            with tempfile.TemporaryDirectory() as folder:
                setting = standard(words.data)
                (command,) = peers.prepared(name, Path(folder), setting, updates)
                found[name] = run([python, *command], peers.environment()).peak_mb
    return found


def main() -> None:
    """Train again and again, print peaks, and a line of JSON."""
    parser = arguments(__doc__, "ten seconds, and 5,000 pairs instead of the million")
    parser.add_argument("--pairs", type=int, default=1_000_000, help="of the longer corpus")
    peers.add_arguments(parser)
    words = parser.parse_args()
    pairs = 5_000 if words.quick else words.pairs
    say(str(machine()))
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        standard = {
            "training.max_minutes": 0.15 if words.quick else 5,
            **({"search.method": "greedy", "search.max_length": 5} if words.quick else {}),
        }
        data = list(data_words(words.data / "train", words.data))
        took = trained(folder, data, standard, "--config", str(RECIPE))
        found["standard_training_peak_mb"] = took.peak_mb
        others = peaks_of_others(words, 5 if words.quick else 100)
        for count in (pairs // 10, pairs):
            write_pairs(words.data, folder / "pairs", count)
            took = trained(folder, list(data_words(folder / "pairs", words.data)), SMALL)
            found[f"{count}_pairs_peak_mb"] = took.peak_mb
            say(f"{count:,} pairs: {took.seconds:.0f} s, peak {took.peak_mb:.0f} MB")
    few, many = list(found.values())[1:]
    found["ten_times_the_pairs"] = many / few
    for name, peak in others.items():
        found[f"{name}_peak_mb"] = peak
        found[f"{name}_over_ours"] = peak / found["standard_training_peak_mb"]
    print("\n".join(aligned([(name, f"{value:,.2f}") for name, value in found.items()])))
    print(json.dumps({name: round(value, 2) for name, value in found.items()}))


if __name__ == "__main__":
    main()
