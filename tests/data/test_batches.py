"""Batches hold every row once, within their limits, and with little padding."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nlpseq.data.batches import Held, Padded, collate, pad, plan, rung
from nlpseq.text.vocabulary import UNK_ID, Unknown

LENGTHS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=60)


def corpus(*columns):
    """Rows of the given lengths, whose ids are never 0."""
    names = ("source", "target")
    return Held(
        {
            name: [np.arange(1, length + 1) for length in lengths]
            for name, lengths in zip(names, columns, strict=False)
        }
    )


def padded(corpus, rows):
    """The size of a batch, padding counted."""
    return sum(rung(int(corpus.lengths(name)[rows].max())) for name in corpus.columns) * len(rows)


def test_the_ladder_goes_up_in_steps_of_at_most_an_eighth():
    rungs = [rung(length) for length in range(5000)]
    assert rungs == sorted(rungs)
    assert rungs[:18] == [1, *range(1, 17), 18]
    for length, width in enumerate(rungs[1:], 1):
        assert length <= width <= length * 9 / 8
        assert rung(width) == width
    assert len(set(rungs)) < 90


@given(lengths=LENGTHS, rows=st.integers(1, 9), tokens=st.integers(1, 300), shuffled=st.booleans())
def test_every_row_is_in_one_batch_and_every_batch_within_its_limits(
    lengths, rows, tokens, shuffled
):
    part = corpus(*zip(*lengths, strict=True))
    batches = plan(
        part, rows=rows, tokens=tokens, generator=np.random.default_rng(0) if shuffled else None
    )
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(part)))
    for batch in batches:
        assert 1 <= len(batch) <= rows
        assert padded(part, batch) <= tokens or len(batch) == 1
        padding = collate(part, batch)
        assert sum(column.ids.numel() for column in padding.columns.values()) == padded(part, batch)


@given(lengths=LENGTHS, tokens=st.integers(50, 300))
def test_no_batch_ends_before_it_must(lengths, tokens):
    part = corpus(*zip(*lengths, strict=True))
    batches = plan(part, rows=8, tokens=tokens)
    for batch, following in zip(batches, batches[1:], strict=False):
        longer = np.append(batch, following[0])
        assert len(longer) > 8 or padded(part, longer) > tokens


def drawn(kind, number=20_000):
    """Lengths as they are in the field: of a text with its label, or of two sides of a corpus."""
    generator = np.random.default_rng(1)
    if kind == "texts":
        return np.clip(generator.lognormal(4.5, 0.6, number).astype(int), 1, 1000), np.ones(
            number, int
        )
    source = np.clip(generator.lognormal(2.4, 0.45, number).astype(int), 1, 400)
    target = np.clip((source * generator.normal(1, 0.2, number)).astype(int), 1, 400)
    return source, target


class Lengths:
    """A corpus of which only the lengths matter."""

    columns = ("source", "target")

    def __init__(self, *columns):
        self._lengths = dict(zip(self.columns, columns, strict=True))

    def __len__(self):
        return len(self._lengths["source"])

    def lengths(self, column):
        return self._lengths[column].astype(np.int32)


@pytest.mark.parametrize("kind", ["texts", "pairs"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_nine_tenths_of_a_batch_are_tokens(kind, shuffled):
    part = Lengths(*drawn(kind))
    generator = np.random.default_rng(0) if shuffled else None
    batches = plan(part, rows=64, tokens=4096, generator=generator)
    real = sum(int(part.lengths(name).sum()) for name in part.columns)
    assert real / sum(padded(part, batch) for batch in batches) >= 0.9


def test_without_a_generator_the_longest_come_first():
    part = corpus([3, 90, 40, 7, 60], [1, 1, 1, 1, 1])
    batches = plan(part, rows=2, tokens=1000)
    assert [batch.tolist() for batch in batches] == [[1, 4], [2, 3], [0]]


def test_a_row_over_the_limit_has_a_batch_of_its_own():
    part = corpus([5, 500, 5])
    assert [batch.tolist() for batch in plan(part, rows=9, tokens=100)] == [[1], [0, 2]]


def plans(seed):
    part = Lengths(*drawn("pairs", 500))
    batches = plan(part, rows=8, tokens=400, generator=np.random.default_rng(seed))
    return [batch.tolist() for batch in batches]


def test_a_plan_follows_from_its_seed_alone():
    assert plans(1) == plans(1)
    assert plans(1) != plans(2)
    assert sorted(map(sorted, plans(1))) != sorted(map(sorted, plans(2)))  # other rows meet


def test_a_part_without_rows_has_no_batches():
    for generator in (None, np.random.default_rng(0)):
        assert plan(corpus([], []), rows=4, tokens=10, generator=generator) == []


@given(lengths=st.lists(st.integers(0, 20), min_size=1, max_size=8))
def test_padding_is_zero_and_outside_the_mask(lengths):
    batch = collate(corpus(lengths), range(len(lengths)))
    ids, mask = batch.source
    assert (ids.dtype, mask.dtype) == (torch.int64, torch.bool)
    assert ids.shape == mask.shape == (len(lengths), rung(max(lengths)))
    assert mask.sum(1).tolist() == [max(1, length) for length in lengths]
    assert not mask[:, 1:][~mask[:, :-1]].any()  # no token after padding
    assert ids[~mask].eq(0).all()
    assert ids[mask].ne(0).all()


def test_a_row_without_tokens_stands_on_an_unknown_one():
    batch = collate(corpus([2, 0], [0, 0]), [1, 0])
    assert batch.source.ids.tolist() == [[UNK_ID, 0], [1, 2]]
    assert batch.source.mask.tolist() == [[True, False], [True, True]]
    assert batch.target.ids.tolist() == [[UNK_ID], [UNK_ID]]
    assert batch.rows == [1, 0]
    assert len(batch) == 2


@pytest.mark.parametrize("met_before", [(), ("tom",), ("zoe", "tom", "ann")])
def test_unknown_words_are_numbered_by_the_alphabet_whatever_was_met_before(met_before):
    unknown = Unknown(4, met_before)
    rows = [[unknown.id("zoe"), 2, unknown.id("tom")], [unknown.id("ann"), 3, unknown.id("zoe")]]
    batch = collate(Held({"source": rows}, unknown), [0, 1])
    assert batch.unknown == ("ann", "tom", "zoe")
    assert batch.source.ids.tolist() == [[6, 2, 5], [4, 3, 6]]


def test_rows_are_padded_on_the_right():
    ids, mask = pad([[7, 8], [], [9]], 3)
    assert ids.tolist() == [[7, 8, 0], [0, 0, 0], [9, 0, 0]]
    assert mask.tolist() == [[True, True, False], [False] * 3, [True, False, False]]


def test_a_batch_moves_with_all_its_columns():
    batch = collate(corpus([1, 2], [2, 1]), [0, 1])
    moved = batch.to(torch.device("meta"))
    assert {name: type(column) for name, column in moved.columns.items()} == {
        "source": Padded,
        "target": Padded,
    }
    assert all(c.ids.is_meta and c.mask.is_meta for c in moved.columns.values())
    assert moved.rows == batch.rows


def test_held_rows_are_found_by_number():
    part = Held({"source": [[4], [5, 6]]})
    assert (len(part), part.columns) == (2, ("source",))
    assert part.lengths("source").tolist() == [1, 2]
    assert part.ids("source", np.array([1, 0])) == [[5, 6], [4]]
