"""Faults of the kernel itself, in real processes: does what storage_faults shows hold there too?

``strace`` lets one fsync, rename or write to the log of a training fail, or kills the process at
a rename; a limit on the size of files (RLIMIT_FSIZE) cuts writes short and then refuses them.
Training must say the cause and go on, or end with exit code 1 and one message that names it; what
``--resume`` makes of it must be, to the last byte, what a training makes that met no fault. A
fault that never came is a violation. The control does not look at what fsync says.

    python -m tests.campaigns.kernel_faults --seed 1 --size 40
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from nlpseq.cli import main as nlpseq_main
from tests.campaigns.campaign import Count, main
from tests.campaigns.commands import Command, outcome, unlike
from tests.campaigns.tiny import workplace

RENAMES = "rename,renameat,renameat2"


class Fault(NamedTuple):
    """What goes wrong at which of the calls of a kind."""

    calls: str
    wrong: str  # as strace takes it
    path: str = ""  # only calls about this file


FAULTS = [
    *(Fault("fsync", f"error={code}") for code in ("ENOSPC", "EIO", "EDQUOT")),
    *(Fault(RENAMES, f"error={code}") for code in ("EROFS", "EACCES")),
    *(Fault("write", f"error={code}", "metrics.jsonl") for code in ("ENOSPC", "EIO")),
    Fault(RENAMES, "signal=SIGKILL"),
]


class Ended(NamedTuple):
    """How a process ended, and what it said."""

    code: int
    said: str


class Kernel:
    """A training under faults, beside one that met none."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, folder / "run"
        self.command, self.trace = Command(folder), folder / "trace"
        self.python = [sys.executable, "-m", "nlpseq"]
        assert self.command(self.run)[0] == 0  # prepares the data, whose files are not meant
        self.right = outcome(self.run)
        self.last = {calls: self._calls(calls, path) for calls, path in {f[::2] for f in FAULTS}}
        largest = max(path.stat().st_size for path in self.run.rglob("*") if path.is_file())
        self.sizes = range(100, largest)

    def _calls(self, calls: str, path: str) -> int:
        fault = Fault(calls, "", path)
        self._begin(fault)
        assert self._traced(fault, "").code == 0
        return len(self.trace.read_text().splitlines())

    def _begin(self, fault: Fault) -> None:
        """A fresh start; with a log to go on with where that is what fails."""
        shutil.rmtree(self.run, ignore_errors=True)
        if fault.path:
            shorter = Command(self.folder, training__epochs=2)
            assert self._ended([*self.python, *shorter.words(self.run)]).code == 0

    def _ended(self, words: Sequence[str], prepare: Callable[[], Any] | None = None) -> Ended:
        done = subprocess.run(words, capture_output=True, text=True, preexec_fn=prepare)
        return Ended(done.returncode, done.stderr)

    def _traced(self, fault: Fault, inject: str) -> Ended:
        words = ["strace", "-f", "-qq", "-o", str(self.trace), "-e", "signal=none"]
        words += [] if "signal" in fault.wrong else ["--seccomp-bpf"]  # it lets no signal through
        words += ["-e", f"trace={fault.calls}", *(["-e", f"inject={inject}"] if inject else [])]
        words += ["-P", str(self.run / fault.path)] if fault.path else []
        return self._ended([*words, *self.python, *self.command.words(self.run)])

    def wrong(self, fault: Fault, number: int) -> str:
        """What is wrong after a fault at a call, "" if nothing is."""
        self._begin(fault)
        done = self._traced(fault, f"{fault.calls}:{fault.wrong}:when={number}")
        if fault.wrong.startswith("signal"):
            killed = done.code == -signal.SIGKILL
            return self._wrong_after() if killed else f"ended with {done.code}, not by the signal"
        if "(INJECTED)" not in self.trace.read_text():
            return "the fault never came"
        return self._wrong_end(done, fault.wrong.partition("=")[2])

    def wrong_limit(self, size: int) -> str:
        """What is wrong after a training whose files may not grow beyond a size."""
        shutil.rmtree(self.run)
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))
        return self._wrong_end(
            self._ended([*self.python, *self.command.words(self.run)], limit), "EFBIG"
        )

    def _wrong_end(self, done: Ended, cause: str) -> str:
        if done.code not in (0, 1) or re.search("Traceback|internal error", done.said):
            return f"exit code {done.code}: {done.said[-300:]}"
        if f"({cause})" not in done.said:
            return f"{cause} is not said: {done.said[-300:]}"
        return self._wrong_after()

    def _wrong_after(self) -> str:
        """After all is mended."""
        done = self._ended([*self.python, *self.command.words(self.run)])
        if done.code:
            return f"not resumed: {done.said[-300:]}"
        return unlike(self.right, self.run)


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """Each kind of fault in turn, a file size in each fifth case, and the control."""
    with workplace() as folder:
        kernel = Kernel(folder)
        for case in range(size):
            if case % 5 == 4:
                limit = draw.choice(kernel.sizes)
                wrong, what = kernel.wrong_limit(limit), f"files of {limit} bytes"
                count.cases["limits of file sizes"] += 1
            else:
                fault = FAULTS[case % len(FAULTS)]
                number = draw.randint(1, kernel.last[fault.calls])
                wrong, what = kernel.wrong(fault, number), f"{fault}, call {number}"
                count.cases["injected faults"] += 1
            count.check(not wrong, f"{what}: {wrong}")
        kernel.python = [sys.executable, "-m", "tests.campaigns.kernel_faults", "--deaf"]
        count.control("fsync is not listened to", bool(kernel.wrong(FAULTS[0], 5)))


def deaf() -> None:
    """``nlpseq``, which does not look at what fsync says."""
    real = os.fsync

    def fsync(file: int) -> None:
        with contextlib.suppress(OSError):
            real(file)

    sys.argv.remove("--deaf")
    with patch.object(os, "fsync", fsync):
        raise SystemExit(nlpseq_main())


if __name__ == "__main__":
    if "--deaf" in sys.argv:
        deaf()
    else:
        main(run_campaign, size=40)
