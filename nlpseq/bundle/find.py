"""From what a person calls a model to its folder."""

from __future__ import annotations

import os
from pathlib import Path

from nlpseq.bundle.manifest import MANIFEST
from nlpseq.bundle.shipped import PRETRAINED, shipped_folder
from nlpseq.errors import BundleError


def find_model(name: str | Path) -> Path:
    """The model folder that ``name`` means: a bundle, or a run folder with one in it.

    What is no path may be the name of a shipped model.

    Raises:
        BundleError: there is no model there; says what was looked for.
        PluginError: the shipped model cannot be reached.
    """
    path = Path(name)  # whose own questions raise for a name that is too long
    for folder in (path, path / "model"):
        if os.path.isfile(folder / MANIFEST):
            return folder
    if not os.path.exists(path) and str(name) in PRETRAINED:
        return shipped_folder(str(name))
    if not os.path.exists(path):
        shipped = ", ".join(PRETRAINED) or "none"
        raise BundleError(
            f"{path}: no such model; give a run folder, a model folder, or the name of a shipped "
            f"one ({shipped}){_seen()}"
        )
    raise BundleError(f"{path}: holds no model: neither {MANIFEST} nor model/{MANIFEST} is there")


def runs_seen(root: Path = Path("runs")) -> list[Path]:
    """The run folders below ``root`` that hold a model, newest first."""
    found = [path.parent.parent for path in root.glob(f"*/model/{MANIFEST}")]
    return sorted(found, key=lambda run: run.stat().st_mtime, reverse=True)


def _seen() -> str:
    runs = runs_seen()
    return f" (seen here: {', '.join(map(str, runs[:5]))})" if runs else ""
