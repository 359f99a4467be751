"""Files -> examples -> stored ids: everything that must stand before training can start.

Training texts are streamed, never held: once to look for repeats, once to count tokens and once
to write ids. What was written is found again by a key made of all that it follows from.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nlpseq import durable
from nlpseq.config import as_tree
from nlpseq.data import store
from nlpseq.data.batches import Corpus, Held
from nlpseq.data.fitting import fit_columns, value_of
from nlpseq.data.pretrained import Pretrained, check_vectors, with_vectors
from nlpseq.data.source import check_labels, open_parts
from nlpseq.data.splits import Scan, Split, overlap, scan, split_off
from nlpseq.errors import DataError, Faulty, Place, raised
from nlpseq.languages import language
from nlpseq.metrics import METRICS
from nlpseq.settings import Settings
from nlpseq.task import Example, Row, Task
from nlpseq.text import normalise
from nlpseq.text.column import TextColumn, column_files, columns_from
from nlpseq.text.tokenizers import TOKENIZERS
from nlpseq.text.vocabulary import UNK_ID, Unknown, Vocabulary

Say = Callable[[str], None]

SIDES = ("source", "target")
_MOST_HELD_OUT = 10_000  # rows; more would only make validation slow
_MUCH_UNKNOWN = 0.10  # share of unknown words worth a warning


class Part(NamedTuple):
    """A part that is judged: its examples, and their ids held in memory."""

    examples: tuple[Example, ...]
    corpus: Held
    files: tuple[str, ...]  # the file of each example


@dataclass(frozen=True)
class Prepared:
    """Data ready for training."""

    columns: Mapping[str, TextColumn]  # "source" and "target"
    train: store.Store
    train_examples: Callable[[], Iterator[Example]]
    valid: Part
    test: Part | None
    vectors: Mapping[str, Pretrained]  # of the sides that begin from some
    split: Mapping[str, Any]  # how the validation part was split off; empty when it was given
    record: Mapping[str, Any]  # sizes, digests, repeats, unknown words: what a card says


def placed_examples(
    task: Task, rows: Iterable[Row], faulty: Faulty = raised
) -> Iterator[tuple[Example, Place]]:
    """The examples of ``rows`` with their places; a task's error gets the place of its row."""
    place: Place | None = None
    last: Place | None = None
    rows, ended = iter(rows), False

    def watched() -> Iterator[Row]:
        nonlocal place, ended
        for row in rows:
            place = row.place
            yield row
        ended = True

    while not ended:
        try:
            for example in task.examples(watched()):
                yield example, place or Place("")
            return
        except DataError as error:
            faulty(error.at(place) if place else error)
        if place is last:  # it refuses whatever comes
            return
        last = place  # a task that met a bad row begins anew behind it


def hold_out(scanned: Scan, settings: Settings) -> Split:
    """Which rows of the training part validate where no part was given for that."""
    share = min(settings.data.holdout, _MOST_HELD_OUT / len(scanned))
    return split_off(scanned, share, settings.data.seed)


def check_aligned(kind: str, row: Mapping[str, Sequence[object]], place: Place) -> None:
    """Refuse a row whose words and labels, if its target is a label for each word, differ.

    Raises:
        DataError: their numbers do.
    """
    if kind == "token_labels" and len(row["source"]) != len(row["target"]):
        found = f"{len(row['source'])} words and {len(row['target'])} labels"
        raise DataError(f"found {found}, expected a label for each word", place)


def check_asked(kinds: Mapping[str, str], settings: Settings) -> None:
    """Refuse languages, vectors and a metric that cannot be, before any data is read.

    Raises:
        SettingError: a language is none, or as :func:`check_vectors`.
        UnknownName: there is no such metric.
    """
    if settings.training.metric:
        METRICS.entry(settings.training.metric)
    for side in SIDES:
        language(settings.data.language_of(side))
    check_vectors(kinds, settings)


def prepare(
    task: Task, settings: Settings, say: Say, columns: Mapping[str, TextColumn] | None = None
) -> Prepared:
    """Read all data, split it, fit tokenizers and vocabularies, and store the ids.

    ``columns`` that are there already, from a model to go on with, are not fitted.

    Raises:
        DataError: with its place, for anything that cannot be read or learned from.
    """
    return _Preparation(task, settings, say, columns).run()


