"""A training so small that it can be done a thousand times: real in all its parts."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import torch

from nlpseq import config
from nlpseq.config import Layer
from nlpseq.data.prepare import prepare
from nlpseq.settings import resolve
from nlpseq.task import TASKS, task_layer
from nlpseq.training.loop import Loop
from nlpseq.training.ranks import Ranks
from nlpseq.training.request import Ready
from nlpseq.training.run import Checkpoint, Run, open_run
from nlpseq.training.session import Session
from tests.campaigns.crash_states import Tree, read_tree
from tests.campaigns.recorder import Op, Recorder

SETTINGS: Mapping[str, Any] = {
    "data.holdout": 0.4,
    "model.embedding.width": 2,
    "model.encoder.width": 2,
    "text.tokenizer": "whitespace",
    "training.batch_rows": 8,
    "training.epochs": 4,
    "training.keep": 2,
    "training.optimizer.learning_rate": 0.3,
    "training.precision": "fp32",  # other processes must not find another to be faster
    "training.patience": 0,
    "training.save_every": 2,
    "training.seed": 3,
    "training.threads": 1,
}


def write_data(folder: Path, seed: int = 1) -> Path:
    """Some 40 lines in which 'not' turns the label around."""
    things = itertools.product(
        ("film", "soup", "room", "book", "walk"), ("good", "bad"), ("", "not ", "very ", "so ")
    )
    lines = []
    for thing, how, word in things:
        label = "minus" if (how == "bad") != (word == "not ") else "plus"
        lines.append(f"the {thing} was {word}{how}\t{label}\n")
    random.Random(seed).shuffle(lines)
    path = folder / "data.tsv"
    path.write_text("text\tlabel\n" + "".join(lines))
    return path


def as_options(settings: Mapping[str, Any]) -> list[str]:
    """Settings as a command takes them."""
    return [f"--set={name}={value}" for name, value in settings.items()]


class Training(NamedTuple):
    """What was done in a training, and every checkpoint that was to be saved."""

    base: Tree
    done: list[Op]
    saved: list[tuple[int, Mapping[str, bytes]]]


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder, in memory where that can be, with what is prepared kept in it."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with (
        tempfile.TemporaryDirectory(dir=memory) as folder,
        patch.dict(os.environ, {"NLPSEQ_CACHE": os.path.join(folder, "cache")}),
    ):
        yield Path(folder)


class Tiny:
    """The task, its settings and its prepared data; trainings of it differ in their folders."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        torch.set_num_threads(1)
        tree: Mapping[str, Any] = {}
        given = {**SETTINGS, **{name.replace("__", "."): v for name, v in changed.items()}}
        self.given = {**given, "data.train": str(write_data(folder))}
        for name, value in self.given.items():
            tree = config.merge(tree, config.nested(name, value))
        task = TASKS["sentiment"]()
        settings = resolve([task_layer(task), Layer("campaign", tree)])
        self.ready = Ready(task, settings, prepare(task, settings, lambda line: None), {})

    def train(self, folder: Path, *, resume: bool = False, overwrite: bool = False) -> list[str]:
        """Train to the end; what was said."""
        said: list[str] = []
        with open_run(folder, overwrite=overwrite, resume=resume) as run:
            Session(self.ready, run, said.append, Ranks()).train(resume=resume)
        return said

    def record(
        self, folder: Path, *, resume: bool = False, overwrite: bool = False, sync: bool = False
    ) -> Training:
        """Train under a recorder that marks when a checkpoint, and a best model, is promised."""
        base = read_tree(folder) if folder.exists() else {}
        saved: list[tuple[int, Mapping[str, bytes]]] = []
        save, make_model = Run.save, Loop._make_model

        def saving(run: Run, step: int, files: Mapping[str, bytes], keep: int) -> None:
            saved.append((step, dict(files)))
            save(run, step, files, keep)
            recorder.mark(f"saved {step}")

        def making(loop: Loop, best: Checkpoint) -> None:
            make_model(loop, best)
            recorder.mark(f"best {best.step}")

        with (
            patch.object(Run, "save", saving),
            patch.object(Loop, "_make_model", making),
            Recorder(folder, sync=sync) as recorder,
        ):
            self.train(folder, resume=resume, overwrite=overwrite)
        return Training(base, recorder.done, saved)

    @contextlib.contextmanager
    def taken_up(self, folder: Path) -> Iterator[tuple[Loop, bool]]:
        """A run folder as ``--resume`` takes it up, and whether there was a checkpoint."""
        with open_run(folder, overwrite=False, resume=True) as run:
            loop = Session(self.ready, run, lambda line: None, Ranks()).loop()
            yield loop, loop.resume(lambda line: None)
