"""``nlpseq models``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlpseq.cli.options import JsonOption
from nlpseq.cli.terminal import console, cut
from nlpseq.errors import BundleError, PluginError


def models(json: JsonOption = False) -> None:
    """List the models that came with what is installed."""
    from nlpseq.bundle.shipped import PRETRAINED  # torch is imported behind this line
    from nlpseq.evaluation.table import aligned

    found = [_described(name) for name in PRETRAINED]
    if json:
        console.document(found)
        return
    rows = [["model", "task", "languages", "size", "from", "scores"]]
    for model in found:
        about = f"broken: {model['problem']}" if "problem" in model else _scores(model["scores"])
        size = f"{model['bytes'] / 1e6:.1f} MB" if "bytes" in model else "-"
        languages = "-".join(model.get("languages", ()))
        rows.append([model["name"], model.get("task", "-"), languages, size, model["from"], about])
    console.result("\n".join(aligned(rows, left=len(rows[0]))))


def _described(name: str) -> dict[str, Any]:
    """All that a shipped model tells of itself, or why it cannot."""
    from nlpseq.bundle.shipped import PRETRAINED, look_at

    origins = " and ".join(entry.origin for entry in PRETRAINED.entries()[name])
    try:
        model = look_at(name)
    except (BundleError, PluginError) as error:
        return {"name": name, "from": origins, "problem": cut(str(error))}
    told = {key: model.manifest.get(key, {}) for key in ("licence", "scores", "training")}
    about = {"name": name, "from": origins, "task": model.task, "languages": model.languages}
    return {**about, "folder": str(model.folder), "bytes": model.size, **told}


def _scores(scores: Mapping[str, Any]) -> str:
    """The deciding score of each file."""
    files = scores.get("files") or {"": scores}
    first = [(name, found["scores"][0]) for name, found in files.items() if "scores" in found]
    return ", ".join(
        f"{score['name']} {score['value']:.1f} {name}".strip() for name, score in first
    )
