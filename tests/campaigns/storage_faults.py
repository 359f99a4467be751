"""A disk that fails: every operation of a training in turn, once or from then on for good.

Whatever fails, training goes on and ends as if nothing had been, or the command ends with exit
code 1 and one message that names the cause; then, with the disk mended, ``--resume`` loses no
checkpoint that was promised, and ends with the same bytes as a training that met no fault. Disks
that take fewer bytes than they are given change nothing at all.

    python -m tests.campaigns.storage_faults --seed 1 --size 1200
"""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from nlpseq import durable
from nlpseq.errors import NlpseqError
from nlpseq.training.run import Run
from tests.campaigns.campaign import Count, main
from tests.campaigns.commands import Command, outcome, unlike
from tests.campaigns.recorder import Op, Recorder
from tests.campaigns.tiny import workplace

CODES = [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EINTR]
SHORT = {"one byte": lambda n: 1, "half": lambda n: -(-n // 2), "all but one": lambda n: n - 1 or 1}
WARNING = "checkpoint not saved, training goes on"


class Fault(NamedTuple):
    """Operation ``number``, and with ``times`` over 1 the ones after it, give an error."""

    number: int
    code: int
    times: float = 1

    def __call__(self, number: int, op: Op) -> None:
        if self.number <= number < self.number + self.times:
            raise OSError(self.code, os.strerror(self.code), op.path)


class Disk:
    """A training on a disk with faults, beside one that met none."""

    def __init__(self, folder: Path, count: Count) -> None:
        self.command, self.run, self.count = Command(folder), folder / "run", count
        with Recorder(self.run) as recorder:
            self.command(self.run)
        self.operations, self.right = recorder.count, outcome(self.run)

    def train(self, fault: Any) -> tuple[int, str, int]:
        """Train anew: the exit code, what was said, and the last step that was promised."""
        shutil.rmtree(self.run)
        promised, save = [0], Run.save

        def saving(run: Run, step: int, files: Mapping[str, bytes], keep: int) -> None:
            save(run, step, files, keep)
            promised.append(step)

        with Recorder(self.run, fault), patch.object(Run, "save", saving):
            code, said = self.command(self.run)
        return code, said, promised[-1]

    def wrong(self, fault: Fault) -> str:
        """What is wrong after a fault, "" if nothing is."""
        code, said, promised = self.train(fault)
        self.count.cases[f"exit {code}"] += 1
        self.count.cases["warned"] += WARNING in said
        last = said.splitlines()[-1]
        cause = f"({errno.errorcode[fault.code]})"
        if code not in (0, 1) or said.count("nlpseq: ") != code or "internal error" in said:
            return f"exit code {code}: {last}"
        if code and (not last.startswith("nlpseq: ") or cause not in last):
            return f"the cause is not said: {last}"
        return self._lost(promised) or (self._differs() if code == 0 else self._not_resumed())

    def _lost(self, promised: int) -> str:
        try:
            found = (
                Run(self.run).newest(lambda line: None)
                if (self.run / "checkpoints").is_dir()
                else None
            )
        except (NlpseqError, OSError) as error:
            return f"cannot be read: {error}"
        step = found.step if found else 0
        return f"update {promised} was saved, found {step}" if step < promised else ""

    def _not_resumed(self) -> str:
        code, said = self.command(self.run)
        return self._differs() if code == 0 else f"not resumed: {said.splitlines()[-1]}"

    def _differs(self) -> str:
        return unlike(self.right, self.run)


def faults(operations: int, size: int, draw: random.Random) -> Iterator[Fault]:
    """Each operation with each error, once, twice, and for good; or so many of them."""
    every = [
        Fault(number, code, times)
        for number in range(1, operations + 1)
        for code in CODES
        for times in (1, 30, float("inf"))
    ]
    yield from every if size >= len(every) else draw.sample(every, size)


def _write_once(file: int, data: bytes) -> None:
    os.write(file, data)


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """Faults, short writes, and the control: a writer that does not ask how much was taken."""
    with workplace() as folder:
        disk = Disk(folder, count)
        for fault in faults(disk.operations, size, draw):
            wrong = disk.wrong(fault)
            count.cases["faults"] += 1
            count.check(not wrong, f"{fault}: {wrong}")
        for name, most in SHORT.items():

            def shorten(number: int, op: Op, most: Any = most) -> int | None:
                return most(len(op.data)) if op.name == "write" else None

            code, said, _ = disk.train(shorten)
            count.cases["short writes"] += 1
            count.check(code == 0 and not disk._differs(), f"{name}: {said}")
        with patch.object(durable, "_write_all", _write_once):
            code, _, _ = disk.train(shorten)
        count.control("a writer that does not ask how much was taken", code != 0)


if __name__ == "__main__":
    main(run_campaign, size=1200)
