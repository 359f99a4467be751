"""A corpus for a task that brings none."""

import itertools

import pytest

from nlpseq.errors import DataError
from nlpseq.task import Column, Task
from nlpseq.testing.corpus import LEXICON, ROWS, made_up, rows_of

KINDS = ("text", "tokens", "label", "token_labels")


class Plain(Task):
    name = "plain"
    columns = (Column("text", kind="text"), Column("label", kind="label"))


class Shown(Plain):
    def sample(self):
        return {"train": [(f"text {number}", "ab"[number % 2]) for number in range(500)]}


@pytest.mark.parametrize("kinds", list(itertools.product(KINDS, KINDS)))
def test_rows_can_be_made_up_for_every_pair_of_kinds(kinds):
    rows = made_up([Column(str(number), kind=kind) for number, kind in enumerate(kinds)])
    assert len(rows) == ROWS
    for values in rows:
        several = [isinstance(value, tuple) for value in values]
        assert several == [kind in ("tokens", "token_labels") for kind in kinds]
        assert all(values)


def test_labels_follow_from_the_words():
    columns = [Column("words", kind="tokens"), Column("tags", kind="token_labels")]
    for words, tags in made_up(columns):
        assert len(words) == len(tags)
        assert all(word in LEXICON[tag] for word, tag in zip(words, tags, strict=True))
    labels = {label for (label,) in made_up([Column("label", kind="label")])}
    assert labels == set(LEXICON)


def test_a_kind_that_only_its_reader_knows_asks_for_rows():
    with pytest.raises(DataError, match="column 'picture' is of kind 'pixels'; give rows"):
        made_up([Column("text", kind="text"), Column("picture", kind="pixels")])


def test_rows_that_are_given_come_first_then_the_sample_then_made_up_ones():
    given = [("a", "b")]
    assert rows_of(Shown(), given) == given
    cut = rows_of(Shown(), ())
    assert len(cut) == ROWS
    assert set(cut) <= set(Shown().sample()["train"])
    assert {label for _, label in cut} == {"a", "b"}
    assert rows_of(Plain(), ()) == made_up(Plain.columns)
