"""The only code that writes files: all or nothing, even when the power fails.

Data is written to a name of its own, brought to the disk with ``fsync``, and only then given
its final name by an atomic rename, whose folder is synced as well. Whatever a crash leaves
behind is either the old state or the new one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nlpseq.errors import NlpseqError, RunFolderError, StorageError

try:
    import fcntl
except ImportError:  # outside Unix run folders are not locked
    fcntl = None  # type: ignore[assignment]

_BINARY = getattr(os, "O_BINARY", 0)  # else Windows would write two bytes for a line feed
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
_MODE = 0o644  # less the umask


@contextmanager
def _blamed(path: Path) -> Iterator[None]:
    """Turn an operating-system error into a :class:`StorageError` that names the file."""
    try:
        yield
    except NlpseqError:
        raise
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "error")
        raise StorageError(f"{path}: not written: {error.strerror} ({name})") from error


def _write_all(file: int, data: bytes | memoryview) -> None:
    left = memoryview(data)
    while left:  # a short write is normal
        left = left[os.write(file, left) :]


def _close_synced(file: int) -> None:
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _write_new(path: Path, data: bytes) -> None:
    file = os.open(path, _NEW, _MODE)
    try:
        _write_all(file, data)
    except BaseException:
        os.close(file)
        raise
    _close_synced(file)


def _sync_folder(path: Path) -> None:
    if hasattr(os, "O_DIRECTORY"):  # Windows opens no folders
        _close_synced(os.open(path, os.O_RDONLY | os.O_DIRECTORY))


def _aside(path: Path) -> Path:
    """A name beside ``path`` that is free, to write under until all is there."""
    return path.with_name(f".tmp-{path.name}-{secrets.token_hex(4)}")


def make_folder(path: Path) -> None:
    """Make a folder and its parents, each brought to the disk; one that exists is fine."""
    with _blamed(path):
        if not path.is_dir():
            make_folder(path.parent)
            path.mkdir(exist_ok=True)
            _sync_folder(path.parent)


def make_new_folder(path: Path) -> bool:
    """Make a folder in one that exists; whether its name was free."""
    with _blamed(path):
        try:
            path.mkdir()
        except FileExistsError:
            return False
        _sync_folder(path.parent)
    return True


def write_file(path: Path, data: bytes) -> None:
    """Replace the file at ``path`` by one that holds ``data``."""
    aside = _aside(path)
    with _blamed(path):
        try:
            _write_new(aside, data)
            os.replace(aside, path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make the folder ``path`` with ``files``, written in their order; it must not exist yet.

    The return of this function is the commit point: from then on the folder is there, whole.
    """
    aside = _aside(path)
    with _blamed(path):
        _fill(aside, files)
        try:
            os.rename(aside, path)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        try:
            _sync_folder(path.parent)
        except BaseException:  # not committed, so it must not look as if it were
            os.rename(path, aside)
            shutil.rmtree(aside, ignore_errors=True)
            raise


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make ``folder`` with ``files``, of which some lie in subfolders; a failure leaves nothing."""
    inner = sorted({folder / up for name in files for up in Path(name).parents} - {folder})
    folder.mkdir()
    try:
        for subfolder in inner:
            subfolder.mkdir()
        for name, data in files.items():
            _write_new(folder / name, data)
        for filled in [*inner, folder]:
            _sync_folder(filled)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def replace_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder with ``files`` in the place of ``path``: two renames, the old one removed last.

    A crash between the renames leaves no ``path``; :func:`repair_folder` brings one back.
    """
    new, old = (path.with_name(f".{kind}-{path.name}") for kind in ("new", "old"))
    with _blamed(path):
        repair_folder(path)
        _fill(new, files)
        try:
            if path.exists():
                os.rename(path, old)
            os.rename(new, path)
        except BaseException:
            repair_folder(path)
            raise
        _sync_folder(path.parent)
        shutil.rmtree(old, ignore_errors=True)


