"""``nlpseq doctor``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from nlpseq.cli.options import JsonOption, ModelArgument
from nlpseq.cli.terminal import console
from nlpseq.config import flatten

if TYPE_CHECKING:
    from nlpseq.bundle.doctor import Examined
    from nlpseq.training.doctor import Diagnosis

_TOLD = ("format", "task", "made", "files")  # parts of a manifest that have lines of their own
_ON_CARD = ("examples",)  # too long for a line


def doctor(model: ModelArgument, json: JsonOption = False) -> None:
    """Say whether a model is whole, what it was made with and on, and name every fault."""
    from nlpseq.training.doctor import diagnose  # torch is imported behind this line

    found = diagnose(model)
    if json:
        console.document(found.as_json())
    else:
        console.result("\n".join(_lines(found)))
    if found.faults:
        raise typer.Exit(2)


def _lines(found: Diagnosis) -> Iterator[str]:
    """What the model is, then its checkpoints, then every fault, then the verdict."""
    from nlpseq.evaluation.table import aligned

    rows = list(_model_rows(found.model)) if found.model else []
    if found.checkpoints:
        steps = [f"{each.step}{'' if each.whole else ' (damaged)'}" for each in found.checkpoints]
        rows.append(["checkpoints", f"of updates {', '.join(steps)}"])
    yield from aligned(rows, left=2) if rows else ()
    yield from ("", *map(str, found.faults)) if found.faults else ()
    verdict = f"faults: {len(found.faults):,}; it is not whole" if found.faults else "it is whole"
    yield from ("", f"{found.path}: {verdict}")


def _model_rows(model: Examined) -> Iterator[list[str]]:
    from nlpseq.bundle.doctor import table

    yield ["model folder", str(model.folder)]
    if not model.manifest:
        return
    task = table(model.manifest, "task")
    here = f"here: {model.origin or 'not installed'}"
    yield [
        "task",
        f"{task.get('name')} of {task.get('distribution')} {task.get('version')} ({here})",
    ]
    installed = model.installed()
    for name, version in table(model.manifest, "made").items():
        yield [f"made with {name}", f"{version} (here: {installed.get(name, 'unknown')})"]
    yield ["size", f"{model.size / 1e6:,.1f} MB"]
    for name, value in flatten(model.content):
        yield [name, _shown(value)]
    left = model.manifest.keys() - {*_TOLD, *_ON_CARD}
    for name, value in flatten({name: model.manifest[name] for name in sorted(left)}):
        yield [name, _shown(value)]


def _shown(value: Any) -> str:
    """A value as a person reads it; of scores the names and numbers."""
    match value:
        case {"name": str(name), "value": int() | float() as number}:
            return f"{name} {number:.2f}"
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case list():
            return ", ".join(map(_shown, value))
    return str(value)
