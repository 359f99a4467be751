"""One process of all cores, or one for each: ``python -m benchmarks.processes DATA [--quick]``.

Real trainings in the standard setting, an epoch of some thousand sentences each, in turns: with
one process, and under ``torchrun`` with a process for each core. What one update sends is told
beside it. With two processes an update learns from two batches: more sentences a second is not yet
as much more learned.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.pairs import data_words, write_pairs
from benchmarks.process import run
from benchmarks.standard import RECIPE, arguments, say, standard
from nlpseq.evaluation.table import aligned

CORES = os.cpu_count() or 1
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={CORES}")
SETTINGS = {
    "training.epochs": 1,
    "training.save_every": 1_000_000,
    "search.method": "greedy",
    "search.max_length": 5,
}


def epochs_per_second(
    folder: Path, words: list[str], launcher: tuple[str, ...], threads: int
) -> float:
    """One by the seconds of an epoch, without its validation."""
    settings = [f"--set={name}={json.dumps(value)}" for name, value in SETTINGS.items()]
    command = [sys.executable, *launcher, "-m", "nlpseq", "train", "translation", *words, *settings]
    out = ["--config", str(RECIPE), "--out", str(folder / "run"), "--overwrite"]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    run([*command, *out, f"--set=training.threads={threads}"], environment)
    (checkpoint,) = (folder / "run" / "checkpoints").iterdir()
    minutes: float = json.loads((checkpoint / "state.json").read_bytes())["state"]["minutes"]
    return 1 / (60 * minutes)


def main() -> None:
    """Take turns; a table for people and a line of JSON."""
    words = arguments(__doc__, "600 sentences and one round").parse_args()
    sentences, rounds = (600, 1) if words.quick else (4_000, 5)
    say(str(machine()))
    setting = standard(words.data)
    weights = sum(parameter.numel() for parameter in setting.model().parameters())
    rates: dict[str, list[float]] = {"one process": [], f"{CORES} processes": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pairs(words.data, folder / "pairs", sentences)
        data = list(data_words(folder / "pairs", words.data))
        for number in range(rounds):
            for each, launcher, threads in zip(rates, ((), TORCHRUN), (CORES, 1), strict=True):
                rates[each].append(sentences * epochs_per_second(folder, data, launcher, threads))
            say(f"round {number}: " + ", ".join(f"{n} {r[-1]:,.0f}" for n, r in rates.items()))
    one, several = (statistics.median(each) for each in rates.values())
    found = {
        "one_process_sentences_per_second": one,
        "processes_sentences_per_second": several,
        "processes": CORES,
        "ratio": several / one,
        "megabytes_sent_per_update": 4 * weights / 1e6,
    }
    print("\n".join(aligned([(name, f"{value:,.2f}") for name, value in found.items()])))
    print(json.dumps({name: round(value, 3) for name, value in found.items()}))


if __name__ == "__main__":
    main()
