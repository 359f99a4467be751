"""A model and all that its answers follow from, to files and back."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from nlpseq import config, durable
from nlpseq.bundle import tensors
from nlpseq.bundle.card import card
from nlpseq.bundle.manifest import FORMAT, MANIFEST, describe, parse_json, read_files, refuse, seal
from nlpseq.errors import BundleError, PluginError, SettingError, UnknownName
from nlpseq.model import MODELS
from nlpseq.model.protocol import Model
from nlpseq.registry import HOME
from nlpseq.settings import Settings
from nlpseq.task import TASKS, Task
from nlpseq.text import normalise
from nlpseq.text.column import TextColumn, column_files, columns_from


class Parts(NamedTuple):
    """What a bundle holds."""

    task: Task
    settings: Settings
    columns: Mapping[str, TextColumn]  # "source" and "target"
    model: Model
    record: Mapping[str, Any]  # where it comes from: data, scores, command; any JSON


def pack(parts: Parts) -> dict[str, bytes]:
    """The files of a bundle, in the order in which they are to be written."""
    files = {tensors.WEIGHTS: tensors.dump(_weights(parts))}
    columns = {name: column.kind for name, column in parts.columns.items()}
    files |= {f"tokenizer/{name}": data for name, data in column_files(parts.columns).items()}
    model = {
        "columns": columns,
        "normalise": normalise.VERSION,
        "settings": _answering(parts.settings),
    }
    files["model.json"] = durable.as_json(model)
    manifest = {"format": FORMAT, "task": _origin(parts.task), "made": versions(), **parts.record}
    files["README.md"] = card(manifest).encode()
    manifest["files"] = describe(files)
    return {**files, MANIFEST: seal(manifest)}


def unpack(folder: Path) -> Parts:
    """Open a bundle.

    Raises:
        BundleError: the folder is refused; nothing in it was run, and nothing is half loaded.
    """
    manifest, files = read_files(folder)
    task = task_of(folder, manifest.get("task"))
    return Parts(task, *open_content(folder, files), manifest)


class _Blank(TorchFunctionMode):
    """A block in which weights are not given a start: they are about to be replaced.

    To draw them and make them orthogonal would take longer than all else, and where they have no
    content it would import the framework's compiler.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func.__name__ in ("normal_", "uniform_"):
            return args[0] if args else (kwargs or {})["tensor"]
        if func is torch.linalg.qr:
            return args[0], args[0][: args[0].shape[1]]
        return func(*args, **(kwargs or {}))


class Content(NamedTuple):
    """What a bundle holds, whoever uses it."""

    settings: Settings
    columns: Mapping[str, TextColumn]
    model: Model


def open_content(folder: Path, files: Mapping[str, bytes]) -> Content:
    """Open what verified files hold.

    Raises:
        BundleError: as :func:`unpack`.
    """
    described = parse_json(folder, "model.json", files.get("model.json", b""))
    if described.get("normalise") != normalise.VERSION:
        refuse(folder, "model.json", "normalise", described.get("normalise"), normalise.VERSION)
    try:
        settings: Settings = config.read(Settings, described["settings"])
        columns = _columns(folder, described["columns"], settings, files)
        vocabularies = {name: column.vocabulary for name, column in columns.items()}
        kind: type[Model] = MODELS[settings.model.name]
        # Sizes only: nothing is allocated before weights were seen.
        with torch.device("meta"), _Blank():
            shapes = kind.build(settings.model.settings, vocabularies).shapes()
    except (KeyError, TypeError, AttributeError, SettingError, UnknownName) as error:
        refuse(folder, "model.json", "content", error)
    weights = tensors.load(folder, files.get(tensors.WEIGHTS, b""), shapes)
    with _Blank():
        model = kind.build(settings.model.settings, vocabularies)
    model.load_state_dict(weights)
    model.eval()
    return Content(settings, columns, model)


def _weights(parts: Parts) -> Mapping[str, Tensor]:
    """The weights, in the precision that the settings ask for."""
    weights = parts.model.state_dict()
    if not parts.settings.bundle.half:
        return weights
    return {name: w.half() if w.is_floating_point() else w for name, w in weights.items()}


def _answering(settings: Settings) -> dict[str, Any]:
    """The settings that answers follow from; how the weights were found is not among them."""
    tree = config.as_tree(settings)
    del tree["training"], tree["bundle"], tree["text"]["vectors"]
    languages = {"language": settings.data.language, "languages": settings.data.languages}
    return {**tree, "data": languages}


def _columns(
    folder: Path, kinds: Mapping[str, str], settings: Settings, files: Mapping[str, bytes]
) -> dict[str, TextColumn]:
    prefix = "tokenizer/"
    own = {f.removeprefix(prefix): data for f, data in files.items() if f.startswith(prefix)}
    try:
        return columns_from(kinds, own, settings.text, settings.data)
    except ValueError as error:
        file, _, found = str(error).partition(": ")
        refuse(folder, f"{prefix}{file}", "content", found)


def task_of(folder: Path, origin: Any) -> Task:
    """The task a bundle names, by the plugin that is installed here."""
    if not isinstance(origin, dict) or not isinstance(origin.get("name"), str):
        refuse(folder, MANIFEST, "task", origin, "a name and a distribution")
    try:
        task: type[Task] = TASKS[origin["name"]]
    except (UnknownName, PluginError) as error:
        raise BundleError(
            f"refused bundle '{folder}': its task '{origin['name']}' comes from "
            f"{origin.get('distribution')} {origin.get('version')}: {error}"
        ) from None
    return task()


def _origin(task: Task) -> dict[str, str]:
    entry = TASKS.entry(task.name)
    return {"name": task.name, "distribution": entry.distribution, "version": entry.version}


def versions() -> dict[str, str]:
    """Of what a model is made with."""
    return {
        "nlpseq": importlib.metadata.version(HOME),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
