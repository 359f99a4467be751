"""Models that come with a distribution, known by name.

A distribution brings models by entry points in the group ``nlpseq.pretrained``: the name of
each, and the package in which a folder of that name holds it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nlpseq.bundle.manifest import MANIFEST, read_table
from nlpseq.errors import BundleError, PluginError
from nlpseq.registry import HOME, Registry

PRETRAINED = Registry("nlpseq.pretrained")


class Shipped(NamedTuple):
    """What there is to know of a shipped model without opening it."""

    name: str
    origin: str
    folder: Path
    manifest: dict[str, Any]
    languages: tuple[str, ...]  # source and target, or the one of both

    @property
    def task(self) -> str:
        """The name of the task that it does."""
        return str(self.manifest["task"]["name"])

    @property
    def size(self) -> int:
        """The bytes of its files."""
        return sum(entry["size"] for entry in self.manifest["files"].values())


def shipped_folder(name: str) -> Path:
    """Where the shipped model of that name lies.

    Raises:
        UnknownName: there is none.
        PluginError: two distributions claim the name, or the package is not there.
    """
    entry = PRETRAINED.entry(name)
    try:
        found = importlib.util.find_spec(entry.target)
    except ImportError:  # of the package that it is in
        found = None
    if found is None or found.origin is None:
        raise PluginError(f"model '{name}' ({entry.origin}): no package {entry.target}")
    return Path(found.origin).parent / name


def look_at(name: str) -> Shipped:
    """What the manifest and the settings of a shipped model tell; its weights are not read.

    Raises:
        BundleError, PluginError: these are not there, or not what nlpseq writes.
    """
    folder = shipped_folder(name)
    manifest = read_table(folder, MANIFEST)
    try:
        data = read_table(folder, "model.json")["settings"]["data"]
        languages = tuple(data["languages"]) or (data["language"],)
        found = Shipped(name, PRETRAINED.entry(name).origin, folder, manifest, languages)
        found.task, found.size  # noqa: B018 - it must tell them
    except (KeyError, TypeError, AttributeError) as error:
        raise BundleError(f"refused bundle '{folder}': {MANIFEST}: content: {error}") from None
    return found


def shipped_for(task: str, languages: Sequence[str] = ()) -> Shipped | None:
    """The model that a task uses when none is named: our own first, then by name.

    A model that cannot be looked at is passed over.
    """
    fitting = (m for m in _all() if m.task == task and languages in ((), m.languages))
    return min(
        fitting, key=lambda model: (model.origin.split()[0] != HOME, model.name), default=None
    )


def _all() -> Iterator[Shipped]:
    for name in PRETRAINED:
        try:
            yield look_at(name)
        except (BundleError, PluginError):
            continue
