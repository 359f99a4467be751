"""Everything that training stands on, to files and back, bit for bit."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import safetensors.torch
from torch import Tensor, nn
from torch.optim import Optimizer

from nlpseq import durable
from nlpseq.bundle.tensors import dump
from nlpseq.config import as_tree, flatten, merge, nested, read
from nlpseq.errors import DataError, SettingError
from nlpseq.settings import BundleSettings, Settings
from nlpseq.training.averaging import Average
from nlpseq.training.schedules.protocol import Schedule

_OF_TRAINING = ("epochs", "max_minutes", "patience", "save_every", "keep", "tensorboard")
_LEARNED_FROM = ("train", "valid")  # what is judged at the end alone may be another
FREE = frozenset(
    {"data.train", "data.valid", "data.test", "search.batch"}
    | {f"training.{name}" for name in _OF_TRAINING}
    | {f"bundle.{name}" for name in vars(BundleSettings())}
)
"""Settings that a resumed run may change: they decide how long to train, not what is learned.

Schedules that follow how much of the training is done follow its new length. Where data lies is
free as well; what is in it is not.
"""
_LENGTH = ("training.epochs", "training.max_minutes")


@dataclass
class State:
    """Where training stands; all of it goes into every checkpoint."""

    epoch: int = 0
    batch: int = 0  # the next one of the epoch
    update: int = 0
    examples: int = 0  # consumed by updates
    minutes: float = 0.0  # spent, over all sessions
    best: float | None = None  # score of the best validation
    best_update: int = 0
    waited: int = 0  # validations since then
    validated: int = 0  # the update of the last validation
    loss_sum: float = 0.0  # since then
    loss_count: float = 0.0
    refused: list[int] = field(default_factory=list)  # updates without a finite gradient
    log_length: int = 0
    log_digest: str = hashlib.sha256().hexdigest()  # of the empty log


@dataclass(frozen=True)
class Engine:
    """The moving parts that a checkpoint brings back."""

    model: nn.Module
    optimizer: Optimizer
    schedule: Schedule
    average: Average


def pack(state: State, engine: Engine, identity: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a checkpoint; ``identity`` is what a resumed run must have in common."""
    tensors, scalars = _flatten(engine.optimizer.state_dict())
    files = {
        "weights.safetensors": dump(engine.model.state_dict()),
        "optimizer.safetensors": dump(tensors),
    }
    for number, point in enumerate(engine.average.points):
        files[f"average-{number}.safetensors"] = dump(point)
    files["state.json"] = durable.as_json(
        {
            "state": dataclasses.asdict(state),
            "optimizer": scalars,
            "schedule": engine.schedule.state(),
            "identity": dict(identity),
        }
    )
    return files


def unpack(files: Mapping[str, bytes], engine: Engine) -> State:
    """Bring the engine back to where a checkpoint left it; return the state."""
    stored = json.loads(files["state.json"])
    engine.model.load_state_dict(safetensors.torch.load(files["weights.safetensors"]))
    tensors = safetensors.torch.load(files["optimizer.safetensors"])
    engine.optimizer.load_state_dict(_unflatten(tensors, stored["optimizer"]))
    engine.schedule.load(stored["schedule"])
    engine.average.points.clear()
    engine.average.points.extend(_points(files))
    return State(**stored["state"])


def _points(files: Mapping[str, bytes]) -> Iterator[dict[str, Tensor]]:
    """The weights that are averaged, the oldest first."""
    for number in itertools.count():
        name = f"average-{number}.safetensors"
        if name not in files:
            return
        yield safetensors.torch.load(files[name])


def check_identity(
    files: Mapping[str, bytes], now: Mapping[str, Any], say: Callable[[str], None]
) -> None:
    """Refuse to go on where the result would not be that of an unbroken run.

    Told is only what a person may have had to change: the device, and versions.

    Raises:
        SettingError: a setting changed that decides the weights; names it with both values.
        DataError: the data changed.
    """
    before = json.loads(files["state.json"])["identity"]
    had, has = ({p: each["data"].get(p) for p in _LEARNED_FROM} for each in (before, now))
    if changed := [part for part in _LEARNED_FROM if had[part] != has[part]]:
        raise DataError(
            f"the {' and '.join(changed)} part changed since the checkpoint: found {has}, "
            f"expected {had}; bring the data back, or start a new run"
        )
    if before.get("columns", now["columns"]) != now["columns"]:
        raise DataError(
            "the vocabularies or tokenizers are not those of the checkpoint; give the same --from, "
            "vectors and versions of libraries as before, or start a new run"
        )
    if before.get("processes", 1) != now["processes"]:
        raise SettingError(
            f"found {now['processes']} processes, expected {before.get('processes', 1)} as before "
            "the checkpoint; start as many, or a new run"
        )
    _check_settings(before["settings"], now["settings"])
    _tell_changes(before, now, say)


def _tell_changes(
    before: Mapping[str, Any], now: Mapping[str, Any], say: Callable[[str], None]
) -> None:
    """Say what may change and makes the result another one."""
    settings = [dict(flatten(each["settings"])) for each in (before, now)]
    for path in _LENGTH:
        old, new = (each.get(path) for each in settings)
        if old != new:
            say(f"{path} was {old} and is {new}: a schedule that follows it follows the new one")
    for name, old in before.get("computed", {}).items():
        if old != now["computed"][name]:
            say(
                f"{name} was {old} and is {now['computed'][name]}: what is learned from here on is "
                "not, to the last bit, what an unbroken run would have learned"
            )


def _check_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse one that decides what is learned; one that is new since then had its usual value."""
    old, new = dict(flatten(before)), dict(flatten(now))
    given: dict[str, Any] = {}
    for path in new.keys() & old.keys():
        given = merge(given, nested(path, new[path]))
    usual = dict(flatten(as_tree(read(Settings, given))))
    old = {path: usual[path] for path in new if path in usual} | old
    # A member that changed is named before what only the one before had.
    for path in sorted({*old, *new} - FREE, key=lambda path: (path not in new, path)):
        if path not in new:
            raise SettingError(
                f"setting {path} was {old[path]!r} at the checkpoint and is none any more; start a "
                "new run"
            )
        if old.get(path) != new[path]:
            raise SettingError(
                f"setting {path} changed since the checkpoint: found {new[path]!r}, expected "
                f"{old.get(path)!r}; set it back, or start a new run"
            )


def best_weights(files: Mapping[str, bytes]) -> dict[str, Tensor]:
    """The weights that a checkpoint would be judged by: the mean where there is one."""
    average = Average(count=len(files))
    average.points.extend(_points(files))
    if average.points:
        return dict(average.mean())
    weights: dict[str, Tensor] = safetensors.torch.load(files["weights.safetensors"])
    return weights


def _flatten(state: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimiser's state as named tensors and a JSON table."""
    tensors, scalars = {}, {}
    for number, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{number}.{name}"] = value
            elif value is not None:
                scalars[f"{number}.{name}"] = value
    return tensors, {"state": scalars, "groups": state["param_groups"]}


def _unflatten(tensors: Mapping[str, Tensor], stored: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {}
    for key, value in [*tensors.items(), *stored["state"].items()]:
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    return {"state": state, "param_groups": stored["groups"]}
