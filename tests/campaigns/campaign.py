"""What the campaigns share: their command line, draws and counts of cases, a look at memory."""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Count:
    """Cases tried, and what was wrong with them."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()
        self.violations: list[str] = []

    def check(self, right: bool, message: str) -> None:
        """Note a violation unless all is right."""
        if not right:
            self.violations.append(message)

    def control(self, fault: str, caught: bool) -> None:
        """Note whether a fault that was put in on purpose was caught."""
        self.cases["controls"] += 1
        self.check(caught, f"not caught: {fault}")

    def __str__(self) -> str:
        cases = ", ".join(f"{number:,} {what}" for what, number in self.cases.items())
        return f"{cases}: {len(self.violations)} violations"


def in_turns(cases: Sequence[T], kind: Callable[[T], str], draw: random.Random) -> list[T]:
    """All cases by chance; first one of each kind, then a second of each, and so on."""
    met, turns = Counter[str](), []
    for case in draw.sample(cases, len(cases)):
        turns.append((met[kind(case)], case))
        met[kind(case)] += 1
    return [case for _, case in sorted(turns, key=lambda turn: turn[0])]


class Memory:
    """How far the memory of this process rises above what it holds now, at its highest."""

    def __init__(self) -> None:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # what was its highest so far is forgotten
        self._before = _highest()

    @property
    def grown(self) -> int:
        """In MiB."""
        return _highest() - self._before


def _highest() -> int:
    lines = Path("/proc/self/status").read_text().split("\n")
    (found,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(found) // 1024


Campaign = Callable[..., None]  # of the size, the draws, the count, and further options by name


def main(run: Campaign, *, size: int, **options: str) -> None:
    """Run a campaign from the command line; exit 1 at a violation.

    Args:
        run: The campaign.
        size: How many cases it tries if nothing is said.
        options: Further options of it, and what they do.
    """
    parser = argparse.ArgumentParser(description=sys.modules[run.__module__].__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=size)
    for name, does in options.items():
        parser.add_argument(f"--{name}", default="", help=does)
    given = parser.parse_args()
    more = {name: getattr(given, name) for name in options}
    started, count = time.monotonic(), Count()
    run(given.size, random.Random(given.seed), count, **more)
    for violation in count.violations[:20]:
        print(violation)
    print(f"seed {given.seed}, size {given.size}: {count}, {time.monotonic() - started:.0f} s")
    raise SystemExit(1 if count.violations else 0)
