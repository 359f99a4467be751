"""Vectors in the order of a vocabulary."""

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors

from nlpseq.errors import DataError
from nlpseq.text.tokenizers.protocol import JOINER
from nlpseq.text.vectors import vectors_for, wanted_words
from nlpseq.text.vocabulary import SPECIAL, Vocabulary


def vectors_of(**rows):
    vectors = KeyedVectors(2)
    vectors.add_vectors(list(rows), np.array(list(rows.values()), dtype=np.float32))
    return vectors


def vocabulary_of(**counts):
    return Vocabulary.of_tokens(counts, size=100)


def rows_of(vocabulary, lookup):
    rows = zip(vocabulary.tokens, lookup.matrix.tolist(), lookup.found, strict=True)
    return {token: row if found else None for token, row, found in rows}


def test_a_word_is_looked_up_as_it_stands_then_in_lower_case():
    vocabulary = vocabulary_of(Apple=3, The=2, the=1, apple=1)

    lookup = vectors_for(vocabulary, vectors_of(Apple=[1, 1], apple=[2, 2], the=[3, 3]))

    rows = rows_of(vocabulary, lookup)
    assert (rows["Apple"], rows["apple"]) == ([1, 1], [2, 2])
    assert rows["The"] == rows["the"] == [3, 3]


def test_the_mark_of_a_joined_token_is_not_looked_up():
    vocabulary = Vocabulary.of_tokens({JOINER + "n't": 2, JOINER: 1}, size=100)

    lookup = vectors_for(vocabulary, vectors_of(**{"n't": [1, 2], JOINER: [3, 4]}))

    rows = rows_of(vocabulary, lookup)
    assert (rows[JOINER + "n't"], rows[JOINER]) == ([1, 2], [3, 4])


def test_special_tokens_and_unknown_words_get_zeros_and_are_not_found():
    vocabulary = vocabulary_of(a=2, b=1)
    special = dict.fromkeys(SPECIAL, [9, 9])

    lookup = vectors_for(vocabulary, vectors_of(a=[1, 2], **special))

    assert lookup.found.tolist() == [False] * 4 + [True, False]
    assert lookup.matrix.dtype == np.float32
    assert lookup.matrix.tolist() == [[0, 0]] * 4 + [[1, 2], [0, 0]]


def test_coverage_is_counted_by_type_and_by_running_token():
    vocabulary = vocabulary_of(a=6, b=2, c=1, d=1)

    lookup = vectors_for(vocabulary, vectors_of(a=[1, 2], d=[1, 2]))

    assert lookup.coverage == (0.5, 0.7)
    assert str(lookup.coverage) == "70.0% of the running words, 50.0% of the different ones"


def test_what_is_wanted_of_a_file_is_exactly_what_is_looked_up():
    vocabulary = Vocabulary.of_tokens({"The": 2, JOINER + "N'T": 1}, size=100)

    assert wanted_words(vocabulary) == {"The", "the", "N'T", "n't"}


@pytest.mark.parametrize(("count", "enough"), [(30, True), (29, False)])
def test_under_thirty_percent_of_the_tokens_is_an_error(count, enough):
    vocabulary = vocabulary_of(Hund=100 - count, the=count)
    vectors = vectors_of(the=[1, 2])

    if enough:
        assert vectors_for(vocabulary, vectors).coverage.tokens == 0.3
    else:
        with pytest.raises(DataError) as caught:
            vectors_for(vocabulary, vectors)
        assert str(caught.value).startswith(
            "the vectors cover 29.0% of the running words, 50.0% of the different ones, "
            "expected at least 30% of the running words; not found: 'Hund'; are they of this "
        )


def test_no_words_at_all_are_an_error_not_a_division_by_zero():
    with pytest.raises(DataError, match=r"cover 0\.0% of the running words"):
        vectors_for(Vocabulary.of_tokens({}, size=1), KeyedVectors(2))


@pytest.fixture(scope="module")
def fasttext():
    sentences = [["the", "film", "was", "good"], ["The", "films"]] * 5
    return FastText(
        sentences, vector_size=4, min_count=1, min_n=4, bucket=50, epochs=1, workers=1
    ).wv


def test_fasttext_makes_vectors_of_parts_for_words_it_does_not_know(fasttext):
    vocabulary = vocabulary_of(film=9, FILM=2, filming=2, x=1)

    lookup = vectors_for(vocabulary, fasttext)

    rows = rows_of(vocabulary, lookup)
    assert rows["film"] == fasttext["film"].tolist()
    assert rows["FILM"] == fasttext["film"].tolist()  # known in lower case comes before parts
    assert rows["filming"] == fasttext["filming"].tolist()
    assert rows["x"] is None  # "<x>" is too short to have parts of four characters


def test_fasttext_without_parts_of_words_knows_only_its_words():
    model = FastText([["the", "film"]] * 5, vector_size=4, min_count=1, bucket=0, workers=1)
    vocabulary = vocabulary_of(film=2, filming=2)

    assert rows_of(vocabulary, vectors_for(vocabulary, model.wv))["filming"] is None
