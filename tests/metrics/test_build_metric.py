"""Metrics are built by keyword with what they ask for."""

import numpy as np
import pytest

from nlpseq.errors import PluginError, SettingError, UnknownName
from nlpseq.metrics import Metric, Score, build_metric
from nlpseq.metrics.accuracy import Accuracy


class Plain(Metric):
    name = "plain"

    def statistics(self, hypothesis, references):
        return np.ones(1)

    def score(self, total):
        return Score(self.name, 0.0)


class Both(Plain):
    name = "both"

    def __init__(self, language, labels):
        self.given = language, labels


class Easy(Plain):
    name = "easy"

    def __init__(self, labels=("a",), language="xx", smoothing=1):
        self.given = language, labels, smoothing


class Greedy(Plain):
    name = "greedy"

    def __init__(self, corpus):
        self.corpus = corpus


class Half(Metric):
    name = "half"

    def statistics(self, hypothesis, references):
        return np.ones(1)


def test_a_name_and_a_class_give_the_same():
    assert type(build_metric("accuracy")) is type(build_metric(Accuracy)) is Accuracy


def test_a_metric_gets_what_it_asks_for():
    assert build_metric(Both, labels=("x", "y"), language="de").given == ("de", ("x", "y"))


def test_what_is_not_there_is_left_to_the_metric():
    assert build_metric(Easy, language="de").given == ("de", ("a",), 1)


def test_labels_of_a_model_of_texts_are_refused():
    with pytest.raises(SettingError, match="metric macro_f1 judges labels"):
        build_metric("macro_f1")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'accuracy'"):
        build_metric("acuracy")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (Greedy, "metric greedy: __init__ asks for 'corpus'"),
        (Half, "Half lacks score"),
        (int, "found <class 'int'>, expected a subclass of Metric"),
        (Accuracy(), "expected a subclass of Metric"),
        (None, "found None"),
    ],
)
def test_what_breaks_the_contract_is_refused(spec, message):
    with pytest.raises(PluginError, match=message):
        build_metric(spec, labels=("a",))
