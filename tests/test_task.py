"""A task is held against the contract when it is loaded."""

from dataclasses import dataclass

import pytest

from nlpseq.errors import DataError, Place, PluginError
from nlpseq.task import CONTRACT, Column, Example, Row, Task, check


class Plain(Task):
    name = "plain"
    verb = "say"
    summary = "Say it plainly."
    columns = (Column("text", kind="text"), Column("label", kind="label"))
    model = "labeller"
    metrics = ("accuracy",)


@dataclass
class Thawed:
    loud: bool = False


def with_(**changes):
    return type("Broken", (Plain,), changes)


def without(name):
    kept = {key: value for key, value in vars(Plain).items() if key != name}
    return type("Broken", (Task,), kept)


def test_a_task_that_keeps_the_contract_passes():
    check("plugin 'plain' (plain 1.0)", Plain)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (None, "entry point: found None, expected a subclass of nlpseq.task.Task"),
        (int, "entry point: found <class 'int'>, expected a subclass"),
        (Plain(), "entry point: found <.*Plain object.*>, expected a subclass"),
        (
            with_(contract=CONTRACT + 1),
            f"contract: found {CONTRACT + 1}, expected {CONTRACT}, which",
        ),
        (without("name"), "name: found None, expected a text"),
        (with_(name=""), "name: found '', expected a text"),
        (with_(name=" plain"), "name: found ' plain', expected a text"),
        (without("verb"), "verb: found None, expected a text"),
        (with_(summary=3), "summary: found 3, expected a text"),
        (without("model"), "model: found None, expected a text"),
        (without("columns"), r"columns: found \(\), expected a tuple of two Columns or more"),
        (with_(columns=()), r"columns: found \(\), expected a tuple of two Columns or more"),
        (with_(columns=("text",)), r"columns: found \('text',\), expected a tuple of two"),
        (with_(columns=(Column("text", "text"),)), "columns: found .*, expected a tuple of two"),
        (with_(columns=[Column("text", "text")]), "columns: found .*, expected a tuple of two"),
        (without("metrics"), "metrics: found None, expected a tuple of names or classes"),
        (with_(metrics=()), r"metrics: found \(\), expected a tuple of names or classes"),
        (with_(metrics="accuracy"), "metrics: found 'accuracy', expected a tuple of names"),
        (with_(defaults=None), "defaults: found None, expected a table of settings"),
        (with_(Options=dict), "Options: found <class 'dict'>, expected a frozen dataclass"),
        (with_(Options=Thawed), "Options: found <class '.*Thawed'>, expected a frozen dataclass"),
        (with_(Options=Thawed()), r"Options: found Thawed\(.*\), expected a frozen dataclass"),
    ],
)
def test_a_broken_task_is_refused_with_what_it_gave_and_what_is_asked(task, message):
    with pytest.raises(PluginError, match=rf"^plugin 'x' \(x 1\.0\): {message}"):
        check("plugin 'x' (x 1.0)", task)


def test_rows_become_examples_one_for_one_by_the_order_of_the_columns():
    rows = [
        Row({"label": "b", "text": "a"}, Place("f", 1)),
        Row({"text": "", "label": "c"}, Place("f", 2)),
    ]
    assert list(Plain().examples(rows)) == [Example("a", "b"), Example("", "c")]


def test_a_task_without_a_sample_asks_for_data():
    with pytest.raises(DataError, match="task plain has no built-in sample; give --data"):
        Plain().sample()


def test_options_left_out_are_those_of_the_task():
    assert Plain().options == Plain.Options()
    assert Plain(options=3).options == 3
