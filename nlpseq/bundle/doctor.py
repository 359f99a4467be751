"""What a model folder is, and every fault in it.

What lies in the files is opened in a process of its own, since native code reads some of them:
a crash there becomes a fault with a name.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpseq import durable
from nlpseq.bundle.manifest import read_files
from nlpseq.bundle.parts import open_content, task_of
from nlpseq.bundle.tensors import WEIGHTS, dtypes
from nlpseq.errors import BundleError, NlpseqError, handing
from nlpseq.registry import HOME
from nlpseq.task import TASKS
from nlpseq.text.tokenizers.sentencepiece import FILE, SentencepieceTokenizer

_READING, _FOUND, _FAULT = "reading", "found", "fault"


@dataclass(frozen=True)
class Examined:
    """A model folder, looked at from outside and from inside."""

    folder: Path
    manifest: Mapping[str, Any]  # empty where it cannot be read
    size: int  # bytes of all files
    content: Mapping[str, Any]  # model, parameters, dtypes, vocabularies; empty if damaged
    faults: tuple[NlpseqError, ...]

    def installed(self) -> dict[str, str]:
        """The versions here of what models are made with."""
        versions = {name: importlib.metadata.version(name) for name in (HOME, "torch")}
        return {**versions, "python": platform.python_version()}

    @property
    def origin(self) -> str:
        """The distribution here that has the task of the model; "" where none has."""
        with handing(lambda unknown: None):
            return TASKS.entry(str(table(self.manifest, "task").get("name"))).origin
        return ""

    def as_json(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        record = {name: value for name, value in self.manifest.items() if name != "files"}
        here = {**self.installed(), "task": self.origin}
        return {
            "folder": str(self.folder),
            **record,
            "installed": here,
            "size": self.size,
            **self.content,
        }


def table(manifest: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What a manifest, which anybody may have written, has under ``key``, if that is a table."""
    found = manifest.get(key)
    return found if isinstance(found, dict) else {}


def examine(folder: Path) -> Examined:
    """Look at a model folder; whatever is wrong with it is among the faults.

    The content is opened only where every file is what the manifest says.
    """
    faults: list[NlpseqError] = []
    manifest: dict[str, Any] = {}
    with handing(faults.append):
        manifest, _ = read_files(folder, faults.append)
    whole = not faults
    with handing(faults.append):
        if manifest:
            task_of(folder, manifest.get("task"))
    content: Mapping[str, Any] = {}
    with handing(faults.append):
        if whole:
            content = _opened(folder)
    size = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())
    return Examined(folder, manifest, size, content, tuple(faults))


def _opened(folder: Path) -> Mapping[str, Any]:
    """What a process of its own finds in a folder.

    Raises:
        BundleError: the folder is refused, or reading it ended the process.
    """
    path = os.pathsep.join(filter(None, sys.path))
    child = subprocess.run(
        [sys.executable, "-P", "-m", __name__, str(folder)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path}, check=False,
    )  # fmt: skip
    told: dict[str, Any] = {}
    for line in child.stdout.splitlines():
        told |= json.loads(line)
    if _FAULT in told:
        raise BundleError(told[_FAULT])
    if child.returncode or _FOUND not in told:
        code = child.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        what = told.get(_READING, "its files")
        raise BundleError(f"refused bundle '{folder}': {what}: reading it ended in {how}")
    found: Mapping[str, Any] = told[_FOUND]
    return found


def _program(folder: Path) -> None:
    """Open a folder; say before each file that is read, and then what was found."""
    try:
        _, files = read_files(folder)
        for name in [name for name in files if name.endswith(FILE)]:
            _say({_READING: name})
            SentencepieceTokenizer.from_state({FILE: files[name]})
        _say({_READING: "model.json and what belongs to it"})
        settings, columns, model = open_content(folder, files)
        found = {
            "model": settings.model.name,
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "dtypes": dtypes(folder, files[WEIGHTS]),
            "vocabularies": {side: len(column.vocabulary) for side, column in columns.items()},
        }
        _say({_FOUND: found})
    except NlpseqError as error:
        _say({_FAULT: str(error)})
    except Exception as error:
        _say({_FAULT: f"refused bundle '{folder}': {type(error).__name__}: {error}"})


def _say(told: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(durable.as_json(told))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _program(Path(sys.argv[1]))
