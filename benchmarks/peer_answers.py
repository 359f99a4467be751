"""Peers that answer in turns with ours: a process of each, which is asked line by line.

Their weights are as training starts from them, like ours, and the answers are as long as ours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from benchmarks.peers import NAMES, environment, untrained
from benchmarks.standard import Standard, say

DRIVERS = Path(__file__).parent / "drivers"
MARK = "ANSWERS "

Ask = Callable[[Sequence[str], int, int], list[str]]  # texts in pieces, beam, and length


@contextmanager
def answering(words: argparse.Namespace, setting: Standard) -> Iterator[dict[str, Ask]]:
    """Each peer that was named, ready to be asked."""
    with ExitStack() as stack:
        peers = {}
        for name in NAMES:
            if python := getattr(words, name):
                folder = Path(stack.enter_context(TemporaryDirectory()))
                asked = driven(name, python, [str(untrained(name, python, setting, folder))])
                peers[name] = stack.enter_context(asked)
                say(f"{name} is ready")
        yield peers


@contextmanager
def driven(name: str, python: str, model: Iterable[str]) -> Iterator[Ask]:
    """A peer that waits to be asked, with a model; a length of 0 leaves it to the model."""
    command = [python, str(DRIVERS / f"ask_{name}.py"), *model]
    pipe = subprocess.PIPE
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=complaints, text=True, env=environment()
        ) as driver,
    ):

        def ask(texts: Sequence[str], beam: int, length: int) -> list[str]:
            asked = {"texts": list(texts), "beam": beam, "length": length}
            driver.stdin.write(json.dumps(asked) + os.linesep)  # type: ignore[union-attr]
            driver.stdin.flush()  # type: ignore[union-attr]
            for line in driver.stdout:  # type: ignore[union-attr]
                if line.startswith(MARK):
                    answers: list[str] = json.loads(line.removeprefix(MARK))
                    if len(answers) == len(texts):
                        return answers
            complaints.seek(0)
            told = complaints.read()[-2000:]
            raise SystemExit(f"{' '.join(command)} did not answer all: {told}")

        yield ask
        driver.stdin.close()  # type: ignore[union-attr]
