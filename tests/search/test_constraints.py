"""Wanted words: automata, random trials over every method, and contradictions."""

import itertools
import math
import random

import pytest
import torch

from nlpseq.errors import SettingError
from nlpseq.search import METHODS, Search, Wanted
from nlpseq.search.constraints import longest, shortest
from nlpseq.search.phrases import Phrases
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import EOS_ID

PHRASES = [
    ((4,),),
    ((4, 4, 5),),
    ((4, 5, 4, 4),),
    ((4, 5), (5, 6)),
    ((5, 6), (4, 5), (6,), (5, 6)),
    ((4, 4), (5, 4, 4, 4), (7, 7, 7)),
]


def holds(ids, phrase):
    return any(tuple(ids[start : start + len(phrase)]) == phrase for start in range(len(ids)))


@pytest.mark.parametrize("phrases", PHRASES)
def test_states_say_what_has_been_said(phrases):
    drawn, automata = random.Random(0), Phrases(phrases)
    kept = [tuple(w for w in row if w)[: int(size)] for row, size in
            zip(automata.words.tolist(), automata.lengths, strict=True)]  # fmt: skip
    for _ in range(200):
        ids = [drawn.choice([4, 4, 5, 5, 6, 7, 8]) for _ in range(drawn.randrange(12))]
        states = torch.zeros(len(automata), dtype=torch.long)
        for word in ids:
            states = automata.advanced(states, torch.tensor(word))
        for phrase, state in zip(kept, states.tolist(), strict=True):
            ends = [n for n in range(len(phrase) + 1) if tuple(ids[len(ids) - n :]) == phrase[:n]]
            assert state == (len(phrase) if holds(ids, phrase) else max(ends))
        assert bool((states == automata.lengths).all()) == all(holds(ids, p) for p in phrases)


def test_phrases_that_stand_in_others_are_said_with_them():
    assert Phrases([(4, 5), (5,), (3, 4, 5), (), (3, 4, 5)]).lengths.tolist() == [3]


@pytest.mark.parametrize(
    ("prefix", "phrases", "least"),
    [
        ((), (), 0),
        ((4, 5), (), 2),
        ((), ((4, 5), (6,)), 3),
        ((4,), ((4, 5), (6,)), 3),  # the prefix begins a phrase
        ((4, 5, 6), ((4, 5),), 3),  # the prefix holds it
        ((4, 5, 7), ((5, 6),), 5),
        ((), ((4,), (4,)), 1),
    ],
)
def test_the_words_that_wanted_texts_need(prefix, phrases, least):
    assert shortest(SearchSettings(), Wanted(prefix, phrases)) == least
    assert shortest(SearchSettings(min_length=9), Wanted(prefix, phrases)) == 9


def trials(method, count):
    """Random settings and wanted texts, as tight as can be in every other trial."""
    drawn = random.Random(method)
    for number in range(count):
        prefix = tuple(drawn.choices(range(4, 9), k=drawn.randrange(4)))
        phrases = tuple(
            tuple(drawn.choices(range(4, 9), k=drawn.randint(1, 4)))
            for _ in range(drawn.randrange(4))
        )
        wanted = Wanted(prefix, phrases)
        lengths = {"min_length": drawn.randrange(8), "no_repeat_ngram": drawn.randrange(4)}
        least = shortest(SearchSettings(**lengths), wanted)
        room = 0 if number % 2 else drawn.randrange(6)
        beam = {"beam": drawn.choice([1, 2, 5])} if method == "beam" else {}
        yield (
            SearchSettings(method=method, max_length=max(1, least + room), **lengths, **beam),
            wanted,
        )


@pytest.mark.parametrize("method", METHODS)
def test_whatever_is_wanted_is_in_every_answer(toy, batch, method):
    for number, (settings, wanted) in enumerate(trials(method, 40)):
        model = toy(words=14, seed=number % 5, end=(number % 3) * 2.0)
        for (answer,) in Search(settings, wanted)(model, batch()):
            assert settings.min_length <= len(answer.ids) <= settings.max_length
            assert answer.ids[: len(wanted.prefix)] == wanted.prefix
            assert all(holds(answer.ids, phrase) for phrase in wanted.phrases)


@pytest.mark.parametrize("method", METHODS)
def test_n_grams_stand_twice_only_where_they_are_wanted(toy, batch, method):
    for size, wanted in itertools.product((1, 2, 3), (Wanted(), Wanted((4, 4, 4, 4), ((5, 5),)))):
        settings = SearchSettings(method=method, no_repeat_ngram=size, max_length=9)
        model = toy(words=30, end=-5.0)
        for (answer,) in Search(settings, wanted)(model, batch()):
            ids = answer.ids
            free = [
                end
                for end in range(size, len(ids) + 1)
                if end > len(wanted.prefix) and (not wanted.phrases or ids[end - 1] != 5)
            ]
            for end in free:
                earlier = [ids[e - size : e] for e in range(size, end)]
                assert ids[end - size : end] not in earlier


def test_what_is_required_comes_when_a_model_would_end(toy, batch):
    """Not long after, when only the greatest length is left to force it."""
    model, wanted = toy(words=14, end=8.0), Wanted(phrases=((4, 5), (6, 7)))
    for method in METHODS:
        found = Search(SearchSettings(method=method), wanted)(model, batch())
        assert all(len(answer.ids) <= 12 for (answer,) in found)


