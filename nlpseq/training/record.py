"""What the folder of a model tells of it: how it was trained, what it is worth, what it says."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from nlpseq.config import as_tree, flatten
from nlpseq.evaluation.report import Report
from nlpseq.pipeline import Pipeline
from nlpseq.settings import Settings, resolve
from nlpseq.task import Task, task_layer
from nlpseq.training.checkpoint import State

_ELSEWHERE = ("data.train", "data.valid", "data.test", "bundle.")  # told by other parts
_PATHS = ("text.vectors.source", "text.vectors.target", "text.vectors.text")


def training(task: Task, settings: Settings, state: State, command: str) -> dict[str, Any]:
    """How a model was trained."""
    found: dict[str, Any] = {"command": command} if command else {}
    return found | {
        "minutes": round(state.minutes, 1),
        "threads": torch.get_num_threads(),
        "updates": state.update,
        "best_update": state.best_update,
        "settings": dict(_asked(task, settings)),
    }


def _asked(task: Task, settings: Settings) -> Iterator[tuple[str, Any]]:
    """The settings that are not those of the task; of files the names alone."""
    usual = dict(flatten(as_tree(resolve([task_layer(task)]))))
    for path, value in flatten(as_tree(settings)):
        if value != usual.get(path) and not path.startswith(_ELSEWHERE):
            yield path, os.path.basename(value) if path in _PATHS else value


def scores(report: Report, part: str) -> dict[str, Any]:
    """What a model is worth, without what only a report needs."""
    return {"part": part, **_brief(report.as_json())}


def _brief(report: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: report[key] for key in ("examples", "scores", "baseline") if key in report}
    if "files" in report:
        found["files"] = {name: _brief(each) for name, each in report["files"].items()}
    return found


def examples(pipeline: Pipeline, settings: Settings) -> list[dict[str, str]]:
    """The answers to the texts that the card shows."""
    texts = settings.bundle.examples
    return [{"text": text, "answer": _answer(pipeline, text)} for text in texts]


def _answer(pipeline: Pipeline, text: str) -> str:
    found = pipeline(text)
    if pipeline.model.searches:
        return found.text
    return f"{found.text} ({math.exp(found.score):.0%})"
