"""Run folders: what a training leaves behind, and how it is taken up again.

::

    RUN/config.toml     the resolved settings        RUN/metrics.jsonl   a line per validation
    RUN/record.json     task, data, split            RUN/best.json       which checkpoint is best
    RUN/checkpoints/step-0000000100/                 RUN/model/          the best model so far
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from nlpseq import durable
from nlpseq.bundle.manifest import describe, seal
from nlpseq.errors import Faulty, RunFolderError, SettingError, handing, raised
from nlpseq.text.strict_json import parse_object

FORMAT = 1
_MOST_OF_MANIFEST = 2**20  # bytes
_NAME = re.compile(r"step-\d{10}")
_FILE = r"(config\.toml|(record|best|report|diverged-\d+)\.json|metrics\.jsonl)"
_FOLDER = r"(checkpoints|model|tensorboard)"
_PART = re.compile(rf"LOCK|{_FILE}|{_FOLDER}|\.(tmp|trash)-.+|\.(new|old)-{_FOLDER}")


class Checkpoint(NamedTuple):
    """The contents of a checkpoint folder, every byte verified."""

    step: int
    files: Mapping[str, bytes]

    @property
    def state(self) -> Any:
        """What is not a tensor."""
        return json.loads(self.files["state.json"])


class Run:
    """A run folder that this process holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkpoints = folder / "checkpoints"
        self.model = folder / "model"
        self._resumed = -1  # the step of the checkpoint that was taken up

    @cached_property
    def log(self) -> durable.Log:
        """A line for each validation; made when it is asked for, as only one process writes."""
        return durable.Log(self.folder / "metrics.jsonl")

    def save(self, step: int, files: Mapping[str, bytes], keep: int) -> None:
        """Write a checkpoint, then remove all but the newest ``keep``, the best and the resumed.

        One of the same step is replaced, unless it is the same to the last byte.
        """
        path = _folder(self.checkpoints, step)
        if not path.exists():
            durable.write_folder(path, _with_manifest(step, files))
        elif not self._is_valid(step) or self.read(step).files != files:
            durable.replace_folder(path, _with_manifest(step, files))
        self._prune(keep)

    def _prune(self, keep: int) -> None:
        """Remove old checkpoints, but none before two newer ones are known to be valid."""
        kept = {self.best.get("step"), self._resumed, *steps(self.checkpoints)[:keep]}
        valid = 0
        for step in steps(self.checkpoints):
            if valid < 2:
                valid += self._is_valid(step)
            elif step not in kept:
                durable.remove_folder(_folder(self.checkpoints, step))

    def _is_valid(self, step: int) -> bool:
        try:
            self.read(step)
        except RunFolderError:
            return False
        return True

    def newest(self, say: Any) -> Checkpoint | None:
        """The newest valid checkpoint; damaged ones are reported and left in place.

        Raises:
            RunFolderError: there are some, and all are damaged.
        """
        found = steps(self.checkpoints)
        for step in found:
            try:
                checkpoint = self.read(step)
            except RunFolderError as error:
                say(f"{error}; taking the one before")
            else:
                self._resumed = step
                return checkpoint
        if found:
            raise RunFolderError(
                f"{self.checkpoints}: found {len(found)} checkpoints, none of them whole; bring "
                "one back from a copy, or begin anew with --overwrite"
            )
        return None

    def read(self, step: int) -> Checkpoint:
        """A checkpoint by its step.

        Raises:
            RunFolderError: a file is missing, unlisted, or not what the manifest says.
        """
        return read_checkpoint(self.checkpoints, step)

    @property
    def best(self) -> dict[str, Any]:
        """Step and score of the best validation, empty before the first or where it is damaged."""
        try:
            found = json.loads((self.folder / "best.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def set_best(self, step: int, score: float) -> None:
        """Remember which validation was best."""
        durable.write_file(
            self.folder / "best.json", durable.as_json({"step": step, "score": score})
        )


def steps(checkpoints: Path) -> list[int]:
    """The steps that have a checkpoint folder, newest first."""
    names = [entry.name for entry in checkpoints.iterdir() if _NAME.fullmatch(entry.name)]
    return sorted((int(name[5:]) for name in names), reverse=True)


def read_checkpoint(checkpoints: Path, step: int, faulty: Faulty = raised) -> Checkpoint:
    """The checkpoint of a step; ``faulty`` is told of each damaged file.

    Raises:
        RunFolderError: there is none, or its manifest is damaged.
    """
    folder = _folder(checkpoints, step)
    files = {}
    try:
        listed = _manifest(folder / "MANIFEST.json", step)
        names = {str(entry.relative_to(folder)) for entry in folder.rglob("*")}
        for name in sorted(names ^ {*listed, "MANIFEST.json"}):
            what = "not in its manifest" if name in names else "missing"
            faulty(RunFolderError(f"{folder / name}: damaged: {what}"))
        for name in sorted(names & listed.keys()):
            with handing(faulty):
                files[name] = _verified(folder / name, listed[name])
    except OSError as error:
        raise RunFolderError(f"{error.filename}: damaged: {error.strerror}") from None
    return Checkpoint(step, files)


def _folder(checkpoints: Path, step: int) -> Path:
    return checkpoints / f"step-{step:010d}"


def _with_manifest(step: int, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a checkpoint and, last, the list of their digests."""
    manifest = {"format": FORMAT, "step": step, "files": describe(files)}
    return {**files, "MANIFEST.json": seal(manifest)}


def _manifest(path: Path, step: int) -> dict[str, Any]:
    """What the manifest of a checkpoint lists, once its every byte is known to be right."""
    data = _regular(path, _MOST_OF_MANIFEST)
    try:
        manifest = parse_object(data.decode())
        if seal(manifest) != data or (manifest["format"], manifest["step"]) != (FORMAT, step):
            raise ValueError("its bytes are not those that were written")
        listed: dict[str, Any] = manifest["files"]
        for entry in listed.values():
            if (type(entry["size"]), type(entry["sha256"])) != (int, str):
                raise ValueError("found a file without size and sha256")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunFolderError(f"{path}: damaged: {error}") from None
    return listed


def _verified(path: Path, listed: Mapping[str, Any]) -> bytes:
    data = _regular(path, listed["size"])
    if len(data) != listed["size"] or hashlib.sha256(data).hexdigest() != listed["sha256"]:
        raise RunFolderError(f"{path}: damaged: its bytes are not those of the manifest")
    return data


def _regular(path: Path, most: int) -> bytes:
    """The bytes of a file that is one, and no larger than it may be."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise RunFolderError(f"{path}: damaged: found a link, folder or device, expected a file")
    if status.st_size > most:
        raise RunFolderError(
            f"{path}: damaged: found {status.st_size} bytes, expected at most {most}"
        )
    return path.read_bytes()


@contextmanager
def open_run(folder: Path, *, overwrite: bool, resume: bool) -> Iterator[Run]:
    """Make or take up a run folder, and hold it until the block ends.

    Raises:
        RunFolderError: it is in use; it is not empty and neither flag is given; or there is
            nothing to resume.
    """
    check_free(folder, overwrite=overwrite, resume=resume)
    new = not (resume or overwrite)
    durable.make_folder(folder)
    with durable.lock(folder / "LOCK"):
        if new:  # another may have come and gone since
            _ask_for_empty(folder)
        durable.sweep(folder)
        if overwrite:
            _clear(folder)
        durable.make_folder(folder / "checkpoints")
        durable.sweep(folder / "checkpoints")
        yield Run(folder)


def _ask_for_empty(folder: Path) -> None:
    """Refuse a folder that holds anything but what a start that came no further leaves."""
    for entry in folder.iterdir():
        if entry.name == "LOCK" or (entry.name == "checkpoints" and not any(entry.iterdir())):
            continue
        raise RunFolderError(
            f"{folder}: already holds files; use --resume to go on with that run, "
            "--overwrite to replace it, or another --out"
        )


def check_free(folder: Path | None, *, overwrite: bool, resume: bool) -> None:
    """Refuse a folder that a run cannot be written into; nothing is changed.

    Raises:
        SettingError: both are asked for, or one of them without a folder.
        RunFolderError: as :func:`open_run`, but for a folder in use.
    """
    if resume and overwrite:
        raise SettingError("--resume goes on with a run, --overwrite drops it; give one of them")
    if folder is None:
        if resume or overwrite:
            raise SettingError(
                f"--{'resume' if resume else 'overwrite'} needs --out, the run folder"
            )
    else:
        _check_there(folder, overwrite=overwrite, resume=resume)


def _check_there(folder: Path, *, overwrite: bool, resume: bool) -> None:
    if resume and not folder.is_dir():
        raise RunFolderError(f"{folder}: no such run folder; leave --resume away to start one")
    if folder.exists() and not folder.is_dir():
        raise RunFolderError(f"{folder}: is a file; --out takes a folder")
    if not (resume or overwrite) and folder.is_dir():
        _ask_for_empty(folder)
    if overwrite and folder.is_dir():
        _ask_for_nothing_else(folder)
    if (resume or overwrite) and folder.is_dir():
        _ask_for_run(folder, "--resume goes on with" if resume else "--overwrite removes")


def _ask_for_run(folder: Path, what_it_does: str) -> None:
    """Refuse a folder with something in it that no training was begun in."""
    names = {entry.name for entry in folder.iterdir()}
    if names and "LOCK" not in names:
        raise RunFolderError(f"{folder}: has no LOCK; {what_it_does} runs only")


def _ask_for_nothing_else(folder: Path) -> None:
    """Refuse a folder that holds anything but the parts of a run."""
    strange = sorted(e.name for e in folder.iterdir() if not _PART.fullmatch(e.name))
    if strange:
        raise RunFolderError(
            f"{folder}: holds {strange[0]}, which is not part of a run; --overwrite removes runs "
            "only"
        )


def _clear(folder: Path) -> None:
    """Remove the parts of an earlier run, in an order that leaves it whole or without checkpoints.

    First what only points at a checkpoint, last what checkpoints point at.
    """
    order = ["best.json", "checkpoints"]
    for entry in sorted(folder.iterdir(), key=lambda entry: (entry.name not in order, entry.name)):
        if entry.is_dir():
            durable.remove_folder(entry)
        elif entry.name != "LOCK":
            entry.unlink()


def next_folder(task: str, root: Path = Path("runs")) -> Path:
    """``runs/TASK-NUMBER`` with the first number that is free, made, so that no other takes it."""
    durable.make_folder(root)
    folders = (root / f"{task}-{number}" for number in itertools.count(1))
    return next(folder for folder in folders if durable.make_new_folder(folder))
