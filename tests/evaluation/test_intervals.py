import numpy as np
import pytest
from scipy.stats import binom

from nlpseq.errors import DataError
from nlpseq.evaluation import intervals
from nlpseq.evaluation.intervals import Interval, interval, resample, segments
from nlpseq.metrics import METRICS, build_metric

ACCURACY = build_metric("accuracy")


def right_and_wrong(right, wrong):
    return segments(ACCURACY, ["a"] * (right + wrong), [("a",)] * right + [("b",)] * wrong)


@pytest.mark.parametrize(("right", "wrong"), [(700, 172), (500, 500), (100, 1900)])
def test_the_interval_of_accuracy_is_near_the_binomial_one(right, wrong):
    n = right + wrong
    oracle = [100 * binom.ppf(q, n, right / n) / n for q in (0.025, 0.975)]
    standard_error = 100 * np.sqrt(right * wrong / n**3)  # about half of an arm
    found = interval(ACCURACY, right_and_wrong(right, wrong), resamples=4000)
    assert found == pytest.approx(oracle, abs=standard_error / 5)


@pytest.mark.parametrize("name", METRICS)
def test_the_interval_of_every_metric_holds_the_score_and_has_a_width(name):
    metric = build_metric(name, labels=("the cat sat down", "the dog ran off"))
    answers = ["the cat sat down", "the dog ran off"] * 20
    references = [("the cat sat down",)] * 10 + [("the dog ran off",)] * 30
    found = segments(metric, answers, references)
    low, high = interval(metric, found)
    assert low < metric.score(found.sum(axis=0)).value < high


def test_a_higher_level_gives_a_wider_interval():
    found = right_and_wrong(60, 40)
    narrow, wide = (interval(ACCURACY, found, level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_seed_alone_decides():
    found = right_and_wrong(61, 39)
    assert interval(ACCURACY, found, seed=3) == interval(ACCURACY, found, seed=3)
    totals = [resample(found, seed=seed, resamples=20).tolist() for seed in (3, 4)]
    assert totals[0] != totals[1]


@pytest.mark.parametrize("cells", [1, 100, 250, 10_000])
def test_resampling_in_parts_draws_each_resample_whole(monkeypatch, cells):
    monkeypatch.setattr(intervals, "CELLS", cells)
    numbers = np.stack([np.ones(100), np.arange(100.0)], axis=1)
    totals = resample(numbers, seed=1, resamples=37)
    assert totals.shape == (37, 2)
    assert (totals[:, 0] == 100).all()
    assert len(set(totals[:, 1])) > 30  # no part repeats another


def test_resamples_are_drawn_evenly():
    totals = resample(np.eye(5), seed=1, resamples=2000)
    assert totals.mean(axis=0) == pytest.approx(np.ones(5), abs=0.1)
    assert totals.var(axis=0) == pytest.approx(np.full(5, 0.8), abs=0.15)  # n p (1 - p)


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [(0, 0, 0.0), (1, 0, 100.0), (0, 1, 0.0), (9, 0, 100.0)],
)
def test_where_nothing_varies_the_ends_are_the_score(right, wrong, expected):
    assert interval(ACCURACY, right_and_wrong(right, wrong)) == Interval(expected, expected)


@pytest.mark.parametrize("name", METRICS)
def test_no_segments_have_the_statistics_of_their_metric(name):
    metric = build_metric(name, labels=("a", "b"))
    empty = segments(metric, [], [])
    assert empty.shape == (0, len(metric.statistics("a", ("b",))))
    assert metric.score(empty.sum(axis=0)).value == interval(metric, empty).low


def test_an_example_without_a_reference_cannot_be_judged():
    with pytest.raises(DataError, match="example 2 has no target"):
        segments(ACCURACY, ["a", "b"], [("a",), ()])


def test_answers_and_references_must_be_as_many():
    with pytest.raises(ValueError, match="longer"):
        segments(ACCURACY, ["a"], [("a",), ("b",)])
