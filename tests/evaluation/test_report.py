import json
import math

import numpy as np
import pytest
from rich.cells import cell_len

from nlpseq.errors import DataError, PluginError
from nlpseq.evaluation.report import judge
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
