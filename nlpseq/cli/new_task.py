"""``nlpseq new-task``."""

from __future__ import annotations

import re
import shlex
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from nlpseq import durable
from nlpseq.cli.app import RESERVED
from nlpseq.cli.terminal import console
from nlpseq.errors import SettingError
from nlpseq.task import TASKS, VERBS

NameArgument = Annotated[
    str, typer.Argument(help="of the task: lower-case words, as in spam-filter")
]
FolderOption = Annotated[Path | None, typer.Option(help="the new folder; else nlpseq-NAME")]

TEMPLATE = (
    "pyproject.toml",
    "README.md",
    "src/nlpseq_taskname/__init__.py",
    "tests/test_task.py",
)
"""The files of a project for the task ``taskname``; it is a plugin that works as it stands."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_task(name: NameArgument, out: FolderOption = None) -> None:
    """Start a task of your own: an installable project whose tests pass."""
    _check(name)
    folder = out if out is not None else Path(f"nlpseq-{name}")
    if folder.exists() or folder.is_symlink():
        raise SettingError(f"{folder}: is there already; remove it, or give another --out")
    durable.make_folder(folder.absolute().parent)
    durable.write_folder(folder, project(name))
    where = shlex.quote(str(folder))
    console.result(
        f"a task, its sample and its tests are in {folder}; next:\n"
        f"  pip install -e {shlex.quote(f'{folder}[test]')}\n"
        f"  nlpseq train {name}\n"
        f'  nlpseq {name} --model runs/{name}-1 "is the door open"\n'
        f"  pytest {where}"
    )


def project(name: str) -> dict[str, bytes]:
    """The files of a project for the task ``name``."""
    words = {
        "nlpseq_taskname": f"nlpseq_{name.replace('-', '_')}",
        "TaskName": "".join(word.capitalize() for word in name.split("-")),
        "taskname": name,
    }
    found = {}
    for path in TEMPLATE:
        text = (files("nlpseq.testing") / "template" / path).read_text(encoding="utf-8")
        for word, own in words.items():
            path, text = path.replace(word, own), text.replace(word, own)
        found[path] = text.encode()
    return found


def _check(name: str) -> None:
    """Refuse a name that a task cannot have, or that is taken.

    Raises:
        SettingError: says which of these it is.
    """
    if not _NAME.fullmatch(name):
        expected = "lower-case letters and digits, words set apart by -, as in spam-filter"
        raise SettingError(f"name of the task: found {name!r}, expected {expected}")
    if name in RESERVED:
        raise SettingError(f"name of the task: '{name}' is a command of nlpseq; take another")
    for table in (TASKS, VERBS):
        if name in table:
            origins = " and ".join(entry.origin for entry in table.entries()[name])
            raise SettingError(f"name of the task: '{name}' is taken by {origins}; take another")
