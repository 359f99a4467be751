"""BLEU, chrF and TER against sacreBLEU's own corpus scores."""

import random
import sys
from unittest.mock import patch

import numpy as np
import pytest
import sacrebleu

from nlpseq.errors import MissingExtra
from nlpseq.metrics import build_metric
from nlpseq.metrics.ter import PIECE
from tests.costs import seconds

TEXT = 'the cat, a dog sat on: Straße übt 3.14 "mat" &amp; it\'s 🙂 السلام не 今天很好。 e\u0301 -'
WORDS = TEXT.split()
ORACLES = {
    ("bleu", "en"): lambda: sacrebleu.BLEU(),
    ("bleu", "zh"): lambda: sacrebleu.BLEU(tokenize="zh"),
    ("bleu", "th"): lambda: sacrebleu.BLEU(tokenize="char"),
    ("chrf", "en"): lambda: sacrebleu.CHRF(),
    ("chrf", "zh"): lambda: sacrebleu.CHRF(),
    ("ter", "en"): lambda: sacrebleu.TER(),
}


@pytest.fixture(scope="module", params=list(ORACLES), ids="-".join)
def both(request):
    name, language = request.param
    return build_metric(name, language=language), ORACLES[request.param]()


def corpus(seed, references=(1,), size=12, most=14):
    """Made-up answers, each beside so many changed copies, some of them empty."""
    chance = random.Random(seed)

    def text():
        return " ".join(chance.choices(WORDS, k=chance.randrange(most)))

    def changed(words):
        return " ".join(word if chance.random() < 0.8 else chance.choice(WORDS) for word in words)

    said = [text() for _ in range(size)]
    return said, [
        tuple(changed(answer.split()) for _ in range(chance.choice(references))) for answer in said
    ]


def scored(metric, said, accepted):
    return metric.score(sum(map(metric.statistics, said, accepted)))


def by_library(oracle, said, accepted):
    """The corpus score and signature; None stands where a segment has fewer references."""
    most = max(map(len, accepted))
    filled = [(*each, *[None] * (most - len(each))) for each in accepted]
    found = oracle.corpus_score(said, list(zip(*filled, strict=True)))
    return found.score, str(oracle.get_signature())


@pytest.mark.parametrize("references", [(1,), (2,), (1, 2, 3)], ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_sums_of_statistics_are_the_score_of_sacrebleu(both, seed, references):
    metric, oracle = both
    said, accepted = corpus(seed, references)
    found = scored(metric, said, accepted)
    expected, signature = by_library(oracle, said, accepted)
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert found.signature == signature


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ([""], [("",)]),
        ([""], [("a reference",)]),
        (["an answer"], [("",)]),
        (["an answer", ""], [("", "an answer"), ("", "")]),
        (["🙂"], [("🙂",)]),
        (["one\ntwo"], [("one two",)]),
    ],
)
def test_next_to_nothing_scores_as_in_sacrebleu(both, said, accepted):
    metric, oracle = both
    expected, signature = by_library(oracle, said, accepted)
    assert scored(metric, said, accepted)[1:] == (pytest.approx(expected), signature)


def test_signatures_name_every_choice():
    def signature(name, language):
        metric = build_metric(name, language=language)
        return metric.score(metric.statistics("a", ("a", "b"))).signature

    release = f"version:{sacrebleu.__version__}"
    assert signature("bleu", "de") == f"nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|{release}"
    assert "|tok:zh|" in signature("bleu", "zh-TW")
    assert "|tok:char|" in signature("bleu", "km")
    assert signature("chrf", "de") == f"nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|{release}"
    plain = f"nrefs:2|case:lc|tok:tercom|norm:no|punct:yes|asian:no|{release}"
    assert signature("ter", "de") == plain
    assert signature("ter", "zh") == f"{plain}|unit:char"


@pytest.mark.parametrize(("code", "package"), [("ja", "ipadic"), ("ko", "mecab_ko")])
def test_a_tokenizer_that_is_not_there_is_named_with_the_line_that_installs_it(code, package):
    with patch.dict(sys.modules, {package: None}):  # as where it is not installed
        sys.modules.pop(f"sacrebleu.tokenizers.tokenizer_{code}_mecab", None)
        with pytest.raises(MissingExtra, match=rf"{code}-mecab is .*'nlpseq\[{code}\]'"):
            build_metric("bleu", language=code)


@pytest.mark.parametrize(
    ("code", "package", "text"),
    [("ja", "ipadic", "猫が好きです"), ("ko", "mecab_ko", "고양이를 좋아해요")],
)
def test_japanese_and_korean_are_cut_by_tokenizers_of_their_own(code, package, text):
    pytest.importorskip(package)
    metric = build_metric("bleu", language=code)
    assert metric.score(metric.statistics(text, (text,))).signature.count(f"tok:{code}-mecab")


def test_ter_counts_characters_where_no_spaces_part_the_words():
    metric = build_metric("ter", language="zh")
    edits, length, *_ = metric.statistics("我有一只猫。", ("我有两只猫。",))
    assert (edits, length) == (1, 6)
    edits, length, *_ = metric.statistics("我有 iPhone", ("我有iPhone",))
    assert (edits, length) == (0, 3)


def test_ter_compares_long_texts_in_pieces_and_says_so():
    metric = build_metric("ter")
    text = " ".join(f"w{number}" for number in range(2 * PIECE + 50))
    same, longer = metric.statistics(text, (text,)), metric.statistics(f"{text} more", (text,))
    drifting = metric.statistics(text.replace("7 ", "7"), (text,))
    assert same.tolist() == [0, 2 * PIECE + 50, 1, 1, 1, 1]
    assert 1 <= longer[0] < 10
    assert longer[1] == 2 * PIECE + 50
    assert drifting[0] < 5 * text.count("7 ")
    assert metric.statistics("w1", (text, "w1"))[2] == 1
    assert metric.score(same).signature.endswith(f"|pieces:{PIECE}")
    assert metric.score(same + metric.statistics("a", ("a",))).signature.endswith("|pieces:200")


@pytest.mark.parametrize("name", ["bleu", "chrf", "ter"])
def test_a_score_of_sums_costs_next_to_nothing(name):
    metric = build_metric(name)
    total = metric.statistics("a cat sat on the mat", ("a cat sat on a mat",))
    assert seconds(lambda: [metric.score(total) for _ in range(1000)]) < 1


def test_a_score_leaves_its_sums_alone():
    metric = build_metric("bleu")
    total = metric.statistics("a cat sat on the mat", ("a cat sat on a mat",))
    before = total.copy()
    metric.score(total)
    assert np.array_equal(total, before)
