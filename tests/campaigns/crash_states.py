"""Every state in which a power loss may leave a folder, from the operations done on it.

A change of a folder is on the disk once that folder was synced, the contents of a file once that
file was. What was not synced may be there or not: any of the changes of folders, though those of
one name keep their order; of a file the old content, the new, or a torn mixture. This is less
than journaling file systems give, and what POSIX promises.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.campaigns.recorder import Op

Tree = Mapping[str, bytes | None]  # path below the root -> content, None for a folder
Names = dict[tuple[int, str], int | None]  # folder and name -> file or folder
ROOT = 0


class Entry(NamedTuple):
    """A change of the names in a folder, all at once; None takes a name away."""

    folder: int
    names: Mapping[str, int | None]

    def places(self) -> Names:
        """The names with the folder they are in."""
        return {(self.folder, name): node for name, node in self.names.items()}


class State(NamedTuple):
    """What a crash left, and what had been promised by then."""

    tree: Tree
    marks: Sequence[str]  # passed before the crash
    when: int  # number of operations done


def read_tree(root: Path) -> Tree:
    """A folder as it is on the disk."""
    paths = sorted(root.rglob("*"))
    return {str(p.relative_to(root)): None if p.is_dir() else p.read_bytes() for p in paths}


def write_tree(root: Path, tree: Tree) -> None:
    """Make ``root`` hold ``tree`` and nothing else."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for path, content in sorted(tree.items()):
        if content is None:
            (root / path).mkdir()
        else:
            (root / path).write_bytes(content)


