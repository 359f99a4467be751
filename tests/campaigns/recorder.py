"""Everything that a program changes below a folder, as it asks ``os`` for it.

Stands between ``os`` and its callers. Before each operation it asks ``fault``, which may raise,
kill the process, or say how many bytes of a write the disk takes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NamedTuple, Self

CHANGES = ("open", "write", "ftruncate", "fsync", "close", "mkdir", "rename", "replace")
REMOVALS = ("unlink", "remove", "rmdir")


class Op(NamedTuple):
    """One operation; paths are below the root, which is "" itself."""

    name: str  # one of os, or "create" for an open that made the file, or "mark"
    path: str
    other: str = ""  # the new name; "folder" where one is opened or synced
    data: bytes = b""
    length: int = 0


Fault = Callable[[int, Op], int | None]


class Recorder:
    """Records operations below ``root``, for as long as the block lasts."""

    def __init__(
        self,
        root: str | os.PathLike[str],
        fault: Fault = lambda number, op: None,
        *,
        sync: bool = False,  # it takes long, and shows nothing where crashes are made up
    ) -> None:
        self.root = os.path.realpath(root)
        self.done: list[Op] = []
        self.count = 0
        self._fault, self._sync = fault, sync
        self._folders: dict[int, str] = {}  # what is open, for names relative to it
        self._files: dict[int, str] = {}  # what is open to be written or synced
        self._real = {name: getattr(os, name) for name in (*CHANGES, *REMOVALS)}

    def __enter__(self) -> Self:
        for name in self._real:
            own = getattr(self, f"_{name}", None) or self._on_path(name)
            setattr(os, name, own)
        return self

    def __exit__(self, *error: object) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)

    def mark(self, what: str) -> None:
        """Note that the program has come to a point that matters."""
        self.done.append(Op("mark", what))

    def _begin(self, op: Op) -> int | None:
        self.count += 1
        return self._fault(self.count, op)

    def _below(self, path: Any, folder: int | None = None) -> str | None:
        """The path below the root, None for one that is elsewhere."""
        whole = os.path.join(self._folders.get(folder, "") if folder else "", os.fspath(path))
        whole = os.path.abspath(whole)
        if whole != self.root and not whole.startswith(self.root + os.sep):
            return None
        return os.path.relpath(whole, self.root) if whole != self.root else ""

    def _open(
        self, path: Any, flags: int, *rest: Any, dir_fd: int | None = None, **more: Any
    ) -> int:
        below = self._below(path, dir_fd)
        changes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        ours = flags & os.O_DIRECTORY and not flags & os.O_NONBLOCK  # shutil has both or none
        kept = below is not None and (changes or ours)
        new = bool(changes) and below is not None and not os.path.exists(self._whole(below))
        kind = "folder" if flags & os.O_DIRECTORY else ""
        op = Op("create" if new else "open", below or "", kind)
        if kept:
            self._begin(op)
        file = self._real["open"](path, flags, *rest, dir_fd=dir_fd, **more)
        if below is not None:
            self._folders[file] = self._whole(below)
        if kept:
            self._files[file] = below or ""
            self.done.append(op)
        return file

    def _whole(self, below: str) -> str:
        return os.path.join(self.root, below) if below else self.root

    def _write(self, file: int, data: Any) -> int:
        if file not in self._files:
            return self._real["write"](file, data)
        most = self._begin(Op("write", self._files[file], data=bytes(data)))
        taken = self._real["write"](file, data if most is None else data[:most])
        self.done.append(Op("write", self._files[file], data=bytes(data[:taken])))
        return taken

    def _ftruncate(self, file: int, length: int) -> None:
        self._on_file("ftruncate", file, length)

    def _fsync(self, file: int) -> None:
        self._on_file("fsync", file)

    def _on_file(self, name: str, file: int, *rest: int) -> None:
        if file in self._files:
            below = self._files[file]
            kind = "folder" if os.path.isdir(self._whole(below)) else ""
            op = Op(name, below, kind, length=sum(rest))
            self._begin(op)
            self.done.append(op)
            if name == "fsync" and not self._sync:
                return
        self._real[name](file, *rest)

    def _close(self, file: int) -> None:
        self._real["close"](file)  # as Linux does: the number is free even if the call fails
        self._folders.pop(file, None)
        below = self._files.pop(file, None)
        if below is not None:
            self._begin(Op("close", below))

    def _mkdir(self, path: Any, *rest: Any, dir_fd: int | None = None) -> None:
        self._on_path("mkdir")(path, *rest, dir_fd=dir_fd)

    def _rename(self, old: Any, new: Any, **more: Any) -> None:
        self._move("rename", old, new, more)

    def _replace(self, old: Any, new: Any, **more: Any) -> None:
        self._move("replace", old, new, more)

    def _move(self, name: str, old: Any, new: Any, more: dict[str, Any]) -> None:
        op = Op("rename", self._below(old) or "", self._below(new) or "")
        if op.path:
            self._begin(op)
        self._real[name](old, new, **more)
        if op.path:
            self.done.append(op)

    def _on_path(self, name: str) -> Callable[..., None]:
        def act(path: Any, *rest: Any, dir_fd: int | None = None) -> None:
            below = self._below(path, dir_fd)
            op = Op("unlink" if name == "remove" else name, below or "")
            if below is not None:
                self._begin(op)
            self._real[name](path, *rest, dir_fd=dir_fd)
            if below is not None:
                self.done.append(op)

        return act
