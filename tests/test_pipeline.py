"""The pipeline and the bundle under it: what was trained is what is loaded, and nothing else."""

import json
import math
from dataclasses import replace

import pytest
import safetensors.torch
import torch

import nlpseq
from nlpseq.bundle import find_model, unpack
from nlpseq.bundle.manifest import seal
from nlpseq.errors import BundleError, DataError, SettingError
from nlpseq.evaluation import compare_files, evaluate_files
from nlpseq.model.protocol import Prediction
from nlpseq.pipeline import Pipeline
from nlpseq.settings import DataSettings, Settings
from nlpseq.text.column import TextColumn
from nlpseq.text.vocabulary import Vocabulary

SETTINGS = {
    "model.embedding.width": 16,
    "model.encoder.width": 16,
    "training.epochs": 1,
    "training.precision": "fp32",
    "training.threads": 1,
    "text.max_tokens": 30,
    "bundle.half": True,
    "bundle.licence": "free | for all",
    "bundle.examples": ["The soup was good.", "The soup was | bad."],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLPSEQ_CACHE", str(tmp_path_factory.mktemp("cache")))
        out = tmp_path_factory.mktemp("run") / "a"
        yield nlpseq.train("sentiment", SETTINGS, out=out, command="nlpseq train it").folder


@pytest.fixture
def copy(run, tmp_path):
    """A copy of the model folder, to be damaged."""
    for file in (run / "model").rglob("*"):
        if file.is_file():
            there = tmp_path / file.relative_to(run / "model")
            there.parent.mkdir(exist_ok=True)
            there.write_bytes(file.read_bytes())
    return tmp_path


def test_one_text_gives_one_prediction_and_several_a_list(run):
    sentiment = nlpseq.load(run)
    one = sentiment("The soup was good.")
    assert one.text in ("negative", "positive")
    assert sentiment(["The soup was good."]) == [one]
    assert sentiment([]) == []


def test_neither_the_batch_nor_the_neighbours_change_an_answer(run):
    texts = ["good", "The soup was not good at all .", "a " * 25, "", "so bad"] * 7
    sentiment = nlpseq.load(run)
    together = sentiment(texts)
    for text, found in zip(texts, together, strict=True):
        alone = sentiment(text)
        assert alone.text == found.text
        assert alone.score == pytest.approx(found.score, abs=1e-5)


def test_a_blank_text_is_not_asked_about(run):
    assert nlpseq.load(run)([" ", "\u2028"]) == [Prediction(), Prediction()]


def test_a_text_that_cannot_be_split_is_refused_and_its_neighbours_are_not(run):
    good, bad = nlpseq.load(run)(["good", "x" * 2000])
    assert good.text
    assert bad.text == ""
    assert "has 2000 characters, expected at most 1000" in bad.refused


def test_a_text_longer_than_the_limit_says_how_much_was_not_read(run):
    found = nlpseq.load(run)("good " * 40)
    assert found.unread == 10
    assert len(found.source) == 30


@pytest.mark.parametrize(("language", "whole"), [("en", "one two"), ("zh", "onetwo")])
def test_answers_to_parts_are_joined_as_the_language_is_written(language, whole):
    pipeline = Pipeline(None, {}, None, Settings(data=DataSettings(language=language)))
    joined = pipeline._joined([Prediction("one", score=-1), Prediction("two", score=-2)])
    assert (joined.text, joined.score, joined.parts) == (whole, -3, 2)


def test_models_for_other_languages_or_labels_are_not_compared(run, tmp_path):
    (tmp_path / "rows.tsv").write_text("label\ttext\nnegative\tso bad\n")
    data = DataSettings(test=(str(tmp_path / "rows.tsv"),))
    a, b = nlpseq.load(run), nlpseq.load(run)
    compare_files(a, b, data)
    b.settings = replace(b.settings, data=replace(b.settings.data, language="de"))
    with pytest.raises(SettingError, match="found models for en and de, expected the same"):
        compare_files(a, b, data)
    b.settings = a.settings
    b.columns = {**b.columns, "target": TextColumn("label", Vocabulary(["bad", "good"], [1, 1]))}
    for pair in ((a, b), (b, a)):
        with pytest.raises(SettingError, match="only one of the models knows bad, good, negative,"):
            compare_files(*pair, data)


def test_metrics_judge_the_label_and_not_what_a_task_makes_of_it(run):
    sentiment = nlpseq.load(run)
    sentiment.task.finish = str.upper
    found = sentiment("The soup was good.")
    assert found.text.isupper()
    assert sentiment.answer(found) == found.text.lower()


def test_a_stream_is_answered_as_it_comes(run):
    sentiment = nlpseq.load(run)
    taken = []

    def texts():
        for number in range(5000):
            taken.append(number)
            yield f"text {number}"

    assert next(sentiment.stream(texts())).text
    assert len(taken) < 3000


def test_a_run_folder_and_its_model_folder_are_one_model(run):
    assert find_model(run) == find_model(run / "model") == run / "model"


def test_the_record_says_what_was_done_and_measured(run):
    manifest = json.loads((run / "model" / "bundle.json").read_text())
    report = json.loads((run / "report.json").read_text())
    assert manifest["scores"]["part"] == "test"
    assert manifest["scores"]["scores"] == report["scores"]
    assert manifest["scores"]["baseline"]["scores"] == report["baseline"]["scores"]
    training = manifest["training"]
    assert training["command"] == "nlpseq train it"
    assert training["updates"] == training["best_update"] > 0
    asked = {path: SETTINGS[path] for path in SETTINGS if not path.startswith("bundle.")}
    assert training["settings"] == asked
    answers = [nlpseq.load(run)(text) for text in SETTINGS["bundle.examples"]]
    assert [example["answer"] for example in manifest["examples"]] == [
        f"{answer.text} ({math.exp(answer.score):.0%})" for answer in answers
    ]


def test_the_card_shows_the_record(run):
    manifest = json.loads((run / "model" / "bundle.json").read_text())
    card = (run / "model" / "README.md").read_text()
    accuracy = manifest["scores"]["scores"][0]
    beside = manifest["scores"]["baseline"]["scores"][0]["value"]
    for line in (
        "- command: nlpseq train it",
        "- licence: free | for all",
        "- settings.training.epochs: 1",
        f"| test part | {manifest['scores']['examples']} | accuracy | {accuracy['value']:.2f} | "
        f"{accuracy['low']:.2f} to {accuracy['high']:.2f} | {beside:.2f} |",
        "- accuracy: `match:exact`",
        f"| The soup was \\| bad. | {manifest['examples'][1]['answer']} |",
    ):
        assert f"\n{line}\n" in card


def test_half_precision_takes_half_the_place_and_is_what_was_judged(run):
    weights = safetensors.torch.load_file(run / "model" / "weights.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert {tensor.dtype for tensor in nlpseq.load(run).model.state_dict().values()} == {
        torch.float32
    }
    found = evaluate_files(nlpseq.load(run), DataSettings(test=("sample",))).as_json()
    assert found["scores"] == json.loads((run / "report.json").read_text())["scores"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 3}, r"bundle\.json: format: 3 \(expected 1, which this nlpseq reads"),
        ({"task": {"name": "unheard", "distribution": "far", "version": "1"}},
         "its task 'unheard' comes from far 1: no 'unheard' among the tasks"),
        ({"task": "sentiment"}, "task: sentiment"),
        ({"files": []}, r"expected a table of files"),
    ],
)  # fmt: skip
def test_a_strange_manifest_is_refused(copy, change, message):
    path = copy / "bundle.json"
    path.write_bytes(seal({**json.loads(path.read_text()), **change}))
    with pytest.raises(BundleError, match=message):
        unpack(copy)


