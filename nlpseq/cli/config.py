"""``nlpseq config show``."""

from __future__ import annotations

import json as json_format
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer

from nlpseq.cli.options import JsonOption
from nlpseq.cli.settings import takes_settings
from nlpseq.cli.terminal import console
from nlpseq.config import Layer, as_tree, flatten, reasons
from nlpseq.settings import origins, resolve
from nlpseq.task import TASKS, task_layer

config = typer.Typer(add_completion=False, rich_markup_mode=None)
TaskArgument = Annotated[str | None, typer.Argument(help="also with what this task changes")]


class Line(NamedTuple):
    """What there is to say of a setting."""

    setting: str
    value: Any
    origin: str
    why: str


@config.callback()
def about() -> None:
    """Show settings and where they come from."""


@config.command("show")
@takes_settings
def show(task: TaskArgument = None, json: JsonOption = False, *, layers: Sequence[Layer]) -> None:
    """Show every setting: its value, where it comes from, and what it is for."""
    from nlpseq.evaluation.table import aligned

    of_task = [task_layer(TASKS[task]())] if task else []
    lines = _lines([*of_task, *layers])
    if json:
        console.document([line._asdict() for line in lines])
    else:
        console.result("\n".join(aligned([_cells(line) for line in lines], left=len(Line._fields))))


def _lines(layers: Sequence[Layer]) -> list[Line]:
    resolved = resolve(layers)
    whence, whys = origins(layers), dict(reasons(resolved))
    lines = []
    for path, value in flatten(as_tree(resolved)):
        why = whys.get(path) or whys.get(path.rpartition(".")[0], "")  # of its table
        lines.append(Line(path, value, whence.get(path, "default"), why))
    return lines


def _cells(line: Line) -> list[str]:
    return [line.setting, json_format.dumps(line.value, ensure_ascii=False), line.origin, line.why]
