"""Draws: their distribution, what restricts it, and what they depend on."""

from collections import Counter

import pytest
import torch
from scipy.stats import chi2, chisquare

from nlpseq.search import Search, Wanted
from nlpseq.search.sampling import drawn, likelier, mixed, uniform
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID, EOS_ID


def first_words(model, batch, *, texts=150, **given):
    """The first words that are drawn, or the end, from one distribution."""
    sources = [[4 + 3 * (n % 7), 4 + 3 * (n // 7)] for n in range(texts)]
    settings = SearchSettings(method="sampling", n_best=64, max_length=1, **given)
    model.table[:] = model.table[0].clone()
    found = Search(settings)(model, batch(sources))
    return Counter(h.ids[0] if h.ids else EOS_ID for answers in found for h in answers)


def expected(model, temperature=1.0):
    log_probs = model.table[0, BOS_ID, BOS_ID].double().clone()
    log_probs[[0, BOS_ID]] = -torch.inf
    return (log_probs / temperature).softmax(-1)


def assert_fits(counts, probabilities):
    assert set(counts) <= set(probabilities.nonzero().flatten().tolist())
    words = [w for w, p in enumerate(probabilities.tolist()) if p * counts.total() > 5]
    found, hoped = [counts[w] for w in words], probabilities[words] * counts.total()
    found, hoped = [*found, counts.total() - sum(found)], [*hoped, counts.total() - sum(hoped)]
    distance = sum(
        (f - float(h)) ** 2 / max(float(h), 1.0) for f, h in zip(found, hoped, strict=True)
    )
    assert chi2.sf(distance, max(1, len(words) - 1)) > 0.001


@pytest.mark.parametrize("words", [6, 90])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_frequencies_are_the_probabilities_at_that_temperature(toy, batch, words, temperature):
    model = toy(words=words, seed=5)
    counts = first_words(model, batch, temperature=temperature)
    assert_fits(counts, expected(model, temperature))


@pytest.mark.parametrize("top_k", [1, 2, 5, 1000])
def test_only_the_likeliest_words_are_drawn(toy, batch, top_k):
    model = toy(words=90, seed=5)
    likely = expected(model)
    least = likely.sort(descending=True).values[min(top_k, 90) - 1]
    likely[likely < least] = 0
    assert_fits(first_words(model, batch, top_k=top_k), likely / likely.sum())


@pytest.mark.parametrize("top_p", [0.01, 0.3, 0.9])
@pytest.mark.parametrize("top_k", [0, 4])
def test_only_the_fewest_words_that_have_the_share_are_drawn(toy, batch, top_p, top_k):
    model = toy(words=30, seed=6)
    likely, order = expected(model).sort(descending=True)
    likely[top_k or 30 :] = 0
    likely /= likely.sum()
    kept = next(n for n in range(1, 31) if likely[:n].sum() >= top_p)
    probabilities = torch.zeros(30, dtype=torch.float64)
    probabilities[order[:kept]] = likely[:kept] / likely[:kept].sum()
    assert_fits(first_words(model, batch, top_p=top_p, top_k=top_k), probabilities)


def test_draws_of_a_text_are_not_the_same(toy, batch):
    (found,) = Search(SearchSettings(method="sampling", n_best=64))(toy(words=12), batch([[4]]))
    assert len({answer.ids for answer in found}) > 32


def test_a_seed_repeats_and_another_draws_anew(toy, batch):
    def sampled(seed):
        settings = SearchSettings(method="sampling", n_best=5, seed=seed, min_length=5)
        return [h.ids for answers in Search(settings)(toy(words=12), batch()) for h in answers]

    assert sampled(1) == sampled(1)
    assert sampled(1) != sampled(2)


def test_for_minimum_risk_all_draws_are_given(toy, batch):
    settings = SearchSettings(method="sampling", minimum_risk=7, n_best=2)
    assert {len(answers) for answers in Search(settings)(toy(), batch())} == {7}


def test_required_words_take_the_place_of_the_end(toy, batch):
    """What is owed is drawn as often as it or the end would have been."""
    model = toy(words=8, seed=3)
    sources = [[4 + 3 * (n % 7), 4 + 3 * (n // 7)] for n in range(60)]
    settings = SearchSettings(method="sampling", n_best=64, max_length=2)
    model.table[:] = model.table[0].clone()
    found = Search(settings, Wanted(phrases=((5,),)))(model, batch(sources))
    probabilities = expected(model)
    probabilities[5] += probabilities[EOS_ID]
    probabilities[EOS_ID] = 0
    assert_fits(Counter(h.ids[0] for answers in found for h in answers), probabilities)


def test_random_bits_are_those_of_splitmix():
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    bits = mixed(torch.tensor([1234567]), torch.arange(3))
    assert [number % 2**64 for number in bits.tolist()] == known


def test_draws_are_uniform_and_never_zero():
    draws = uniform(mixed(torch.tensor([[1], [2]]), torch.arange(50_000)), 3).flatten()
    assert draws.min() > 0
    assert draws.max() <= 1
    assert chisquare(torch.histc(draws, 100, 0, 1).numpy()).pvalue > 0.001


def test_a_word_without_weight_is_never_drawn():
    weights = torch.zeros(1, 200)
    weights[0, [3, 130]] = torch.tensor([1.0, 2.0])
    shares = torch.tensor(
        [5e-324, 1e-300, *(n / 1000 for n in range(1, 1001))], dtype=torch.float64
    )
    found = drawn(weights, shares.unsqueeze(0))[0]
    assert found.tolist() == [3 if share <= 1 / 3 else 130 for share in shares.tolist()]


def test_what_is_likelier_comes_before():
    weights = torch.tensor([[0.25, 0.5, 0.25, 0.0]])
    assert likelier(weights, torch.arange(4).unsqueeze(0)).tolist() == [[0.5, 0.0, 0.75, 1.0]]
