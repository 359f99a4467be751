import pytest

from nlpseq.errors import DataError
from nlpseq.evaluation.baselines import BASELINES
from nlpseq.evaluation.baselines.bag_of_words import BagOfWords
from nlpseq.task import Example


def fitted(*rows):
    baseline = BagOfWords()
    baseline.fit(Example(source, target) for source, target in rows)
    return baseline


def test_the_table_holds_it():
    assert BASELINES["bag_of_words"] is BagOfWords
    assert BagOfWords.summary


def test_it_learns_words():
    baseline = fitted(("a fine film", "pos"), ("a dull film", "neg"), ("so dull", "neg"))
    assert baseline.predict(["dull", "fine fine"]) == ["neg", "pos"]


def test_it_learns_pairs_of_words():
    rows = [("not good", "neg"), ("good", "pos"), ("not bad", "pos"), ("bad", "neg")] * 5
    assert fitted(*rows).predict([text for text, _ in rows[:4]]) == ["neg", "pos", "pos", "neg"]


def test_it_learns_more_than_two_labels():
    baseline = fitted(("who is it", "HUM"), ("where is it", "LOC"), ("what is it", "DESC"))
    assert baseline.predict(["where", "who", "what"]) == ["LOC", "HUM", "DESC"]


def test_it_reads_marks_and_single_letters():
    rows = [("x !", "loud"), ("x ?", "ask"), ("x I", "self")]
    assert fitted(*rows).predict(["!", "?", "I"]) == ["loud", "ask", "self"]


@pytest.mark.parametrize(
    ("good", "bad", "asked"),
    [
        ("房间很干净服务也好", "房间很脏服务态度差", ["非常干净", "太脏了"]),
        ("อาหารอร่อยมาก", "อาหารแย่มาก", ["อร่อยจัง", "แย่จริง"]),
        ("とても美味しい料理", "とても不味い料理", ["美味しかった", "不味かった"]),
    ],
)
def test_it_reads_characters_where_no_spaces_part_the_words(good, bad, asked):
    assert fitted((good, "pos"), (bad, "neg")).predict(asked) == ["pos", "neg"]


def test_tokens_count_as_a_text():
    rows = [("a fine film", "pos"), ("a dull film", "neg")]
    split = [(tuple(text.split()), label) for text, label in rows]
    assert fitted(*rows).predict(["so fine"]) == fitted(*split).predict([("so", "fine")]) == ["pos"]


def test_rare_words_count_in_a_small_set_and_not_in_a_large_one():
    rows = [
        (f"common {'good' if n % 2 else 'bad'}", "pos" if n % 2 else "neg") for n in range(1001)
    ]
    baseline = fitted(*rows, ("once upon", "pos"))
    assert "once" not in baseline._terms.vocabulary_
    assert "once" in fitted(*rows[:10], ("once upon", "pos"))._terms.vocabulary_


def test_a_large_set_in_which_no_two_texts_share_a_word_is_learned_from_as_well():
    rows = [(f"word{number}", "odd" if number % 2 else "even") for number in range(1001)]
    assert fitted(*rows).predict(["word7", "word8"]) == ["odd", "even"]


@pytest.mark.parametrize("source", ["", "words never seen", ()])
def test_an_answer_is_always_a_known_label(source):
    (answer,) = fitted(("a fine film", "pos"), ("a dull film", "neg")).predict([source])
    assert type(answer) is str
    assert answer in {"pos", "neg"}


def test_no_sources_have_no_answers():
    assert fitted(("a fine film", "pos"), ("a dull film", "neg")).predict([]) == []


@pytest.mark.parametrize("target", [None, ("N", "V")])
def test_without_one_label_it_refuses(target):
    with pytest.raises(DataError, match="expected one label"):
        fitted(("a film", target))
