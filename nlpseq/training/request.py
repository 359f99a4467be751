"""What is asked of a training: settings in layers, a model to begin with, and then the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nlpseq import config
from nlpseq.bundle import Parts
from nlpseq.config import Layer
from nlpseq.data.prepare import Prepared, prepare
from nlpseq.data.pretrained import Pretrained
from nlpseq.errors import SettingError
from nlpseq.model.device import usable
from nlpseq.settings import Settings, dropped, origins, resolve
from nlpseq.task import TASKS, Task, task_layer
from nlpseq.text.column import TextColumn
from nlpseq.training.progress import Say
from nlpseq.training.start import open_start, with_start


@contextmanager
def threads_kept() -> Iterator[None]:
    """A block after which the process has as many threads as before."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Request:
    """What is asked for, before any data is read."""

    task: Task
    layers: Sequence[Layer]
    start: Parts | None

    @property
    def settings(self) -> Settings:
        """As the layers resolve."""
        return resolve(self.layers)

    @property
    def device(self) -> str:
        """Where to compute; of faulty settings, which :meth:`prepared` refuses, the processor."""
        try:
            return self.settings.training.device
        except SettingError:
            return "cpu"

    @property
    def columns(self) -> Mapping[str, TextColumn] | None:
        """Those of the model that training starts from."""
        return self.start.columns if self.start else None

    def prepared(self, say: Say) -> Ready:
        """Read the data; vectors among it may decide a width."""
        settings = self.settings
        for line in dropped(self.layers):
            say(line)
        usable(settings.training.device, "setting training.device")  # before the data takes minutes
        if settings.training.threads:
            torch.set_num_threads(settings.training.threads)
        data = prepare(self.task, settings, say, self.columns)
        if data.vectors:
            settings = _with_width(self.layers, _width(data.vectors))
        weights = self.start.model.state_dict() if self.start else {}
        return Ready(self.task, settings, data, weights)


@dataclass(frozen=True)
class Ready:
    """All that training needs but a place."""

    task: Task
    settings: Settings
    data: Prepared
    weights: Mapping[str, Tensor]  # to begin with


def request(
    task: Task | str, settings: Mapping[str, Any] | Sequence[Layer], start: str | Path | None
) -> Request:
    """What :func:`train` is asked for.

    Raises:
        NlpseqError: a name is unknown, or the model to start from does not fit.
    """
    task = TASKS[task]() if isinstance(task, str) else task
    TASKS.entry(task.name)  # by which the model will be opened again
    layers = _layers(task, settings)
    parts = open_start(start, task) if start else None
    return Request(task, with_start(layers, parts, str(start)) if parts else layers, parts)


def _layers(task: Task, settings: Mapping[str, Any] | Sequence[Layer]) -> list[Layer]:
    """What the task sets, then what was asked for."""
    if not isinstance(settings, Mapping):
        return [task_layer(task), *settings]
    tree: Mapping[str, Any] = {}
    for path, value in settings.items():
        tree = config.merge(tree, config.nested(path, value))
    return [task_layer(task), Layer("train()", tree)]


def _width(vectors: Mapping[str, Pretrained]) -> int:
    """Of the vectors of all sides, which one setting gives."""
    widths = {side: int(each.matrix.shape[1]) for side, each in vectors.items()}
    first, *others = widths.values()
    if others and others != [first]:
        found = " and ".join(f"{width} for the {side}" for side, width in widths.items())
        raise SettingError(f"vectors of different widths: found {found}, expected the same")
    return first


def _with_width(layers: Sequence[Layer], width: int) -> Settings:
    """The settings with an embedding as wide as the vectors, if no one asked for another."""
    of_task, *asked = layers
    fitted = Layer("vectors", config.nested("model.embedding.width", width))
    settings = resolve([of_task, fitted, *asked])
    found = config.as_tree(settings)["model"]["embedding"]["width"]
    if found != width:
        origin = origins(asked).get("model.embedding.width", "default")
        raise SettingError(
            f"vectors of the wrong width: found {width}, expected {found} as "
            f"model.embedding.width asks for ({origin}); leave that setting away"
        )
    return settings
