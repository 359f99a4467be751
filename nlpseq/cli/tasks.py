"""``nlpseq tasks``."""

from __future__ import annotations

from typing import NamedTuple

from nlpseq.cli.app import RESERVED
from nlpseq.cli.options import JsonOption
from nlpseq.cli.terminal import console, cut
from nlpseq.errors import PluginError, UnknownName
from nlpseq.task import TASKS, VERBS


class Line(NamedTuple):
    """What there is to say of a task; ``problem`` is empty where all is well."""

    name: str
    verb: str
    distribution: str
    summary: str
    problem: str


def tasks(json: JsonOption = False) -> None:
    """List tasks: what is installed, and what is broken."""
    from nlpseq.evaluation.table import aligned

    lines = [_line(name) for name in TASKS]
    if json:
        console.document([line._asdict() for line in lines])
        return
    rows = [["task", "verb", "from", "what it does"]]
    for line in lines:
        about = f"broken: {line.problem}" if line.problem else line.summary
        rows.append([line.name, line.verb or "-", line.distribution, cut(about)])
    console.result("\n".join(aligned(rows, left=len(rows[0]))))


def _line(name: str) -> Line:
    """Load one task; what it breaks is its own affair."""
    origins = " and ".join(entry.origin for entry in TASKS.entries()[name])
    try:
        task = TASKS[name]
    except PluginError as error:
        return Line(name, "", origins, "", str(error))
    return Line(name, task.verb, origins, task.summary, _problem(task.verb))


def _problem(verb: str) -> str:
    """Why a verb cannot be used, if it cannot."""
    if verb in RESERVED:
        return f"verb '{verb}': the name is kept for nlpseq"
    try:
        VERBS.entry(verb)
    except (PluginError, UnknownName) as error:
        return str(error)
    return ""
