"""All faults of the data at once, and its figures: whether a training on it would begin.

Data is read as :mod:`nlpseq.data.prepare` reads it, with the same rules, but a fault is kept
and reading goes on behind it. Of each row some bytes stay in memory, never its text.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nlpseq.data.figures import Column, Found, Pairs, Places, also_in, contradicted, repeated
from nlpseq.data.fitting import build_tokenizer, check_shared, value_of, vocabulary_of
from nlpseq.data.prepare import SIDES, check_aligned, check_asked, hold_out, placed_examples
from nlpseq.data.source import Dropped, Source, check_labels, open_parts, open_source
from nlpseq.data.splits import Scan, Split, scan
from nlpseq.errors import DataError, Faulty, NlpseqError, Place, handing
from nlpseq.languages import words
from nlpseq.settings import Settings
from nlpseq.task import Example, Row, Task, Value
from nlpseq.text.column import LABEL_KINDS, TextColumn
from nlpseq.text.tokenizers.protocol import Tokenizer
from nlpseq.text.vocabulary import Vocabulary

MOST_SHOWN = 20
"""Faults that are shown; the others are counted."""


@dataclass
class Faults:
    """What training would refuse."""

    count: int = 0
    first: list[NlpseqError] = field(default_factory=list)

    def __call__(self, error: NlpseqError) -> None:
        """Keep one more."""
        self.count += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append(error)

    def as_json(self) -> dict[str, Any]:
        """Plain data: how many, and the first with their places."""
        return {"count": self.count, "first": [_fault(error) for error in self.first]}


@dataclass(frozen=True)
class PartFigures:
    """What one part looks like."""

    path: str
    rows: int
    columns: Mapping[str, Column]  # by their names in the task
    incomplete: Found | None = None  # rows that lack a value and are left out
    repeats: Found | None = None  # rows whose text stands in an earlier row
    contradictions: Found | None = None  # rows whose text stands elsewhere with another label
    also_in_train: Found | None = None
    doubtful: Found | None = None  # pairs whose lengths hardly fit; of two texts only

    def as_json(self) -> dict[str, Any]:
        """Plain data; what was not looked for is left out."""
        tree: dict[str, Any] = {"path": self.path, "rows": self.rows}
        for name in ("incomplete", "repeats", "contradictions", "also_in_train", "doubtful"):
            if (found := getattr(self, name)) is not None:
                tree[name] = found.as_json()
        tree["columns"] = {name: column.as_json() for name, column in self.columns.items()}
        return tree


@dataclass(frozen=True)
class Checked:
    """What a check of data found."""

    task: str
    parts: Mapping[str, PartFigures]
    faults: Faults

    @property
    def ready(self) -> bool:
        """Whether training would begin."""
        return not self.faults.count

    def as_json(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        parts = {name: part.as_json() for name, part in self.parts.items()}
        return {
            "task": self.task,
            "ready": self.ready,
            "parts": parts,
            "faults": self.faults.as_json(),
        }


def check(
    task: Task, settings: Settings, columns: Mapping[str, TextColumn] | None = None
) -> Checked:
    """Read all data and find every fault for which training would be refused.

    ``columns`` are those of a model to go on with. Where a tokenizer has to learn from the
    texts first, its tokens are not known here, and words stand for them.
    """
    return _Check(task, settings, columns).run()


class _Check:
    """The steps of :func:`check`, each on what the ones before found."""

    def __init__(
        self, task: Task, settings: Settings, columns: Mapping[str, TextColumn] | None
    ) -> None:
        self.task, self.settings = task, settings
        self.faults = Faults()
        self.kinds = {s: c.kind for s, c in zip(SIDES, task.columns, strict=False)}
        with handing(self.faults):
            check_asked(self.kinds, settings)
        self.names = {s: c.name for s, c in zip(SIDES, task.columns, strict=False)}
        self.known = columns is not None  # the vocabularies
        self.columns = dict(columns or {s: self._unfitted(s) for s in self.kinds})
        self.learning = set() if columns else {s for s, c in self.columns.items() if _learns(c)}
        self.sources = self._open()
        self.places = {part: Places() for part in self.sources}
        self.scans = {part: self._scan(part) for part in self.sources}
        self.split = self._split()

    def run(self) -> Checked:
        """Look at each part as training would see it."""
        parts: dict[str, PartFigures] = {}
        for part in ("train", "valid", "test"):
            if part in self.sources or (part == "valid" and self.split):
                parts[part] = self._figures(part)
            if part in parts and part == "train" and not self.known:
                self._fit(parts[part])
        return Checked(self.task.name, parts, self.faults)

    def _unfitted(self, side: str) -> TextColumn:
        kind = self.kinds[side]
        return TextColumn(kind, Vocabulary((), ()), build_tokenizer(kind, side, self.settings))

    def _open(self) -> dict[str, Source]:
        """The parts that can be opened."""
        data, sources = self.settings.data, {}
        with handing(self.faults):
            sources = open_parts(self.task, dataclasses.replace(data, valid=(), test=()))
        for part, paths in (("valid", data.valid), ("test", data.test)):
            with handing(self.faults):
                if paths:
                    sources[part] = open_source(paths, self.task, data, part)
        return sources

    def _rows(self, part: str, faulty: Faulty) -> Iterator[Row]:
        """The rows that can be read, up to where no next one is found any more."""
        try:
            yield from self.sources[part].rows(faulty)
        except DataError as error:
            faulty(DataError(f"{error.args[0]}; nothing behind it is read", error.place))
        except NlpseqError as error:
            faulty(error)

    def _scan(self, part: str) -> Scan:
        places = self.places[part]

        def placed() -> Iterator[Row]:
            for row in self._rows(part, self.faults):
                places.add(row.place)
                yield row

        return scan(placed(), self.task.columns)

    def _split(self) -> Split | None:
        """The rows that training would hold out, if it can."""
        scanned, given = self.scans.get("train"), self.settings.data.valid or "valid" in self.scans
        with handing(self.faults):
            if scanned is not None and scanned.names:
                check_labels(scanned.counts, self.sources["train"].path)
            if scanned is not None and len(scanned) and not given:
                return hold_out(scanned, self.settings)
        return None

    def _examples(self, part: str) -> Iterator[tuple[Example, Place]]:
        held_out = part == "valid" and self.split is not None
        rows = self._rows("train" if held_out else part, lambda known: None)
        if self.split and part != "test":
            flags = self.split.held_out
            rows = (row for row, flag in zip(rows, flags, strict=True) if flag == held_out)
        return placed_examples(self.task, rows, self.faults)

    def _figures(self, part: str) -> PartFigures:
        """Read the examples of a part; without a vocabulary tokens are counted for one."""
        columns = {side: self._column(side) for side in self.kinds}
        pairs = Pairs() if set(self.kinds.values()) == {"text"} and len(self.kinds) == 2 else None
        rows = 0
        for example, place in self._examples(part):
            try:
                values = {side: value_of(example, side) for side in columns}
                tokens = {side: self._tokens(side, value) for side, value in values.items()}
                check_aligned(self.kinds.get("target", ""), tokens, place)
            except DataError as error:
                self.faults(error.at(place))
                continue
            rows += 1
            for side, column in columns.items():
                column.add(tokens[side], self.settings.text.max_tokens)
            if pairs:
                pairs.add(values["source"], values["target"], place)
        by_name = {self.names[side]: column for side, column in columns.items()}
        return self._with_repeats(
            part, PartFigures("", rows, by_name, doubtful=pairs.doubtful() if pairs else None)
        )

    def _column(self, side: str) -> Column:
        unit = "words" if side in self.learning else "tokens"
        return Column(self.kinds[side], unit, self._vocabulary(side))

    def _with_repeats(self, part: str, figures: PartFigures) -> PartFigures:
        """Add what the first reading told; of rows split off that was told of the whole."""
        if part not in self.sources:
            return dataclasses.replace(figures, path=f"split off from {self._path('train')}")
        scanned, places = self.scans[part], self.places[part]
        labelled = self.kinds.get("target") == "label"
        train = self.scans.get("train") if part != "train" else None
        return dataclasses.replace(
            figures,
            path=self._path(part),
            incomplete=_found(self.sources[part].dropped) if part == "train" else None,
            repeats=repeated(scanned, places),
            contradictions=contradicted(scanned, places) if labelled else None,
            also_in_train=None if train is None else also_in(train, scanned, places),
        )

    def _path(self, part: str) -> str:
        return self.sources[part].path

    def _tokens(self, side: str, value: Value) -> Sequence[str]:
        """The tokens of a value, or its words where a tokenizer is still to learn."""
        column = self.columns[side]
        if side in self.learning:
            return words(value if isinstance(value, str) else value[0])
        tokens = column.tokens(value)
        if column.kind in LABEL_KINDS and self._vocabulary(side):
            column.ids(value)  # refuses a label that is not known
        return tokens

    def _vocabulary(self, side: str) -> Vocabulary | None:
        """The vocabulary of a side, None before it is known."""
        return self.columns[side].vocabulary if self.known else None

    def _fit(self, train: PartFigures) -> None:
        """Make the vocabularies as training would."""
        counts = {side: train.columns[name].counts.counts for side, name in self.names.items()}
        if self.settings.text.shared:
            with handing(self.faults):
                check_shared(self.kinds)
            counts = dict.fromkeys(counts, sum(counts.values(), Counter()))
        for side, column in self.columns.items():
            vocabulary = vocabulary_of(column, counts[side], self.settings)
            self.columns[side] = dataclasses.replace(column, vocabulary=vocabulary)
        self.known = True


def _learns(column: TextColumn) -> bool:
    """Whether the tokens of texts are known only when a tokenizer has seen them all."""
    tokenizer = column.tokenizer if column.kind == "text" else None
    return tokenizer is not None and type(tokenizer).fit is not Tokenizer.fit


def _found(dropped: Sequence[Dropped]) -> Found:
    places = (Place(file.path, line) for file in dropped for line in file.lines)
    return Found(sum(file.rows for file in dropped), tuple(places))


def _fault(error: NlpseqError) -> dict[str, Any]:
    place = getattr(error, "place", None)
    where = {name: value for name, value in place._asdict().items() if value} if place else {}
    return {**where, "message": str(error.args[0]) if error.args else ""}
