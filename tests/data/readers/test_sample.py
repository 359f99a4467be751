"""The built-in sample of a task."""

import pytest

from nlpseq.data.readers.sample import Sample
from nlpseq.errors import DataError, SettingError
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Task


class Mood(Task):
    columns = (Column("text", "text"), Column("label", "label"))

    def sample(self):
        return {"train": [("good", "pos"), ("bad", "neg")], "valid": [("fine", "pos", "more")]}


def rows(path, task=Mood, **settings):
    return list(Sample(DataSettings(**settings), task()).rows(path, Mood.columns))


def test_each_part_is_read_by_its_name():
    found = [(*row.values.values(), str(row.place)) for row in rows("sample:train")]
    assert found == [("good", "pos", "sample:train:1"), ("bad", "neg", "sample:train:2")]


def test_the_parts_are_those_of_the_task():
    reader = Sample(DataSettings(), Mood())
    assert reader.parts("sample") == {"train": "sample:train", "valid": "sample:valid"}
    assert reader.parts("sample:valid") == {"": "sample:valid"}


def test_a_part_that_is_not_there_is_refused():
    with pytest.raises(DataError, match="^sample:test: found the parts train, valid, no 'test'$"):
        rows("sample:test")


def test_another_language_than_that_of_the_sample_is_refused():
    with pytest.raises(SettingError, match="found language de, but the sample is en; give --data"):
        rows("sample:train", language="de")


def test_a_row_with_other_columns_is_refused():
    with pytest.raises(DataError, match="^sample:valid:1: found 3 values, expected 2$"):
        rows("sample:valid")


def test_a_task_without_a_sample_says_so():
    with pytest.raises(DataError, match="has no built-in sample; give --data"):
        rows("sample:train", type("Bare", (Task,), {"name": "bare"}))


@pytest.mark.parametrize("setting", [{"columns": {"text": "1"}}, {"encoding": "latin-1"}])
def test_settings_of_files_are_refused(setting):
    with pytest.raises(
        SettingError, match=f"^--{next(iter(setting))}: the sample .*; leave it out$"
    ):
        rows("sample:train", **setting)
