import pytest

from nlpseq.errors import PluginError, UnknownName
from nlpseq.evaluation.baselines import BASELINES, build_baseline
from nlpseq.evaluation.baselines.protocol import Baseline
from nlpseq.task import Example


class Silent(Baseline):
    summary = "nothing"

    def fit(self, examples):
        pass

    def predict(self, sources):
        return ["" for _ in sources]


def make(**members):
    return type("Made", (Silent,), members)


def test_the_language_goes_to_one_that_asks_for_it(monkeypatch):
    def remember(self, language):
        self.language = language

    monkeypatch.setattr(BASELINES, "_given", {})
    BASELINES.give("asks", make(__init__=remember), "a test")
    BASELINES.give("silent", Silent, "a test")
    assert build_baseline("asks", language="de").language == "de"
    assert type(build_baseline("silent", language="de")) is Silent


def test_what_nobody_can_give_is_refused(monkeypatch):
    monkeypatch.setattr(BASELINES, "_given", {})
    BASELINES.give("greedy", make(__init__=lambda self, language, corpus: None), "a test")
    with pytest.raises(PluginError, match="baseline greedy: __init__ asks for 'corpus'"):
        build_baseline("greedy")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'lead'"):
        build_baseline("leed")


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_baseline_answers_each_source(name, language):
    baseline = build_baseline(name, language=language)
    baseline.fit([Example("a good film", "pos"), Example("a bad film", "neg")])
    assert len(baseline.predict(["a film", "", "今天很好。"])) == 3
    assert baseline.predict([]) == []
    assert baseline.summary
