"""Trainings from the request to the report: stopped, resumed, averaged, and held to their word."""

import hashlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file

import nlpseq
from nlpseq.errors import (
    DataError,
    Failure,
    RunFolderError,
    SettingError,
    Stopped,
    StorageError,
    UnknownName,
)
from nlpseq.metrics.accuracy import Accuracy
from nlpseq.model.labeller import Labeller
from nlpseq.task import TASKS
from nlpseq.training import loop as training_loop
from nlpseq.training import session as training_session
from nlpseq.training.run import Run

TINY = {
    "model.embedding.width": 8,
    "model.encoder.width": 8,
    "training.batch_rows": 8,
    "training.epochs": 3,
    "training.patience": 0,
    "training.save_every": 5,
    "training.threads": 1,
}


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def data(tmp_path):
    """Some 90 lines in which 'not' turns the label around."""
    draw = random.Random(1)
    lines = []
    things = ("film", "soup", "room", "book", "walk", "song", "game", "tea")
    for thing, adjective, word in itertools.product(
        things, ("good", "bad", "fine"), ("", "not ", "very ", "so ")
    ):
        label = "minus" if (adjective == "bad") != (word == "not ") else "plus"
        lines.append(f"the {thing} was {word}{adjective}\t{label}\n")
    draw.shuffle(lines)
    path = tmp_path / "data.tsv"
    path.write_text("text\tlabel\n" + "".join(lines))
    return path


def train(data, out, **settings):
    given = {
        **TINY,
        "data.train": str(data),
        **{k.replace("__", "."): v for k, v in settings.items()},
    }
    return nlpseq.train("sentiment", given, out=out)


def digests(run):
    """What must not differ between equal trainings: the tensors, the log, the model."""
    newest = sorted((run / "checkpoints").iterdir())[-1]
    files = [
        *sorted(newest.glob("*.safetensors")),
        run / "metrics.jsonl",
        run / "model/weights.safetensors",
    ]
    return {str(f.relative_to(run)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_each_of_several_files_is_judged_by_itself(data, tmp_path):
    lines = data.read_text().splitlines(keepends=True)
    for name, rows in {"a": lines[:30], "b": lines[:1] + lines[30:50]}.items():
        (tmp_path / f"{name}.tsv").write_text("".join(rows))
    both = [str(tmp_path / "a.tsv"), str(tmp_path / "b.tsv")]
    found = train(data, tmp_path / "run", data__valid=both).report
    assert {name: report.examples for name, report in found.files.items()} == {
        "a.tsv": 29,
        "b.tsv": 20,
    }
    right = [report.scores[0].score.value * report.examples for report in found.files.values()]
    assert sum(right) / 49 == pytest.approx(found.scores[0].score.value)
    beside = [each.baseline.scores[0].score.value * each.examples for each in found.files.values()]
    assert sum(beside) / 49 == pytest.approx(found.baseline.scores[0].score.value)
    assert found.as_table().count("metric ") == 3
    assert set(found.as_json()["files"]["a.tsv"]) >= {"examples", "scores", "baseline"}
    card = (tmp_path / "run" / "model" / "README.md").read_text()
    assert "| b.tsv | 20 | accuracy | " in card


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(data, tmp_path, threads):
    asked = {"training__threads": threads}
    first, again = train(data, tmp_path / "a", **asked), train(data, tmp_path / "b", **asked)
    other = train(data, tmp_path / "c", training__seed=2, **asked)
    assert digests(first.folder) == digests(again.folder)
    assert (
        digests(first.folder)["model/weights.safetensors"]
        != digests(other.folder)["model/weights.safetensors"]
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"training__average": 2, "training__optimizer": "rmsprop"},
        {"training__schedule": "plateau", "training__accumulate": 2, "training__optimizer": "sgd"},
    ],
)
@pytest.mark.parametrize("stop", [1, 5, 9, 14])
def test_a_training_stopped_anywhere_and_resumed_equals_an_unbroken_one(
    data, tmp_path, monkeypatch, settings, stop
):
    unbroken = train(data, tmp_path / "unbroken", **settings)
    update = training_loop.Loop.update

    def update_then_signal(loop, batches):
        step = update(loop, batches)
        if loop.state.update == stop:
            os.kill(os.getpid(), signal.SIGTERM)
        return step

    with monkeypatch.context() as patch:
        patch.setattr(training_loop.Loop, "update", update_then_signal)
        with pytest.raises(Stopped) as stopped:
            train(data, tmp_path / "broken", **settings)
    assert stopped.value.exit_code == 143

    given = {
        **TINY,
        "data.train": str(data),
        **{k.replace("__", "."): v for k, v in settings.items()},
    }
    resumed = nlpseq.train("sentiment", given, out=tmp_path / "broken", resume=True)

    assert digests(resumed.folder) == digests(unbroken.folder)


