"""Two processes that train together: signals, deaths, pauses and full disks in each phase of it.

When the first comes to a certain update, validation or save, it sends a signal to itself or to
the other. SIGTERM, SIGINT and SIGHUP must end both with the work kept; a second signal and
SIGKILL end the job within a minute, SIGSTOP holds it up and no more. A save of the first that
fails is warned of and made up for, and one that fails for good ends the job with exit code 1.
After each, ``--resume`` must make, to the last byte, what a training makes that nobody disturbed.
What never came is a violation. The control holds nobody up.

    python -m tests.campaigns.rank_phases --seed 1 --size 100
"""

from __future__ import annotations

import errno
import itertools
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from nlpseq import durable
from nlpseq.cli import main as nlpseq_main
from nlpseq.model.labeller import Labeller
from nlpseq.training.loop import Loop
from nlpseq.training.run import Run
from tests.campaigns.campaign import Count, in_turns, main
from tests.campaigns.commands import outcome, unlike
from tests.campaigns.ranks import LONGEST, Job, children
from tests.campaigns.tiny import workplace

PHASES: dict[str, tuple[Any, str, int]] = {  # a function of the first, and which call of it
    "update": (Loop, "update", 7),
    "validation": (Labeller, "predict", 2),
    "save": (durable, "_write_new", 9),
}
POLITE = ("SIGTERM", "SIGINT", "SIGHUP")
SIGNALS = (*POLITE, "SIGTERM SIGTERM", "SIGKILL", "SIGSTOP")


class Case(NamedTuple):
    """Who gets which signals, or what error a save of the first meets and how often."""

    phase: str
    whom: str  # "self" or "other"; of an error "once" or "always"
    what: str

    def __str__(self) -> str:
        return f"{self.what} in {self.phase}, {self.whom}"


def ends(case: Case) -> str:
    """What should become of the job."""
    others = {"SIGSTOP": "goes on", "ENOSPC": "is warned of"}
    return "is kept" if case.what in POLITE else others.get(case.what, "dies")


CASES = [
    *(Case(*each) for each in itertools.product(PHASES, ("self", "other"), SIGNALS)),
    *(Case("save", often, "ENOSPC") for often in ("once", "always")),
]


class Disturbed(Job):
    """A training of two in which one thing happens."""

    case: Case | None = None

    @property
    def mark(self) -> Path:
        """A file that is there once it has happened."""
        return self.folder / "happened"

    def words(self) -> list[str]:
        """What to run: nlpseq itself, or as this module would disturb it."""
        words = super().words()
        if self.case:
            nlpseq = words.index("nlpseq")
            case = f"--case={','.join(self.case)}"
            words[nlpseq : nlpseq + 1] = ["tests.campaigns.rank_phases", case, str(self.mark)]
        return words


def wrong_end(job: Disturbed, case: Case) -> str:
    """What is wrong with how the job ends, "" if nothing is."""
    job.case = case
    job.mark.unlink(missing_ok=True)
    with job.start() as child:
        pids: list[int] = []
        until = time.monotonic() + LONGEST
        while child.poll() is None and time.monotonic() < until:
            time.sleep(0.5)
            pids = children(child.pid) or pids
            for pid in pids:
                _go_on(pid)
        job.case = None
        if child.poll() is None:
            child.kill()
            return f"not ended after {LONGEST:.0f} s"
    left = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    goes_on = case.what == "SIGSTOP" or case.whom == "once"
    if left or bool(child.returncode) == goes_on:
        return f"ended with {child.returncode}, left behind {left}"
    if not job.mark.exists():
        return "it never came"
    return _not_kept(job.run) if case.what in POLITE else ""


def _go_on(pid: int) -> None:
    """Wake a process that was held up for some seconds."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists() and ") T " in stat.read_text():
        time.sleep(2)
        os.kill(pid, signal.SIGCONT)


def _not_kept(run: Path) -> str:
    found = Run(run).newest(lambda line: None)
    steps = [int(path.name[5:]) for path in (run / "checkpoints").glob("step-*")]
    return "" if found and found.step == max(steps) else "the work is not kept"


def wrong_outcome(job: Disturbed, right: Any) -> str:
    """What is wrong with what a resume makes, "" if nothing is."""
    code = job.done()
    if code:
        return f"resumed with {code}"
    return unlike(right, job.run)


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """All cases, or so many; then a case in which nothing comes."""
    with workplace() as folder:
        job = Disturbed(folder)
        assert job.done() == 0
        right = outcome(job.run)
        for case in in_turns(CASES, ends, draw)[:size]:
            shutil.rmtree(job.run)
            wrong = wrong_end(job, case) or wrong_outcome(job, right)
            count.cases["errors" if case.what == "ENOSPC" else "signals"] += 1
            count.check(not wrong, f"{case}: {wrong}")
        shutil.rmtree(job.run)
        nothing = Case("update", "nobody", "SIGSTOP")
        count.control("nothing is sent", bool(wrong_end(job, nothing)))


def disturb(case: Case, mark: Path) -> None:
    """In the first process: let the case happen, and leave a mark."""
    owner, name, call = PHASES[case.phase]
    real, calls = getattr(owner, name), itertools.count(1)

    def acting(*given: Any, **more: Any) -> Any:
        number = next(calls)
        if case.what == "ENOSPC" and (number == call or (case.whom == "always" and number > call)):
            mark.touch()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if case.what != "ENOSPC" and number == call:
            both = set(children(os.getppid()))
            whom = {"self": {os.getpid()}, "other": both - {os.getpid()}}.get(case.whom, set())
            for pid, each in itertools.product(whom, case.what.split()):
                mark.touch()
                os.kill(pid, signal.Signals[each])
        return real(*given, **more)

    setattr(owner, name, acting)


def disturbed(given: str, mark: str) -> None:
    """``nlpseq`` as one of two processes, to which the case happens."""
    del sys.argv[1:3]
    if os.environ["RANK"] == "0":
        disturb(Case(*given.split(",")), Path(mark))
    raise SystemExit(nlpseq_main())


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("--case="):
        disturbed(sys.argv[1].removeprefix("--case="), sys.argv[2])
    else:
        main(run_campaign, size=100)
