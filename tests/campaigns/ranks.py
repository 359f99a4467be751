"""Two processes that train together, one of them killed at any moment: does it end as it would?

Each case trains through ``torchrun``, two processes of one thread; at a random moment one of them
gets SIGKILL, or in each fourth case SIGSTOP and after seconds SIGCONT. A job with a dead process
must end within a minute with an error and leave no process behind, and what ``--resume`` then
makes of it must be, to the last byte, what nobody killed. One that was only held up goes on. Where
the job had ended before the moment came, another is drawn.

    python -m tests.campaigns.ranks --seed 1 --size 50
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nlpseq import durable
from nlpseq.training.run import Run, _with_manifest
from tests.campaigns.campaign import Count, main
from tests.campaigns.commands import Command, outcome, unlike
from tests.campaigns.tiny import workplace

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "nlpseq")
LONGEST = 60.0  # seconds from a death to the end of the job
DRAWS = 5  # of a moment, until one comes before the end


class Job:
    """A training of two processes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, folder / "run"
        self.command = Command(folder, training__epochs=30)

    def words(self) -> list[str]:
        """What to run."""
        return [sys.executable, *TORCHRUN, *self.command.words(self.run)]

    def start(self) -> subprocess.Popen[bytes]:
        """Begin it, or take it up."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        silent = subprocess.DEVNULL
        return subprocess.Popen(self.words(), env=environment, stdout=silent, stderr=silent)

    def done(self) -> int:
        """Go on to the end; the exit code."""
        with self.start() as child:
            return child.wait()


def children(child: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{child}/task/{child}/children")
    return [int(word) for word in found.read_text().split()] if found.exists() else []


def later(child: subprocess.Popen[bytes], seconds: float) -> list[int]:
    """The two processes of a job after some time, or once they begin; none if it is over."""
    until, found = time.monotonic() + seconds, children(child.pid)
    while child.poll() is None and (time.monotonic() < until or len(found) != 2):
        time.sleep(0.02)
        found = children(child.pid)
    return found if child.poll() is None else []


def held_up(job: Job, draw: random.Random, longest: float) -> str | None:
    """Hold up one of the two for some seconds; what is wrong then, None if it was over before."""
    with job.start() as child:
        victims = later(child, draw.uniform(0.2, longest))
        if not victims:
            return undisturbed(child)
        pid = draw.choice(victims)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(draw.uniform(0, 4))
        os.kill(pid, signal.SIGCONT)
        code = child.wait()
        return f"held up, it ended with {code}" if code else ""


def killed(job: Job, draw: random.Random, longest: float) -> str | None:
    """Kill one of the two at a random moment; what is wrong then, None if it was over before."""
    with job.start() as child:
        victims = later(child, draw.uniform(0.2, longest))
        if not victims:
            return undisturbed(child)
        os.kill(draw.choice(victims), signal.SIGKILL)
        died = time.monotonic()
        try:
            code = child.wait(LONGEST)
        except subprocess.TimeoutExpired:
            child.kill()
            return f"not ended {LONGEST:.0f} s after a death"
        left = [pid for pid in victims if Path(f"/proc/{pid}").exists()]
        if left:
            return f"processes left behind after {time.monotonic() - died:.0f} s"
        return "" if code else "exit code 0 after a death"


def undisturbed(child: subprocess.Popen[bytes]) -> str | None:
    """What is wrong with how a job ended to which nothing was done."""
    return f"ended with {child.returncode} by itself" if child.returncode else None


def disturbed(act: Callable[..., str | None], job: Job, draw: random.Random, took: float) -> str:
    """Kill or hold up, at the first moment drawn that comes before the end; what is wrong then."""
    for _ in range(DRAWS):
        shutil.rmtree(job.run, ignore_errors=True)
        wrong = act(job, draw, took)
        if wrong is not None:
            return wrong
    return f"over before anything could be done to it, {DRAWS} times"


def repeat_a_batch(run: Path) -> None:
    """Let a resume learn from the last batch again: the control."""
    found = Run(run).newest(lambda line: None)
    assert found is not None
    state = found.state
    state["state"]["batch"] -= 1
    files = {**found.files, "state.json": durable.as_json(state)}
    durable.replace_folder(
        run / "checkpoints" / f"step-{found.step:010d}", _with_manifest(found.step, files)
    )


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """Kill or hold up, resume, compare; and once with a batch that is learned from twice."""
    with workplace() as folder:
        job = Job(folder)
        started = time.monotonic()
        assert job.done() == 0
        took, right = time.monotonic() - started, outcome(job.run)
        for case in range(size):
            kind, act = ("stops", held_up) if case % 4 == 1 else ("kills", killed)
            wrong = disturbed(act, job, draw, took)
            count.cases[kind] += 1
            count.check(not wrong, f"case {case}: {wrong}")
            code = job.done()
            count.check(code == 0, f"case {case}: the resume ended with {code}")
            count.check(code != 0 or not unlike(right, job.run), f"case {case}: another outcome")
        shutil.rmtree(job.run)
        assert Job.done(_shorter(job)) == 0
        repeat_a_batch(job.run)
        assert job.done() == 0
        count.control("a batch is learned from twice", outcome(job.run) != right)


def _shorter(job: Job) -> Job:
    """The same training, ended after a third of its epochs."""
    shorter = Job(job.folder)
    shorter.command = Command(job.folder, training__epochs=10)
    return shorter


if __name__ == "__main__":
    main(run_campaign, size=50)
