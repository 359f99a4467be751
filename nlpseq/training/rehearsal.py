"""A training tried out before it is begun: all data, and one batch through every step."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nlpseq.config import Layer
from nlpseq.data.batches import Corpus, Held, Rows, collate, rung
from nlpseq.data.check import Checked, check
from nlpseq.data.prepare import Part
from nlpseq.errors import DivergedError, SettingError, Stopped
from nlpseq.model.asking import asked_together
from nlpseq.model.device import fitting
from nlpseq.model.protocol import Model
from nlpseq.pipeline import load
from nlpseq.signals import Flag, stop_flag
from nlpseq.task import Task
from nlpseq.training.allocator import keep_memory
from nlpseq.training.loop import Loop, Validation
from nlpseq.training.progress import Say
from nlpseq.training.ranks import Ranks, several
from nlpseq.training.request import Ready, request, threads_kept
from nlpseq.training.run import open_run
from nlpseq.training.session import SMALLER, Session


@dataclass(frozen=True)
class Costs:
    """What a training would take. Times are in seconds, memory in bytes."""

    parameters: int
    device: str
    batch_rows: int  # of the largest batch
    batch_tokens: int  # padding included
    updates: int  # in an epoch
    update: float  # with the largest batch
    validation: float  # of the whole part, as an untrained model answers it
    save: float
    epoch: float
    epochs: int  # at most
    total: float  # at most, without the judgement at the end
    checkpoint: int
    memory: int  # the most that this process held
    device_memory: int | None  # the most that was held on a GPU


@dataclass(frozen=True)
class Rehearsal:
    """What was found out before a training; without costs where its data is refused."""

    checked: Checked
    costs: Costs | None

    def as_json(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        costs = dataclasses.asdict(self.costs) if self.costs else None
        return {"ready": self.checked.ready, "data": self.checked.as_json(), "costs": costs}


def rehearse(
    task: Task | str,
    settings: Mapping[str, Any] | Sequence[Layer] = (),
    *,
    start: str | Path | None = None,
    say: Say = lambda line: None,
) -> Rehearsal:
    """Do what :func:`nlpseq.train` would do, with one batch; only prepared data is left behind.

    All faults of the data are found at once. If there are none, the largest batch is learned
    from, the longest texts are answered and judged, and all is saved and read back.

    Raises:
        NlpseqError: training would be refused for another reason than its data, or would fail.
        Stopped: a signal came.
    """
    if several():
        raise SettingError("--dry-run tries one process; leave torchrun away")
    keep_memory()
    asked = request(task, settings, start)
    checked = check(asked.task, asked.settings, asked.columns)
    if not checked.ready:
        return Rehearsal(checked, None)
    with threads_kept():
        ready = asked.prepared(say)
        folder = tempfile.TemporaryDirectory(prefix="nlpseq-")
        with stop_flag() as flag, folder as name, fitting(SMALLER):
            return Rehearsal(checked, _Trial(ready, Path(name) / "run", flag).run())


class _Trial:
    """One batch through every step of a training."""

    def __init__(self, ready: Ready, folder: Path, flag: Flag) -> None:
        self.ready, self.folder, self.flag = ready, folder, flag

    def run(self) -> Costs:
        """Learn, validate, save and load; measure."""
        part = self.ready.data.valid
        batches = asked_together(part.corpus, self.ready.settings.search.batch)
        few = dataclasses.replace(self.ready.data, valid=_rows_of(part, batches[0]))
        with open_run(self.folder, overwrite=False, resume=False) as run:
            loop = Session(dataclasses.replace(self.ready, data=few), run, _unheard, Ranks()).loop()
            sizes = self._plan(loop)
            update = self._learn(loop, loop.batches[int(sizes.argmax())])
            answering, save = self._validate(loop)
            checkpoint = _later_size(run.checkpoints, loop.settings.average)
            self._read_back(loop)
        texts = _padded(part.corpus, batches)
        validation = answering * float(texts.sum() / texts[0])
        return self._costs(loop, sizes, (update, validation, save), checkpoint)

    def _plan(self, loop: Loop) -> NDArray[np.int64]:
        """Begin the first epoch; the size of each of its batches."""
        loop.thaw()
        loop.batches = loop.plan()
        return _padded(loop.corpus, loop.batches)

    def _learn(self, loop: Loop, largest: Rows) -> float:
        """Two updates with the largest batch; the time of the second."""
        for _ in range(2):  # the first sets up memory and kernels
            self._obey()
            loop.state.update += 1
            step = loop.update([collate(loop.corpus, largest).to(loop.device)])
            if not step.finite:
                raise DivergedError(
                    "the first updates have gradients that are not finite; lower "
                    "training.optimizer.learning_rate"
                )
        return step.seconds

    def _validate(self, loop: Loop) -> tuple[float, float]:
        """Answer, judge and save; the time of the answers, and that of the rest."""
        self._obey()
        judge, answering = loop.hooks.validate, 0.0

        def timed(model: Model, poll: Callable[[], None]) -> Validation:
            nonlocal answering
            started = time.monotonic()
            found = judge(model, self._obey)
            answering = time.monotonic() - started
            return found

        loop.hooks = dataclasses.replace(loop.hooks, validate=timed)
        started = time.monotonic()
        loop.validate()
        return answering, time.monotonic() - started - answering

    def _read_back(self, loop: Loop) -> None:
        """Take up the checkpoint and open the model."""
        self._obey()
        loop.save(final=True)  # which raises, where a first failure is only told
        loop.resume(_unheard)
        if loop.state.best is not None:
            load(self.folder)

    def _obey(self) -> None:
        if self.flag:
            raise Stopped(self.flag.number)

    def _costs(
        self,
        loop: Loop,
        sizes: NDArray[np.int64],
        seconds: tuple[float, float, float],
        checkpoint: int,
    ) -> Costs:
        """The whole from its parts: an update takes as long as its batch is large."""
        settings, (update, validation, save) = loop.settings, seconds
        updates = -(-len(sizes) // settings.accumulate)
        validations = updates / settings.validate_every if settings.validate_every else 1
        saves = validations + updates // settings.save_every
        learning = update * float(sizes.sum() / sizes.max())
        epoch = learning + validation * validations + save * saves
        budget = settings.max_minutes * 60 or float("inf")
        on_gpu = loop.device.type == "cuda"
        return Costs(
            parameters=sum(parameter.numel() for parameter in loop.model.parameters()),
            device=str(loop.device),
            batch_rows=len(loop.batches[int(sizes.argmax())]),
            batch_tokens=int(sizes.max()),
            updates=updates,
            update=update,
            validation=validation,
            save=save,
            epoch=epoch,
            epochs=settings.epochs,
            total=min(epoch * settings.epochs, budget),
            checkpoint=checkpoint,
            memory=_peak(),
            device_memory=torch.cuda.max_memory_allocated(loop.device) if on_gpu else None,
        )


def _later_size(checkpoints: Path, average: int) -> int:
    """What a checkpoint will take, once as many weights are averaged as there are to be."""
    files = {path: path.stat().st_size for path in checkpoints.rglob("*") if path.is_file()}
    weights = next(size for path, size in files.items() if path.name == "weights.safetensors")
    return sum(files.values()) + (average - 1) * weights


def _rows_of(part: Part, rows: Rows) -> Part:
    """Some rows of a part."""
    ids = {name: part.corpus.ids(name, rows) for name in part.corpus.columns}
    examples, files = zip(*((part.examples[row], part.files[row]) for row in rows), strict=True)
    return Part(examples, Held(ids, part.corpus.unknown), files)


def _padded(corpus: Corpus, batches: Sequence[Rows]) -> NDArray[np.int64]:
    """The tokens of each batch, padding included."""
    lengths = [corpus.lengths(name) for name in corpus.columns]
    widths = ([rung(int(column[rows].max())) for column in lengths] for rows in batches)
    return np.array([len(rows) * sum(w) for rows, w in zip(batches, widths, strict=True)])


def _peak() -> int:
    """The most memory that this process held, in bytes.

    What ``getrusage`` tells of a process is at least what its parent held when it started.
    """
    with open("/proc/self/status", "rb") as file:
        held = next(line for line in file if line.startswith(b"VmHWM:"))
    return int(held.split()[1]) * 1024


def _unheard(line: str) -> None:
    """Say nothing: what one batch comes to is no news of a training."""
