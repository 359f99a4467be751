"""The task of sentiment keeps the contract of tasks, for any set of labels."""

import pytest

from nlpseq.config import Layer
from nlpseq.settings import resolve
from nlpseq.task import TASKS, VERBS, Place, Row
from nlpseq_tasks.sentiment import Sentiment
from nlpseq_tasks.sentiment.sample import parts


def test_it_comes_through_the_entry_points_of_a_plugin():
    assert TASKS["sentiment"] is Sentiment
    assert VERBS[Sentiment.verb] is Sentiment


def test_its_settings_are_known():
    settings = resolve([Layer("task", Sentiment.defaults)])
    assert settings.text.lowercase


def test_no_other_name_belongs_to_two_columns():
    names = [name for column in Sentiment.columns for name in (column.name, *column.also)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "labels", [("0", "1"), ("1", "2", "3", "4", "5"), ("joy", "anger", "fear")]
)
def test_any_labels_will_do(labels):
    rows = [Row({"text": "Fine.", "label": label}, Place("a.csv", 2)) for label in labels]
    examples = list(Sentiment().examples(rows))
    assert [(example.source, example.target) for example in examples] == [
        ("Fine.", x) for x in labels
    ]


def test_its_sample_has_the_columns_in_order():
    sample = Sentiment().sample()
    assert sample == parts()
    assert all(len(row) == len(Sentiment.columns) for rows in sample.values() for row in rows)