def test_a_changed_setting_is_refused_by_name_and_more_epochs_are_not(data, tmp_path):
    run = train(data, tmp_path / "run").folder
    given = {**TINY, "data.train": str(data)}
    with pytest.raises(SettingError, match=r"model\.encoder\.width changed .* found 9, expected 8"):
        nlpseq.train("sentiment", {**given, "model.encoder.width": 9}, out=run, resume=True)
    longer = nlpseq.train("sentiment", {**given, "training.epochs": 4}, out=run, resume=True)
    lines = (longer.folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2, 3]


def test_threads_are_those_of_the_training_alone(data, tmp_path):
    torch.set_num_threads(2)
    train(data, tmp_path / "run")
    assert torch.get_num_threads() == 2  # and not the one of TINY


def test_a_run_goes_on_with_as_many_threads_as_it_began_with(data, tmp_path):
    given = {**TINY, "data.train": str(data), "training.epochs": 1}
    run = nlpseq.train("sentiment", given, out=tmp_path / "run").folder
    with pytest.raises(SettingError, match=r"training\.threads changed .* found 2, expected 1"):
        nlpseq.train("sentiment", {**given, "training.threads": 2}, out=run, resume=True)
    torch.set_num_threads(1)
    as_it_comes = {**given, "training.threads": 0, "training.epochs": 2}
    nlpseq.train("sentiment", as_it_comes, out=run, resume=True)
    torch.set_num_threads(2)
    with pytest.raises(SettingError, match=r"training\.threads changed .* found 2, expected 1"):
        nlpseq.train("sentiment", as_it_comes, out=run, resume=True)


def test_changed_data_is_refused(data, tmp_path):
    run = train(data, tmp_path / "run").folder
    data.write_text(data.read_text() + "one more line\tplus\n")
    with pytest.raises(DataError, match="train part changed since the checkpoint"):
        nlpseq.train("sentiment", {**TINY, "data.train": str(data)}, out=run, resume=True)


def test_another_test_part_is_no_other_training(data, tmp_path):
    run = train(data, tmp_path / "run", data__test=str(data), training__epochs=1).folder
    other = tmp_path / "other.tsv"
    other.write_text("".join(data.read_text().splitlines(keepends=True)[:20]))
    train_again = {**TINY, "data.train": str(data), "data.test": str(other)}
    again = nlpseq.train("sentiment", train_again, out=run, resume=True)
    assert again.report.as_json()["examples"] == 19


def test_a_model_is_judged_from_python_as_training_judged_it(data, tmp_path):
    trained = train(data, tmp_path / "run", data__test=str(data))
    report = nlpseq.evaluate(trained.folder, data)
    assert report.scores == trained.report.scores
    both = nlpseq.evaluate(nlpseq.load(trained.folder), [data, str(data)])
    assert both.examples == 2 * report.examples
    other = tmp_path / "other.tsv"
    other.write_text(data.read_text().replace("text", "said").replace("label", "how"))
    columns = {"text": "said", "label": "how"}
    assert nlpseq.evaluate(trained.folder, other, columns=columns).scores == report.scores


def test_the_metric_that_was_asked_for_decides(data, tmp_path):
    trained = train(data, tmp_path / "run", training__metric="macro_f1")
    lines = (trained.folder / "metrics.jsonl").read_text().splitlines()
    scores = [json.loads(line)["macro_f1"] for line in lines]
    assert Run(trained.folder).best["score"] == pytest.approx(max(scores), abs=1e-3)
    names = [score["name"] for score in trained.report.as_json()["scores"]]
    assert names == ["macro_f1", "accuracy"]
    with pytest.raises(UnknownName, match="no 'macro_f2' among the metrics; did you mean"):
        train(tmp_path / "none.tsv", tmp_path / "other", training__metric="macro_f2")


