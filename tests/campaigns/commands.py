"""``nlpseq train`` of the tiny task, as the command line does it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nlpseq import durable
from nlpseq.cli import run as run_command
from nlpseq.training.run import Run
from tests.campaigns.tiny import SETTINGS, as_options, write_data


class Command:
    """One command, which may be given again and again."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        given = {**SETTINGS, **{name.replace("__", "."): v for name, v in changed.items()}}
        self._words = ["train", "sentiment", "--data", str(write_data(folder)), *as_options(given)]

    def __call__(self, run: Path) -> tuple[int, str]:
        """Start the run, or resume it if its folder is there; the exit code, and what was said."""
        results = io.TextIOWrapper(io.BytesIO())
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(results):
            code = run_command(self.words(run))
        return code, said.getvalue()

    def words(self, run: Path) -> list[str]:
        """What to type."""
        return [*self._words, "--out", str(run), *(["--resume"] if run.is_dir() else [])]

    def fork(self, run: Path, prepare: Callable[[], Any] = lambda: None) -> int:
        """Give the command in a process of its own, which first does ``prepare``; its number."""
        child = os.fork()
        if child == 0:
            code = 70
            try:
                prepare()
                code = self(run)[0]
            finally:
                os._exit(code)
        return child


def ended(child: int) -> int:
    """Wait for a process: its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def outcome(run: Path) -> Mapping[str, str]:
    """All that must not depend on how often a training was interrupted; times may."""
    checkpoint = Run(run).newest(lambda line: None)
    assert checkpoint is not None
    state = checkpoint.state
    del state["state"]["minutes"]
    files = {name: data for name, data in checkpoint.files.items() if name != "state.json"}
    files |= {name: (run / name).read_bytes() for name in ("metrics.jsonl", "best.json")}
    files |= {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted((run / "model").rglob("*"))
        if path.is_file() and path.name != "README.md"  # it says what bundle.json says
    }
    files["model/bundle.json"] = durable.as_json(_timeless(json.loads(files["model/bundle.json"])))
    files["state"] = durable.as_json(state)
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _timeless(card: dict[str, Any]) -> dict[str, Any]:
    """The record of a model without the time it took, where, and the digests that follow it."""
    for name in ("minutes", "command"):
        card.get("training", {}).pop(name, None)
    return {name: value for name, value in card.items() if name not in ("files", "self")}