def repair_folder(path: Path) -> None:
    """After a crash in :func:`replace_folder`: bring the folder back, drop what is left over."""
    new, old = (path.with_name(f".{kind}-{path.name}") for kind in ("new", "old"))
    with _blamed(path):
        if old.exists() and not path.exists():
            os.rename(old, path)
            _sync_folder(path.parent)
        for left_over in (new, old):
            shutil.rmtree(left_over, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Remove a folder in one step: it is renamed first, so that no half of it is ever seen."""
    trash = path.with_name(f".trash-{path.name}")
    with _blamed(path):
        shutil.rmtree(trash, ignore_errors=True)
        os.rename(path, trash)
        _sync_folder(path.parent)
        shutil.rmtree(trash)


def sweep(folder: Path) -> None:
    """Mend what a crash left in ``folder``; only for the one who holds its lock."""
    for kind in (".old-", ".new-"):
        for left_over in folder.glob(f"{kind}*"):
            repair_folder(left_over.with_name(left_over.name.removeprefix(kind)))
    for left_over in [*folder.glob(".tmp-*"), *folder.glob(".trash-*")]:
        if left_over.is_dir():
            shutil.rmtree(left_over, ignore_errors=True)
        else:
            left_over.unlink(missing_ok=True)


def as_json(value: Any) -> bytes:
    """``value`` as JSON in the one form that is written here: sorted, strict, UTF-8."""
    return (json.dumps(value, allow_nan=False, sort_keys=True, ensure_ascii=False) + "\n").encode()


class Output:
    """A file that grows and appears under its name, whole, when the block ends well."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._aside = _aside(path)

    def __enter__(self) -> Self:
        with _blamed(self.path):
            self._file = os.open(self._aside, _NEW, _MODE)
        return self

    def write(self, data: bytes | memoryview) -> None:
        """Append ``data``."""
        with _blamed(self.path):
            _write_all(self._file, data)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            with suppress(OSError):  # what ended the block is said, not this
                os.close(self._file)
                self._aside.unlink(missing_ok=True)
            return
        with _blamed(self.path):
            try:
                _close_synced(self._file)
                os.replace(self._aside, self.path)
            except BaseException:
                self._aside.unlink(missing_ok=True)
                raise
            _sync_folder(self.path.parent)


class Log:
    """A file of lines that only grows, and can be cut back to where a checkpoint saw it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _blamed(path):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | _BINARY, _MODE))
            _sync_folder(path.parent)
            content = path.read_bytes()
        self._waiting: list[bytes] = []
        self._stored = self._length = len(content)  # without and with what waits
        self._digest = hashlib.sha256(content)

    def append(self, line: bytes) -> None:
        """Add one whole line; it waits in memory for :meth:`sync`."""
        self._waiting.append(line)
        self._length += len(line)
        self._digest.update(line)

    def sync(self) -> None:
        """Bring the lines that wait to the disk; after a failure they go on waiting, all of them.

        A new attempt writes them anew, over what the last one left: data whose ``fsync`` failed
        may be gone, and a second ``fsync`` would not say so.
        """
        if self._waiting:
            self._change(self._stored, b"".join(self._waiting))
            self._waiting.clear()
            self._stored = self._length

    def mark(self) -> tuple[int, str]:
        """Its length in bytes, and the SHA-256 of all of it, with what waits."""
        return self._length, self._digest.hexdigest()

    def cut(self, length: int, digest: str) -> None:
        """Go back to a :meth:`mark`.

        Raises:
            RunFolderError: the first ``length`` bytes are not those that were marked.
        """
        content = self.path.read_bytes()[:length]
        found = hashlib.sha256(content)
        if len(content) != length or found.hexdigest() != digest:
            raise RunFolderError(f"{self.path}: changed since the checkpoint was written")
        self._change(length, b"")
        self._waiting.clear()
        self._stored = self._length = length
        self._digest = found

    def _change(self, length: int, more: bytes) -> None:
        """Keep the first ``length`` bytes, and write ``more`` behind them."""
        with _blamed(self.path):
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | _BINARY)
            try:
                os.ftruncate(file, length)
                _write_all(file, more)
            except BaseException:
                os.close(file)
                raise
            _close_synced(file)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; it falls open by itself when the process dies.

    Raises:
        RunFolderError: another process holds it (who is said), or the file system has no locks.
    """
    with _blamed(path):
        file = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, _MODE)
    try:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 1000).decode(errors="replace").strip() or "another process"
            raise RunFolderError(f"{path.parent}: run folder in use by {holder}") from None
        except OSError as error:
            raise RunFolderError(f"{path}: cannot be locked: {error.strerror}") from None
        with _blamed(path):
            _say_who(file)
            _sync_folder(path.parent)  # a folder with anything else in it is known by its lock
        _held.add(file)
        yield
    finally:
        _held.discard(file)
        with suppress(OSError):  # it held nothing that matters, and must not hide what does
            os.close(file)


_held: set[int] = set()


def _let_go() -> None:
    """Close inherited locks, else a forked child would keep the folder locked."""
    while _held:
        os.close(_held.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def _say_who(file: int) -> None:
    """Write who holds the lock, only to explain it to others."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    boot_id = boot.read_text().strip() if boot.exists() else "unknown"
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    who = f"pid {os.getpid()} on host {socket.gethostname()} since {since} (boot {boot_id})"
    os.ftruncate(file, 0)
    _write_all(file, f"{who}\n".encode())
