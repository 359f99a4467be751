"""What holds for every metric of texts."""

import random

import numpy as np
import pytest

from nlpseq.evaluation.intervals import interval
from nlpseq.metrics import METRICS, build_metric
from tests.costs import seconds, times_dearer

NAMES = [name for name in METRICS if name not in ("accuracy", "macro_f1")]
TEXTS = {
    "en": "Dr. Lee said: \"It's 3.14, isn't it?\" Nobody knew what the night would bring.",
    "de": "Die große Straße führt über z.B. Österreich; sie wußten es nicht. Es regnet.",
    "zh": "今天天气很好，我们去公园散步吧！你觉得怎么样？",
    "ar": "ذهب الولد إلى المدرسة في الصباح الباكر مع أصدقائه. ثم عاد؟",
    "hi": "यह एक बहुत अच्छा दिन है और हम बाहर जा रहे हैं।",
    "th": "วันนี้อากาศดีมากเราจะไปเดินเล่นที่สวน",
    "fr": "On 👍🏽 adore 🙂 les emojis 🙃 dans ce texte, n'est-ce pas 👩‍👩‍👧 ?",
}

WORDS = [f"word{number}" for number in range(3000)]


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


def best(metric):
    return 100 if metric.higher_is_better else 0


def rows(metric, chance=1, size=30):
    """Statistics of answers of which every other is right in most words."""
    random_words = random.Random(chance)
    words = TEXTS["en"].split()
    found = []
    for number in range(size):
        said = random_words.sample(words, k=random_words.randrange(4, len(words)))
        expected = said[: -number % 3 or None] + words[: number % 2]
        found.append(metric.statistics(" ".join(said), (" ".join(expected),)))
    return np.stack(found)


@pytest.mark.parametrize("language", TEXTS)
def test_a_perfect_answer_has_the_best_score_in_every_script(name, language):
    metric, text = build_metric(name, language=language), TEXTS[language]
    score = metric.score(metric.statistics(text, (text,)))
    assert score.value == pytest.approx(best(metric))
    half = metric.score(metric.statistics(text[: len(text) // 2], (text,)))
    assert abs(half.value - best(metric)) > 10


def test_one_perfect_reference_among_several_is_enough_for_one_of_equal_length(name):
    metric = build_metric(name)
    words = TEXTS["en"].split()
    turned = " ".join(words[::-1])
    score = metric.score(metric.statistics(TEXTS["en"], (turned, TEXTS["en"])))
    assert score.value == pytest.approx(best(metric))


def test_the_number_of_references_does_not_change_the_shape(name):
    metric, text = build_metric(name), TEXTS["en"]
    one, *others = (metric.statistics(text, (text,) * number) for number in (1, 2, 5))
    assert all(other.shape == one.shape for other in others)


def test_the_order_of_references_changes_nothing(name):
    metric = build_metric(name)
    accepted = TEXTS["en"], TEXTS["en"][:40], "nobody knew", ""
    said = TEXTS["en"][:50]
    there, back = (metric.statistics(said, each) for each in (accepted, accepted[::-1]))
    assert np.array_equal(there, back)


@pytest.mark.parametrize(("said", "accepted"), [("", ("",)), ("", ("a text",)), ("a text", ("",))])
def test_empty_texts_have_a_score_within_bounds(name, said, accepted):
    metric = build_metric(name)
    statistics = metric.statistics(said, accepted)
    assert np.isfinite(statistics).all()
    assert 0 <= metric.score(statistics).value <= 100


def test_empty_texts_spoil_nothing_but_their_own_segment(name):
    metric, text = build_metric(name), TEXTS["en"]
    perfect = metric.statistics(text, (text,))
    assert metric.score(perfect + metric.statistics("", (text,))).value != best(metric)
    assert metric.score(perfect + perfect).value == pytest.approx(best(metric))


def test_the_interval_holds_the_score(name):
    metric = build_metric(name)
    found = rows(metric)
    low, high = interval(metric, found, resamples=200)
    assert low < metric.score(found.sum(axis=0)).value < high


def test_tokens_score_as_their_text(name):
    metric = build_metric(name)
    words = TEXTS["en"].split()
    tokens = metric.statistics(tuple(words[:9]), (tuple(words),))
    assert np.array_equal(tokens, metric.statistics(" ".join(words[:9]), (" ".join(words),)))


def long_text(language, chance):
    """20,000 characters, of which a few are frequent, as in real texts."""
    known, gap = ([chr(0x4E00 + n) for n in range(3000)], "") if language == "zh" else (WORDS, " ")
    weights = [1 / (rank + 1) for rank in range(len(known))]
    return gap.join(chance.choices(known, weights, k=20_000))[:20_000]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_of_20_000_characters_take_seconds(name, language):
    chance = random.Random(1)
    text = long_text(language, chance)
    other = "".join(letter if chance.random() < 0.98 else "e" for letter in text)
    metric = build_metric(name, language=language)
    assert seconds(lambda: metric.statistics(other, (text,))) < 20
    assert 0 < metric.score(metric.statistics(other, (text,))).value < 100


def test_four_times_as_many_segments_take_about_four_times_as_long(name):
    assert times_dearer(lambda size: rows(build_metric(name), size=size), 200, 800) < 8
