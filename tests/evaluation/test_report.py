import json
import math

import numpy as np
import pytest
from rich.cells import cell_len

from nlpseq.errors import DataError, PluginError
from nlpseq.evaluation.report import judge, judge_texts
from nlpseq.metrics import METRICS, Metric, Score, build_metric

LABELS = ("neg", "pos")


def report(n=40, **more):
    metrics = [build_metric(name, labels=LABELS) for name in ("accuracy", "macro_f1")]
    answers = ["pos", "neg", "pos", "pos"] * (n // 4)
    references = [("pos",), ("neg",), ("neg",), ("pos",)] * (n // 4)
    return judge(metrics, answers, references, labels=LABELS, **more)


def full():
    return report(confidences=[0.9] * 40).beside(report(), "a bag of words")


def test_scores_come_with_their_interval_and_signature():
    accuracy, macro_f1 = report().scores
    assert accuracy.score == Score("accuracy", 75.0, "match:exact")
    assert accuracy.interval.low < 75 < accuracy.interval.high
    assert macro_f1.score.value == pytest.approx(100 * (2 / 3 + 4 / 5) / 2)


def test_json_has_the_promised_keys_and_no_nan():
    tree = json.loads(json.dumps(full().as_json(), allow_nan=False))
    assert list(tree) == ["examples", "scores", "classes", "mistakes", "calibration", "baseline"]
    assert [set(score) for score in tree["scores"]] == [
        {"name", "value", "low", "high", "signature"}
    ] * 2
    assert tree["examples"] == 40
    assert tree["classes"][1]["recall"] == 100
    assert tree["mistakes"] == [{"expected": "neg", "said": "pos", "times": 10}]
    assert tree["calibration"]["error"] == pytest.approx(15)
    assert tree["calibration"]["bins"][0]["answers"] == 40
    assert tree["baseline"]["scores"] == tree["scores"]


def test_the_table_shows_model_and_baseline_side_by_side():
    lines = full().as_table().splitlines()
    assert lines[0].split() == ["metric", "model", "95%", "interval", "baseline"]
    assert lines[1].split()[:2] == ["accuracy", "75.00"]
    assert lines[1].split()[-1] == "75.00"
    assert "baseline: a bag of words" in lines
    assert all(cell_len(line) <= 80 for line in lines)
    assert lines[-1] == "expected calibration error 15.00: 90.00 sure on average, 75.00 right"


def test_without_labels_and_confidences_there_are_scores_alone():
    found = judge([build_metric("accuracy")], ["a text"], [("a text", "another")])
    assert list(found.as_json()) == ["examples", "scores"]
    assert len(found.as_table().splitlines()) == 3


def test_a_metric_that_the_baseline_lacks_is_left_open():
    other = judge([build_metric("accuracy")], ["pos"], [("pos",)])
    assert report().beside(other, "less").as_table().splitlines()[2].endswith("-")


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("n", [0, 1])
def test_next_to_nothing_can_be_judged(name, n):
    metric = build_metric(name, labels=LABELS)
    found = judge([metric], ["pos"] * n, [("pos",)] * n, labels=LABELS, confidences=[0.7] * n)
    json.dumps(found.as_json(), allow_nan=False)
    assert found.examples == n
    assert f"{n} examples" in found.as_table()


def test_calibration_counts_a_row_of_labels_as_right_only_when_all_are():
    answers, references = [("N", "V"), ("N", "N")], [(("N", "V"),), (("N", "V"),)]
    found = judge([build_metric("accuracy")], answers, references, confidences=[1.0, 1.0])
    assert found.scores[0].score.value == 75
    assert found.calibration.accuracy == 50


def test_an_example_without_target_is_refused():
    with pytest.raises(DataError, match="example 1 has no target"):
        judge([build_metric("accuracy")], ["a"], [()], labels=LABELS)


def test_a_metric_that_gives_no_number_is_named():
    class Broken(Metric):
        name = "broken"

        def statistics(self, hypothesis, references):
            return np.ones(1)

        def score(self, total):
            return Score(self.name, math.nan)

    with pytest.raises(PluginError, match="metric broken: found nan"):
        judge([Broken()], ["a"], [("a",)])


def summaries(*answers, sources=("One two three. Four five.",), **more):
    accepted = [("One three five six.", "One three.")] * len(answers)
    metrics = [build_metric("rouge1"), build_metric("rougeLsum")]
    return judge_texts(metrics, answers, accepted, sources and sources * len(answers), **more)


def test_texts_have_a_length_ratio_and_a_copy_rate():
    found = summaries("one TWO seven", "Five!").as_json()
    assert list(found) == ["examples", "scores", "texts"]
    assert found["texts"] == pytest.approx({"length_ratio": 4 / 6, "copy_rate": 75})


def test_without_sources_nothing_is_said_of_copies():
    found = summaries("one two", sources=None)
    assert found.as_json()["texts"] == pytest.approx({"length_ratio": 2 / 3})
    assert "copy" not in found.as_table()


def test_the_table_of_texts_shows_model_and_baseline_side_by_side():
    alone = summaries("one two six")
    assert alone.as_table().splitlines()[-3:] == [
        "answers       model",
        "length ratio   1.00",
        "copy rate     66.67",
    ]
    both = alone.beside(summaries("One two three."), "the beginning")
    lines = both.as_table().splitlines()
    assert [line.split()[-2:] for line in lines[-3:]] == [
        ["model", "baseline"],
        ["1.00", "1.00"],
        ["66.67", "100.00"],
    ]
    assert "baseline: the beginning" in lines
    assert both.as_json()["baseline"]["texts"]["copy_rate"] == 100


@pytest.mark.parametrize("sources", [None, ("",)])
def test_empty_texts_can_be_judged(sources):
    for answers, accepted in (([], []), ([""], [("",)]), (["?!"], [("",)])):
        given = sources and sources * len(answers)
        found = judge_texts([build_metric("bleu")], answers, accepted, given)
        json.dumps(found.as_json(), allow_nan=False)
        assert found.as_json()["texts"]["length_ratio"] == 0
        assert found.as_table()
