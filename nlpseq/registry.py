"""Families of interchangeable members: a name, the class behind it, and who brought it.

A family's table maps a name to ``"module:Class"``. The class is imported when it is looked
up, so a table costs nothing and a broken plugin harms nobody but itself. Installed
distributions extend a family through entry points in the group of the same name.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nlpseq.errors import PluginError, UnknownName, nearest

HOME = "nlpseq"


@dataclass(frozen=True)
class Entry:
    """One claim on a name."""

    name: str
    target: str  # "module:Class"
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """The distribution and its version, as messages show them."""
        return f"{self.distribution} {self.version}".strip()

    def load(self) -> Any:
        """Import the class.

        Raises:
            PluginError: naming the distribution and the reason, whatever the plugin raised.
        """
        module, _, attribute = self.target.partition(":")
        try:
            return functools.reduce(getattr, attribute.split("."), importlib.import_module(module))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may even raise SystemExit while it is imported
            if isinstance(error, ImportError) and self.distribution == HOME:
                raise
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            raise PluginError(
                f"plugin '{self.name}' ({self.origin}) failed to load: {reason}"
            ) from error


class Registry(Mapping[str, Any]):
    """A family: names to classes, imported on look-up.

    ``group`` is the entry-point group that extends it, ``members`` the built-in table, and
    ``check(name, member)`` looks at a member when it is loaded and raises
    :class:`PluginError` when it does not keep the family's contract.
    """

    def __init__(
        self,
        group: str,
        members: Mapping[str, str] | None = None,
        check: Callable[[str, Any], None] | None = None,
    ) -> None:
        self.group = group
        self._members = dict(members or {})
        self._check = check
        self._given: dict[str, tuple[Entry, Any]] = {}

    def entries(self) -> dict[str, list[Entry]]:
        """Every claim on every name, without importing anything; sorted by name."""
        claims: dict[str, list[Entry]] = {}
        for name, target in self._members.items():
            claims.setdefault(name, []).append(Entry(name, target, HOME, _version()))
        for entry in installed(self.group):
            claims.setdefault(entry.name, []).append(entry)
        for name, (entry, _) in self._given.items():
            claims.setdefault(name, []).append(entry)
        return dict(sorted(claims.items()))

    def entry(self, name: str) -> Entry:
        """The one claim on ``name``.

        Raises:
            UnknownName: no such name; the nearest is shown.
            PluginError: several distributions claim it; all are named.
        """
        claims = self.entries()
        if name not in claims:
            kind = self.group.removeprefix("nlpseq.")
            raise UnknownName(f"no '{name}' among the {kind}; {nearest(name, claims)}")
        if len(claims[name]) > 1:
            origins = " and ".join(entry.origin for entry in claims[name])
            raise PluginError(
                f"'{name}' in {self.group} is claimed by {origins}; uninstall one of them"
            )
        return claims[name][0]

    def give(self, name: str, member: Any, origin: str) -> None:
        """Add a member by hand for this process, as ``--code FILE`` does.

        Raises:
            PluginError: another file has given one of this name.
        """
        if name in self._given and self._given[name][0].origin != origin:
            origins = f"{self._given[name][0].origin} and {origin}"
            raise PluginError(f"'{name}' in {self.group} is claimed by {origins}; give one of them")
        self._given[name] = (Entry(name, "", origin, ""), member)

    def __getitem__(self, name: str) -> Any:
        entry = self.entry(name)
        member = self._given[name][1] if name in self._given else entry.load()
        if self._check:
            self._check(f"plugin '{name}' ({entry.origin})", member)
        return member

    def __contains__(self, name: object) -> bool:
        return name in self.entries()

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries())

    def __len__(self) -> int:
        return len(self.entries())


def installed(group: str) -> tuple[Entry, ...]:
    """The entry points of installed distributions in ``group``.

    ``NLPSEQ_PLUGINS`` set to ``none`` leaves only nlpseq's own, set to distribution names
    separated by commas only these besides.
    """
    allowed = os.environ.get("NLPSEQ_PLUGINS")
    names = None if allowed is None else {_canonical(name) for name in allowed.split(",")} | {HOME}
    found: dict[tuple[str, str, str], Entry] = {}
    for point in entry_points().select(group=group):
        distribution = _canonical(point.dist.name) if point.dist and point.dist.name else "unknown"
        if names is None or distribution in names:
            version = (point.dist.version if point.dist else "") or ""
            entry = Entry(point.name, point.value, distribution, version)
            found[point.name, point.value, distribution] = entry
    return tuple(found.values())


@functools.cache
def entry_points() -> Any:
    """Those of every group; to look through all distributions takes a while, and is done once."""
    return importlib.metadata.entry_points()


def _canonical(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


@functools.cache
def _version() -> str:
    try:
        return importlib.metadata.version(HOME)
    except importlib.metadata.PackageNotFoundError:  # a checkout on the path, not installed
        return ""
