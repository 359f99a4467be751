"""``nlpseq data clean``."""

from __future__ import annotations

import re

import typer

from nlpseq.cli.terminal import console

_KEY = re.compile("[0-9a-f]{32}")  # nothing else in there is ours to remove

data = typer.Typer(add_completion=False, rich_markup_mode=None)


@data.callback()
def about() -> None:
    """Look after stored data."""


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
    console.result(f"{root}: removed {len(stores)} stores, {size / 1e6:,.1f} MB")
