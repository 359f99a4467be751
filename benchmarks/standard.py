"""The standard setting that all figures belong to, and what they are measured on.

Multi30k, German to English, with the recipe of ``benchmarks/recipes/multi30k.toml``: a
bidirectional LSTM of two layers, 256 units a direction; a decoder of two layers of 512;
embeddings of 512 numbers; one table of 8,000 pieces for both sides and the output; dropout 0.3.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from nlpseq import durable
from nlpseq.bundle import Parts, pack
from nlpseq.config import Layer, from_file
from nlpseq.data.batches import Corpus, Held
from nlpseq.data.prepare import Prepared, prepare
from nlpseq.model.seq2seq import Seq2Seq
from nlpseq.settings import Settings, resolve
from nlpseq.task import TASKS, Task, task_layer

RECIPE = Path(__file__).parent / "recipes" / "multi30k.toml"
LANGUAGES = ("de", "en")


def arguments(description: str | None, what_quick_does: str) -> argparse.ArgumentParser:
    """The words that every measurement on Multi30k takes."""
    first = (description or "").partition("\n")[0]
    parser = argparse.ArgumentParser(description=first)
    parser.add_argument(
        "data", type=Path, help="a folder with train.de, train.en, valid.de and valid.en, or .gz"
    )
    parser.add_argument("--quick", action="store_true", help=what_quick_does)
    return parser


def sides(data: Path, part: str) -> list[str]:
    """The two files of a part, plain or gzipped."""
    stems = (data / f"{part}.{code}" for code in LANGUAGES)
    return [str(stem if stem.exists() else Path(f"{stem}.gz")) for stem in stems]


@dataclass(frozen=True)
class Standard:
    """The standard setting, its data prepared."""

    task: Task
    settings: Settings
    prepared: Prepared

    def model(self) -> Seq2Seq:
        """Ours, with the weights that training starts from."""
        torch.manual_seed(1)
        columns = self.prepared.columns.items()
        vocabularies = {name: column.vocabulary for name, column in columns}
        return Seq2Seq.build(self.settings.model.settings, vocabularies)

    def write_untrained(self, folder: Path) -> Path:
        """A model folder with these weights: as large and as fast as a trained one."""
        record = {**self.prepared.record, "scores": {}}
        parts = Parts(self.task, self.settings, self.prepared.columns, self.model(), record)
        durable.replace_folder(folder, pack(parts))
        return folder


def standard(data: Path, **changes: object) -> Standard:
    """Prepare Multi30k, or find it prepared; ``changes`` go by names of ``training``."""
    task = TASKS["translation"]()
    files = {part: str(data / part) for part in ("train", "valid")}
    layers = [
        task_layer(task),
        from_file(str(RECIPE)),
        Layer("standard", {"data": {**files, "languages": list(LANGUAGES)}, "training": changes}),
    ]
    settings = resolve(layers)
    return Standard(task, settings, prepare(task, settings, say))


def first_rows(corpus: Corpus, count: int) -> Held:
    """The first rows of a corpus, held in memory."""
    rows = range(min(count, len(corpus)))
    return Held({name: corpus.ids(name, rows) for name in corpus.columns}, corpus.unknown)


def say(line: str) -> None:
    """To standard error: results alone go to standard output."""
    print(line, file=sys.stderr, flush=True)
