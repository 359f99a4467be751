"""``nlpseq data check`` and ``nlpseq data clean``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import typer

from nlpseq.cli.options import JsonOption, TaskArgument
from nlpseq.cli.settings import takes_data_settings
from nlpseq.cli.terminal import console
from nlpseq.config import Layer
from nlpseq.settings import resolve
from nlpseq.task import TASKS, task_layer

_KEY = re.compile("[0-9a-f]{32}")  # nothing else in there is ours to remove

data = typer.Typer(add_completion=False, rich_markup_mode=None)


@data.callback()
def about() -> None:
    """Check data before training; look after what is stored of it."""


@data.command("check")
@takes_data_settings
def check(task: TaskArgument, json: JsonOption = False, *, layers: Sequence[Layer]) -> None:
    """Say of data all that is wrong with it, and what it looks like, before training on it."""
    found = TASKS[task]()
    settings = resolve([task_layer(found), *layers])
    from nlpseq.cli.findings import as_table  # torch is imported behind this line
    from nlpseq.data import check

    checked = check.check(found, settings)
    if json:
        console.document(checked.as_json())
    else:
        console.result(as_table(checked))
    if not checked.ready:
        raise typer.Exit(2)


@data.command("clean")
def clean() -> None:
    """Empty the cache of prepared data, which training fills again when it needs to."""
    from nlpseq import durable
    from nlpseq.data.store import cache_folder

    root = cache_folder()
    stores = [entry for entry in root.glob("*") if _KEY.fullmatch(entry.name) and entry.is_dir()]
    size = sum(file.stat().st_size for store in stores for file in store.rglob("*"))
    for store in stores:
        durable.remove_folder(store)
    durable.sweep(root)
    console.result(f"{root}: removed {len(stores)} stores, {size / 1e6:,.1f} MB")
