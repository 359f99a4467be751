"""Preparation: what is stored, what is found again, and what is said of the data."""

import importlib
import random
import sys

import numpy as np
import pytest

from nlpseq import config
from nlpseq.config import Layer
from nlpseq.data.fitting import TokenCounts
from nlpseq.data.prepare import hold_out, prepare
from nlpseq.data.splits import Scan
from nlpseq.errors import DataError, Place
from nlpseq.settings import DataSettings, Settings, resolve
from nlpseq.task import TASKS, Column, Example, Task, task_layer


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))


def write(path, rows):
    path.write_text("text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows))
    return str(path)


def rows(count, start=0):
    draw = random.Random(start)
    words = ["the", "soup", "was", "rather", "good", "but", "not", "warm"]
    return [
        (f"{n} {' '.join(draw.sample(words, 5))}", "ab"[n % 2]) for n in range(start, start + count)
    ]


def prepared(said=None, **settings):
    task = TASKS["sentiment"]()
    tree = {}
    for path, value in settings.items():
        tree = config.merge(tree, config.nested(path.replace("__", "."), value))
    resolved = resolve([task_layer(task), Layer("test", tree)])
    return prepare(task, resolved, (said if said is not None else []).append)


def test_stored_ids_are_those_of_the_texts(tmp_path):
    found = prepared(data__train=write(tmp_path / "a.tsv", rows(40)))
    examples = list(found.train_examples())
    assert len(examples) == len(found.train) == 36
    for number, example in enumerate(examples):
        for side, value in (("source", example.source), ("target", example.target)):
            assert found.train.ids(side, [number])[0].tolist() == found.columns[side].ids(value)


def test_held_out_rows_are_not_trained_on(tmp_path):
    found = prepared(data__train=write(tmp_path / "a.tsv", rows(40)))
    train = {example.source for example in found.train_examples()}
    valid = {example.source for example in found.valid.examples}
    assert len(valid) == 4
    assert not train & valid
    assert found.split["held_out"] == 4


def test_the_vocabulary_knows_nothing_of_the_validation_part(tmp_path):
    train, valid = (
        write(tmp_path / "a.tsv", rows(20)),
        write(tmp_path / "b.tsv", [("unheard", "a")]),
    )
    found = prepared(data__train=train, data__valid=valid)
    assert "unheard" not in found.columns["source"].vocabulary
    assert found.record["unknown_words"] == 1.0


@pytest.mark.parametrize(("strange", "warned"), [(1, False), (2, True)])
def test_more_than_a_tenth_of_unknown_words_is_warned_of(tmp_path, strange, warned):
    known = ["the", "soup", "was", "good", "the", "soup", "was", "warm", "the", "soup"]
    words = [*known[strange:], *(f"unheard{n}" for n in range(strange))]
    valid = write(tmp_path / "b.tsv", [(" ".join(words), "a")])
    said = []
    prepared(said, data__train=write(tmp_path / "a.tsv", rows(20)), data__valid=valid)
    assert any("unknown words in valid: " in line for line in said)
    assert any("many words are unknown" in line for line in said) == warned


@pytest.mark.parametrize(
    ("rows", "share", "expected"),
    [(20_000, 0.1, 2000), (200_000, 0.01, 2000), (200_000, 0.1, 10_000), (12_000, 0.9, 10_000)],
)
def test_ten_thousand_rows_are_held_out_at_most(rows, share, expected):
    scanned = Scan(np.arange(rows, dtype=np.uint64), np.zeros(rows, np.int32), ("a",), "")
    split = hold_out(scanned, Settings(data=DataSettings(holdout=share)))
    assert split.record()["held_out"] == expected


def test_a_second_start_finds_what_the_first_prepared(tmp_path):
    path, said = write(tmp_path / "a.tsv", rows(30)), []
    first, again = prepared(data__train=path), prepared(said, data__train=path)
    assert any("prepared before" in line for line in said)
    assert again.columns["source"].vocabulary.tokens == first.columns["source"].vocabulary.tokens
    assert again.record == first.record


@pytest.mark.parametrize(
    "change",
    [
        {"text__lowercase": False},
        {"text__tokenizer": "character"},
        {"text__vocabulary_size": 5},
        {"text__max_tokens": 3},
        {"data__seed": 2},
    ],
)
def test_a_setting_that_changes_the_ids_prepares_anew(tmp_path, change):
    path, said = write(tmp_path / "a.tsv", rows(30)), []
    prepared(data__train=path)
    prepared(said, data__train=path, **change)
    assert not any("prepared before" in line for line in said)


def test_trainings_of_other_seeds_learn_from_the_same_rows(tmp_path):
    path, said = write(tmp_path / "a.tsv", rows(30)), []
    prepared(data__train=path)
    prepared(said, data__train=path, training__seed=2)
    assert any("prepared before" in line for line in said)


@pytest.mark.parametrize("changed", ["task.py", "cleaning.py", "deeper/words.py"])
def test_what_the_code_of_a_task_stands_on_prepares_anew_when_it_changes(
    tmp_path, monkeypatch, changed
):
    package = tmp_path / "site" / "some_plugin"
    (package / "deeper").mkdir(parents=True)
    for name in ("__init__.py", "cleaning.py", "deeper/__init__.py", "deeper/words.py"):
        (package / name).write_text("")
    (package / "task.py").write_text(
        "from nlpseq.task import TASKS\n\n\nclass Own(TASKS['sentiment']):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    own = importlib.import_module("some_plugin.task").Own
    path = write(tmp_path / "a.tsv", rows(30))
    settings = resolve([task_layer(own()), Layer("test", {"data": {"train": path}})])
    prepare(own(), settings, lambda line: None)
    (package / changed).write_text((package / changed).read_text() + "# changed\n")
    said = []
    prepare(own(), settings, said.append)
    assert not any("prepared before" in line for line in said)
    prepare(own(), settings, said.append)
    assert any("prepared before" in line for line in said)
    for name in [name for name in sys.modules if name.startswith("some_plugin")]:
        del sys.modules[name]


def test_labels_of_a_model_to_go_on_with_are_counted_in_the_new_data(tmp_path):
    first = prepared(data__train=write(tmp_path / "a.tsv", rows(40)))
    more = [(text, "a") for text, _ in rows(30, start=100)] + [("one of them", "b")] * 2
    path = write(tmp_path / "b.tsv", more)
    task = TASKS["sentiment"]()
    settings = resolve([task_layer(task), Layer("test", {"data": {"train": path}})])
    found = prepare(task, settings, lambda line: None, first.columns)
    vocabulary = found.columns["target"].vocabulary
    assert vocabulary.tokens == ("a", "b")
    assert sum(vocabulary.counts) == len(found.train)
    assert vocabulary.counts[0] > 10 * vocabulary.counts[1]


def test_other_rules_for_characters_prepare_anew(tmp_path, monkeypatch):
    path, said = write(tmp_path / "a.tsv", rows(30)), []
    prepared(data__train=path)
    monkeypatch.setattr("nlpseq.text.normalise.VERSION", 10**6)
    prepared(said, data__train=path)
    assert not any("prepared before" in line for line in said)


def test_repeats_and_overlaps_are_counted_and_said(tmp_path):
    train = write(tmp_path / "a.tsv", [*rows(30), *rows(3)])
    test = write(tmp_path / "b.tsv", [*rows(30)[25:], *rows(5, start=100)])
    said = []
    found = prepared(said, data__train=train, data__test=test, data__valid=test)
    assert found.record["repeats"] == 3
    assert found.record["also_in_train"] == {"valid": 5, "test": 5}
    assert "data: 5 rows of the test part also stand in train" in said


def test_long_texts_are_cut_and_counted(tmp_path):
    path, said = write(tmp_path / "a.tsv", rows(30)), []
    for _ in range(2):  # the second time from what was stored
        found = prepared(said, data__train=path, text__max_tokens=3)
        assert max(found.train.lengths("source")) == 3
        count = len(found.train)
        assert f"data: {count} rows of the train part reach text.max_tokens, and end there" in said
        count = len(found.valid.examples)
        assert f"data: {count} rows of the valid part reach text.max_tokens, and end there" in said
        said.clear()


def test_an_unknown_label_is_placed(tmp_path):
    train, valid = write(tmp_path / "a.tsv", rows(20)), write(tmp_path / "b.tsv", [("x", "c")])
    with pytest.raises(DataError, match=r"b\.tsv:2: unknown label 'c'; known: a, b"):
        prepared(data__train=train, data__valid=valid)


def test_one_label_only_is_refused(tmp_path):
    path = write(tmp_path / "a.tsv", [(f"text {n}", "a") for n in range(20)])
    with pytest.raises(DataError, match=r"found 1 label \('a'\), expected two or more"):
        prepared(data__train=path)


def test_an_error_of_the_task_gets_the_place_of_its_row(tmp_path):
    class Picky(Task):
        name = verb = "picky"
        summary = "Refuse."
        columns = (Column("text", kind="text"), Column("label", kind="label"))
        model = "labeller"
        metrics = ("accuracy",)

        def examples(self, rows):
            for row in rows:
                if row["text"] == "no":
                    raise DataError("this text will not do")
                yield Example(row["text"], row["label"])

    path = write(tmp_path / "a.tsv", [("yes", "a"), ("no", "b")])
    task = Picky()
    settings = resolve([task_layer(task), Layer("test", {"data": {"train": path, "valid": path}})])
    with pytest.raises(DataError, match="this text will not do") as error:
        prepare(task, settings, [].append)
    assert error.value.place == Place(path, 3)


def test_rare_words_are_dropped_where_there_are_too_many_but_none_that_the_vocabulary_takes():
    few, many = TokenCounts(), TokenCounts(vocabulary_size=400_000)
    for counts in (few, many):
        counts.add(str(number) for number in range(600_000))
    assert (len(few.counts), len(many.counts)) == (0, 600_000)
