"""Accuracy and macro-F1 against scikit-learn, and by hand where it has no answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from nlpseq.metrics import build_metric
from nlpseq.metrics.labels import pairs

LABELS = ("ABBR", "DESC", "HUM", "LOC")
PAIRS = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=30
)


def total(metric, said, expected):
    found = (metric.statistics(s, (e,)) for s, e in zip(said, expected, strict=True))
    return metric.score(sum(found)).value


@given(rows=PAIRS)
def test_accuracy_is_that_of_scikit_learn(rows):
    said, expected = zip(*rows, strict=True)
    oracle = 100 * accuracy_score(expected, said)
    assert total(build_metric("accuracy"), said, expected) == pytest.approx(oracle)


@given(rows=PAIRS)
def test_macro_f1_is_that_of_scikit_learn_whichever_labels_occur(rows):
    said, expected = zip(*rows, strict=True)
    oracle = 100 * f1_score(expected, said, average="macro", zero_division=0)
    assert total(build_metric("macro_f1", labels=LABELS), said, expected) == pytest.approx(oracle)


@given(rows=PAIRS)
def test_a_label_unknown_to_the_model_counts_as_one_more(rows):
    said, expected = zip(*rows, strict=True)
    known = tuple(label for label in LABELS if label != "HUM")
    oracle = 100 * f1_score(expected, said, average="macro", zero_division=0)
    assert total(build_metric("macro_f1", labels=known), said, expected) == pytest.approx(oracle)


@given(rows=PAIRS)
def test_labels_of_tokens_count_as_if_each_stood_alone(rows):
    said, expected = zip(*rows, strict=True)
    for metric in (build_metric("accuracy"), build_metric("macro_f1", labels=LABELS)):
        together = metric.score(metric.statistics(said, (expected,))).value
        assert together == pytest.approx(total(metric, said, expected))


@pytest.mark.parametrize(
    ("hypothesis", "references", "expected"),
    [
        ("a", ("a",), [("a", "a")]),
        ("a", ("b",), [("a", "b")]),
        ("a", ("b", "a"), [("a", "a")]),
        ("a", ("b", "c"), [("a", "b")]),
        ("ab", (("a", "b"),), [("ab", "a"), ("", "b")]),
        (("a", "b"), (("a", "c"),), [("a", "a"), ("b", "c")]),
        (("a", "b"), (("c", "b"), ("a", "c")), [("a", "a"), ("b", "b")]),
        (("a", "b"), (("a",),), [("a", "a"), ("b", "")]),
        (("a",), (("a", "b"),), [("a", "a"), ("", "b")]),
        ((), ((),), []),
        ((), (("a",),), [("", "a")]),
        ("", ("a",), [("", "a")]),
    ],
)
def test_each_label_said_meets_the_one_expected(hypothesis, references, expected):
    assert list(pairs(hypothesis, references)) == expected


def test_statistics_of_macro_f1_are_right_wrongly_said_and_missed():
    metric = build_metric("macro_f1", labels=("a", "b"))
    assert metric.statistics("a", ("a",)).tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert metric.statistics("a", ("b",)).tolist() == [0, 0, 0, 1, 0, 0, 0, 1, 0]
    assert metric.statistics("x", ("b",)).tolist() == [0, 0, 0, 0, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("labels", [(), ("a",)])
def test_without_answers_the_scores_are_nought(labels):
    for metric in (build_metric("accuracy"), build_metric("macro_f1", labels=labels)):
        assert metric.score(np.zeros_like(metric.statistics("", ("",)))).value == 0
