"""A task, trained on a tiny corpus: what the contract is tried on."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlpseq import durable
from nlpseq.data.batches import Batch, Held, collate, pad
from nlpseq.data.fitting import value_of
from nlpseq.errors import Place
from nlpseq.model import MODELS
from nlpseq.model.protocol import Model
from nlpseq.pipeline import Pipeline, load
from nlpseq.task import Example, Row, Task, Value
from nlpseq.testing.corpus import Values
from nlpseq.training.seeds import reseed, seed
from nlpseq.training.session import Trained, train

TINY = {
    "training.seed": 1,
    "training.epochs": 6,
    "training.batch_rows": 8,
    "training.patience": 0,
    "training.schedule": "constant",  # another may still be warming up at the end
    "training.threads": 1,  # on so little to do more would wait for each other
}
"""Settings that train on a few rows in seconds."""


@dataclass(frozen=True)
class Trial:
    """A task and a tiny corpus, in a folder of its own.

    The settings of the author come after :data:`TINY`.
    """

    task: Task
    values: Sequence[Values]
    folder: Path
    settings: Mapping[str, Any]

    @functools.cached_property
    def trained(self) -> Trained:
        """What a training on the corpus came to; it is judged on the same rows."""
        return self.train("run", self.tables)

    def train(self, run: str, valid: Sequence[Mapping[str, Value]]) -> Trained:
        """Train on the corpus and validate on the rows of ``valid``; into the folder ``run``."""
        parts = {"train": self.tables, "valid": valid}
        files = {f"data.{part}": str(self.folder / f"{part}.jsonl") for part in parts}
        for part, rows in parts.items():
            lines = "".join(f"{json.dumps(row)}\n" for row in rows)
            durable.write_file(self.folder / f"{part}.jsonl", lines.encode())
        given = {**TINY, **self._search, **self.settings, **files}
        return train(self.task, given, out=self.folder / run)

    @property
    def _search(self) -> Mapping[str, Any]:
        """As validation searches, so that the report can be held against its scores."""
        return {"search.method": "greedy"} if MODELS[self.task.model].searches else {}

    @property
    def tables(self) -> list[dict[str, Value]]:
        """The rows of the corpus, by the names of the columns."""
        names = [column.name for column in self.task.columns]
        return [dict(zip(names, values, strict=True)) for values in self.values]

    @functools.cached_property
    def rows(self) -> list[Row]:
        """The rows of the corpus, as a reader gives them."""
        return [Row(row, Place("corpus", number)) for number, row in enumerate(self.tables, 1)]

    @functools.cached_property
    def examples(self) -> list[Example]:
        """What the task makes of the rows."""
        return list(self.task.examples(self.rows))

    @property
    def sources(self) -> list[Value]:
        """What is asked."""
        return [example.source for example in self.examples]

    @functools.cached_property
    def pipeline(self) -> Pipeline:
        """The trained model, as it comes from its folder."""
        return load(self.trained.folder)

    @property
    def model(self) -> Model:
        """The model of the pipeline, answering, not learning."""
        return self.pipeline.model.eval()

    @property
    def fresh(self) -> Model:
        """The model as it was before it learned."""
        vocabularies = {side: c.vocabulary for side, c in self.pipeline.columns.items()}
        member = self.pipeline.settings.model
        reseed(seed({**TINY, **self.settings}["training.seed"], "init"))
        model: Model = MODELS[member.name].build(member.settings, vocabularies)
        return model.eval()

    @functools.cached_property
    def ids(self) -> Held:
        """The ids of the examples."""
        columns = self.pipeline.columns
        return Held({s: [c.ids(value_of(e, s)) for e in self.examples] for s, c in columns.items()})

    def batch(self, rows: Sequence[int], *, padding: int = 0) -> Batch:
        """Some rows of the corpus, with more ``padding`` than they need."""
        batch = collate(self.ids, rows)
        padded = {
            name: pad(self.ids.ids(name, rows), column.ids.shape[1] + padding)
            for name, column in batch.columns.items()
        }
        return Batch(padded, rows)