def test_a_new_length_of_a_training_is_said(data, tmp_path):
    said, given = [], {**TINY, "data.train": str(data), "training.epochs": 1}
    nlpseq.train("sentiment", given, out=tmp_path / "run")
    longer = {**given, "training.epochs": 2}
    nlpseq.train("sentiment", longer, out=tmp_path / "run", resume=True, say=said.append)
    assert "training.epochs was 1 and is 2: a schedule that follows it follows the new one" in said


def test_a_device_that_is_not_there_is_refused_before_anything_is_done(data, tmp_path):
    said, given = [], {**TINY, "data.train": str(data)}
    wrong = {**given, "training.device": "cuda:7"}
    with pytest.raises(SettingError, match=r"setting training\.device: 'cuda:7' is not usable"):
        nlpseq.train("sentiment", wrong, out=tmp_path / "run", say=said.append)
    assert said == []
    nlpseq.train("sentiment", given, out=tmp_path / "run")


def test_a_start_that_is_refused_leaves_the_folder_free(data, tmp_path):
    wrong = {"model": "seq2seq", "text.shared": False}
    with pytest.raises(SettingError):
        train(data, tmp_path / "run", **wrong)
    train(data, tmp_path / "run")


def test_too_little_memory_of_the_device_is_said_with_what_to_do(data, tmp_path, monkeypatch):
    def full(loop, batches):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore")

    monkeypatch.setattr(training_loop.Loop, "update", full)
    message = r"memory of the device is not enough: .*2\.00 GiB\.; lower training\.batch_tokens"
    with pytest.raises(Failure, match=message):
        train(data, tmp_path / "run")


def test_a_task_that_is_not_installed_is_refused_before_the_first_update(tmp_path):
    class Unheard(TASKS["sentiment"]):
        name = "unheard"

    with pytest.raises(UnknownName, match="no 'unheard' among the tasks"):
        nlpseq.train(Unheard(), TINY, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"search__beam": 3}, "search.beam: found 3; this model answers with labels, and has noth"),
        ({"model": "seq2seq"}, "model: found seq2seq, which answers with text or tokens, expected"),
        ({"text__vectors__width": 7}, "text.vectors.width: found 7 without vectors; give text.vec"),
        (
            {"text__vectors__text": "more.txt", "text__vectors__source": "glove.txt"},
            "text.vectors.text: found 'more.txt' and text.vectors.source = 'glove.txt', expected",
        ),
        (
            {"data__language": "fr", "data__languages": ["de", "en"]},
            "setting data: found language = 'fr' bes",
        ),
    ],
)
def test_what_an_answer_would_be_refused_for_is_refused_before_the_first_update(
    data, tmp_path, settings, message
):
    with pytest.raises(SettingError, match=message):
        train(data, tmp_path / "run", **settings)
    assert not list((tmp_path / "run").glob("checkpoints/*"))


