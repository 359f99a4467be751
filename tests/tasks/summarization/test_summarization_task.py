"""The task of summarization keeps the contract of tasks."""

import pytest

from nlpseq.task import TASKS, VERBS, Place, Row, check
from nlpseq_tasks.summarization import Summarization


def test_it_comes_through_the_entry_points_of_a_plugin():
    assert TASKS["summarization"] is Summarization
    assert VERBS[Summarization.verb] is Summarization


def test_it_keeps_the_contract():
    check("summarization", Summarization)


def test_no_other_name_belongs_to_two_columns():
    names = [name for column in Summarization.columns for name in (column.name, *column.also)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("target", ["It rains.", ("It rains.", "Rain.")])
def test_a_text_meets_its_summary_or_its_several_references(target):
    rows = [Row({"text": "It has begun to rain.", "summary": target}, Place("a.csv", 2))]
    (example,) = Summarization().examples(rows)
    assert (example.source, example.target) == ("It has begun to rain.", target)


def test_its_sample_has_the_columns_in_order():
    sample = Summarization().sample()
    assert list(sample) == ["train", "valid", "test"]
    assert all(len(row) == len(Summarization.columns) for rows in sample.values() for row in rows)
