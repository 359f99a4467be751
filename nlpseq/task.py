"""The contract of a task: what a plugin says of itself, and nothing it need not say.

A task names its columns, its model and its metrics, and turns rows into examples. All else
(reading, splitting, tokens, training, judging, the command line) is the core's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from nlpseq.config import Layer, NoSettings, merge
from nlpseq.errors import DataError, Place, PluginError
from nlpseq.registry import Registry

__all__ = [
    "CONTRACT",
    "TASKS",
    "VERBS",
    "Column",
    "DataError",
    "Example",
    "Place",
    "Row",
    "Task",
    "Value",
]

CONTRACT = 1
"""The version of this contract; a task written for another one is refused by name."""

Value = str | tuple[str, ...]
"""A text or label; or several: tokens, a label for each, or the references of a test set."""


@dataclass(frozen=True)
class Column:
    """A column of a task's data.

    ``kind`` is ``text`` (one line of language), ``label`` (one of a set), ``tokens`` (words
    already split), ``token_labels`` (a label for each token), or a kind of the reader's own.
    ``also`` are other names that files give the column.
    """

    name: str
    kind: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """What a reader found for each column, and where."""

    values: Mapping[str, Value]
    place: Place

    def __getitem__(self, column: str) -> Value:
        return self.values[column]


@dataclass(frozen=True)
class Example:
    """One thing to learn from.

    ``target`` is what the answer should be: a text, a label, a label per token, or a tuple
    of acceptable texts of which the first is learned; None where it is not known.
    """

    source: Value
    target: Value | None = None


class Task:
    """What to do with text.

    A subclass fills in the class attributes and, where its rows are not simply (source,
    target), :meth:`examples`.
    """

    contract: ClassVar[int] = CONTRACT
    name: ClassVar[str]  # the noun: nlpseq train NAME
    verb: ClassVar[str]  # the use: nlpseq VERB "text"
    summary: ClassVar[str]  # one line, for --help
    columns: ClassVar[tuple[Column, ...]]  # the first is the source, the second the target
    model: ClassVar[str]  # a name in nlpseq.models
    metrics: ClassVar[tuple[Any, ...]]  # names or classes; the first decides early stopping
    baseline: ClassVar[str] = ""  # a name in nlpseq.baselines
    defaults: ClassVar[Mapping[str, Any]] = {}  # settings it changes
    Options: ClassVar[type] = NoSettings  # a frozen dataclass: extra options of its verb

    def __init__(self, options: Any = None) -> None:
        self.options = options if options is not None else self.Options()

    def sample(self) -> Mapping[str, Sequence[tuple[Value, ...]]]:
        """Built-in data: for each part (train, valid, test) its rows, in the order of columns."""
        raise DataError(f"task {self.name} has no built-in sample; give --data")

    def examples(self, rows: Iterable[Row]) -> Iterator[Example]:
        """Turn rows into examples, one for one; raise :class:`DataError` for a bad row."""
        source, target, *_ = [column.name for column in self.columns]
        for row in rows:
            yield Example(row[source], row[target])

    def finish(self, output: str) -> str:
        """A last touch on an answer before a person sees it; of texts it is what metrics judge."""
        return output


def check(origin: str, task: Any) -> None:
    """Hold a task class against the contract.

    Raises:
        PluginError: showing what it gave and what is asked.
    """

    def ask(right: bool, what: str, found: Any, expected: str) -> None:
        if not right:
            raise PluginError(f"{origin}: {what}: found {found!r}, expected {expected}")

    is_task = isinstance(task, type) and issubclass(task, Task)
    ask(is_task, "entry point", task, "a subclass of nlpseq.task.Task")
    version = task.contract
    ask(version == CONTRACT, "contract", version, f"{CONTRACT}, which this nlpseq speaks")
    for name in ("name", "verb", "summary", "model"):
        value = getattr(task, name, None)
        ask(isinstance(value, str) and value.strip() == value != "", name, value, "a text")
    columns: Any = getattr(task, "columns", ())
    right = isinstance(columns, tuple) and all(isinstance(c, Column) for c in columns)
    ask(right and len(columns) > 1, "columns", columns, "a tuple of two Columns or more")
    metrics = getattr(task, "metrics", None)
    ask(
        isinstance(metrics, tuple) and len(metrics) > 0,
        "metrics",
        metrics,
        "a tuple of names or classes",
    )
    ask(isinstance(task.defaults, Mapping), "defaults", task.defaults, "a table of settings")
    options = task.Options
    is_frozen = dataclasses.is_dataclass(options) and options.__hash__ is not None
    ask(isinstance(options, type) and is_frozen, "Options", options, "a frozen dataclass")


def task_layer(task: type[Task] | Task) -> Layer:
    """The settings that a task changes, as the lowest layer above the defaults."""
    return Layer(f"task {task.name}", merge({"model": {"name": task.model}}, task.defaults))


TASKS = Registry("nlpseq.tasks", check=check)
VERBS = Registry("nlpseq.verbs", check=check)
