"""Commands as whole processes: how long they take, and how much memory at the peak."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

NLPSEQ = (sys.executable, "-m", "nlpseq")


class Figures(NamedTuple):
    """What a process took."""

    seconds: float  # from its start to its end
    peak_mb: float  # resident memory


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Figures:
    """Run a command to its end; its output is dropped, and a failure ends this program."""
    started = time.perf_counter()
    child = subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{' '.join(command)}: ended with {child.returncode}")
    return Figures(time.perf_counter() - started, usage.ru_maxrss / 1024)
