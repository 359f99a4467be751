"""What kind of answer a question asks for."""

from __future__ import annotations

from nlpseq.task import Column, Task


class Questions(Task):
    """Put a question into one of a set of classes, such as number, person or place."""

    name = "questions"
    verb = "ask"
    summary = "Tell what kind of answer a question asks for."
    columns = (
        Column("text", kind="text", also=("question",)),
        Column("label", kind="label", also=("class", "type")),
    )
    model = "labeller"
    metrics = ("accuracy", "macro_f1")
    baseline = "bag_of_words"
