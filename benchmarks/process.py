"""Commands as whole processes: how long they take, and how much memory at the peak."""

from __future__ import annotations

import json
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


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, given: str = ""
) -> Figures:
    """Run a command to its end; its output is dropped, and a failure ends this program.

    ``environment`` takes the place of this process's own; ``given`` is read as standard input.
    A small process stands between: the peak of a process is at least what its parent held.
    """
    watch = subprocess.run(
        [sys.executable, "-P", __file__, *command],
        env=environment,
        input=given.encode(),
        capture_output=True,
        check=False,
    )
    if watch.returncode:
        told = watch.stderr.decode(errors="replace")[-2000:]
        raise SystemExit(f"{' '.join(command)}: ended with {watch.returncode}: {told}")
    return Figures(*json.loads(watch.stdout))


def main() -> None:
    """Run the command that is given, and print what it took; end as it ended."""
    started = time.perf_counter()
    child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    print(json.dumps(Figures(time.perf_counter() - started, usage.ru_maxrss / 1024)))
    raise SystemExit(child.returncode)


if __name__ == "__main__":
    main()
