"""The task of translation keeps the contract of tasks."""

import pytest

from nlpseq.task import TASKS, VERBS, Place, Row, check
from nlpseq_tasks.translation import Translation


def test_it_comes_through_the_entry_points_of_a_plugin():
    assert TASKS["translation"] is Translation
    assert VERBS[Translation.verb] is Translation


def test_it_keeps_the_contract():
    check("translation", Translation)


def test_no_other_name_belongs_to_two_columns():
    names = [name for column in Translation.columns for name in (column.name, *column.also)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("target", ["A house.", ("A house.", "One house.")])
def test_a_source_meets_its_translation_or_its_several_references(target):
    rows = [Row({"source": "Ein Haus.", "target": target}, Place("a.csv", 2))]
    (example,) = Translation().examples(rows)
    assert (example.source, example.target) == ("Ein Haus.", target)


def test_its_sample_has_the_columns_in_order():
    sample = Translation().sample()
    assert list(sample) == ["train", "valid", "test"]
    assert all(len(row) == len(Translation.columns) for rows in sample.values() for row in rows)
