"""What a person calls a model, and every fault in it: a model folder, or a run with checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nlpseq.bundle.doctor import Examined, examine
from nlpseq.bundle.find import find_model
from nlpseq.errors import NlpseqError, RunFolderError, handing
from nlpseq.training.run import read_checkpoint, steps


class Saved(NamedTuple):
    """A checkpoint, and whether training can go on from it."""

    step: int
    whole: bool


@dataclass(frozen=True)
class Diagnosis:
    """What was found."""

    path: Path
    model: Examined | None  # None where a run has none yet
    checkpoints: tuple[Saved, ...]  # the newest first
    faults: tuple[NlpseqError, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "path": str(self.path),
            "whole": not self.faults,
            "model": self.model.as_json() if self.model else None,
            "checkpoints": [saved._asdict() for saved in self.checkpoints],
            "faults": [str(fault) for fault in self.faults],
        }


def diagnose(name: str | Path) -> Diagnosis:
    """Look at all there is of a model.

    Raises:
        BundleError: there is no model of that name.
    """
    path = Path(name)
    checkpoints = path / "checkpoints"
    if not checkpoints.is_dir():
        model = examine(find_model(path))
        return Diagnosis(path, model, (), model.faults)
    faults: list[NlpseqError] = []
    found = examine(path / "model") if (path / "model").is_dir() else None
    if found is None:
        faults.append(
            RunFolderError(
                f"{path / 'model'}: missing; the first validation of a run writes it: go on with "
                f"--out {path} --resume"
            )
        )
    saved = tuple(_look_at(checkpoints, step, faults) for step in steps(checkpoints))
    return Diagnosis(path, found, saved, (*(found.faults if found else ()), *faults))


def _look_at(checkpoints: Path, step: int, faults: list[NlpseqError]) -> Saved:
    before = len(faults)
    with handing(faults.append):
        read_checkpoint(checkpoints, step, faults.append)
    return Saved(step, len(faults) == before)
