"""Stopped in each update, within and after each validation, then resumed: is anything forgotten?

Optimisers, schedules, averages and accumulated batches come together, in one process and in two;
one update is refused. A stopped and resumed training must leave the same bytes as one that was
not stopped. Of two processes, each in turn is the one that is told to stop. The controls leave
out one part of what a checkpoint holds, each of which must show.

    python -m tests.campaigns.resumes --seed 1 --size 1000
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import random
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from nlpseq import pipeline
from nlpseq.errors import Failure, NlpseqError, Stopped
from nlpseq.evaluation import examples
from nlpseq.training import checkpoint, gradients, session
from nlpseq.training.loop import Loop
from tests.campaigns.campaign import Count, main
from tests.campaigns.commands import ended, outcome, unlike
from tests.campaigns.tiny import Tiny, workplace

OPTIMISERS: list[Mapping[str, Any]] = [
    {"training__optimizer": {"name": "sgd", "learning_rate": 0.3}},
    {  # so small a rate that no validation is better than the first: the schedule must act
        "training__optimizer": {"name": "adam", "learning_rate": 0.0001},
        "training__schedule": "plateau",
        "training__average": 2,
    },
]
ACCUMULATED: list[Mapping[str, Any]] = [
    {"training__accumulate": 1, "training__batch_rows": 3},
    {"training__accumulate": 2, "training__batch_rows": 2},
]
REFUSED = 5  # the update whose gradient is not finite


class Resumed:
    """A training that is stopped and resumed, beside one that is not."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], processes: int = 1) -> None:
        self.run, self.processes = folder / "run", processes
        self._told = folder / "told"  # by the first of two processes: what was done
        self.tiny = Tiny(folder, training__epochs=3, training__save_every=3, **settings)
        self.done: Counter[str] = Counter()  # updates, validations begun, and ended
        self._stop_at = ("", 0)
        self.train()
        self.last = dict(self.done)
        self.right = outcome(self.run)

    def train(self, *, resume: bool = False) -> None:
        """Train to the end, or until it is stopped."""
        self.done.clear()
        update, validate, clip = Loop.update, Loop.validate, gradients.clip
        predict = pipeline.predict

        def updating(loop: Loop, batches: Any) -> Any:
            self._come_to("update")
            with patch.object(
                gradients, "clip", refusing if loop.state.update == REFUSED else clip
            ):
                return update(loop, batches)

        def refusing(*given: Any) -> float:
            return float("nan")

        def predicting(*given: Any) -> Any:
            self._come_to("validation")
            return predict(*given)

        def validating(loop: Loop) -> None:
            validate(loop)
            self._come_to("end of validation")

        with (
            patch.object(Loop, "update", updating),
            patch.object(Loop, "validate", validating),
            patch.object(examples, "predict", predicting),
        ):
            train = self.tiny.train if self.processes == 1 else self._both
            train(self.run, resume=resume, overwrite=not resume)

    def _both(self, folder: Path, **how: bool) -> None:
        """Train in two forks of this process, as torchrun would start them."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1])}
        hold, held = os.pipe()
        second = self._fork("1", place, folder, how)  # it holds the pipe open until it ends
        os.close(held)
        first = ended(self._fork("0", place, folder, how, lambda: os.read(hold, 1)))
        ended(second)
        os.close(hold)
        self.done = Counter(json.loads(self._told.read_text()))
        if first == 128 + signal.SIGTERM:
            raise Stopped(signal.SIGTERM)
        if first:
            raise Failure(f"the first of two ended with {first}")

    def _fork(
        self,
        rank: str,
        place: Mapping[str, str],
        folder: Path,
        how: Mapping[str, bool],
        last: Callable[[], object] = lambda: None,
    ) -> int:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.environ |= {**place, "RANK": rank, "WORLD_SIZE": "2"}
                session.train("sentiment", self.tiny.given, out=folder, **how)
                code = 0
            except Stopped as stopped:
                code = stopped.exit_code
            finally:
                if rank == "0":
                    self._told.write_text(json.dumps(self.done))
                last()  # with the first ends what they talk through
                os._exit(code)
        return child

    def _come_to(self, what: str) -> None:
        self.done[what] += 1
        told = what == "validation" or self.done[what] % self.processes == self._rank()
        if told and self._stop_at == (what, self.done[what]):
            os.kill(os.getpid(), signal.SIGTERM)

    def _rank(self) -> int:
        return int(os.environ.get("RANK", "0"))

    def wrong(self, what: str, number: int) -> str:
        """Stop there, and resume; what is wrong then, "" if nothing is."""
        try:
            self._stop_at = (what, number)
            with contextlib.suppress(Stopped):
                self.train()
                return "was not stopped"
            self._stop_at = ("", 0)
            self.train(resume=True)
        except NlpseqError as error:
            return str(error)
        return unlike(self.right, self.run)

    def stops(self) -> Iterator[tuple[str, int]]:
        """Every place to stop."""
        for what, last in self.last.items():
            yield from ((what, number) for number in range(1, last + 1))


def _without_field(name: str) -> Callable[..., checkpoint.State]:
    def unpack(files: Any, engine: Any, unpack: Any = checkpoint.unpack) -> checkpoint.State:
        fresh = getattr(checkpoint.State(), name)
        return dataclasses.replace(unpack(files, engine), **{name: fresh})

    return unpack


def _without_part(name: str) -> Callable[..., checkpoint.State]:
    def unpack(files: Any, engine: Any, unpack: Any = checkpoint.unpack) -> checkpoint.State:
        part = getattr(engine, name)
        load = {"model": "load_state_dict", "optimizer": "load_state_dict", "schedule": "load"}
        with patch.object(part, load[name], lambda state: None):
            return unpack(files, engine)

    return unpack


def _without_average(files: Any, engine: Any, unpack: Any = checkpoint.unpack) -> checkpoint.State:
    state = unpack(files, engine)
    engine.average.points.clear()
    return state


FIELDS = [field.name for field in dataclasses.fields(checkpoint.State) if field.name != "minutes"]
CONTROLS = {
    **{name: _without_field(name) for name in FIELDS},
    **{name: _without_part(name) for name in ("model", "optimizer", "schedule")},
    "average": _without_average,
}


CATCHES = [("update", 7), ("end of validation", 1), ("update", 13)]


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """Stops of every training, or so many; then each control, until a stop shows it."""
    with workplace() as folder:
        for processes, optimiser, accumulated in itertools.product((2, 1), OPTIMISERS, ACCUMULATED):
            resumed = Resumed(folder, {**optimiser, **accumulated}, processes)
            stops = list(resumed.stops())
            for what, number in stops if size >= len(stops) else draw.sample(stops, size):
                wrong = resumed.wrong(what, number)
                count.cases[f"stops of {processes} at {what}s"] += 1
                where = f"{processes}, {optimiser}, {accumulated}, {what} {number}"
                count.check(not wrong, f"{where}: {wrong}")
        for name, unpack in CONTROLS.items():
            with patch.object(checkpoint, "unpack", unpack):
                caught = any(resumed.wrong(*stop) for stop in CATCHES)
            count.control(f"{name} is left out", caught)


if __name__ == "__main__":
    main(run_campaign, size=1000)
