"""A task to start from: questions or statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from nlpseq.task import Column, Task

VERBS = ("is", "was")
THINGS = ("door", "gate", "box", "shop", "road", "hall", "park", "pool", "tent", "cup")
STATES = ("open", "shut", "new", "old", "clean", "dirty", "warm", "cold", "full", "empty")


class TaskName(Task):
    """Tell questions from statements; the order of the words decides."""

    name = "taskname"  # the noun: nlpseq train taskname
    verb = "taskname"  # the use: nlpseq taskname "is the door open"
    summary = "Tell questions from statements."
    columns = (
        Column("text", kind="text", also=("sentence",)),
        Column("label", kind="label", also=("class",)),
    )
    model = "labeller"
    metrics = ("accuracy", "macro_f1")  # the first decides which model is kept
    baseline = "bag_of_words"
    defaults = {"text": {"lowercase": True}}

    def sample(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """What is learned without ``--data``: values of the columns, in their order."""
        facts = list(product(VERBS, THINGS, STATES))
        questions = [(f"{verb} the {thing} {state}", "question") for verb, thing, state in facts]
        statements = [(f"the {thing} {verb} {state}", "statement") for verb, thing, state in facts]
        return {"train": questions + statements}