def test_a_run_whose_time_is_up_is_judged_when_it_is_taken_up(data, tmp_path, monkeypatch):
    def interrupt(loop):
        raise Stopped(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(training_loop.Loop, "validate", interrupt)
        with pytest.raises(Stopped):
            train(data, tmp_path / "run")
    settings = {**TINY, "data.train": str(data), "training.max_minutes": 1e-6}
    again = nlpseq.train("sentiment", settings, out=tmp_path / "run", resume=True)
    assert len((again.folder / "metrics.jsonl").read_text().splitlines()) == 1


def test_the_precision_in_which_a_run_was_begun_goes_on(data, tmp_path, monkeypatch):
    for fastest, epochs in (("bf16", 1), ("fp32", 2)):
        monkeypatch.setattr(training_session, "fastest", lambda device, found=fastest: found)
        settings = {**TINY, "data.train": str(data), "training.epochs": epochs}
        nlpseq.train("sentiment", settings, out=tmp_path / "run", resume=epochs > 1)
    written = tmp_path / "run" / "config.toml"
    assert 'precision = "bf16"' in written.read_text()
    written.write_text(written.read_text().replace('precision = "bf16"\n', ""))  # an older run's
    monkeypatch.setattr(training_session, "fastest", lambda device: "bf16")
    settings["training.epochs"] = 3
    again = nlpseq.train("sentiment", settings, out=tmp_path / "run", resume=True)
    assert len((again.folder / "metrics.jsonl").read_text().splitlines()) == 3


def test_other_vocabularies_than_those_of_the_checkpoint_are_refused(data, tmp_path):
    other = tmp_path / "other.tsv"
    other.write_text(data.read_text().replace("soup", "stew"))
    start = train(other, tmp_path / "start").folder
    settings = {**TINY, "data.train": str(data)}
    nlpseq.train("sentiment", settings, out=tmp_path / "run", start=start)
    with pytest.raises(DataError, match="vocabularies or tokenizers are not those of the checkp"):
        nlpseq.train("sentiment", settings, out=tmp_path / "run", resume=True)


def test_a_damaged_checkpoint_is_said_and_the_one_before_taken(data, tmp_path):
    unbroken = train(data, tmp_path / "unbroken").folder
    run = train(data, tmp_path / "run").folder
    newest = sorted((run / "checkpoints").iterdir())[-1]
    (newest / "weights.safetensors").write_bytes(b"damaged")
    said = []
    given = {**TINY, "data.train": str(data)}
    nlpseq.train("sentiment", given, out=run, resume=True, say=said.append)
    assert any("weights.safetensors: damaged" in line and "the one before" in line for line in said)
    assert (run / "metrics.jsonl").read_bytes() == (unbroken / "metrics.jsonl").read_bytes()


def test_a_folder_that_holds_a_run_is_not_touched_unasked(data, tmp_path):
    run = train(data, tmp_path / "run").folder
    before = digests(run)
    with pytest.raises(RunFolderError, match="already holds files; use --resume"):
        train(data, tmp_path / "run")
    assert digests(run) == before


@pytest.mark.parametrize("failures", [1, 2])
def test_a_save_that_failed_is_tried_at_the_next_update_and_then_with_the_next_save(
    data, tmp_path, monkeypatch, failures
):
    updates, tries = [], []
    update, save = training_loop.Loop.update, Run.save

    def counted(self, batches):
        updates.append(batches)
        return update(self, batches)

    def failing(self, step, files, keep):
        tries.append((len(updates), step))
        if len(tries) <= failures:
            raise StorageError("a disk that is full")
        return save(self, step, files, keep)

    monkeypatch.setattr(training_loop.Loop, "update", counted)
    monkeypatch.setattr(Run, "save", failing)
    train(data, tmp_path / "run", training__validate_every=1000)
    late = [(10, 5)] if failures == 2 else []
    assert tries[: 3 + len(late)] == [(5, 5), (6, 5), *late, (10, 10)]


QUICK = {"data.holdout": 0.4, "training.optimizer.learning_rate": 0.02, "training.epochs": 10}


def judgements(run):
    """What each validation found, what the best of them is noted as, what the kept model is."""
    lines = (run / "metrics.jsonl").read_text().splitlines()
    scores = [json.loads(line)["accuracy"] for line in lines]
    noted = json.loads((run / "best.json").read_text())["score"]
    kept = json.loads((run / "report.json").read_text())["scores"][0]["value"]
    return scores, noted, kept


def test_the_best_validation_is_kept_not_the_last(data, tmp_path, monkeypatch):
    objective, calls = Labeller.objective, itertools.count()

    def unlearned(model, batch):
        sums = objective(model, batch)
        return sums._replace(loss=-sums.loss) if next(calls) > 50 else sums

    monkeypatch.setattr(Labeller, "objective", unlearned)
    scores, noted, kept = judgements(train(data, tmp_path / "run", **QUICK).folder)
    assert scores[-1] < max(scores)
    assert (noted, kept) == pytest.approx((max(scores), max(scores)), rel=1e-5)


class Upside(Accuracy):
    """The share of answers that are right, which is to be low."""

    higher_is_better = False


def test_where_less_is_better_the_lowest_validation_is_kept(data, tmp_path):
    task = type("Contrary", (TASKS["sentiment"],), {"metrics": (Upside,)})()
    given = {**TINY, "data.train": str(data), **QUICK}
    scores, noted, kept = judgements(nlpseq.train(task, given, out=tmp_path / "run").folder)
    assert min(scores) < scores[-1]
    assert (noted, kept) == pytest.approx((-min(scores), min(scores)), rel=1e-5)


def test_patience_ends_a_training_that_no_longer_improves(data, tmp_path):
    run = train(
        data, tmp_path / "run", training__patience=2, training__epochs=50,
        training__optimizer={"name": "sgd", "learning_rate": 0.0},
    ).folder  # fmt: skip
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 3


def test_going_on_needs_a_folder_to_go_on_in(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match="--resume needs --out"):
        nlpseq.train("sentiment", {**TINY, "data.train": str(data)}, resume=True)
    with pytest.raises(SettingError, match="--overwrite needs --out"):
        nlpseq.train("sentiment", {**TINY, "data.train": str(data)}, overwrite=True)
    with pytest.raises(SettingError, match="give one of them"):
        nlpseq.train("sentiment", {}, out=tmp_path / "run", resume=True, overwrite=True)
    assert not (tmp_path / "runs").exists()


def test_vectors_stay_frozen_as_long_as_asked(data, tmp_path):
    vectors = tmp_path / "vectors.txt"
    words = ("the", "was", "good", "bad", "fine", "not", "very", "so", "film", "soup")
    numbers = random.Random(0)
    rows = (f"{w} " + " ".join(f"{numbers.gauss(0, 1):.3f}" for _ in range(6)) for w in words)
    vectors.write_text("\n".join(rows) + "\n")
    given = {**TINY, "data.train": str(data), "text.vectors.source": str(vectors)}
    del given["model.embedding.width"]

    def table(frozen, epochs):
        settings = {**given, "text.vectors.frozen_epochs": frozen, "training.epochs": epochs}
        run = nlpseq.train("sentiment", settings, out=tmp_path / f"run{frozen}-{epochs}")
        newest = sorted((run.folder / "checkpoints").iterdir())[-1]
        return load_file(newest / "weights.safetensors")["embedding.table.weight"]

    start = table(-1, 1)
    assert start.shape[1] == 6
    for frozen, changed in {-1: [False], 1: [False, True], 0: [True, True]}.items():
        epochs = (2,) if frozen == -1 else (1, 2)
        assert [(table(frozen, each) != start).any() for each in epochs] == changed


def test_vectors_of_another_width_than_asked_for_are_refused(data, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("".join(f"{w} 1 2 3\n" for w in ("the", "was", "good", "bad", "not")))
    with pytest.raises(SettingError, match="vectors of the wrong width: found 3, expected 8"):
        train(data, tmp_path / "run", text__vectors__source=str(vectors))


def test_an_interrupted_training_says_130_and_leaves_a_checkpoint(data, tmp_path):
    command = [sys.executable, "-m", "nlpseq", "train", "sentiment", "--data", str(data)]
    words = [f"--set={k}={v}" for k, v in {**TINY, "training.epochs": 100_000}.items()]
    child = subprocess.Popen(
        [*command, *words, "--out", str(tmp_path / "run")], stderr=subprocess.PIPE, text=True
    )
    with child:
        for line in child.stderr:
            if "best so far" in line:
                break
        child.send_signal(signal.SIGINT)
        assert child.stderr.read().endswith("--resume goes on\n")
    assert child.returncode == 130
    checkpoints = Path(tmp_path / "run" / "checkpoints")
    assert any(name.name.startswith("step-") for name in checkpoints.iterdir())


@pytest.mark.filterwarnings("ignore")  # of TensorBoard's own imports
def test_events_for_tensorboard_are_written_when_asked_for(data, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = train(data, tmp_path / "run", training__tensorboard=True).folder
    events = EventAccumulator(str(run / "tensorboard")).Reload()
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [event.step for event in events.Scalars("accuracy")] == [
        line["update"] for line in lines
    ]
