"""Two starts at once, dead holders, no locks: does ever more than one process hold a run folder?

Two processes start in the same run folder at the same moment, again and again: each that gets in
says so, stays a moment, and says that it goes. Holders are killed while processes that they
forked live on: the next start must get in. The controls take away the lock, and what closes it in
forked processes.

    python -m tests.campaigns.locks --seed 1 --size 500
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from nlpseq import durable
from nlpseq.errors import RunFolderError
from nlpseq.training.run import open_run
from tests.campaigns.campaign import Count, main
from tests.campaigns.commands import ended
from tests.campaigns.tiny import workplace

REFUSED = 2


def in_a_fork(act: Callable[[], Any]) -> int:
    """Do something in a process of its own, whose number is returned."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            act()
            code = 0
        except RunFolderError as error:
            polite = re.search("run folder in use by|already holds files", str(error))
            code = REFUSED if polite else 71
        finally:
            os._exit(code)
    return child


def race(folder: Path, moment: float, *, resume: bool) -> str:
    """Let two processes start a run, or resume one, at once; what is wrong, "" if nothing is."""
    told, run = folder / "told", folder / "run"
    if not resume:
        shutil.rmtree(run, ignore_errors=True)
    told.write_text("")
    start = time.monotonic() + 0.005

    def visit() -> None:
        while time.monotonic() < start:
            pass
        with open_run(run, overwrite=False, resume=resume):
            _tell(told, "in")
            (run / "config.toml").touch()  # with which every training begins
            time.sleep(moment)
            _tell(told, "out")

    codes = {ended(child) for child in [in_a_fork(visit), in_a_fork(visit)]}
    words = told.read_text().split()
    if words != ["in", "out"] * (len(words) // 2) or not words:
        return f"found {words}"
    if not resume and words != ["in", "out"]:
        return "both started a new run in it"
    return "" if codes <= {0, REFUSED} and 0 in codes else f"exit codes {codes}"


def _tell(told: Path, word: str) -> None:
    file = os.open(told, os.O_WRONLY | os.O_APPEND)
    os.write(file, f"{word}\n".encode())
    os.close(file)


def free_without_its_holder(folder: Path) -> bool:
    """Whether a folder can be had whose holder was killed, while a process forked of it lives."""
    ready, tell = os.pipe()

    def live() -> None:
        os.write(tell, b"%d\n" % os.getpid())
        time.sleep(30)

    def hold() -> None:
        with open_run(folder, overwrite=False, resume=folder.is_dir()):
            in_a_fork(live)
            time.sleep(30)

    holder = in_a_fork(hold)
    survivor = int(os.read(ready, 20))
    os.kill(holder, signal.SIGKILL)
    ended(holder)
    try:
        return ended(in_a_fork(lambda: _enter(folder))) == 0
    finally:
        os.kill(survivor, signal.SIGKILL)
        os.close(ready)
        os.close(tell)


def _enter(folder: Path) -> None:
    with open_run(folder, overwrite=False, resume=True):
        pass


def refused(folder: Path, code: int) -> bool:
    """Whether a file system that knows no locks is refused, with the reason."""

    def flock(file: int, how: int) -> None:
        raise OSError(code, os.strerror(code))

    with patch.object(fcntl, "flock", flock):
        try:
            _enter(folder)
        except RunFolderError as error:
            return f"cannot be locked: {os.strerror(code)}" in str(error)
    return False


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """Races, a killed holder for every 25 of them, file systems without locks, and controls."""
    with workplace() as folder:
        for number in range(size):
            wrong = race(folder, draw.uniform(0, 0.005), resume=number % 2 == 1)
            count.cases["races"] += 1
            count.check(not wrong, f"a race: {wrong}")
        for _ in range(-(-size // 25)):
            count.cases["killed holders"] += 1
            count.check(free_without_its_holder(folder / "run"), "still locked without a holder")
        for code in (errno.ENOLCK, errno.EOPNOTSUPP):
            count.cases["file systems without locks"] += 1
            count.check(refused(folder / "run", code), f"{errno.errorcode[code]} is not refused")
        with patch.object(fcntl, "flock", lambda file, how: None):
            count.control("no lock", any(race(folder, 0.02, resume=True) for _ in range(20)))
        with patch.object(durable, "_held", Forgetful()):
            free = free_without_its_holder(folder / "run")
        count.control("forked processes keep the lock", not free)


class Forgetful(set[int]):
    """Locks that a forked process does not find to close."""

    def add(self, file: int) -> None:
        """Forget it."""


if __name__ == "__main__":
    main(run_campaign, size=500)
