"""A signal in each phase of a training, and of a verb: how it ends, and what is kept.

The process gets a real signal in the middle of reading, counting words, an update, a validation,
a save, the last judgement, or of answering. It must end with 128 plus the number of the signal;
once updates were done, all of them must be kept, and nothing begun but the save. A second signal
ends it at once. What is resumed must end as if there had been no signal. The control takes the
look at the flag out of validations.

    python -m tests.campaigns.stops --seed 1 --size 100
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from nlpseq import durable
from nlpseq.cli import run as run_command
from nlpseq.data import prepare
from nlpseq.model.labeller import Labeller
from nlpseq.training import session
from nlpseq.training.loop import Loop
from nlpseq.training.run import Run
from tests.campaigns.campaign import Count, main
from tests.campaigns.commands import Command, ended, outcome, unlike
from tests.campaigns.tiny import workplace

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Phase(NamedTuple):
    """A function, and in which call of it the signal comes."""

    name: str
    owner: Any
    function: str
    call: int
    polite: bool  # whether the work is kept


PHASES = [
    Phase("scan", prepare, "scan", 1, polite=False),
    Phase("vocabulary", prepare, "fit_columns", 1, polite=False),
    Phase("training", Loop, "update", 4, polite=True),
    Phase("validation", Labeller, "predict", 6, polite=True),
    Phase("log", durable.Log, "sync", 2, polite=True),
    Phase("saving", durable, "_write_new", 9, polite=True),
    Phase("best model", session.Session, "_keep", 1, polite=True),
    Phase("judging", session, "judge_beside_baseline", 1, polite=False),
]
DECODING = Phase("decoding", Labeller, "predict", 3, polite=False)


class Case(NamedTuple):
    """Which signal comes when, and how often."""

    phase: Phase
    number: signal.Signals
    times: int

    def __str__(self) -> str:
        return f"{self.phase.name}, {self.number.name} {self.times} times"


@contextlib.contextmanager
def signalled(case: Case, told: Path) -> Iterator[None]:
    """Send the signal from within the call; tell which updates and batches are begun after it."""
    calls = itertools.count(1)
    real = getattr(case.phase.owner, case.phase.function)
    told.write_text("")

    def acting(*given: Any, **more: Any) -> Any:
        if next(calls) == case.phase.call:
            _watch(told)
            for _ in range(case.times):
                os.kill(os.getpid(), case.number)
        return real(*given, **more)

    with patch.object(case.phase.owner, case.phase.function, acting):
        yield


def _watch(told: Path) -> None:
    """From now on, tell of every update and every batch that is answered."""
    for owner, name in ((Loop, "update"), (Labeller, "predict")):
        patch.object(owner, name, _telling(told, name, getattr(owner, name))).start()


def _telling(told: Path, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def telling(*given: Any) -> Any:
        with told.open("a") as file:
            file.write(f"{name}\n")
        return real(*given)

    return telling


class Stops:
    """A training that gets signals, beside one that did not."""

    def __init__(self, folder: Path, count: Count) -> None:
        self.folder, self.count = folder, count
        self.command, self.run, self.told = (
            Command(folder, search__batch=4),
            folder / "run",
            folder / "told",
        )
        assert self.command(folder / "whole")[0] == 0  # here, so that the forks have all modules
        self.right = outcome(folder / "whole")

    def wrong(self, case: Case) -> str:
        """What is wrong after a signal, "" if nothing is."""
        shutil.rmtree(self.run, ignore_errors=True)
        if case.phase is DECODING:
            return self._wrong_answers(case)
        cache = patch.dict(os.environ, {"NLPSEQ_CACHE": str(self.folder / f"cache of {case}")})
        with cache, signalled(case, self.told):
            code = ended(self.command.fork(self.run))
        return self._wrong_end(case, code) or self._wrong_resume()

    def _wrong_end(self, case: Case, code: int) -> str:
        if code not in (128 + case.number, -case.number):  # by default action the shell says 128 +
            return f"ended with {code}"
        begun = self.told.read_text().split()
        if case.phase.polite and case.times == 1:
            if code != 128 + case.number or begun:
                return f"ended with {code} after {begun}"
            step = max(int(path.name[5:]) for path in (self.run / "checkpoints").glob("step-*"))
            found = Run(self.run).newest(lambda line: None)
            return "" if found and found.step == step else "the work is not kept"
        return f"went on with {begun}" if begun else ""

    def _wrong_resume(self) -> str:
        if (code := ended(self.command.fork(self.run))) != 0:
            return f"resumed with {code}"
        return unlike(self.right, self.run)

    def _wrong_answers(self, case: Case) -> str:
        """Of a verb: the exit code, and that the answers that came are whole."""
        texts, answers = self.folder / "texts", self.folder / "answers"
        texts.write_text("the soup was good\n" * 40)
        words = ["sentiment", "--model", str(self.folder / "whole"), "--file", str(texts)]
        with signalled(case, self.told):
            child = os.fork()
            if child == 0:
                os.dup2(os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
                code = run_command([*words, "--batch", "1"])
                os._exit(code)
            code = ended(child)
        if code not in (128 + case.number, -case.number):
            return f"ended with {code}"
        lines = answers.read_text().splitlines(keepends=True)
        whole = all(line.endswith("\n") and line.count("\t") == 1 for line in lines)
        return "" if whole and 0 < len(lines) < 40 else f"answers: {lines[-1:]}"


def cases() -> list[Case]:
    """Each signal in each phase, once and twice."""
    every = itertools.product([*PHASES, DECODING], SIGNALS, (1, 2))
    return [Case(*each) for each in every]


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """All cases, or so many; then without the look at the flag in validations."""
    with workplace() as folder:
        stops = Stops(folder, count)
        every = cases()
        for case in every if size >= len(every) else draw.sample(every, size):
            wrong = stops.wrong(case)
            count.cases["signals"] += 1
            count.check(not wrong, f"{case}: {wrong}")
        deaf = patch.object(Loop, "_judged", _deaf(Loop._judged))
        validation = next(phase for phase in PHASES if phase.name == "validation")
        with deaf:
            caught = bool(stops.wrong(Case(validation, signal.SIGTERM, 1)))
        count.control("validations do not look at the flag", caught)


def _deaf(judged: Callable[[Loop], Any]) -> Callable[[Loop], Any]:
    def judge(loop: Loop) -> Any:
        with patch.object(loop, "_poll", lambda: None):
            return judged(loop)

    return judge


if __name__ == "__main__":
    main(run_campaign, size=100)
