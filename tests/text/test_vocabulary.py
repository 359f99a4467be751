"""Tokens <-> ids."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpseq.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, SPECIAL, UNK, UNK_ID, Vocabulary

COUNTS = Counter({"b": 3, "a": 3, "c": 5, "rare": 1})


def test_the_most_frequent_come_first_and_ties_go_by_the_token():
    vocabulary = Vocabulary.of_tokens(COUNTS, size=100)

    assert vocabulary.tokens == (*SPECIAL, "c", "a", "b", "rare")
    assert vocabulary.counts == (0, 0, 0, 0, 5, 3, 3, 1)
    assert len(vocabulary) == 8


def test_what_targets_never_hold_comes_last():
    vocabulary = Vocabulary.of_tokens(COUNTS, size=3, said={"b", "rare"})

    assert vocabulary.tokens == (*SPECIAL, "b", "c", "a")
    assert vocabulary.counts == (0, 0, 0, 0, 3, 5, 3)
    assert vocabulary.said == 5
    assert Vocabulary.of_tokens(COUNTS, size=3).said == 7


def test_no_more_can_be_said_than_there_is():
    with pytest.raises(ValueError, match="found 1 tokens, of which 2 can be said"):
        Vocabulary(["a"], [1], said=2)


@given(st.permutations(sorted(COUNTS)))
def test_the_order_of_the_data_changes_nothing(order):
    shuffled = {token: COUNTS[token] for token in order}

    assert Vocabulary.of_tokens(shuffled, size=3).tokens == (*SPECIAL, "c", "a", "b")


@pytest.mark.parametrize(
    ("size", "min_count", "expected"),
    [
        (2, 1, ("c", "a")),
        (100, 2, ("c", "a", "b")),
        (100, 4, ("c",)),
        (100, 6, ()),
        (1, 3, ("c",)),
    ],
)
def test_size_and_least_count_bound_it(size, min_count, expected):
    vocabulary = Vocabulary.of_tokens(COUNTS, size=size, min_count=min_count)

    assert vocabulary.tokens == (*SPECIAL, *expected)


def test_special_tokens_have_the_ids_that_are_named():
    assert Vocabulary.of_tokens({}, size=1).tokens == SPECIAL
    assert [SPECIAL[i] for i in (PAD_ID, UNK_ID, BOS_ID, EOS_ID)] == list(SPECIAL)
    assert SPECIAL[UNK_ID] == UNK


@pytest.mark.parametrize("word", SPECIAL)
def test_a_word_that_looks_special_is_unknown(word):
    vocabulary = Vocabulary.of_tokens({word: 9, "a": 1}, size=100)

    assert vocabulary.tokens == (*SPECIAL, "a")
    assert vocabulary.ids([word, "a"]) == [UNK_ID, 4]
    assert vocabulary.id(word) is None
    assert word not in vocabulary


def test_ids_and_tokens_are_inverse():
    vocabulary = Vocabulary.of_tokens(COUNTS, size=100)
    known = list(vocabulary.tokens[len(SPECIAL) :])

    assert [vocabulary.tokens[number] for number in vocabulary.ids(known)] == known
    assert vocabulary.ids(["c", "never", ""]) == [4, UNK_ID, UNK_ID]


def test_labels_have_no_special_tokens_and_an_unknown_one_has_no_id():
    vocabulary = Vocabulary.of_labels({"pos": 2, "neg": 7, UNK: 1})

    assert vocabulary.tokens == (UNK, "neg", "pos")
    assert vocabulary.counts == (1, 7, 2)
    assert [vocabulary.id(label) for label in ("neg", UNK, "never")] == [1, 0, None]


@pytest.mark.parametrize(
    ("tokens", "counts", "message"),
    [
        (["a", "b", "a"], [1, 1, 1], "token 'a' stands there twice"),
        ([*SPECIAL, "a", "a"], [0] * 6, "token 'a' stands there twice"),
        (["a", "b"], [1], "found 1 counts for 2 tokens"),
    ],
)
def test_a_damaged_vocabulary_is_refused(tokens, counts, message):
    with pytest.raises(ValueError, match=message):
        Vocabulary(tokens, counts)
