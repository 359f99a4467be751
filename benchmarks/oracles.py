"""Our scores beside published ones: ``python -m benchmarks.oracles DATA_FOLDER``.

DATA_FOLDER holds ``bleu`` (WMT22 de-en: answers of three systems, two references, scores as
published) and ``rouge`` (answers and references of 11,490 articles, and what ROUGE-1.5.5 gives
for each). Takes about two minutes, and exits with 1 when a score is beyond its bound.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rouge_score.rouge_scorer import RougeScorer

from nlpseq.evaluation.intervals import segments
from nlpseq.metrics import build_metric

REFERENCES = {"A": "A", "B": "B", "all": "AB"}
BOUNDS_OF_PERL = {"rouge1": 0.3, "rouge2": 0.1, "rougeLsum": 0.3}  # its stemmer is another
PERL_NAMES = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-L"}


class Row(NamedTuple):
    """One score beside the one it is held against."""

    what: str
    ours: float
    theirs: float
    bound: float

    @property
    def kept(self) -> bool:
        """Whether the score is within its bound."""
        return abs(self.ours - self.theirs) <= self.bound


def score(name: str, answers: Sequence[str], references: Sequence[tuple[str, ...]]) -> float:
    """Our corpus score on English."""
    metric = build_metric(name, language="en")
    return metric.score(segments(metric, answers, references).sum(axis=0)).value


def lines(path: Path) -> list[str]:
    """The lines of a gzipped file."""
    return gzip.decompress(path.read_bytes()).decode().split("\n")[:-1]


def bleu_rows(folder: Path) -> Iterator[Row]:
    """BLEU and chrF of each system against each set of references, to two decimals."""
    stem = "generaltest2022.de-en"
    texts = {letter: lines(folder / f"{stem}.ref.{letter}.en.gz") for letter in "AB"}
    with (folder / "published.tsv").open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file, delimiter="\t"))
    for row in published:
        name, _, kind = row["metric"].partition("-")
        if name in ("bleu", "chrf"):
            answers = lines(folder / f"{stem}.hyp.{row['system']}.en.gz")
            accepted = list(zip(*(texts[letter] for letter in REFERENCES[kind]), strict=True))
            ours, theirs = score(name, answers, accepted), float(row["score"])
            what = f"{name}, {row['system']}, references {kind}"
            yield Row(what, round(ours, 2), round(theirs, 2), 0)


def rouge_rows(folder: Path) -> Iterator[Row]:
    """ROUGE against ROUGE-1.5.5 and against rouge-score with its own tokenizer and stemmer."""
    texts: list[dict[str, Any]] = list(map(json.loads, lines(folder / "pg_baseline.jsonl.gz")))
    perl = list(map(json.loads, lines(folder / "pg_baseline.rouge155.jsonl.gz")))
    answers, references = [row["hyp"] for row in texts], [(row["ref"],) for row in texts]
    names = [*PERL_NAMES, "rougeL"]
    library = RougeScorer(names, use_stemmer=True)
    found = [library.score(row["ref"], row["hyp"]) for row in texts]
    for name in names:
        ours = score(name, answers, references)
        theirs = 100 * sum(scores[name].fmeasure for scores in found) / len(found)
        yield Row(f"{name}, rouge-score", ours, theirs, 0.01)
        if name in PERL_NAMES:
            theirs = 100 * sum(row[PERL_NAMES[name]][2] for row in perl) / len(perl)
            yield Row(f"{name}, ROUGE-1.5.5", ours, theirs, BOUNDS_OF_PERL[name])


def main() -> None:
    """Print every row as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DATA_FOLDER")
    folder = parser.parse_args().folder
    beyond = 0
    print(f"{'score':34} {'ours':>8} {'theirs':>8}  bound")
    for rows in (bleu_rows(folder / "bleu"), rouge_rows(folder / "rouge")):
        for row in rows:
            beyond += not row.kept
            verdict = "" if row.kept else "  BEYOND"
            print(f"{row.what:34} {row.ours:8.3f} {row.theirs:8.3f}  {row.bound}{verdict}")
    sys.exit(1 if beyond else 0)


if __name__ == "__main__":
    main()
