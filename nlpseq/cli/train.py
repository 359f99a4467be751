"""``nlpseq train``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from nlpseq.cli.options import (
    DryRunOption,
    FromOption,
    JsonOption,
    OutOption,
    OverwriteOption,
    ProfileOption,
    ResumeOption,
    TaskArgument,
)
from nlpseq.cli.settings import takes_settings
from nlpseq.cli.terminal import console
from nlpseq.config import Layer
from nlpseq.errors import SettingError
from nlpseq.task import TASKS

if TYPE_CHECKING:
    from nlpseq.training.rehearsal import Rehearsal


_NOT_AGAIN = ("--resume", "--overwrite")  # of no use to one who begins at the beginning


@takes_settings
def train(
    task: TaskArgument,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    resume: ResumeOption = False,
    start: FromOption = None,
    dry_run: DryRunOption = False,
    profile: ProfileOption = False,
    json: JsonOption = False,
    *,
    layers: Sequence[Layer],
) -> None:
    """Train a model for a task, judge it, and keep the best in a run folder."""
    if dry_run:
        _refuse_more(resume=resume, profile=profile)
    found = TASKS[task]()
    from nlpseq.training.rehearsal import rehearse  # torch is imported behind this line
    from nlpseq.training.run import check_free
    from nlpseq.training.session import train as train_task

    if dry_run:
        check_free(out, overwrite=overwrite, resume=False)
        _tell(rehearse(found, layers, start=start, say=console.note), json=json)
        return

    trained = train_task(
        found,
        layers,
        out=out,
        overwrite=overwrite,
        resume=resume,
        start=start,
        command=_command(),
        profile=profile,
        say=console.note,
        show=console.renewing(),
    )
    if json:
        told = {"run": str(trained.folder), "next": trained.next_command}
        console.document({**told, **trained.report.as_json()})
    else:
        console.result(trained.report.as_table())
        console.note(f"the model is in {trained.folder}; use it: {trained.next_command}")


def _command() -> str:
    """What one types to train the same; names that are not UTF-8 have their bytes spelt out."""
    words = ["nlpseq", *(word for word in sys.argv[1:] if word not in _NOT_AGAIN)]
    return shlex.join(words).encode(errors="backslashreplace").decode()


def _refuse_more(*, resume: bool, profile: bool) -> None:
    """Refuse what needs a training together with ``--dry-run``, which makes none."""
    if resume:
        raise SettingError(
            "--dry-run tries how training begins; --resume goes on: give one of them"
        )
    if profile:
        raise SettingError("--profile needs a training, --dry-run makes none; give one of them")


def _tell(rehearsal: Rehearsal, *, json: bool) -> None:
    """Say what a dry run came to.

    Raises:
        typer.Exit: with code 2, when training would be refused.
    """
    from nlpseq.cli.findings import as_table, cost_lines

    if json:
        console.document(rehearsal.as_json())
    else:
        costs = cost_lines(rehearsal.costs) if rehearsal.costs else []
        console.result("\n".join([as_table(rehearsal.checked), *costs]))
    if not rehearsal.checked.ready:
        raise typer.Exit(2)
