"""Vectors trained from sentences."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from nlpseq.errors import DataError, SettingError
from nlpseq.settings import VectorSettings
from nlpseq.text.vectors import train_vectors
from nlpseq.text.vectors.training import KINDS

SMALL = VectorSettings(width=8, epochs=2)


def sentences():
    """Enough to keep several workers busy at once, were there several."""
    for number in range(8000):
        animal, noise = [("cat", "purrs"), ("dog", "barks")][number % 2]
        yield [f"w{number % 37}", "the", animal, noise, f"w{number % 23}"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_that_occurs_twice_gets_a_vector_of_the_width_asked_for(kind):
    vectors = train_vectors(lambda: [["a", "b", "once"], ["a", "b"]], SMALL, kind=kind, seed=1)

    assert sorted(vectors.key_to_index) == ["a", "b"]
    assert vectors.vectors.shape == (2, 8)
    assert vectors.vectors.dtype == np.float32
    assert np.isfinite(vectors.vectors).all()


def test_fasttext_that_is_trained_knows_parts_of_words():
    vectors = train_vectors(sentences, SMALL, kind="fasttext", seed=1)

    assert "barking" not in vectors.key_to_index
    assert vectors["barking"].any()


def test_words_of_the_same_company_come_near_each_other():
    def company():
        draw = np.random.default_rng(0)
        sides = [["red", "blue", "paint", "brush"], ["run", "walk", "leg", "road"]]
        return [list(draw.permutation(sides[n % 2])) for n in range(2000)]

    settings = VectorSettings(width=8, epochs=20)
    vectors = train_vectors(company, settings, kind="word2vec", seed=1)

    assert vectors.similarity("red", "blue") > vectors.similarity("red", "run") + 0.2


def digest(kind, seed):
    vectors = train_vectors(sentences, SMALL, kind=kind, seed=seed)
    words = " ".join(vectors.index_to_key).encode()
    return hashlib.sha256(words + vectors.vectors.tobytes()).hexdigest()


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_training_repeats_bit_for_bit_in_every_process(hash_seed):
    program = (
        f"import importlib.util as u; s = u.spec_from_file_location('t', {__file__!r}); "
        "t = u.module_from_spec(s); s.loader.exec_module(t); "
        "print(*(t.digest(kind, 7) for kind in t.KINDS))"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )

    assert elsewhere.stdout.split() == [digest(kind, 7) for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_another_seed_gives_other_vectors(kind):
    assert digest(kind, 1) != digest(kind, 2)


def test_seeds_of_any_size_are_taken():
    assert digest("word2vec", 2**63) != digest("word2vec", 2**63 + 1)


def test_long_sentences_are_learnt_to_their_end():
    long = ["start"] * 10_000 + ["end"] * 3

    vectors = train_vectors(
        lambda: [long], VectorSettings(width=2, epochs=1), kind="word2vec", seed=1
    )
    shorter = train_vectors(
        lambda: [long[:10_000], long[10_000:]],
        VectorSettings(width=2, epochs=1),
        kind="word2vec",
        seed=1,
    )

    np.testing.assert_array_equal(vectors.vectors, shorter.vectors)


def test_progress_is_told_after_each_epoch():
    told = []

    train_vectors(
        sentences, SMALL, kind="word2vec", seed=1, progress=lambda *done: told.append(done)
    )

    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize("bad_reading", [1, 2, 3])
def test_an_error_in_any_reading_of_the_sentences_is_raised(bad_reading):
    readings = []

    def failing():
        readings.append(1)
        yield ["a", "b"] * 10
        if len(readings) == bad_reading:
            raise DataError("line 2 is bad")
        yield ["a", "b"] * 10

    with pytest.raises(DataError, match="line 2 is bad"):
        train_vectors(failing, SMALL, kind="word2vec", seed=1)


@pytest.mark.parametrize("text", [[], [[]], [["a", "b", "c"]]])
def test_too_little_text_is_an_error(text):
    with pytest.raises(DataError, match="too little text to train word vectors on"):
        train_vectors(lambda: text, SMALL, kind="word2vec", seed=1)


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(SettingError, match="no 'train:fastext'; did you mean 'fasttext'?"):
        train_vectors(sentences, SMALL, kind="fastext", seed=1)
