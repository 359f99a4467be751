"""``nlpseq train``."""

from __future__ import annotations

from collections.abc import Sequence

from nlpseq.cli.options import (
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


@takes_settings
def train(
    task: TaskArgument,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    resume: ResumeOption = False,
    start: FromOption = None,
    profile: ProfileOption = False,
    json: JsonOption = False,
    *,
    layers: Sequence[Layer],
) -> None:
    """Train a model for a task, judge it, and keep the best in a run folder."""
    if (resume or overwrite) and out is None:
        raise SettingError(f"--{'resume' if resume else 'overwrite'} needs --out, the run folder")
    if resume and overwrite:
        raise SettingError("--resume goes on with a run, --overwrite drops it; give one of them")
    found = TASKS[task]()
    from nlpseq.training import train as train_task  # torch is imported behind this line

    trained = train_task(
        found,
        layers,
        out=out,
        overwrite=overwrite,
        resume=resume,
        start=start,
        profile=profile,
        say=console.note,
    )
    if json:
        told = {"run": str(trained.folder), "next": trained.next_command}
        console.document({**told, **trained.report.as_json()})
    else:
        console.result(trained.report.as_table())
        console.note(f"the model is in {trained.folder}; use it: {trained.next_command}")
