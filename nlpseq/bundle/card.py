"""The card of a model, written from its own record and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def card(manifest: Mapping[str, Any]) -> str:
    """The README.md of a bundle."""
    task, made = manifest["task"], manifest["made"]
    lines = [
        f"# {task['name']}",
        "",
        f"Trained with nlpseq {made['nlpseq']}, for the task `{task['name']}` of "
        f"{task['distribution']} {task['version']}.",
    ]
    for title, key in (("Data", "data"), ("Scores", "scores"), ("Training", "training")):
        if manifest.get(key):
            lines += ["", f"## {title}", "", *_rows(manifest[key])]
    return "\n".join([*lines, ""])


def _rows(table: Mapping[str, Any], path: str = "") -> list[str]:
    rows = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            rows += _rows(value, f"{path}{name}.")
        else:
            rows.append(f"- {path}{name}: {value}")
    return rows
