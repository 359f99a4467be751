"""Bringing checkpoints, the log and the best model to a disk that may be full for a while."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import NamedTuple

from nlpseq.errors import StorageError
from nlpseq.training.progress import Say
from nlpseq.training.run import Checkpoint, Run

_MOST_FAILURES = 3  # in a row
_ROOM = 1.2  # free space to have before a checkpoint is written, in sizes of it


class _Unsaved(NamedTuple):
    checkpoint: Checkpoint
    best: bool  # whether it becomes the run's model


class Saver:
    """Saves what training hands over; what fails waits in memory and is tried again.

    It is tried at the next update, and then whenever more is handed over. So that a run that was
    saved late equals one saved in time, nothing that waits is given up for what comes after it.
    """

    def __init__(
        self, run: Run, keep: int, make_model: Callable[[Checkpoint], None], say: Say
    ) -> None:
        self._run, self._keep, self._make_model, self._say = run, keep, make_model, say
        self._waiting: list[_Unsaved] = []
        self._failures = 0  # in a row

    def save(self, checkpoint: Checkpoint, *, best: bool = False, final: bool = False) -> bool:
        """Write a checkpoint, and make the run's model of it if it is the best.

        Returns whether that failed for the first time, and is to be tried again soon.

        Raises:
            StorageError: the third failure in a row, or that of a final save.
        """
        self._waiting.append(_Unsaved(checkpoint, best))
        self._warn_if_short(checkpoint)
        self._attempt(final=final)
        return self._failures == 1  # after a second failure there is time

    def retry(self) -> None:
        """Try once more."""
        self._attempt(final=False)

    def finish(self) -> None:
        """Save what still waits; now or never."""
        self._attempt(final=True)

    def _attempt(self, *, final: bool) -> None:
        try:
            self._run.log.sync()
            while self._waiting:
                checkpoint, best = self._waiting[0]
                self._run.save(checkpoint.step, checkpoint.files, self._keep)
                if best:
                    self._make_model(checkpoint)
                del self._waiting[0]
        except (StorageError, OSError) as error:  # what is read on the way may fail as well
            self._failures += 1
            if final or self._failures >= _MOST_FAILURES:
                raise
            free = self._free()
            room = "" if free is None else f"; {free:,} bytes are free"
            self._say(f"checkpoint not saved, training goes on: {error}{room}")
        else:
            self._failures = 0

    def _free(self) -> int | None:
        """The bytes that are free on the disk, if it tells."""
        try:
            return shutil.disk_usage(self._run.folder).free
        except OSError:
            return None

    def _warn_if_short(self, checkpoint: Checkpoint) -> None:
        size, free = sum(map(len, checkpoint.files.values())), self._free()
        if free is not None and free < _ROOM * size:
            self._say(
                f"{self._run.folder}: {free:,} bytes are free, a checkpoint takes {size:,}; "
                "make room, training goes on"
            )
