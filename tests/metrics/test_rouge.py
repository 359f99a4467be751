"""ROUGE against rouge-score's own scores."""

from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from nlpseq.metrics import build_metric
from nlpseq.metrics.rouge import LIMIT

NAMES = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
TEXT = """
running runs ran ponies pony's the of national nationally 3.14 U.S. snake_case cats' -- " . !
relational conditions, (sizes) agreed skies dying `` Mr Easily
"""
WORDS = TEXT.split()
TEXTS = st.lists(st.sampled_from([*WORDS, "\n"]), max_size=25).map(" ".join)


@pytest.fixture(scope="module", params=NAMES)
def metric(request):
    return build_metric(request.param)


def scored(metric, said, *accepted):
    return metric.score(metric.statistics(said, accepted)).value


@given(said=TEXTS, expected=TEXTS)
def test_english_scores_are_those_of_rouge_score_with_its_stemmer(metric, said, expected):
    said, expected = f"{said}\n", f"{expected}\n"  # lines, so that sentences are the same
    oracle = RougeScorer([metric.name], use_stemmer=True).score(expected, said)[metric.name]
    assert scored(metric, said, expected) == pytest.approx(100 * oracle.fmeasure)


def test_a_score_is_the_mean_over_segments(metric):
    rows = [
        metric.statistics("a cat sat here", ("a cat sat here",)),
        metric.statistics("a", ("b",)),
        metric.statistics("", ("b c",)),
        metric.statistics("x y z", ("x y z", "nothing")),
    ]
    assert metric.score(sum(rows)).value == pytest.approx(50)


@given(said=TEXTS, accepted=st.lists(TEXTS, min_size=1, max_size=4))
def test_of_several_references_the_best_counts(metric, said, accepted):
    best = max(scored(metric, said, expected) for expected in accepted)
    assert scored(metric, said, *accepted) == pytest.approx(best)


@pytest.mark.parametrize(
    ("language", "said", "expected", "scores"),
    [
        ("en", "The ponies were running", "the pony is runs", (75, 100 / 3, 75, 75)),
        ("de", "Die Läufer laufen", "die läufer LIEFEN", (200 / 3, 50, 200 / 3, 200 / 3)),
        ("de", "Straße", "Strasse", (0, 0, 0, 0)),
        ("zh", "今天很好", "今天不好", (75, 100 / 3, 75, 75)),
        ("zh", "我有iPhone", "我有 iphone", (100, 100, 100, 100)),
        ("ar", "السلام عليكم", "السلام لكم", (50, 0, 50, 50)),
        ("hi", "हिन्दी में", "हिन्दी में", (100, 100, 100, 100)),
        ("en", "café", "cafe", (0, 0, 0, 0)),
        ("en", "🙂", "🙂", (0, 0, 0, 0)),
        ("en", "ok 🙂 fine", "ok fine", (100, 100, 100, 100)),
        ("en", "", "", (0, 0, 0, 0)),
    ],
)
def test_words_of_any_script_are_compared(language, said, expected, scores):
    found = [scored(build_metric(name, language=language), said, expected) for name in NAMES]
    assert found == pytest.approx(scores)


def test_only_english_is_stemmed():
    assert scored(build_metric("rouge1", language="en"), "relate", "related") == 100
    assert scored(build_metric("rouge1", language="nl"), "relate", "related") == 0


def test_sentences_on_one_line_score_as_lines_do():
    said = ["Dr. Lee ran 3.5 miles.", "She won!"], ["The winner was Dr. Lee.", "She ran."]
    metric = build_metric("rougeLsum")
    lines, line = (tuple(gap.join(text) for text in said) for gap in ("\n", " "))
    oracle = RougeScorer(["rougeLsum"], use_stemmer=True)
    expected = 100 * oracle.score(lines[1], lines[0])["rougeLsum"].fmeasure
    assert scored(metric, *lines) == scored(metric, *line) == pytest.approx(expected)
    assert scored(metric, *line) > scored(build_metric("rougeL"), *line)


def test_sentences_follow_the_language():
    metric = build_metric("rougeLsum", language="zh")
    assert scored(metric, "她赢了。他跑了。", "他跑了。她赢了。") == 100


def test_words_beyond_the_limit_are_left_out():
    metric = build_metric("rouge1")
    text = " ".join(["word"] * LIMIT)
    assert scored(metric, f"{text} and more", text) == 100


def test_the_signature_says_every_choice(metric):
    one, two = metric.statistics("a", ("a",)), metric.statistics("a", ("a", "b"))
    signature = metric.score(one).signature
    assert signature.startswith("nrefs:1|multi:best-f1|average:segments|case:lc|tok:unicode|")
    assert "|stem:porter|" in signature
    assert signature.endswith(f"|version:rouge-score-{version('rouge-score')}")
    assert metric.score(one + two).signature.startswith("nrefs:var|")
    other = build_metric(metric.name, language="de")
    assert "|stem:no|" in other.score(one).signature
