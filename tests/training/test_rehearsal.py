"""A dry run: one batch goes through every step of training, and nothing is left but the store."""

import tempfile

import numpy as np
import pytest

from nlpseq import train
from nlpseq.data.batches import rung
from nlpseq.errors import DivergedError, SettingError
from nlpseq.task import Column, Task
from nlpseq.training.ranks import Ranks
from nlpseq.training.rehearsal import rehearse
from nlpseq.training.request import request
from nlpseq.training.run import open_run
from nlpseq.training.session import Session


class Mood(Task):
    name, verb, summary = "sentiment", "mood", "Labels texts."
    columns = (Column("text", "text"), Column("label", "label"))
    model, metrics = "labeller", ("accuracy",)
    defaults = {"text": {"tokenizer": "whitespace"}}

    def sample(self):
        rows = [("word " * (1 + n % 17) + str(n), "ab"[n % 2]) for n in range(120)]
        return {"train": rows[:100], "valid": rows[100:]}


class Echo(Mood):
    name = "translation"
    columns = (Column("source", "text"), Column("target", "text"))
    model, metrics = "seq2seq", ("bleu",)


TASKS = {"labels": Mood, "texts": Echo}
SMALL = {
    "model.embedding.width": 8,
    "training.batch_rows": 16,
    "training.epochs": 3,
    "training.threads": 1,
    "training.device": "cpu",
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty folder to work in; what is temporary lies in it as well."""
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path


def left_behind(place):
    """What lies where training is started, and of ours where files are temporary."""
    return [*(place / "here").iterdir(), *(place / "temporary").glob("nlpseq-*")]


@pytest.mark.parametrize("kind", TASKS)
def test_a_dry_run_leaves_the_store_and_training_takes_it(kind, place):
    found = rehearse(TASKS[kind](), SMALL)
    assert found.checked.ready
    assert left_behind(place) == []
    said = []
    train(TASKS[kind](), {**SMALL, "training.epochs": 1}, out="run", say=said.append)
    assert said[0].startswith("data: prepared before")


@pytest.mark.parametrize("kind", TASKS)
def test_the_largest_batch_is_tried_and_the_whole_follows_from_all(kind, place):
    costs = rehearse(TASKS[kind](), SMALL).costs
    ready = request(TASKS[kind](), SMALL, None).prepared(lambda line: None)
    with open_run(place / "run", overwrite=False, resume=False) as run:
        loop = Session(ready, run, lambda line: None, Ranks()).loop()
        batches = loop.plan()
        parameters = sum(parameter.numel() for parameter in loop.model.parameters())
    sizes = [
        len(rows) * sum(rung(max(map(len, ready.data.train.ids(side, rows)))) for side in columns)
        for columns in [ready.data.train.columns]
        for rows in batches
    ]
    assert costs.batch_tokens == max(sizes)
    assert costs.batch_rows == len(batches[int(np.argmax(sizes))])
    assert (costs.updates, costs.epochs) == (len(batches), 3)
    assert costs.parameters == parameters
    learning = costs.update * sum(sizes) / max(sizes)
    assert costs.epoch == pytest.approx(learning + costs.validation + costs.save)
    assert costs.total == pytest.approx(3 * costs.epoch)
    assert costs.checkpoint > 8 * parameters  # the weights, and two moments of each
    assert costs.device_memory is None


@pytest.mark.parametrize("average", [1, 3])
def test_a_checkpoint_is_told_as_large_as_it_becomes(average, place):
    given = {**SMALL, "training.average": average}
    told = rehearse(Mood(), given).costs.checkpoint
    train(Mood(), given, out="run")
    newest = max((place / "here" / "run" / "checkpoints").iterdir())
    assert told == pytest.approx(sum(f.stat().st_size for f in newest.iterdir()), rel=0.02)


def test_a_budget_of_time_bounds_the_whole(place):
    tight = {**SMALL, "training.epochs": 10**6, "training.max_minutes": 2.0}
    assert rehearse(Mood(), tight).costs.total == 120


def test_validating_and_saving_more_often_costs_more(place):
    rare = rehearse(Mood(), SMALL).costs
    often = rehearse(Mood(), {**SMALL, "training.validate_every": 1}).costs
    least = often.updates * (often.validation + often.save)
    assert often.epoch > least
    assert often.updates == rare.updates > 1


def test_refused_data_is_not_prepared(place):
    (place / "here" / "a.tsv").write_text("text\tlabel\nx\ta\ny\n\tz\n")
    found = rehearse(Mood(), {**SMALL, "data.train": "a.tsv"})
    assert found.costs is None
    assert found.as_json()["ready"] is False
    assert [error.place.line for error in found.checked.faults.first if error.place][:1] == [3]
    assert not (place / "cache").exists()


def test_numbers_that_leave_the_finite_ones_are_told_before_training(place):
    wild = {**SMALL, "training.optimizer": "sgd", "training.optimizer.learning_rate": 1e18}
    with pytest.raises(DivergedError, match="lower training.optimizer.learning_rate"):
        rehearse(Mood(), {**wild, "training.l2": 1e18, "training.clip": 0.0})
    assert left_behind(place) == []


def test_what_training_refuses_besides_its_data_is_refused(place):
    with pytest.raises(SettingError, match="training.device"):
        rehearse(Mood(), {**SMALL, "training.device": "nowhere"})
    assert left_behind(place) == []


def test_a_model_to_start_from_brings_its_labels(place):
    train(Mood(), {**SMALL, "training.epochs": 1}, out="run")
    assert rehearse(Mood(), SMALL, start="run").costs
    (place / "here" / "a.tsv").write_text(
        "text\tlabel\n" + "".join(f"{n}\t{'abc'[n % 3]}\n" for n in range(60))
    )
    found = rehearse(Mood(), {**SMALL, "data.train": "a.tsv"}, start="run")
    assert found.checked.faults.count > 0
    assert "unknown label 'c'" in str(found.checked.faults.first[0])