def likely(model, words, probabilities, last=slice(None)):
    """Let ``words`` have these probabilities after ``last``, and the others share the rest."""
    rest = (1 - sum(probabilities)) / (model.words - len(words))
    model.table[:, :, last] = math.log(rest)
    model.table[:, :, last, words] = torch.tensor(probabilities).log()


@pytest.mark.parametrize("method", METHODS)
def test_a_phrase_that_is_begun_in_place_of_the_end_is_finished(toy, batch, method):
    model = toy(words=10)
    likely(model, [EOS_ID], [1 - 1e-6])
    likely(model, [7], [1 - 1e-6], last=4)  # and not the 5 that the phrase waits for
    likely(model, [7], [1 - 1e-6], last=5)  # nor the 6
    search = Search(SearchSettings(method=method), Wanted(phrases=((4, 5, 6), (8,))))
    for (answer,) in search(model, batch()):
        assert answer.ids == (4, 5, 6, 8)


@pytest.mark.parametrize("method", METHODS)
def test_a_phrase_does_not_come_before_the_model_would_end(toy, batch, method):
    model = toy(words=10)
    likely(model, [6], [1 - 1e-6])
    likely(model, [7], [1 - 1e-6], last=6)
    likely(model, [EOS_ID], [1 - 1e-6], last=7)
    likely(model, [EOS_ID], [1 - 1e-6], last=4)
    search = Search(SearchSettings(method=method), Wanted(phrases=((4,),)))
    for (answer,) in search(model, batch()):
        assert answer.ids == (6, 7, 4)


@pytest.mark.parametrize("method", METHODS)
def test_a_required_word_is_not_blocked_where_the_model_would_say_it(toy, batch, method):
    model = toy(words=10)
    likely(model, [5], [1 - 1e-6])
    search = Search(
        SearchSettings(method=method, no_repeat_ngram=1, max_length=5), Wanted(phrases=((5, 5),))
    )
    for (answer,) in search(model, batch()):
        assert answer.ids[:2] == (5, 5)


def test_a_beam_keeps_places_for_hypotheses_that_meet_a_phrase(toy, batch):
    """The word comes where it costs least, though it is never among the likeliest."""
    model = toy(words=30)
    likely(model, [6, 7, 4, EOS_ID], [0.6, 0.395, 1e-5, 1e-9])  # at first
    likely(model, [7, 4], [0.9, 1e-8], last=6)
    likely(model, [7, 4], [0.9, 1e-8], last=4)
    likely(model, [EOS_ID, 4], [0.9, 1e-8], last=7)
    search = Search(SearchSettings(beam=2, length_penalty=0.0), Wanted(phrases=((4,),)))
    for (answer,) in search(model, batch()):
        assert answer.ids == (4, 7)


def test_a_beam_finds_better_places_for_phrases_than_greedy_search(toy, batch):
    wanted = Wanted(phrases=((4, 5), (6,)))
    means = []
    for settings in (SearchSettings(method="greedy"), SearchSettings(beam=20)):
        scores = [
            answer.score
            for seed in range(8)
            for (answer,) in Search(settings, wanted)(toy(words=14, seed=seed, end=2.0), batch())
        ]
        means.append(sum(scores) / len(scores))
    assert means[0] < means[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "greedy", "beam": 3}, "search.beam: found 3, expected nothing .* greedy"),
        ({"method": "sampling", "beam": 1}, "search.beam: found 1, .* as only beam uses it"),
        ({"temperature": 0.5}, "search.temperature: found 0.5, .* beam, as only sampling uses it"),
        ({"method": "greedy", "top_k": 3}, "search.top_k: found 3, .* as only sampling uses it"),
        ({"top_p": 0.9}, "search.top_p: found 0.9"),
        ({"seed": 2}, "search.seed: found 2"),
        ({"minimum_risk": 8}, "search.minimum_risk: found 8, .* as only sampling uses it"),
        ({"method": "sampling", "minimum_risk": 1}, "search.minimum_risk: .* at least 2"),
        ({"n_best": 6}, "search.n_best: found 6, expected at most 5 with search.method = beam"),
        ({"method": "greedy", "n_best": 2}, "search.n_best: found 2, expected at most 1"),
        ({"method": "sampling", "minimum_risk": 4, "n_best": 5}, "search.n_best: .* at most 4"),
        (
            {"min_length": 5, "max_length": 4},
            "search.min_length: found 5, expected at most search.max_length = 4",
        ),
        ({"max_length": 4}, "search.max_length: found 4, expected at least 5, as search.prefix"),
    ],
)
def test_contradictions_are_refused(given, message):
    with pytest.raises(SettingError, match=message):
        Search(SearchSettings(**given), Wanted((4, 5), ((5, 6), (7, 8))))


def test_an_answer_has_room_but_an_end():
    lengths = torch.tensor([1, 20, 487, 600])
    assert longest(SearchSettings(), Wanted(), lengths).tolist() == [52, 90, 1024, 1024]
    assert longest(SearchSettings(max_length=7), Wanted(), lengths).tolist() == [7] * 4
    wanted = Wanted(phrases=(tuple([4] * 70),))
    assert longest(SearchSettings(), wanted, lengths).tolist() == [70, 90, 1024, 1024]


def test_wanted_texts_beyond_the_greatest_length_are_refused():
    with pytest.raises(SettingError, match="search.max_length: found 0, expected at least 1025"):
        Search(SearchSettings(), Wanted(phrases=(tuple(range(4, 1029)),)))