class _Preparation:
    """The steps of :func:`prepare`, each on what the ones before found."""

    def __init__(
        self,
        task: Task,
        settings: Settings,
        say: Say,
        columns: Mapping[str, TextColumn] | None,
    ) -> None:
        self.task, self.settings, self.say, self.columns = task, settings, say, columns
        self.kinds = {s: c.kind for s, c in zip(SIDES, task.columns, strict=False)}
        check_asked(self.kinds, settings)
        self.sources = open_parts(task, settings.data)
        self.scans = {part: scan(s.rows(), task.columns) for part, s in self.sources.items()}
        self.split = self._split()
        self.place: Place | None = None  # of the example to learn from that is looked at

    def run(self) -> Prepared:
        """Prepare, or find what was prepared before."""
        folder = store.cache_folder() / store.key(*self._follows_from())
        if not store.is_whole(folder):
            self._write(folder)
        else:
            self.say(f"data: prepared before, in {folder}")
        columns = self._load_columns(folder)
        train = store.Store(folder)
        valid = self._part("train" if self.split else "valid", columns)
        test = self._part("test", columns) if "test" in self.sources else None
        known = len(columns["source"].vocabulary)
        record = self._record(train, valid, test, _unknown_rate(valid, known))
        split = self.split.record() if self.split else {}
        return Prepared(
            columns, train, self.train_examples, valid, test, _load_vectors(folder), split, record
        )

    def _split(self) -> Split | None:
        """Hold rows out of the training part where no validation part was given."""
        scanned = self.scans["train"]
        if scanned.names:
            check_labels(scanned.counts, self.sources["train"].path)
        for dropped in self.sources["train"].dropped:
            self.say(f"data: {dropped}; these are left out")
        if "valid" in self.sources:
            return None
        return hold_out(scanned, self.settings)

    def _follows_from(self) -> list[Any]:
        """All that the stored ids depend on."""
        text = as_tree(self.settings.text)
        vectors = text["vectors"]
        del vectors["frozen_epochs"]
        named = (vectors["source"], vectors["target"], vectors["text"])
        files = [_file_digest(f) for f in named if Path(f).is_file()]
        held_out = self.split.record()["sha256"] if self.split else ""
        languages = [self.settings.data.language_of(side) for side in SIDES]
        data = [self.scans["train"].digest, held_out, languages]
        given = column_files(self.columns) if self.columns else {}
        fitted = {name: hashlib.sha256(content).hexdigest() for name, content in given.items()}
        tokenizer = TOKENIZERS[self.settings.text.tokenizer.name]
        code = [_file_digest(file) for cls in (type(self.task), tokenizer) for file in _code(cls)]
        code += [importlib.metadata.version(tokenizer.library)] if tokenizer.library else []
        code += [importlib.metadata.version("nlpseq"), str(normalise.VERSION)]
        return [self.task.name, code, text, files, data, fitted]

    def train_examples(self) -> Iterator[Example]:
        """The examples to learn from, without those held out."""
        for example, place in self._placed("train", held_out=False):
            self.place = place
            yield example
        self.place = None

    def _placed(self, part: str, *, held_out: bool) -> Iterator[tuple[Example, Place]]:
        rows = self.sources[part].rows()
        if part == "train" and self.split:
            flags = self.split.held_out
            rows = (row for row, flag in zip(rows, flags, strict=True) if flag == held_out)
        return placed_examples(self.task, rows)

    def _write(self, folder: Path) -> None:
        """Fit the columns and write everything; the header of the store comes last."""
        columns = self._counted(self.columns) if self.columns else self._fit()
        columns, vectors = with_vectors(columns, self.settings, self.train_examples, self.say)
        files = column_files(columns)
        for side, (matrix, found) in vectors.items():
            files |= {f"vectors.{side}": matrix.tobytes(), f"found.{side}": found.tobytes()}
        durable.make_folder(folder)
        for name, data in files.items():
            durable.write_file(folder / name, data)
        unknown = self._unknown(columns)
        rows = (
            self._ids(columns, *pair, unknown) for pair in self._placed("train", held_out=False)
        )
        stored = store.write(folder, list(self.kinds), rows, unknown)
        size = sum(file.stat().st_size for file in folder.iterdir())
        self.say(f"data: {len(stored):,} rows stored in {folder} ({size / 1e6:.1f} MB)")

    def _fit(self) -> dict[str, TextColumn]:
        """Columns fitted to the examples; an error has the place of the one it came with."""
        try:
            return fit_columns(self.kinds, self.settings, self.train_examples)
        except DataError as error:
            raise error.at(self.place) if self.place else error from None

    def _counted(self, columns: Mapping[str, TextColumn]) -> dict[str, TextColumn]:
        """Columns of a model to go on with; how frequent its labels are, this data says."""
        target = columns["target"]
        if target.kind != "label":
            return dict(columns)
        counts = self.scans["train"].counts
        if self.split:
            counts = {label: kept for label, (kept, _) in self.split.counts.items()}
        labels = target.vocabulary.tokens
        counted = Vocabulary(labels, [counts.get(label, 0) for label in labels])
        return {**columns, "target": dataclasses.replace(target, vocabulary=counted)}

    def _load_columns(self, folder: Path) -> dict[str, TextColumn]:
        paths = [p for s in SIDES for p in folder.glob(f"{s}.*") if p.suffix not in store.ENDINGS]
        files = {path.name: path.read_bytes() for path in paths}
        return columns_from(self.kinds, files, self.settings.text, self.settings.data)

    def _unknown(self, columns: Mapping[str, TextColumn]) -> Unknown | None:
        """Where words outside a vocabulary are numbered on, if both sides share it."""
        return Unknown(len(columns["source"].vocabulary)) if self.settings.text.shared else None

    def _ids(
        self,
        columns: Mapping[str, TextColumn],
        example: Example,
        place: Place,
        unknown: Unknown | None,
    ) -> dict[str, list[int]]:
        """The ids of an example, cut to the longest text there may be."""
        try:
            ids = {side: c.ids(value_of(example, side), unknown) for side, c in columns.items()}
        except DataError as error:
            raise error.at(place) from None
        check_aligned(columns["target"].kind, ids, place)
        most = self.settings.text.max_tokens
        return {side: row[:most] for side, row in ids.items()}

    def _cut(self, corpus: Corpus) -> int:
        """The rows with a text that may have been longer."""
        longest = np.max([corpus.lengths(side) for side in corpus.columns], axis=0)
        return int(np.count_nonzero(longest >= self.settings.text.max_tokens))

    def _part(self, part: str, columns: Mapping[str, TextColumn]) -> Part:
        """The examples of a part and their ids."""
        examples, ids = [], {side: [] for side in columns}  # type: ignore[var-annotated]
        files: list[str] = []
        unknown = self._unknown(columns)
        for example, place in self._placed(part, held_out=True):
            examples.append(example)
            files.append(place.path)
            for side, row in self._ids(columns, example, place, unknown).items():
                ids[side].append(row)
        names = dict(zip(dict.fromkeys(files), _names(list(dict.fromkeys(files))), strict=True))
        return Part(tuple(examples), Held(ids, unknown), tuple(names[file] for file in files))

    def _record(
        self, train: store.Store, valid: Part, test: Part | None, unknown: float
    ) -> dict[str, Any]:
        """What there is to know of the data, told and kept."""
        scans = self.scans
        sizes = {"train": len(train), "valid": len(valid.examples)}
        record: dict[str, Any] = {
            "files": {
                part: _names([file.path for file in source.files])
                for part, source in self.sources.items()
            },
            "digest": {part: scanned.digest for part, scanned in scans.items()},
            "rows": sizes | ({"test": len(test.examples)} if test else {}),
            "repeats": scans["train"].repeats,
            "also_in_train": {
                part: overlap(scans["train"].texts, scanned.texts)
                for part, scanned in scans.items()
                if part != "train"
            },
            "unknown_words": round(unknown, 4),
        }
        parts: dict[str, Corpus] = {"train": train, "valid": valid.corpus}
        parts |= {"test": test.corpus} if test else {}
        for part, corpus in parts.items():
            if cut := self._cut(corpus):
                self.say(
                    f"data: {cut:,} rows of the {part} part reach text.max_tokens, and end there"
                )
        rows = ", ".join(f"{count:,} {part}" for part, count in record["rows"].items())
        self.say(f"data: {rows}; unknown words in valid: {record['unknown_words']:.1%}")
        for part, count in record["also_in_train"].items():
            if count:
                self.say(f"data: {count:,} rows of the {part} part also stand in train")
        if record["unknown_words"] > _MUCH_UNKNOWN:
            self.say("data: many words are unknown; more text, vectors or subwords would help")
        return record


