"""``nlpseq train`` of the tiny task, as the command line does it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from nlpseq import durable
from nlpseq.cli import run as run_command
from nlpseq.data.readers.parallel import parallel_files
from nlpseq.text.lines import read_lines
from nlpseq.training.run import Run
from tests.campaigns.tiny import SETTINGS, as_options, write_data

TRANSLATING: Mapping[str, Any] = {
    "model.decoder.width": 32,
    "model.embedding.width": 32,
    "model.embedding.word_dropout": 0.1,
    "model.encoder.width": 16,
    "model.scheduled_sampling": 0.2,
    "text.tokenizer.name": "sentencepiece",
    "text.tokenizer.sampling": 0.1,
    "text.tokenizer.size": 600,
    "training.average": 2,
    "training.batch_rows": 32,
    "training.epochs": 3,
    "training.precision": "fp32",
    "training.save_every": 5,
    "training.threads": 1,
}


class Command:
    """One command, which may be given again and again."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        given = {**SETTINGS, **{name.replace("__", "."): v for name, v in changed.items()}}
        self._words = ["sentiment", "--data", str(write_data(folder)), *as_options(given)]

    def __call__(self, run: Path) -> tuple[int, str]:
        """Start the run, or resume it if its folder is there; the exit code, and what was said."""
        results = io.TextIOWrapper(io.BytesIO())
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(results):
            code = run_command(self.words(run))
        return code, said.getvalue()

    def words(self, run: Path) -> list[str]:
        """What to type."""
        return ["train", *self._words, "--out", str(run), *(["--resume"] if run.is_dir() else [])]

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


class Translating(Command):
    """A translator that learns from the first pairs of real files, with all that draws numbers.

    Args:
        folder: Where the pairs go.
        data: The path of the files but for their languages.
    """

    def __init__(self, folder: Path, data: str) -> None:
        for path, language in zip(parallel_files(data, ("de", "en")), ("de", "en"), strict=True):
            lines = [f"{line}\n".encode() for line in islice(read_lines(path), 440)]
            (folder / f"train.{language}").write_bytes(b"".join(lines[:400]))
            (folder / f"valid.{language}").write_bytes(b"".join(lines[400:]))
        parts = ["--data", str(folder / "train"), "--valid", str(folder / "valid")]
        self._words = ["translation", *parts, "--langs", "de-en", *as_options(TRANSLATING)]


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
        if path.is_file()
    }
    files["model/bundle.json"] = durable.as_json(_timeless(json.loads(files["model/bundle.json"])))
    dated = re.compile(rb"(?m)^- (command|minutes): .*")
    files["model/README.md"] = dated.sub(b"", files["model/README.md"])
    files["state"] = durable.as_json(state)
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def unlike(right: Mapping[str, str], run: Path) -> str:
    """How a run differs from the outcome of one that nothing disturbed, "" if it does not."""
    found = outcome(run)
    names = [name for name in right if found.get(name) != right[name]]
    return f"differs from a training that nothing disturbed: {names}" if names else ""


def _timeless(card: dict[str, Any]) -> dict[str, Any]:
    """The record of a model without the time it took, where, and the digests that follow it."""
    for name in ("minutes", "command"):
        card.get("training", {}).pop(name, None)
    return {name: value for name, value in card.items() if name not in ("files", "self")}
