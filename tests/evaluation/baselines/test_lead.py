import pytest

from nlpseq.errors import DataError
from nlpseq.evaluation.baselines.lead import Lead
from nlpseq.task import Example


def fitted(*targets, language="en"):
    baseline = Lead(language)
    baseline.fit(Example("a source", target) for target in targets)
    return baseline


def test_the_first_sentence_leads():
    text = "Dr. Lee won 3.5 medals. She was glad. So were we."
    assert fitted("one word").predict([text, "It's so! Is it?"]) == [
        "Dr. Lee won 3.5 medals.",
        "It's so!",
    ]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["two words"], "One sentence"),
        (["one", "two words", "and three words"], "One sentence"),
        (["it has four words", "three words more"], "One sentence, of eight"),
        (["a b c d e f g h i j"], "One sentence, of eight words and no more."),
        ([("one", "of several references")], "One"),
        (["..."], "One"),
    ],
)
def test_of_a_single_sentence_lead_as_many_words_as_targets_have(targets, expected):
    (found,) = fitted(*targets).predict(["One sentence, of eight words and no more."])
    assert found == expected


def test_characters_lead_where_no_spaces_part_the_words():
    baseline = fitted("好天气", language="zh")
    assert baseline.predict(["今天很好。我们走吧。", "今天天气很好。"]) == ["今天很好。", "今天天"]


def test_tokens_are_a_text():
    assert fitted("two words").predict([("Not", "one", "word")]) == ["Not one"]


@pytest.mark.parametrize("source", ["", " ", "\n"])
def test_nothing_leads_nowhere(source):
    assert fitted("a word").predict([source]) == [""]


def test_no_sources_have_no_answers():
    assert fitted().predict([]) == []


@pytest.mark.parametrize("target", [None, "", ()])
def test_without_a_target_it_refuses(target):
    with pytest.raises(DataError, match="expected a text"):
        fitted("a text", target)
