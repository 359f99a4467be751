"""What holds for every metric of the table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpseq.metrics import METRICS, build_metric

# Long enough for every n-gram metric, and as good labels as any.
ANSWERS = (
    "the cat sat on the mat all day long",
    "a dog runs across the wide green field",
    "nobody knows what the night will bring us",
)
ANSWER_LISTS = st.lists(
    st.tuples(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS)), min_size=1, max_size=8
)


@pytest.fixture(scope="module", params=list(METRICS))
def metric(request):
    return build_metric(request.param, labels=ANSWERS)


def judged(metric, pairs):
    return np.stack([metric.statistics(said, (expected,)) for said, expected in pairs])


@given(pairs=ANSWER_LISTS, seed=st.integers(0, 9))
def test_the_order_of_the_segments_changes_nothing(metric, pairs, seed):
    order = np.random.default_rng(seed).permutation(len(pairs))
    rows = judged(build_metric(metric.name, labels=ANSWERS), pairs)
    shuffled = judged(build_metric(metric.name, labels=ANSWERS), [pairs[n] for n in order])

    assert np.array_equal(shuffled, rows[order])
    assert metric.score(shuffled.sum(axis=0)).value == pytest.approx(
        metric.score(rows.sum(axis=0)).value
    )


@given(answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=8))
def test_a_perfect_system_has_the_best_score(metric, answers):
    total = sum(metric.statistics(answer, (answer,)) for answer in answers)
    best = 100 if metric.higher_is_better else 0
    assert metric.score(total).value == pytest.approx(best)


def test_a_wrong_system_scores_worse_than_a_perfect_one(metric):
    wrong = metric.score(metric.statistics(ANSWERS[0], (ANSWERS[1],))).value
    right = metric.score(metric.statistics(ANSWERS[1], (ANSWERS[1],))).value
    assert wrong < right if metric.higher_is_better else wrong > right


@pytest.mark.parametrize("said", ["", ANSWERS[0], ANSWERS[0][:3], "not seen before", "."])
@pytest.mark.parametrize("expected", ["", ANSWERS[1], "."])
def test_statistics_are_a_vector_of_one_length_in_double_precision(metric, said, expected):
    statistics = metric.statistics(said, (expected,))
    assert statistics.dtype == np.float64
    assert statistics.shape == metric.statistics(ANSWERS[0], ANSWERS[1:]).shape
    assert np.isfinite(statistics).all()


def test_an_empty_corpus_has_a_score(metric):
    score = metric.score(np.zeros_like(metric.statistics("", ("",))))
    assert np.isfinite(score.value)


def test_a_score_says_its_name_and_every_choice(metric):
    score = metric.score(metric.statistics(ANSWERS[0], (ANSWERS[0],)))
    assert score.name == metric.name
    assert METRICS[score.name] is type(metric)
    assert score.signature
    assert str(score) == f"{metric.name} {score.value:.2f}"