class History:
    """What was done to a folder that held ``base``, all of it on the disk."""

    def __init__(self, base: Tree, done: Sequence[Op]) -> None:
        self._nodes = itertools.count(1)
        self._is_folder = {ROOT: True}
        self._now: Names = {}
        self._content: dict[int, bytes] = {}
        self._base_content: dict[int, bytes] = {}
        for path, content in sorted(base.items()):
            self._add(path, folder=content is None)
            if content is not None:
                self._base_content[self._find(path)] = content
        self._content = dict(self._base_content)
        self._base = dict(self._now)
        self.entries: list[tuple[int, Entry]] = []  # with the number of the operation
        self.contents: list[tuple[int, int, bytes]] = []  # number, file, content from then on
        self.syncs: dict[int, list[int]] = {}  # of a file or folder: the numbers
        self.marks: list[tuple[int, str]] = []
        for number, op in enumerate(done):
            self._take(number, op)
        self.length = len(done)

    def _find(self, path: str) -> int:
        node = ROOT
        for name in path.split(os.sep) if path else []:
            found = self._now[node, name]
            assert found is not None, path
            node = found
        return node

    def _place(self, path: str) -> tuple[int, str]:
        folder, _, name = path.rpartition(os.sep)
        return self._find(folder), name

    def _add(self, path: str, *, folder: bool) -> Entry:
        node = next(self._nodes)
        self._is_folder[node] = folder
        place, name = self._place(path)
        self._now[place, name] = node
        if not folder:
            self._content[node] = b""
        return Entry(place, {name: node})

    def _take(self, number: int, op: Op) -> None:
        match op.name:
            case "create" | "mkdir" if op.path:
                self.entries.append((number, self._add(op.path, folder=op.name == "mkdir")))
            case "unlink" | "rmdir":
                folder, name = self._place(op.path)
                self._change(number, Entry(folder, {name: None}))
            case "rename":
                (folder, name), (other, new) = self._place(op.path), self._place(op.other)
                assert folder == other, "renames stay in their folder"
                self._change(number, Entry(folder, {name: None, new: self._find(op.path)}))
            case "write" | "ftruncate":
                file = self._find(op.path)
                old = self._content[file]
                new = old + op.data if op.name == "write" else old[: op.length]
                self._content[file] = new
                self.contents.append((number, file, new))
            case "fsync":
                self.syncs.setdefault(self._find(op.path), []).append(number)
            case "mark":
                self.marks.append((number, op.path))

    def _change(self, number: int, entry: Entry) -> None:
        self._now |= entry.places()
        self.entries.append((number, entry))

    def _late(self, node: int, number: int, end: int) -> bool:
        """Whether what happened to ``node`` at ``number`` was not synced before ``end``."""
        return not any(number < sync < end for sync in self.syncs.get(node, ()))

    def crashes(self, size: int, draw: random.Random) -> Iterator[State]:
        """The states after crashes before any operation; about ``size`` of them, drawn, if more."""
        ends = range(self.length + 1)
        for end in draw.sample(ends, min(size, len(ends))):
            yield from self.states(end, max(1, size // len(ends)), draw)

    def states(self, end: int, most: int, draw: random.Random) -> Iterator[State]:
        """The states after a crash before operation ``end``; ``most`` of them, drawn, if more."""
        names, free = dict(self._base), []
        for number, entry in self.entries:
            if number < end and self._late(entry.folder, number, end):
                free.append(entry)
            elif number < end:
                names |= entry.places()
        near = reachable(names, free)
        free = [entry for entry in free if entry.folder in near]
        kept = list(closed_subsets(free, most, draw))
        contents = self._contents(end, near)
        choices = [kept, *contents.values()]
        marks = [what for number, what in self.marks if number < end]
        for entries, *chosen in drawn(choices, most, draw):
            found = dict(names)
            for entry in entries:
                found |= entry.places()
            tree = self._tree(ROOT, "", found, dict(zip(contents, chosen, strict=True)))
            yield State(dict(tree), marks, end)

    def _contents(self, end: int, near: set[int]) -> dict[int, Sequence[bytes]]:
        """What may be in each file."""
        found: dict[int, Sequence[bytes]] = {f: [c] for f, c in self._base_content.items()}
        found |= {
            f: [b""] for f, is_folder in self._is_folder.items() if not is_folder and f not in found
        }
        for number, file, content in self.contents:
            if number < end and file in near:
                old = found[file][0]
                late = self._late(file, number, end)
                found[file] = torn(old, content) if late else [content]
        return {file: contents for file, contents in found.items() if file in near}

    def _tree(
        self, folder: int, above: str, names: Names, contents: Mapping[int, bytes]
    ) -> Iterator[tuple[str, bytes | None]]:
        for (place, name), node in names.items():
            if place == folder and node is not None:
                path = os.path.join(above, name)
                yield path, None if self._is_folder[node] else contents[node]
                if self._is_folder[node]:
                    yield from self._tree(node, path, names, contents)


def reachable(names: Names, free: Sequence[Entry]) -> set[int]:
    """The files and folders that may be found below the root, whichever changes are lost."""
    edges = [(folder, node) for (folder, _), node in names.items()]
    edges += [(folder, node) for entry in free for (folder, _), node in entry.places().items()]
    near, before = {ROOT}, set()
    while near != before:
        before = near
        near = near | {node for folder, node in edges if folder in near and node is not None}
    return near


def closed_subsets(
    free: Sequence[Entry], most: int, draw: random.Random
) -> Iterator[Sequence[Entry]]:
    """What may have reached the disk of some changes: of those of one name the first ones."""
    masks: Iterator[Sequence[int]] = itertools.product((1, 0), repeat=len(free))
    if 2 ** len(free) > 8 * most:
        some = ([draw.randint(0, 1) for _ in free] for _ in range(4 * most))
        masks = itertools.chain([[1] * len(free), [0] * len(free)], some)
    for mask in masks:
        kept: list[Entry] = []
        lost: set[tuple[int, str]] = set()
        for entry, there in zip(free, mask, strict=True):
            if there and not lost & entry.places().keys():
                kept.append(entry)
            elif there:
                break  # an order of changes that cannot be: another mask is the same
            else:
                lost |= entry.places().keys()
        else:
            yield kept


def drawn(
    choices: Sequence[Sequence[Any]], most: int, draw: random.Random
) -> Iterator[Sequence[Any]]:
    """All ways to choose one of each, or so many, if there are more."""
    if math.prod(map(len, choices)) <= most:
        yield from itertools.product(*choices)
        return
    for _ in range(most):
        yield [draw.choice(each) for each in choices]


def torn(old: bytes, new: bytes) -> list[bytes]:
    """What may be in a file whose change from ``old`` to ``new`` was not synced; ``old`` first."""
    same = len(os.path.commonprefix([old, new]))
    more = new[same:]
    half, zeros = new[: same + len(more) // 2], new[:same] + bytes(len(more))
    sector = len(more) // 2 // 512 * 512
    torn = (
        new[:same] + more[:sector] + bytes(len(more[sector : sector + 512])) + more[sector + 512 :]
    )
    return list(dict.fromkeys([old, new, half, zeros, torn]))
