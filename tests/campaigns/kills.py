"""Killed at any moment, resumed until done: does it end as if nothing had been?

Each case trains through the command line in a process of its own, which gets SIGKILL: before one
of its operations on the run folder, or at a random moment. So does, half of the time, the process
that resumes it, and so on, until one comes to the end. The weights, the optimiser, the log and
the model must then be those of a training that nobody killed, to the last byte.

    python -m tests.campaigns.kills --seed 1 --size 1000
    python -m tests.campaigns.kills --seed 1 --size 200 --data multi30k/train
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from nlpseq.training import checkpoint, loop
from tests.campaigns.campaign import Count, main
from tests.campaigns.commands import Command, Translating, ended, outcome, unlike
from tests.campaigns.recorder import Op, Recorder
from tests.campaigns.tiny import workplace


class Victim:
    """A training that gets killed, beside one that did not."""

    def __init__(self, command: Command, folder: Path, draw: random.Random, count: Count) -> None:
        self.command, self.run = command, folder / "run"
        self.draw, self.count = draw, count
        with Recorder(self.run) as recorder:
            assert self.command(self.run)[0] == 0
        self.operations = recorder.count
        shutil.rmtree(self.run)
        started = time.monotonic()
        assert ended(self.command.fork(self.run)) == 0
        self.seconds = time.monotonic() - started
        self.right = outcome(self.run)

    def wrong(self, number: int) -> str:
        """Kill before operation ``number``, or at a random moment for 0; what is wrong then."""
        shutil.rmtree(self.run)
        code = self._killed(number)
        while code == -signal.SIGKILL:
            self.count.cases["kills"] += 1
            again = self.draw.randrange(2 * self.operations)
            code = self._killed(again) if again <= self.operations else self._left_alone()
        if code != 0:
            return f"exit code {code}"
        return unlike(self.right, self.run)

    def _left_alone(self) -> int:
        return ended(self.command.fork(self.run))

    def _killed(self, number: int) -> int:
        if number:
            return ended(self.command.fork(self.run, lambda: self._arm(number)))
        child = self.command.fork(self.run)
        time.sleep(self.draw.uniform(0, self.seconds))
        os.kill(child, signal.SIGKILL)
        return ended(child)

    def _arm(self, number: int) -> None:
        def fault(count: int, op: Op) -> None:
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

        Recorder(self.run, fault).__enter__()


def _a_batch_ahead(files: Any, engine: Any, unpack: Any = checkpoint.unpack) -> checkpoint.State:
    state = unpack(files, engine)
    return replace(state, batch=state.batch + 1)


CONTROLS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "updates are not seeded": lambda: patch.object(loop, "reseed", lambda number: None),
    "a batch is left out": lambda: patch.object(checkpoint, "unpack", _a_batch_ahead),
}


def run_campaign(size: int, draw: random.Random, count: Count, data: str = "") -> None:
    """Kills before operations drawn without repeating, as many at random moments, and controls."""
    with workplace() as folder:
        command = Translating(folder, data) if data else Command(folder)
        victim = Victim(command, folder, draw, count)
        every = range(1, victim.operations + 1)
        drawn = itertools.cycle(draw.sample(every, len(every)))
        for case in range(size):
            number = 0 if case % 2 else next(drawn)
            wrong = victim.wrong(number)
            count.cases["trainings"] += 1
            count.check(not wrong, f"killed before operation {number}: {wrong}")
        for name, control in CONTROLS.items():
            with control():
                shutil.rmtree(victim.run)
                spoilt = Victim(command, folder, draw, count)
                last = spoilt.operations
                caught = any(spoilt.wrong(n) for n in range(last // 4, last, last // 12))
            count.control(name, caught)


if __name__ == "__main__":
    main(run_campaign, size=1000, data="train on these parallel files, PREFIX.de and PREFIX.en")
