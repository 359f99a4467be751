"""Splits: the laws that they keep for any data."""

import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpseq.data.splits import overlap, scan, split_off, text_digest
from nlpseq.errors import DataError, Place, SettingError
from nlpseq.task import Column, Row

LABELLED = (Column("text", "text"), Column("label", "label"))
PAIRED = (Column("source", "text"), Column("target", "text"))


def scanned(pairs, columns=LABELLED):
    names = [column.name for column in columns]
    return scan((Row(dict(zip(names, pair, strict=True)), Place("f")) for pair in pairs), columns)


def distinct(count, label="x"):
    return [(f"{label} {number}", label) for number in range(count)]


pairs = st.lists(
    st.tuples(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), st.sampled_from("xyz")), max_size=60
)


@settings(max_examples=300)
@given(pairs, st.floats(0.01, 0.9), st.integers(0, 5))
def test_a_split_keeps_its_laws(rows, share, seed):
    seen = scanned(rows)
    try:
        held_out = split_off(seen, share, seed).held_out
    except DataError:
        return
    sides = [[rows[n] for n in np.flatnonzero(held_out == side)] for side in (False, True)]
    train, valid = sides
    assert valid
    assert not {text for text, _ in train} & {text for text, _ in valid}
    assert {label for _, label in train} == {label for _, label in rows}
    labels_of = {text: {label for other, label in rows if other == text} for text, _ in rows}
    assert all(len(labels_of[text]) == 1 for text, _ in valid)
    assert np.array_equal(split_off(seen, share, seed).held_out, held_out)


@settings(max_examples=100)
@given(st.lists(st.integers(1, 80), min_size=1, max_size=6), st.floats(0.02, 0.9))
def test_each_label_gives_its_share_and_all_together_theirs(sizes, share):
    rows = [pair for number, size in enumerate(sizes) for pair in distinct(size, f"l{number}")]
    asked = round(share * len(rows))
    seen = scanned(rows)
    if asked == 0 or max(sizes) == 1:
        with pytest.raises(DataError):
            split_off(seen, share, 1)
        return
    found = split_off(seen, share, 1)
    for size, (kept, held) in zip(sizes, found.counts.values(), strict=True):
        assert kept + held == size
        assert abs(held - share * size) <= 1
    spared = sum(share * size > size - 1 for size in sizes)  # the last row of a label stays
    assert asked - spared <= found.held_out.sum() <= asked


def test_repeated_texts_come_near_to_the_share():
    rows = [(f"{n % 392}", "xy"[n % 2]) for n in range(1960)]  # each text five times; 98 asked
    found = split_off(scanned(rows), 0.1, 1)
    assert {label: held for label, (_, held) in found.counts.items()} == {"x": 100, "y": 100}


def test_many_small_labels_give_together_what_none_could_give_alone():
    rows = [(f"{n}", f"label {n % 100}") for n in range(400)]
    assert split_off(scanned(rows), 0.1, 1).held_out.sum() == 40


def test_another_seed_holds_out_other_rows_and_another_order_the_same_texts():
    rows = distinct(500) + distinct(500, "y")
    first, second = (split_off(scanned(rows), 0.1, seed).held_out for seed in (1, 2))
    assert (first & second).sum() < 30
    turned = split_off(scanned(rows[::-1]), 0.1, 1).held_out[::-1]
    assert np.array_equal(turned, first)


def test_every_row_is_as_likely_as_any_other():
    rows = scanned(distinct(50))
    times = sum(split_off(rows, 0.2, seed).held_out.astype(int) for seed in range(400))
    assert times.sum() == 400 * 10
    assert 50 < times.min() <= times.max() < 115  # 80, and four standard deviations of 8


def test_without_a_label_the_whole_is_one():
    found = split_off(scanned(distinct(30), PAIRED), 0.1, 1)
    assert found.held_out.sum() == 3
    assert found.counts == {}


@pytest.mark.parametrize(
    ("rows", "share", "expected"),
    [
        ([], 0.1, "found 0 rows with 0 different texts, too few to hold out 10%"),
        (distinct(3), 0.1, "found 3 rows with 3 different texts, too few to hold out 10%"),
        (distinct(1), 0.9, "found 1 rows with 1 different texts, too few to hold out 90%"),
        ([("a", "x")] * 100, 0.1, "found 100 rows with 1 different texts, too few to hold out 10%"),
        (
            [("a", "x"), ("a", "y")] * 50,
            0.2,
            "found 100 rows with 1 different texts, too few to hold out 20%",
        ),
    ],
)
def test_too_few_rows_are_refused(rows, share, expected):
    with pytest.raises(DataError) as caught:
        split_off(scanned(rows), share, 1)
    assert str(caught.value) == expected + " for validation; give --valid"


def test_a_share_of_nothing_is_refused():
    with pytest.raises(SettingError, match="data.holdout is 0"):
        split_off(scanned(distinct(30)), 0.0, 1)


def test_the_record_is_json_and_tells_splits_apart():
    rows = scanned(distinct(20) + distinct(10, "y"))
    record = split_off(rows, 0.1, 7).record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert {**record, "sha256": ""} == {
        "seed": 7,
        "share": 0.1,
        "rows": 30,
        "held_out": 3,
        "counts": {"x": [18, 2], "y": [9, 1]},
        "sha256": "",
    }
    assert record == split_off(rows, 0.1, 7).record()
    assert record["sha256"] != split_off(rows, 0.1, 8).record()["sha256"]


def test_a_split_is_the_same_in_another_process():
    program = (
        "from nlpseq.data.splits import *; from nlpseq.task import *;"
        "columns = (Column('text', 'text'), Column('label', 'label'));"
        "rows = [Row({'text': f'x {n}', 'label': 'x'}, Place('f')) for n in range(50)];"
        "print(split_off(scan(rows, columns), 0.1, 1).record()['sha256'])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7"},
    ).stdout
    assert printed.strip() == split_off(scanned(distinct(50)), 0.1, 1).record()["sha256"]


@pytest.mark.parametrize(
    "other",
    [
        "über  die STRASSE",
        " U\u0308ber die Stra\u00dfe\n",
        "über\u00a0die\tstrasse",
        ("Über", "die", "Strasse"),
    ],
)
def test_case_composition_and_white_space_do_not_tell_texts_apart(other):
    assert text_digest("Über die Strasse") == text_digest(other)


@pytest.mark.parametrize("other", ["Über die Strasse.", "Überdie Strasse", "Uber die Strasse", ""])
def test_other_differences_do(other):
    assert text_digest("Über die Strasse") != text_digest(other)


def test_a_scan_counts_labels_and_repeats():
    seen = scanned([("a", "x"), ("A ", "y"), ("b", "x"), ("a", "x")])
    assert len(seen) == 4
    assert seen.names == ("x", "y")
    assert seen.counts == {"x": 3, "y": 1}
    assert seen.repeats == 2
    assert scanned([]).repeats == 0


@given(pairs, pairs)
def test_the_digest_of_a_scan_tells_data_apart(rows, others):
    assert (scanned(rows).digest == scanned(others).digest) == (rows == others)


@given(pairs, pairs)
def test_overlap_counts_rows_whose_text_stands_in_training(rows, others):
    known = {text for text, _ in rows}
    expected = sum(count for text, count in Counter(t for t, _ in others).items() if text in known)
    assert overlap(scanned(rows).texts, scanned(others).texts) == expected
