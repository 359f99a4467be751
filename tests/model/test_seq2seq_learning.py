"""What an encoder-decoder can learn, with every decoder and every attention."""

import itertools

import pytest
import torch

from nlpseq.data.batches import Held, collate
from nlpseq.model.attention import ATTENTION
from nlpseq.model.decoders import DECODERS
from nlpseq.search import Search
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import Unknown

EVERY = list(itertools.product(DECODERS, ATTENTION))
V = 12  # words of the vocabulary, of which the first four are special


def learn(model, source, target, updates=300):
    """Train on random words until the task is learnt, with no text seen in the test."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    # Without an end of it, how well the last few updates left the model is chance.
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, updates)
    torch.manual_seed(1)
    for _ in range(updates):
        loss, count = model.train().objective(examples(source, target, 64))
        optimizer.zero_grad()
        (loss / count).backward()
        optimizer.step()
        decay.step()
    test = examples(source, target, 100)
    with torch.inference_mode():
        answers = model.eval().predict(test, Search(SearchSettings(method="greedy")))
    words = [*model.vocabulary.tokens, *test.unknown]
    right = [
        answer.tokens == tuple(words[i] for i in ids[mask].tolist())
        for answer, ids, mask in zip(answers, *test.target, strict=True)
    ]
    return sum(right) / len(right)


def examples(source, target, rows):
    lengths = torch.randint(1, 6, (rows,)).tolist()
    texts = [source(length) for length in lengths]
    held = Held({"source": texts, "target": [target(text) for text in texts]}, Unknown(V, "uvwxyz"))
    return collate(held, range(rows))


def any_words(length):
    return torch.randint(4, V, (length,)).tolist()


def strange_words(length):
    return (V + torch.randperm(6)[:length]).tolist()


@pytest.fixture
def small(build):
    """A model that reads and writes with one layer and without dropout."""

    def build_small(decoder, attention="general", **given):
        dropless = {"layers": 1, "dropout": 0.0}
        return build(
            *(decoder, attention, "lstm", "lstm"),
            embedding={"width": 32, "dropout": 0.0},
            encoder={"width": 32, **dropless},
            decoding={"width": 64, **dropless},
            **given,
        )

    return build_small


@pytest.mark.slow
@pytest.mark.parametrize(("decoder", "attention"), EVERY)
def test_a_copy_is_learned(decoder, attention, small):
    assert learn(small(decoder, attention), any_words, lambda text: text) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("decoder", "attention"), EVERY)
def test_a_reversal_is_learned(decoder, attention, small):
    assert learn(small(decoder, attention), any_words, lambda text: text[::-1], 600) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("decoder", list(DECODERS))
def test_words_beyond_the_vocabulary_are_copied(decoder, small):
    def both(length):
        return any_words(1) + strange_words(length)[:2]

    assert learn(small(decoder, copying=True), both, lambda text: text[1:], 250) > 0.95
