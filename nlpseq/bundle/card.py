"""The card of a model, written from its own record and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def card(manifest: Mapping[str, Any]) -> str:
    """The README.md of a bundle; a section that the record knows nothing of is left out."""
    task, made = manifest["task"], manifest["made"]
    about = (
        f"Trained with nlpseq {made['nlpseq']}, for the task `{task['name']}` of "
        f"{task['distribution']} {task['version']}."
    )
    sections = {
        "Data": [*_rows(manifest.get("data", {})), *_rows(_only(manifest, "licence"))],
        "Training": _rows(manifest.get("training", {})),
        "Scores": _scores(manifest.get("scores", {})),
        "Examples": _examples(manifest.get("examples", ())),
    }
    lines = [f"# {task['name']}", "", about]
    for title, found in sections.items():
        section = list(found)
        lines += ["", f"## {title}", "", *section] if section else []
    return "\n".join([*lines, ""])


def _only(manifest: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: manifest[name]} if manifest.get(name) else {}


def _rows(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{path}{name}.")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"- {path}{name}: {shown}"


def _scores(scores: Mapping[str, Any]) -> Iterator[str]:
    """A table of all scores, of all files together and of each."""
    if not scores:
        return
    yield from _table("file", "examples", "metric", "score", "95% interval", "baseline")
    together = f"{scores['part']} part" if "part" in scores else "all"
    signatures = {}
    for file, found in {together: scores, **scores.get("files", {})}.items():
        baseline = {
            b["name"]: f"{b['value']:.2f}" for b in found.get("baseline", {}).get("scores", ())
        }
        for score in found["scores"]:
            ends = f"{score['low']:.2f} to {score['high']:.2f}"
            beside = baseline.get(score["name"], "-")
            value = f"{score['value']:.2f}"
            yield _row(file, found["examples"], score["name"], value, ends, beside)
            signatures[score["name"]] = score["signature"]
    if "baseline" in scores:
        yield from ("", f"Baseline: {scores['baseline']['summary']}")
    yield ""
    yield from (f"- {name}: `{signature}`" for name, signature in signatures.items() if signature)


def _examples(examples: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """What was answered to everyday inputs, as it came."""
    if examples:
        yield from _table("text", "answer")
        yield from (_row(example["text"], example["answer"]) for example in examples)


def _table(*heads: str) -> Iterator[str]:
    yield _row(*heads)
    yield _row(*("---" for _ in heads))


def _row(*cells: object) -> str:
    plain = (" ".join(str(cell).split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(plain)} |"
