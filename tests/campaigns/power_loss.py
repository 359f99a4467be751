"""Power lost at any moment of a training: can it always be resumed, and is nothing lost?

The operations of real trainings are recorded: one from nothing (first checkpoint, more of them,
old ones removed, a first best model, one that replaces it), one resumed after a crash, one that
overwrites another. Every state that a power loss may leave is built and taken up as ``--resume``
does, with a second loss while that is being done. The controls take one precaution away each.

    python -m tests.campaigns.power_loss --seed 1 --size 100000      # crashes of each training
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import safetensors.torch
import torch

from nlpseq import durable
from nlpseq.bundle import unpack
from nlpseq.errors import NlpseqError
from nlpseq.training import checkpoint, loop, run
from tests.campaigns.campaign import Count, main
from tests.campaigns.crash_states import History, State, write_tree
from tests.campaigns.recorder import Op, Recorder
from tests.campaigns.tiny import Tiny, Training, workplace

Saved = Sequence[tuple[int, Mapping[str, bytes]]]


def promised(marks: Sequence[str]) -> int:
    """The step of the last checkpoint that was said to be saved, 0 for none."""
    return max([int(mark.split()[1]) for mark in marks if mark.startswith("saved")], default=0)


class Crashes:
    """What crashes of one training leave, each state tried once."""

    def __init__(self, tiny: Tiny, folder: Path, training: Training, count: Count) -> None:
        self.tiny, self.folder, self.count = tiny, folder, count
        self.saved, self.history = training.saved, History(training.base, training.done)
        self._seen: set[int] = set()

    def first(self, size: int, draw: random.Random) -> Iterator[State]:
        """Every state that a crash may leave, after it was tried."""
        for state in self.history.crashes(size, draw):
            known = hash((frozenset(state.tree.items()), promised(state.marks)))
            if known not in self._seen:
                self._seen.add(known)
                self._try(state, "states")
                yield state

    def second(self, state: State, size: int, draw: random.Random) -> None:
        """Crash again, while what the first crash left is taken up."""
        write_tree(self.folder, state.tree)
        with Recorder(self.folder) as recorder, self.tiny.taken_up(self.folder):
            pass
        history = History(state.tree, recorder.done)
        for again in history.crashes(size, draw):
            self._try(again._replace(marks=state.marks), "second crashes")

    def _try(self, state: State, what: str) -> None:
        write_tree(self.folder, state.tree)
        self.count.cases[what] += 1
        wrong = self._violation(promised(state.marks))
        self.count.check(not wrong, f"{what}: operation {state.when}: {wrong}")

    def _violation(self, least: int) -> str:
        """Take up what a crash left; what is wrong with it, "" if nothing is."""
        try:
            with self.tiny.taken_up(self.folder) as (taken, found):
                state = taken.state
                if state.update < least:
                    return f"update {least} was saved, found {state.update}"
                packed = checkpoint.pack(state, taken.engine, taken.identity)
                if found and (state.update, packed) not in self.saved:
                    return f"update {state.update} is not as it was saved"
                return self._wrong_model(state.best_update) if state.best is not None else ""
        except (NlpseqError, OSError, ValueError, KeyError, AttributeError) as error:
            return f"{type(error).__name__}: {error}"

    def _wrong_model(self, best: int) -> str:
        """What is wrong with the model that the run folder offers."""
        kept = unpack(self.folder / "model").model.state_dict()
        for step, files in self.saved:
            right = safetensors.torch.load(files["weights.safetensors"])
            if step == best and all(torch.equal(kept[name], right[name]) for name in right):
                return ""
        return f"the model is not that of update {best}"


def trainings(tiny: Tiny, folder: Path) -> Iterator[Training]:
    """From nothing; resumed after the power was lost; over an old run."""
    first = tiny.record(folder)
    yield first
    middle = [number for number, op in enumerate(first.done) if op.path == "saved 6"][0] + 12
    draw = random.Random(0)
    *_, crashed = History({}, first.done).states(middle, 8, draw)
    write_tree(folder, crashed.tree)
    second = tiny.record(folder, resume=True)
    marks = [Op("mark", mark) for mark in crashed.marks]
    yield Training(crashed.tree, marks + second.done, [*first.saved, *second.saved])
    over = tiny.record(folder, overwrite=True)
    yield Training(over.base, over.done, [*first.saved, *second.saved, *over.saved])


class Control(NamedTuple):
    """A precaution taken away: from what was recorded, or from the code."""

    kept: Callable[[Op], bool] = lambda op: True
    without: Callable[[], AbstractContextManager[Any]] | None = None


def _in_place(path: Path, files: Mapping[str, bytes]) -> None:
    path.mkdir()
    for name, data in files.items():
        durable._write_new(path / name, data)


def _remove_first(self: run.Run, step: int, files: Mapping[str, bytes], keep: int) -> None:
    for old in run.steps(self.checkpoints):
        durable.remove_folder(run._folder(self.checkpoints, old))
    durable.write_folder(run._folder(self.checkpoints, step), run._with_manifest(step, files))


def _note_first(self: loop.Loop, best: run.Checkpoint) -> None:
    self.run.set_best(best.step, best.state["state"]["best"])
    self.hooks.keep(self.model)


@contextlib.contextmanager
def _unverified() -> Iterator[None]:
    """Files are taken for what they are named."""
    listed = {name: {} for name in ("weights.safetensors", "optimizer.safetensors", "state.json")}
    with (
        patch.object(run, "_manifest", lambda path, step: listed),
        patch.object(run, "_verified", lambda path, entry: path.read_bytes()),
    ):
        yield


@contextlib.contextmanager
def _careless() -> Iterator[None]:
    with patch.object(durable, "write_folder", _in_place), _unverified():
        yield


def _is_new(op: Op) -> bool:
    return op.path.rpartition("/")[2].startswith((".tmp-", ".new-"))


CONTROLS = {
    "files are not synced": Control(lambda op: op.name != "fsync" or op.other == "folder"),
    "the log is not synced": Control(lambda op: (op.name, op.path) != ("fsync", "metrics.jsonl")),
    "a new folder is not synced": Control(
        lambda op: (op.name, op.other) != ("fsync", "folder") or not _is_new(op)
    ),
    "new names are not synced": Control(
        lambda op: (op.name, op.other) != ("fsync", "folder") or _is_new(op)
    ),
    "nothing is synced": Control(lambda op: op.name != "fsync"),
    "nothing is synced or verified": Control(lambda op: op.name != "fsync", _unverified),
    "written in place, not synced, not verified": Control(lambda op: op.name != "fsync", _careless),
    "old checkpoints are removed first": Control(
        without=lambda: patch.object(run.Run, "save", _remove_first)
    ),
    "the best is noted before its model is there": Control(
        without=lambda: patch.object(loop.Loop, "_make_model", _note_first)
    ),
}


def is_caught(control: Control, training: Training, tiny: Tiny, folder: Path) -> bool:
    """Whether without a precaution there is a state that cannot be resumed from."""
    count = Count()
    with control.without() if control.without else contextlib.nullcontext():
        if control.without:
            training = tiny.record(folder)
        training = training._replace(done=[op for op in training.done if control.kept(op)])
        for _ in Crashes(tiny, folder, training, count).first(10_000, random.Random(1)):
            if count.violations:
                return True
    return False


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """All states of all trainings, second crashes from some of them, and the controls."""
    with workplace() as folder:
        tiny = Tiny(folder)
        for number, training in enumerate(trainings(tiny, folder / "run")):
            crashes = Crashes(tiny, folder / "state", training, count)
            for state in crashes.first(size, draw):
                if draw.random() < 0.02:
                    crashes.second(state, size // 50, draw)
            if number == 0:
                for name, control in CONTROLS.items():
                    count.control(name, is_caught(control, training, tiny, folder / name))


if __name__ == "__main__":
    main(run_campaign, size=100_000)
