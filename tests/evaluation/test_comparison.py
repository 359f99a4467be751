import json

import pytest
from rich.cells import cell_len

from nlpseq.evaluation.comparison import compare
from nlpseq.metrics import build_metric
from nlpseq.metrics.accuracy import Accuracy

LABELS = ("neg", "pos")
METRICS = [build_metric(name, labels=LABELS) for name in ("accuracy", "macro_f1")]
EXPECTED = ["neg", "pos"] * 50


def other(label):
    return LABELS[1 - LABELS.index(label)]


def spoilt(wrong):
    return [other(label) if place < wrong else label for place, label in enumerate(EXPECTED)]


def compared(wrong_a, wrong_b, metrics=METRICS):
    return compare(metrics, spoilt(wrong_a), spoilt(wrong_b), [(label,) for label in EXPECTED])


@pytest.mark.parametrize(
    ("wrong_a", "wrong_b", "verdict"),
    [
        (30, 10, "B is significantly better"),
        (10, 30, "A is significantly better"),
        (10, 10, "no significant difference"),
        (12, 10, "no significant difference"),
    ],
)
def test_the_verdict_names_the_better_model(wrong_a, wrong_b, verdict):
    found = compared(wrong_a, wrong_b)
    assert [difference.verdict() for difference in found.differences] == [verdict] * 2


def test_where_less_is_better_the_verdict_turns_around():
    class Loss(Accuracy):
        higher_is_better = False

    (found,) = compared(30, 10, metrics=[Loss()]).differences
    assert found.verdict() == "A is significantly better"


def test_one_test_in_doubt_is_enough_to_doubt():
    # Five segments, all better: the bootstrap sees no variance, the exact tests too few.
    metric = build_metric("accuracy")
    (found,) = compare([metric], ["a"] * 5, ["b"] * 5, [("b",)] * 5).differences
    bootstrap, randomization, mcnemar = found.tests
    assert bootstrap.significant
    assert mcnemar.p == pytest.approx(2 / 2**5)
    assert randomization.p == pytest.approx(2 / 2**5, abs=0.03)
    assert not found.significant


def test_mcnemar_is_kept_for_what_is_right_or_wrong():
    tests = [[test.test for test in found.tests] for found in compared(3, 2).differences]
    assert tests == [
        ["paired_bootstrap", "approximate_randomization", "mcnemar"],
        ["paired_bootstrap", "approximate_randomization"],
    ]
    rows = [("neg", "pos")] * 3
    (of_tokens,) = compare(METRICS[:1], rows, rows, [(row,) for row in rows]).differences
    assert [test.test for test in of_tokens.tests] == tests[1]
    one, two = [("neg",)] * 3, [("neg", "pos")] * 3
    for pair in ((one, two), (two, one)):
        (uneven,) = compare(METRICS[:1], *pair, [(row,) for row in one]).differences
        assert [test.test for test in uneven.tests] == tests[1]


def test_json_says_everything_and_no_nan():
    tree = json.loads(json.dumps(compared(30, 10).as_json(), allow_nan=False))
    accuracy = tree["differences"][0]
    assert (accuracy["a"], accuracy["b"], accuracy["delta"]) == (70, 90, 20)
    assert accuracy["low"] < 20 < accuracy["high"]
    assert accuracy["p"]["mcnemar"] == pytest.approx(2 / 2**20)
    assert accuracy["significant"] is True


def test_the_table_is_narrow_and_ends_with_the_verdict():
    lines = compared(30, 10).as_table().splitlines()
    assert lines[1].split()[:4] == ["accuracy", "70.00", "90.00", "+20.00"]
    assert "accuracy  mcnemar                    <0.001" in lines
    assert "accuracy: B is significantly better" in lines
    assert all(cell_len(line) <= 80 for line in lines)


def test_nothing_compared_is_no_difference():
    assert [d.verdict() for d in compare(METRICS, [], [], []).differences] == [
        "no significant difference"
    ] * 2