def _load_vectors(folder: Path) -> dict[str, Pretrained]:
    loaded = {}
    for side in SIDES:
        if (folder / f"found.{side}").is_file():
            found = np.frombuffer((folder / f"found.{side}").read_bytes(), dtype=np.bool_)
            matrix = np.frombuffer((folder / f"vectors.{side}").read_bytes(), dtype=np.float32)
            loaded[side] = Pretrained(matrix.reshape(len(found), -1).copy(), found.copy())
    return loaded


def _unknown_rate(part: Part, known: int) -> float:
    """The share of source tokens that are not among those ``known``."""
    rows = [np.asarray(row) for row in part.corpus.ids("source", range(len(part.corpus)))]
    unknown = sum(int(np.count_nonzero((row == UNK_ID) | (row >= known))) for row in rows)
    return unknown / max(1, sum(len(row) for row in rows))


def _names(paths: Sequence[str]) -> list[str]:
    """Paths from the folder on that all share: enough to know them by, and no more."""
    whole = [os.path.abspath(path) for path in paths]
    shared = os.path.commonpath([os.path.dirname(path) for path in whole])
    return [os.path.relpath(path, shared) for path in whole]


def _code(cls: type) -> list[str]:
    """The files that a class may stand on: those of its package, and of what it derives from.

    The rest of nlpseq goes by its version.
    """
    files: dict[str, None] = {}
    for each in cls.__mro__:
        if each is not cls and each.__module__.partition(".")[0] in ("nlpseq", "builtins"):
            continue
        file = Path(inspect.getfile(each))
        alone = "." not in each.__module__ and file.name != "__init__.py"
        files |= dict.fromkeys(map(str, [file] if alone else sorted(file.parent.rglob("*.py"))))
    return list(files)


def _file_digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
