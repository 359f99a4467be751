"""How long it takes to be good: ``python -m benchmarks.quality DATA [--minutes M] [--quick]``.

Trains by the recipe of the standard setting, with less dropout, for M minutes, to which the
schedule is fitted, and tells the minutes after which Multi30k valid, German to English, first
reaches 36 BLEU with greedy search, and 40 BLEU with a beam of 5. Minutes are those on the clock
from the start of training to the checkpoint, three validations an epoch among them. For the beam,
each checkpoint of a validation is searched once training has ended, from the first that greedy
search found nearly good enough; so all checkpoints are kept, about 170 MB each.

Peers that are installed (``benchmarks/peers.md``) follow, each for four times the minutes that
ours took to 36 BLEU: :mod:`benchmarks.peer_quality`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import nlpseq
from benchmarks.machine import machine
from benchmarks.peer_quality import checkpoints
from benchmarks.peers import NAMES, add_arguments
from benchmarks.standard import RECIPE, Standard, arguments, say, sides, standard
from nlpseq.config import Layer, from_file
from nlpseq.evaluation.intervals import segments
from nlpseq.evaluation.table import aligned
from nlpseq.metrics import build_metric
from nlpseq.pipeline import Pipeline
from nlpseq.text.lines import read_lines
from nlpseq.training.checkpoint import best_weights
from nlpseq.training.run import Run, open_run

GREEDY, BEAM = 36.0, 40.0
NEARLY = GREEDY - 2
EVERY = 117  # updates, a third of an epoch
DROPOUT = {"dropout": 0.2}  # for few epochs; what others came to stands in docs/tried.md


class Point(NamedTuple):
    """A validation."""

    minutes: float
    bleu: float


def reached(points: Iterable[Point], bleu: float) -> float | None:
    """The minutes of the first point that is at least that good; None: no one is."""
    return next((point.minutes for point in points if point.bleu >= bleu), None)


def bleu(answers: Sequence[str], references: Sequence[str]) -> float:
    """As sacreBLEU prints it."""
    metric = build_metric("bleu", language="en")
    statistics = segments(metric, answers, [(reference,) for reference in references])
    return metric.score(statistics.sum(axis=0)).value


def validations(run: Run, begun: float) -> Iterator[tuple[int, Point]]:
    """The update of each validation, and what greedy search found at it."""
    for line in (run.folder / "metrics.jsonl").read_text().splitlines():
        told = json.loads(line)
        written = (run.checkpoints / f"step-{told['update']:010d}").stat().st_mtime
        yield told["update"], Point((written - begun) / 60, told["bleu"])


def searched(setting: Standard, run: Run, update: int) -> float:
    """BLEU with a beam of 5 of the weights at a validation."""
    model = setting.model()
    model.load_state_dict(best_weights(run.read(update).files))
    pipeline = Pipeline(setting.task, setting.prepared.columns, model, setting.settings)
    examples = setting.prepared.valid.examples
    answers = pipeline([example.source for example in examples])
    return bleu([each.text for each in answers], [str(each.target) for each in examples])


def ours(data: Path, folder: Path, minutes: float) -> list[list[Point]]:
    """The points of our training: greedy, and with a beam from where it is nearly good enough."""
    given = {"max_minutes": minutes, "validate_every": EVERY, "keep": 1000}
    files = {part: str(data / part) for part in ("train", "valid")}
    layers = [
        from_file(str(RECIPE)),
        Layer("quality", {"data": {**files, "languages": ["de", "en"]}, "training": given}),
        Layer("dropout", {"model": {"encoder": DROPOUT, "decoder": DROPOUT}}),
    ]
    begun = time.time()
    nlpseq.train("translation", layers, out=folder, say=say)
    setting = standard(data)
    with open_run(folder, overwrite=False, resume=True) as run:
        found = list(validations(run, begun))
        beams = [
            Point(point.minutes, searched(setting, run, update))
            for update, point in found
            if point.bleu >= NEARLY
        ]
    return [[point for _, point in found], beams]


def peer_points(
    words: argparse.Namespace, setting: Standard, minutes: float, references: Sequence[str]
) -> dict[str, list[Point]]:
    """The points of each peer that was named, which trains for so long."""
    points = {}
    for name in NAMES:
        if python := getattr(words, name):
            with tempfile.TemporaryDirectory() as folder:
                found = checkpoints(name, python, setting, Path(folder), minutes)
                points[name] = [Point(after, bleu(said, references)) for after, said in found]
    return points


def main() -> None:
    """Train, search, score; a table and a line of JSON."""
    parser = arguments(__doc__, "twenty seconds of training, and no goal reached")
    parser.add_argument("--minutes", type=float, default=25.0, help="ours train for so long")
    parser.add_argument("--out", type=Path, help="keep the run here")
    add_arguments(parser)
    words = parser.parse_args()
    say(str(machine()))
    with tempfile.TemporaryDirectory() as name:
        folder = words.out or Path(name) / "run"
        greedy, beams = ours(words.data, folder, 0.3 if words.quick else words.minutes)
    curves = {"nlpseq greedy": greedy, "nlpseq beam 5": beams}
    references = list(read_lines(sides(words.data, "valid")[1]))
    took = reached(greedy, GREEDY) or greedy[-1].minutes
    curves |= peer_points(words, standard(words.data), 4 * took, references)
    rows = [("who", "minutes", "BLEU")]
    rows += [(who, f"{p.minutes:.2f}", f"{p.bleu:.2f}") for who in curves for p in curves[who]]
    print("\n".join(aligned(rows)))
    found = {
        "minutes_to_36_bleu_greedy": reached(greedy, GREEDY),
        "minutes_to_40_bleu_beam5": reached(beams, BEAM),
        "best_bleu_greedy": max(point.bleu for point in greedy),
        **{f"{who}_minutes_to_36_bleu": reached(curves[who], GREEDY) for who in list(curves)[2:]},
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
