"""How fast data are prepared: ``python -m benchmarks.data DATA [--plot FILE] [--quick]``.

Corpora from 10,000 to a million pairs, made from Multi30k: rows a second from the files to the
stored ids (reading, looking for repeats, fitting the pieces, counting, encoding, writing), and
the seconds of a second start, which finds what was stored. Growth is the slope of the seconds
over the rows, both on logarithmic scales: 1 is linear, less is better than that. One of the
corpora is prepared by others as well (:mod:`benchmarks.peer_data`).
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import peers
from benchmarks.machine import machine
from benchmarks.pairs import write_pairs
from benchmarks.peer_data import PIECES, seconds_of_others
from benchmarks.standard import LANGUAGES, arguments, say
from nlpseq.config import Layer, nested
from nlpseq.data.prepare import prepare
from nlpseq.evaluation.table import aligned
from nlpseq.settings import resolve
from nlpseq.task import TASKS, task_layer

WHOLE, QUICK = (10_000, 30_000, 100_000, 300_000, 1_000_000), (1_000, 3_000, 10_000)
BESIDE = 100_000, 10_000  # pairs that others prepare too


class Figures(NamedTuple):
    """Of one corpus."""

    rows: int
    first: float  # seconds
    second: float


def measure(data: Path, folder: Path, rows: int) -> Figures:
    """Prepare a corpus twice."""
    write_pairs(data, folder / "train", rows)
    task = TASKS["translation"]()
    files = {"train": str(folder / "train"), "valid": str(data / "valid")}
    given = {"data": {**files, "languages": list(LANGUAGES)}}
    size = nested("text.tokenizer", {"name": "sentencepiece", "size": PIECES})
    settings = resolve([task_layer(task), Layer("benchmark", {**given, **size})])
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        prepare(task, settings, lambda line: None)
        seconds.append(time.perf_counter() - started)
    return Figures(rows, *seconds)


def growth(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The slope of the line of least squares through the logarithms."""
    across, up = ([math.log(value) for value in values] for values in (sizes, seconds))
    middle, height = sum(across) / len(across), sum(up) / len(up)
    spread = sum((x - middle) ** 2 for x in across)
    return sum((x - middle) * (y - height) for x, y in zip(across, up, strict=True)) / spread


def plot(found: Sequence[Figures], path: Path) -> None:
    """Seconds over rows, where matplotlib is installed; the table says the same."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        say("matplotlib is not installed; no plot is drawn")
        return
    axes = (figure := Figure(figsize=(5, 4))).subplots()
    rows, first, second = zip(*found, strict=True)
    axes.loglog(rows, first, "o-", label="first start")
    axes.loglog(rows, second, "o-", label="second start")
    axes.set(xlabel="pairs", ylabel="seconds")
    axes.legend()
    figure.savefig(path)


def report(
    found: Sequence[Figures], others: Mapping[str, float], words: argparse.Namespace
) -> None:
    """Two tables, a plot if wanted, and a line of JSON."""
    lines = [("pairs", "seconds", "pairs a second", "second start")]
    for each in found:
        rate = f"{each.rows / each.first:,.0f}"
        lines.append((f"{each.rows:,}", f"{each.first:.2f}", rate, f"{each.second:.2f}"))
    print("\n".join(aligned(lines)))
    many = BESIDE[words.quick]
    ours = next(each.first for each in found if each.rows == many)
    faster = {name: seconds / ours for name, seconds in others.items()}
    beside = [(f"{many:,} pairs", "seconds", "ours is faster by"), ("nlpseq", f"{ours:.2f}", "")]
    beside += [(name, f"{others[name]:.2f}", f"{by:.2f}") for name, by in faster.items()]
    print("\n".join(aligned(beside)))
    if words.plot:
        plot(found, words.plot)
    rows, first, second = zip(*found, strict=True)
    numbers = {
        "rows": rows[-1],
        "rows_per_second": rows[-1] / first[-1],
        "second_start_seconds": second[-1],
        "growth": growth(rows, first),
        "growth_of_second_start": growth(rows, second),
        **{f"speedup_vs_{name}": by for name, by in faster.items()},
    }
    print(json.dumps({name: round(value, 3) for name, value in numbers.items()}))


def main() -> None:
    """Prepare corpora from short to long."""
    parser = arguments(__doc__, "1,000 to 10,000 pairs")
    parser.add_argument("--plot", type=Path, help="draw the growth into this file")
    peers.add_arguments(parser)
    words = parser.parse_args()
    say(str(machine()))
    found, others = [], {}
    for rows in QUICK if words.quick else WHOLE:
        with tempfile.TemporaryDirectory() as name:
            os.environ["NLPSEQ_CACHE"] = str(Path(name) / "cache")
            found.append(measure(words.data, Path(name), rows))
            if rows == BESIDE[words.quick]:
                write_pairs(words.data, Path(name) / "valid", 100)
                others = seconds_of_others(Path(name), words)
        say(f"{rows:,} pairs: {found[-1].first:.1f} s, then {found[-1].second:.1f} s")
    report(found, others, words)


if __name__ == "__main__":
    main()