def test_no_model_is_said_with_what_was_looked_for(tmp_path):
    with pytest.raises(BundleError, match="no such model; give a run folder"):
        find_model(tmp_path / "nothing")
    with pytest.raises(BundleError, match="holds no model"):
        find_model(tmp_path)


def test_a_label_that_the_model_cannot_give_is_refused_with_its_place(run, tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text("text\tlabel\ngood soup\tpositive\ndull film\tneutral\n")
    with pytest.raises(DataError, match=r"test\.tsv:3: unknown label 'neutral'; known: negative, "):
        evaluate_files(nlpseq.load(run), DataSettings(test=(str(path),)))


def test_a_text_that_the_model_cannot_read_is_refused_with_its_place(run, tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text(f"text\tlabel\ngood soup\tpositive\n{'x' * 1001}\tpositive\n")
    with pytest.raises(DataError, match=r"test\.tsv:3: word 1 of 1 has 1001 characters"):
        evaluate_files(nlpseq.load(run), DataSettings(test=(str(path),)))


def test_several_files_are_judged_together_and_each_by_itself(run, tmp_path):
    for name, texts in {"a": ("good soup", "dull film"), "b": ("café brûlé",)}.items():
        rows = "".join(f"{text}\tpositive\n" for text in texts)
        (tmp_path / f"{name}.tsv").write_text(f"text\tlabel\n{rows}", encoding="latin-1")
    paths = tuple(str(tmp_path / name) for name in ("a.tsv", "b.tsv"))
    found = evaluate_files(nlpseq.load(run), DataSettings(test=paths, encoding="latin-1"))
    assert found.examples == 3
    assert {name: each.examples for name, each in found.files.items()} == {paths[0]: 2, paths[1]: 1}
    with pytest.raises(DataError, match=r"b\.tsv:2:4: invalid UTF-8 byte 0xe9"):
        evaluate_files(nlpseq.load(run), DataSettings(test=paths))


def test_what_labels_texts_does_not_score_targets(run):
    with pytest.raises(SettingError, match="targets: found a Labeller, expected a model that wri"):
        nlpseq.load(run).score(["good"], ["positive"])
    with pytest.raises(SettingError, match="found 1 texts and 0 targets, expected as many"):
        nlpseq.load(run).score(["good"], [])
