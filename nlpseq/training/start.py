"""Training that begins from a model that is there: its weights, tokenizers and vocabularies."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from nlpseq.bundle import Parts, find_model, unpack
from nlpseq.config import Layer, as_tree, flatten
from nlpseq.errors import BundleError, SettingError
from nlpseq.model import MODELS
from nlpseq.model.protocol import Model
from nlpseq.settings import Settings, resolve
from nlpseq.task import Task
from nlpseq.text.vocabulary import Vocabulary

_KEPT = ("text", "model", "search")
_FREE = ("text.max_tokens",)  # of the text settings: those that tokens do not follow from


def open_start(model: str | Path, task: Task) -> Parts:
    """The model to begin from.

    Raises:
        BundleError: there is none, or it is of another task.
    """
    parts = unpack(find_model(model))
    if parts.task.name != task.name:
        raise BundleError(
            f"--from {model}: found a model of task '{parts.task.name}', expected one of "
            f"'{task.name}'"
        )
    return _saying_all(parts)


def _saying_all(parts: Parts) -> Parts:
    """The model with scores for all of its vocabulary, of which new targets may hold any word.

    What it never said begins with the least bias.
    """
    known = parts.columns["target"].vocabulary
    if known.said == len(known):
        return parts
    column = dataclasses.replace(
        parts.columns["target"], vocabulary=Vocabulary(known.tokens, known.counts)
    )
    columns = dict.fromkeys(parts.columns, column)  # a target of its own says all that it knows
    model: Model = MODELS[parts.settings.model.name].build(
        parts.settings.model.settings, dict.fromkeys(columns, column.vocabulary)
    )
    weights = model.state_dict()
    for name, before in parts.model.state_dict().items():
        if before.shape != weights[name].shape:
            weights[name].fill_(before.min() if before.ndim == 1 else 0)
        weights[name][tuple(map(slice, before.shape))] = before
    return parts._replace(columns=columns, model=model)


def with_start(layers: Sequence[Layer], parts: Parts, origin: str) -> list[Layer]:
    """The layers with those settings that a model brings: above the task's, below what was asked.

    Raises:
        SettingError: what was asked does not fit the model.
    """
    of_task, *asked = layers
    tree = as_tree(parts.settings)
    kept = {name: tree[name] for name in _KEPT}
    kept["data"] = {name: tree["data"][name] for name in ("language", "languages")}
    found = [of_task, Layer(origin, kept), *asked]
    _check(resolve(found), parts, origin)
    return found


def _check(settings: Settings, parts: Parts, origin: str) -> None:
    """Refuse settings under which the weights or the ids would mean something else."""
    before, after = (dict(flatten(as_tree(each))) for each in (parts.settings, settings))
    changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    for path in changed:
        if path.startswith("text.") and path not in _FREE:
            _refuse(path, after.get(path), before.get(path), origin)
    vocabularies = {side: column.vocabulary for side, column in parts.columns.items()}
    model: Model = MODELS[settings.model.name].build(settings.model.settings, vocabularies)
    if model.shapes() != parts.model.shapes():
        path = next(path for path in changed if path.startswith("model."))
        _refuse(path, after.get(path), before.get(path), origin)


def _refuse(path: str, found: object, expected: object, origin: str) -> None:
    raise SettingError(
        f"setting {path}: found {found!r}, expected {expected!r} as in the model that training "
        f"starts from ({origin})"
    )
