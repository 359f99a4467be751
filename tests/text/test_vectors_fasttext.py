"""fastText's own files: gensim as the oracle, and heads and bodies that lie."""

import gzip
import struct

import numpy as np
import pytest
from gensim.models import FastText
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model

from nlpseq.errors import DataError
from nlpseq.text.vectors import read_vectors

NAN = float("nan")


def packed(path):
    to = path.with_name(path.name + ".gz")
    to.write_bytes(gzip.compress(path.read_bytes()))
    return to


def assert_refused(path, message):
    with pytest.raises(DataError) as caught:
        read_vectors(path, frozenset())
    assert str(caught.value).startswith(f"{path}:{message}")


@pytest.fixture(scope="module")
def fasttext(tmp_path_factory):
    """A small model of gensim's, saved in Facebook's format."""
    sentences = [["the", "film", "was", "good"], ["a", "bad", "film", "wäre"]] * 5
    model = FastText(sentences, vector_size=5, min_count=1, bucket=50, epochs=1, workers=1)
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    save_facebook_model(model, str(path))
    return path


@pytest.mark.parametrize("pack", [lambda path: path, packed])
def test_fasttext_gives_exactly_what_gensim_gives_for_known_and_unknown_words(pack, fasttext):
    expected = load_facebook_vectors(str(fasttext))

    vectors = read_vectors(pack(fasttext), frozenset())

    assert vectors.index_to_key == expected.index_to_key
    for word in ("film", "wäre", "filming"):
        np.testing.assert_array_equal(vectors[word], expected[word])


def test_fasttext_is_known_by_its_content(fasttext, tmp_path):
    other = tmp_path / "name.txt"
    other.write_bytes(fasttext.read_bytes())

    assert "film" in read_vectors(other, frozenset()).key_to_index


def test_fasttext_cut_anywhere_is_refused(fasttext, tmp_path):
    content = fasttext.read_bytes()
    numbers = content.index(struct.pack("<2q", 57, 5)) + 16
    path = tmp_path / "cut.bin"
    for end in range(4, numbers + 57 * 5 * 4, 11):
        path.write_bytes(content[:end])
        with pytest.raises(DataError, match="the file ends after|at least"):
            read_vectors(path, frozenset())


WIDTH, BUCKETS, SIZE, LABELS, PRUNED = 8, 40, 64, 72, 84  # offsets in the head
DAMAGED_FASTTEXT = {
    "wide": (WIDTH, 4097, " found vectors of width 4097, expected 1 to 4096"),
    "other width": (WIDTH, 4, " found a plain matrix of 57 x 5, expected a plain one of"),
    "no width": (WIDTH, -1, " found vectors of width -1, expected 1 to 4096"),
    "buckets": (BUCKETS, 10**7, " the header promises 10000007 rows of 5 numbers, at least"),
    "too many buckets": (BUCKETS, 2**31 - 1, " found 2147483647 rows, expected at most"),
    "one word more": (SIZE, 8, " found no word of 1 to 1000 characters as number 8"),
    "too many words": (SIZE, 2**31 - 1, " found 2147483647 rows, expected at most 10000000"),
    "fewer than no words": (SIZE, -1, " found -1 rows, expected at most 10000000"),
    "classifier": (LABELS, 2, " found a fastText classifier or a compressed model"),
    "pruned": (PRUNED, 2**40, " found a fastText classifier or a compressed model"),
}


@pytest.mark.parametrize(
    ("offset", "value", "message"), DAMAGED_FASTTEXT.values(), ids=DAMAGED_FASTTEXT
)
def test_a_damaged_head_of_fasttext_is_refused(offset, value, message, fasttext, tmp_path):
    content = bytearray(fasttext.read_bytes())
    struct.pack_into("<q" if offset == PRUNED else "<i", content, offset, value)
    (tmp_path / "v.bin").write_bytes(content)

    assert_refused(tmp_path / "v.bin", message)


def changed(content, old, new):
    assert content.count(old) == 1
    return content.replace(old, new)


DAMAGED_BODY = {
    "again": (b"good\0", b"film\0", " found 'film' again as word number"),
    "no word": (b"\0a\0", b"\0\0a", " found no word of 1 to 1000 characters as number"),
    "quantised": (
        b"\0" + struct.pack("<2q", 57, 5),
        b"\1" + struct.pack("<2q", 57, 5),
        " found a q",
    ),
    "matrix": (
        struct.pack("<2q", 57, 5),
        struct.pack("<2q", 2**40, 5),
        " found a plain matrix of 1",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), DAMAGED_BODY.values(), ids=DAMAGED_BODY)
def test_a_damaged_body_of_fasttext_is_refused(old, new, message, fasttext, tmp_path):
    (tmp_path / "v.bin").write_bytes(changed(fasttext.read_bytes(), old, new))

    assert_refused(tmp_path / "v.bin", message)


def test_numbers_of_fasttext_that_are_not_finite_are_refused(fasttext, tmp_path):
    content = bytearray(fasttext.read_bytes())
    struct.pack_into("<f", content, content.index(struct.pack("<2q", 57, 5)) + 16, NAN)
    (tmp_path / "v.bin").write_bytes(content)

    assert_refused(tmp_path / "v.bin", " found numbers that are not finite")


def test_a_long_word_of_fasttext_is_refused(fasttext, tmp_path):
    content = changed(fasttext.read_bytes(), b"good\0", b"g" * 4001 + b"\0")
    (tmp_path / "v.bin").write_bytes(content)

    assert_refused(tmp_path / "v.bin", " found no word of 1 to 1000 characters")
