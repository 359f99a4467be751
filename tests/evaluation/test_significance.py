from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from nlpseq.evaluation.intervals import segments
from nlpseq.evaluation.significance import approximate_randomization, mcnemar, paired_bootstrap
from nlpseq.metrics import METRICS, build_metric

ACCURACY = build_metric("accuracy")
PAIRED = pytest.mark.parametrize("test", [paired_bootstrap, approximate_randomization])
RIGHT = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def statistics(right):
    return np.array([[float(hit), 1.0] for hit in right]).reshape(-1, 2)


def table(both, only_a, only_b, neither):
    a = [True] * both + [True] * only_a + [False] * only_b + [False] * neither
    b = [True] * both + [False] * only_a + [True] * only_b + [False] * neither
    return a, b


@given(rows=RIGHT)
def test_mcnemar_is_the_binomial_test_of_scipy(rows):
    a, b = zip(*rows, strict=True)
    only_a = sum(x and not y for x, y in rows)
    only_b = sum(y and not x for x, y in rows)
    oracle = binomtest(only_a, only_a + only_b, 0.5).pvalue if only_a + only_b else 1.0
    found = mcnemar(a, b)
    assert found.p == pytest.approx(oracle)
    assert found.delta == pytest.approx(100 * (sum(b) - sum(a)) / len(rows))


def test_mcnemar_of_many_segments_stays_exact():
    a, b = table(both=1000, only_a=49_500, only_b=50_500, neither=1000)
    assert mcnemar(a, b).p == pytest.approx(binomtest(49_500, 100_000).pvalue, rel=1e-6)


@pytest.mark.parametrize(
    ("a", "b"), [([], []), ([True], [True]), ([True], [False]), ([False, True], [False, True])]
)
def test_mcnemar_finds_nothing_where_there_is_nothing(a, b):
    assert mcnemar(a, b).p == 1
    assert not mcnemar(a, b).significant


@PAIRED
@pytest.mark.parametrize("name", METRICS)
def test_a_model_does_not_differ_from_itself(test, name):
    metric = build_metric(name, labels=("the cat sat down", "the dog ran off"))
    answers = ["the cat sat down", "the dog ran off", "the dog"]
    found = segments(metric, answers, [("the cat sat down",)] * 3)
    outcome = test(metric, found, found)
    assert (outcome.p, outcome.delta) == (1, 0)


@PAIRED
def test_exchanging_the_models_turns_the_difference_around(test):
    a, b = map(statistics, table(both=30, only_a=5, only_b=16, neither=9))
    there, back = test(ACCURACY, a, b), test(ACCURACY, b, a)
    assert there.delta == -back.delta == pytest.approx(100 * 11 / 60)
    assert there.p == pytest.approx(back.p, abs=0.02)


@PAIRED
@pytest.mark.parametrize(
    ("only_a", "only_b", "significant"), [(10, 60, True), (60, 10, True), (30, 34, False)]
)
def test_the_paired_tests_agree_with_mcnemar(test, only_a, only_b, significant):
    a, b = table(both=100, only_a=only_a, only_b=only_b, neither=50)
    assert mcnemar(a, b).significant is significant
    assert test(ACCURACY, statistics(a), statistics(b)).significant is significant


@pytest.mark.parametrize(
    "gains", [(1, 1, 1, 1, 1), (1, 1, 1, 0, -1), (1, 0, 0), (1, -1), (2, -1, 3, 1, 0, 1)]
)
def test_randomization_comes_near_the_exact_permutation_test(gains):
    a = np.array([[3.0, 10.0]] * len(gains))
    b = a + np.array([[gain, 0.0] for gain in gains])
    every = [abs(np.dot(signs, gains)) for signs in product([1, -1], repeat=len(gains))]
    exact = np.mean([total >= abs(sum(gains)) for total in every])
    found = approximate_randomization(ACCURACY, a, b, resamples=4000)
    assert found.p == pytest.approx(exact, abs=0.03)


@PAIRED
def test_chance_alone_is_called_significant_about_as_often_as_it_says(test):
    random = np.random.default_rng(5)
    outcomes = []
    for _ in range(200):
        a, b = (statistics(random.random(80) < 0.7) for _ in range(2))
        outcomes.append(test(ACCURACY, a, b, resamples=200).significant)
    assert np.mean(outcomes) < 0.1  # 0.05 is promised; 200 trials leave a margin


@PAIRED
def test_resampling_never_proves_more_than_its_number_allows(test):
    a, b = map(statistics, table(both=0, only_a=0, only_b=90, neither=10))
    assert test(ACCURACY, a, b, resamples=99).p == 1 / 100


def test_the_interval_of_the_bootstrap_holds_the_difference():
    a, b = map(statistics, table(both=30, only_a=5, only_b=25, neither=20))
    outcome = paired_bootstrap(ACCURACY, a, b)
    assert 0 < outcome.interval.low < outcome.delta < outcome.interval.high


@PAIRED
@pytest.mark.parametrize("rows", [0, 1])
def test_fewer_than_two_segments_prove_nothing(test, rows):
    outcome = test(ACCURACY, statistics([False] * rows), statistics([True] * rows))
    assert outcome.p == 1
    assert outcome.delta == 100 * rows


@PAIRED
def test_the_seed_alone_decides_a_test(test):
    a, b = map(statistics, table(both=10, only_a=5, only_b=12, neither=9))
    assert test(ACCURACY, a, b, seed=7) == test(ACCURACY, a, b, seed=7)
    assert len({test(ACCURACY, a, b, seed=seed, resamples=99).p for seed in range(9)}) > 1
