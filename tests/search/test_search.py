"""Laws of every search: over methods, options and toy models."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from nlpseq.errors import DivergedError, SettingError
from nlpseq.search import METHODS, Search, Wanted
from nlpseq.search.penalties import coverage_penalty, length_penalty
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, UNK_ID

OPTIONS = {
    "plain": {},
    "no length penalty": {"length_penalty": 0.0, "max_length": 9},
    "great length penalty": {"length_penalty": 3.0, "max_length": 9},
    "coverage penalty": {"coverage_penalty": 0.7, "max_length": 9},
    "lengths": {"min_length": 3, "max_length": 4},
    "no bigram twice": {"no_repeat_ngram": 2, "max_length": 20},
    "prefix": {"max_length": 9, "wanted": Wanted(prefix=(4, 1, 4))},
    "phrases": {"max_length": 12, "wanted": Wanted(phrases=((4, 1), (5, 5)))},
    "all": {
        "coverage_penalty": 0.2,
        "min_length": 6,
        "max_length": 9,
        "no_repeat_ngram": 2,
        "wanted": Wanted((1, 5), ((5, 4), (1, 1, 5))),
    },
}
TOYS = {
    "tiny": {"words": 6, "seed": 1, "end": 1.0},
    "wide": {"words": 70, "seed": 2, "end": 4.0},
    "copying": {"words": 7, "seed": 3, "end": 2.0, "copying": True},
}
SOURCES = [[4, 4, 1], [4], [1, 4, 5, 1, 4, 4], [1, 1]]


def search(method, wanted=Wanted(), **given):  # noqa: B008
    return Search(SearchSettings(method=method, **given), wanted)


@pytest.fixture(scope="module", params=OPTIONS)
def options(request):
    return OPTIONS[request.param]


@pytest.fixture(scope="module", params=TOYS)
def model(request, toy):
    return toy(**TOYS[request.param])


@pytest.fixture(scope="module", params=METHODS)
def any_search(request, options):
    more = {"beam": {"n_best": 3}, "greedy": {}, "sampling": {"n_best": 3}}
    return search(request.param, **more[request.param], **options)


@pytest.fixture(scope="module")
def found(model, any_search, batch):
    return any_search(model, batch(SOURCES))


def assert_same(found, expected):
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert [h.ids for h in ours] == [h.ids for h in theirs]
        for a, b in zip(ours, theirs, strict=True):
            assert a.score == pytest.approx(b.score, abs=1e-5)
            assert a.log_prob == pytest.approx(b.log_prob, abs=1e-5)
            assert_close(a.attention, b.attention)


def test_a_beam_of_one_is_greedy(model, options, batch):
    greedy = search("greedy", **options)(model, batch(SOURCES))
    beam = search("beam", beam=1, **options)(model, batch(SOURCES))
    assert_same(beam, greedy)
    assert [h.score for each in beam for h in each] == [h.score for each in greedy for h in each]


def test_drawing_from_one_word_is_greedy(model, options, batch):
    greedy = search("greedy", **options)(model, batch(SOURCES))
    assert_same(search("sampling", top_k=1, **options)(model, batch(SOURCES)), greedy)


def test_neighbours_padding_and_order_change_nothing(model, any_search, batch, found):
    assert_same(any_search(model, batch(SOURCES, padding=5)), found)
    assert_same(any_search(model, batch(SOURCES[::-1])), found[::-1])
    for source, expected in zip(SOURCES, found, strict=True):
        assert_same(any_search(model, batch([source])), [expected])


def test_an_answer_has_the_log_probability_and_attention_that_the_model_gives_it(model, found):
    for source, answers in zip(SOURCES, found, strict=True):
        for answer in answers:
            log_prob, attention = model.read(source, answer.ids)
            assert answer.log_prob == pytest.approx(log_prob, abs=1e-4)
            assert answer.attention.shape == (len(answer.ids), len(source))
            assert_close(answer.attention, attention)


def penalised(log_prob, attention, alpha, beta):
    """The formula of Wu et al. (2016), written out."""
    length = len(attention) + 1
    coverage = np.log(np.minimum(np.maximum(attention.numpy().sum(0), 1e-30), 1.0)).sum()
    return log_prob / ((5 + length) / 6) ** alpha + beta * coverage


def test_a_score_is_the_log_probability_with_its_penalties(any_search, found):
    settings = any_search.settings
    for answers in found:
        for answer in answers:
            penalties = settings.length_penalty, settings.coverage_penalty
            expected = penalised(answer.log_prob, answer.attention, *penalties)
            assert answer.score == pytest.approx(expected, rel=1e-5)


def test_the_best_answer_comes_first(found):
    for answers in found:
        scores = [answer.score for answer in answers]
        assert scores == sorted(scores, reverse=True)


def test_padding_and_the_beginning_are_never_answered(found):
    for answer in itertools.chain(*found):
        assert not {PAD_ID, BOS_ID, EOS_ID} & set(answer.ids)


def holds(ids, phrase):
    return any(ids[start : start + len(phrase)] == phrase for start in range(len(ids) + 1))


def repeats(ids, size, wanted):
    """Whether n-grams stand twice, other than by a word that was wanted."""
    required = {word for phrase in wanted.phrases for word in phrase}
    seen = set()
    for end in range(size, len(ids) + 1):
        gram = ids[end - size : end]
        if gram in seen and end > len(wanted.prefix) and gram[-1] not in required:
            return True
        seen.add(gram)
    return False


def keeps_to(ids, settings, wanted):
    size = settings.no_repeat_ngram
    return (
        settings.min_length <= len(ids) <= (settings.max_length or math.inf)
        and ids[: len(wanted.prefix)] == wanted.prefix
        and all(holds(ids, phrase) for phrase in wanted.phrases)
        and not (size and repeats(ids, size, wanted))
    )


def test_every_answer_keeps_all_rules(any_search, found):
    for answer in itertools.chain(*found):
        assert keeps_to(answer.ids, any_search.settings, any_search.wanted), answer.ids


SPACE = [()] + [ids for size in range(1, 6) for ids in itertools.product((UNK_ID, 4), repeat=size)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, Wanted()),
        ({"length_penalty": 0.0}, Wanted()),
        ({"length_penalty": 2.5, "coverage_penalty": 0.5}, Wanted()),
        ({"min_length": 2}, Wanted()),
        ({"no_repeat_ngram": 2}, Wanted()),
        ({"no_repeat_ngram": 1}, Wanted()),
        ({}, Wanted(prefix=(4, 4))),
        ({}, Wanted(phrases=((4, 1),))),
        ({}, Wanted(phrases=((4, 4), (1, 1)))),
        ({}, Wanted(phrases=((4,), (1,)))),
        ({"min_length": 3, "coverage_penalty": 0.3}, Wanted((1,), ((4, 1),))),
    ],
)
def test_a_beam_as_wide_as_the_space_finds_what_exhaustive_search_finds(
    toy, batch, seed, given, wanted
):
    model, source = toy(words=5, seed=seed), [4, 1, 1]
    settings = SearchSettings(beam=64, n_best=64, max_length=5, **given)
    scored = {}
    for ids in SPACE:
        if keeps_to(ids, settings, wanted):
            log_prob, attention = model.read(source, ids)
            penalties = settings.length_penalty, settings.coverage_penalty
            scored[ids] = penalised(log_prob, attention, *penalties)
    expected = sorted(scored, key=scored.get, reverse=True)
    (found,) = Search(settings, wanted)(model, batch([source]))
    assert [answer.ids for answer in found] == expected
    for n_best in (1, 3):
        few = Search(SearchSettings(beam=64, n_best=n_best, max_length=5, **given), wanted)
        assert [answer.ids for answer in few(model, batch([source]))[0]] == expected[:n_best]


@pytest.mark.parametrize("seed", range(5))
def test_a_wider_beam_finds_answers_that_are_not_worse_on_average(toy, batch, seed):
    model = toy(words=40, seed=seed)
    means = [
        np.mean([h[0].score for h in search("beam", beam=beam)(model, batch(SOURCES))])
        for beam in (1, 32)
    ]
    assert means[0] <= means[1] + 1e-9


def test_copied_words_beyond_the_vocabulary_are_answered(toy, batch):
    model = toy(words=5, copying=True, seed=1)
    found = batch([[5, 6], [6]], unknown=("x", "y"))
    for method in METHODS:
        answers = search(method, min_length=6)(model, found)
        assert any(word >= 5 for answer in answers for word in answer[0].ids)
        for source, (answer,) in zip([[5, 6], [6]], answers, strict=True):
            log_prob, _ = model.read(source, answer.ids, unknown=("x", "y"))
            assert answer.log_prob == pytest.approx(log_prob, abs=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_draws_do_not_depend_on_the_numbers_of_unknown_words(toy, batch, method):
    model = toy(words=5, copying=True, seed=1)
    (alone,) = search(method)(model, batch([[5, 4]], unknown=("y",)))
    _, among = search(method)(model, batch([[5, 4], [6, 4]], unknown=("x", "y")))
    assert [tuple(w + 1 if w == 5 else w for w in h.ids) for h in alone] == [h.ids for h in among]


@pytest.mark.parametrize("method", METHODS)
def test_the_greatest_length_follows_the_source(toy, batch, method):
    model = toy(words=6, end=-math.inf)  # never ends by itself
    found = search(method)(model, batch(SOURCES))
    assert [len(answers[0].ids) for answers in found] == [2 * len(s) + 50 for s in SOURCES]
    wanted = Wanted(phrases=(tuple([4, 1] * 40),))
    (short,) = search(method, wanted=wanted)(model, batch([[4]]))
    assert holds(short[0].ids, wanted.phrases[0])


@pytest.mark.parametrize("method", METHODS)
def test_a_vocabulary_of_one_word(toy, batch, method):
    model = toy(words=4, end=-1.0)  # <unk> alone can be said
    for answers in search(method, max_length=3)(model, batch([[1], [1, 1]])):
        assert set(answers[0].ids) <= {UNK_ID}


@pytest.mark.parametrize("method", METHODS)
def test_one_word_at_most(toy, batch, method):
    found = search(method, min_length=1, max_length=1)(toy(words=6), batch([[4]]))
    assert [len(answer.ids) for answer in found[0]] == [1]


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_only_ends(toy, batch, method):
    model = toy(words=6)
    model.table[..., :] = -math.inf
    model.table[..., EOS_ID] = 0.0
    assert [h.ids for h in search(method)(model, batch([[4]]))[0]] == [()]
    wanted = Wanted((4,), ((5, 5),))
    assert search(method, wanted=wanted)(model, batch([[4]]))[0][0].ids == (4, 5, 5)
    with pytest.raises(SettingError, match=r"search.min_length: found 2 .* lower them"):
        search(method, min_length=2)(model, batch([[4]]))


@pytest.mark.parametrize("method", METHODS)
def test_where_each_word_is_barred_the_search_is_refused(toy, batch, method):
    with pytest.raises(SettingError, match="search.no_repeat_ngram = 1"):
        search(method, min_length=4, no_repeat_ngram=1)(toy(words=6), batch([[4], [1]]))


def test_a_beam_wider_than_there_are_candidates(toy, batch):
    (found,) = search("beam", beam=64, n_best=64, max_length=1)(toy(words=6), batch([[4]]))
    assert {answer.ids for answer in found} == {(), (1,), (4,), (5,)}


@pytest.mark.parametrize("words", [slice(None), 4])
@pytest.mark.parametrize("method", METHODS)
def test_what_is_no_number_is_refused(toy, batch, method, words):
    model = toy(words=6)
    model.table[1, ..., words] = math.nan
    assert search(method)(model, batch([[5]]))  # which reads another table
    with pytest.raises(DivergedError, match="no numbers"):
        search(method)(model, batch([[5], [4]]))


@pytest.mark.parametrize("method", METHODS)
def test_equal_words_fall_to_the_first_whatever_stands_beside(toy, batch, method):
    model = toy(words=70)
    model.table[...] = -math.log(70)
    more = {"top_k": 1} if method == "sampling" else {}
    found = search(method, max_length=4, min_length=4, **more)(model, batch(SOURCES))
    assert {answers[0].ids for answers in found} == {(UNK_ID,) * 4}


def test_a_stranger_to_attention(toy, batch):
    blind = toy(words=6, attends=False)
    for method in METHODS:
        assert search(method)(blind, batch())[0][0].attention is None
        for name, value in {"coverage_penalty": 0.1, "replace_unknown": True}.items():
            with pytest.raises(SettingError, match=rf"search.{name}: .*no attention"):
                search(method, **{name: value})(blind, batch())


def test_the_models_scores_are_left_as_they_are(toy, batch, options):
    model = toy(words=70, end=2.0)
    before = model.table.clone()
    for method in METHODS:
        search(method, **options)(model, batch())
    assert_close(model.table, before, rtol=0, atol=0)


def test_penalties_are_those_of_the_paper():
    rng = np.random.default_rng(0)
    lengths, covered = np.arange(1, 30), rng.random((4, 6)) * 2
    for alpha in (0.0, 0.6, 1.0, 2.0):
        ours = length_penalty(torch.from_numpy(lengths), alpha)
        assert_close(ours.numpy(), (5.0 + lengths) ** alpha / (5 + 1.0) ** alpha)
    mask = rng.random((4, 6)) < 0.7
    expected = [
        0.3 * sum(math.log(min(c, 1.0)) for c, real in zip(row, kept, strict=True) if real)
        for row, kept in zip(covered, mask, strict=True)
    ]
    ours = coverage_penalty(torch.from_numpy(covered), torch.from_numpy(mask), 0.3)
    assert_close(ours, torch.tensor(expected, dtype=torch.float64))
    nothing = coverage_penalty(torch.zeros(1, 3), torch.ones(1, 3, dtype=torch.bool), 1.0)
    assert torch.isfinite(nothing).all()
