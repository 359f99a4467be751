"""Vector files: every format against gensim's own writer."""

import gzip

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpseq.errors import DataError
from nlpseq.text.vectors import read_vectors
from nlpseq.text.vectors import source as source_module

WORDS = ["the", "film", "Ünïcode", "。", "3", "it's", "\u0085", "long" * 20]


class Everything:
    """Wants every word."""

    def __contains__(self, word):
        return True


def some_vectors(width=7):
    vectors = KeyedVectors(width)
    numbers = np.random.default_rng(3).normal(size=(len(WORDS), width)).astype(np.float32)
    numbers[0] = 0  # and numbers whose text is short
    vectors.add_vectors(WORDS, numbers)
    return vectors


def write_text(path, vectors):
    vectors.save_word2vec_format(str(path))


def write_binary(path, vectors):
    vectors.save_word2vec_format(str(path), binary=True)


def write_original_binary(path, vectors):
    """As the C program does: a line feed behind each row."""
    rows = [f"{word} ".encode() + vectors[word].tobytes() + b"\n" for word in vectors.key_to_index]
    path.write_bytes(f"{len(rows)} {vectors.vector_size}\n".encode() + b"".join(rows))


def write_glove(path, vectors):
    vectors.save_word2vec_format(str(path), write_header=False)


def write_vec(path, vectors):
    """As older versions of fastText do: a space at the end of each line."""
    write_text(path, vectors)
    header, _, rows = path.read_bytes().partition(b"\n")
    path.write_bytes(header + b"\n" + rows.replace(b"\n", b" \n"))


def write_windows(path, vectors):
    write_text(path, vectors)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))


FORMATS = {
    "vectors.txt": write_text,
    "vectors.bin": write_binary,
    "original.bin": write_original_binary,
    "glove.txt": write_glove,
    "vectors.vec": write_vec,
    "windows.txt": write_windows,
}


@pytest.fixture(params=[name + end for name in FORMATS for end in ("", ".gz")])
def written(request, tmp_path):
    """A file of ``some_vectors`` in each format, plain and packed."""
    name = request.param.removesuffix(".gz")
    path = tmp_path / name
    FORMATS[name](path, some_vectors())
    return packed(path) if request.param.endswith(".gz") else path


def packed(path):
    to = path.with_name(path.name + ".gz")
    to.write_bytes(gzip.compress(path.read_bytes()))
    return to


def test_every_format_gives_exactly_what_gensim_wrote(written):
    vectors = read_vectors(written, Everything())

    assert vectors.index_to_key == WORDS
    assert vectors.vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors.vectors, some_vectors().vectors)


def test_only_wanted_words_are_kept_in_every_format(written):
    vectors = read_vectors(written, {"film", "3", "absent"})

    assert vectors.index_to_key == ["film", "3"]
    np.testing.assert_array_equal(vectors["film"], some_vectors()["film"])


def test_each_row_is_asked_for_once_in_the_order_of_the_file(written):
    asked = []

    class Listening:
        def __contains__(self, word):
            asked.append(word)
            return True

    read_vectors(written, Listening())

    assert asked == WORDS


def test_a_file_without_a_wanted_word_gives_no_vectors_of_its_width(written):
    vectors = read_vectors(written, frozenset())

    assert (len(vectors), vectors.vector_size) == (0, 7)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("chunk", [1, 2, 7, 64])
def test_where_the_file_is_split_for_reading_changes_nothing(name, chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(source_module, "CHUNK", chunk)
    FORMATS[name](tmp_path / name, some_vectors())

    np.testing.assert_array_equal(
        read_vectors(tmp_path / name, Everything()).vectors, some_vectors().vectors
    )


@pytest.mark.parametrize("width", [1, 2, 300])
@pytest.mark.parametrize("number", [0.0, 1.0, -0.1, 1e-38])
@pytest.mark.parametrize("write", [write_text, write_binary, write_original_binary])
def test_text_and_binary_are_told_apart(write, number, width, tmp_path):
    vectors = KeyedVectors(width)
    vectors.add_vectors(["a", "b"], np.full((2, width), number, dtype=np.float32))
    write(tmp_path / "vectors", vectors)

    read = read_vectors(tmp_path / "vectors", Everything())

    np.testing.assert_array_equal(read.vectors, vectors.vectors)


def test_words_of_glove_may_hold_spaces(tmp_path):
    path = tmp_path / "glove.840B.txt"
    path.write_text("the 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9")

    vectors = read_vectors(path, {". . .", "at name@domain.com"})

    assert vectors.index_to_key == [". . .", "at name@domain.com"]
    np.testing.assert_array_equal(vectors.vectors, [[4, 5, 6], [7, 8, 9]])


@pytest.mark.parametrize("first", ["5 1 2", ". . . 1 2", "1e5 1 2"])
def test_the_width_of_glove_is_right_whatever_its_first_word(first, tmp_path):
    (tmp_path / "glove.txt").write_text(f"{first}\nthe 3 4\n")

    assert read_vectors(tmp_path / "glove.txt", {"the"})["the"].tolist() == [3, 4]


def test_unwanted_rows_may_repeat_and_hold_what_is_no_number(tmp_path):
    (tmp_path / "v.txt").write_text("a 1 2\nodd 1 x\nodd nan 2\nb 3 4\n")

    assert read_vectors(tmp_path / "v.txt", {"a", "b"}).index_to_key == ["a", "b"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_anywhere_give_vectors_or_a_data_error(data, tmp_path):
    name = data.draw(st.sampled_from(list(FORMATS)))
    path = tmp_path / name
    FORMATS[name](path, some_vectors(2))
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])

    assert outcome(path) in ("read", "refused")


def outcome(path):
    try:
        vectors = read_vectors(path, Everything())
    except DataError as error:
        return "refused" if str(error).startswith(f"{path}:") else "refused without the path"
    return "read" if np.isfinite(vectors.vectors).all() else "read what is not finite"
