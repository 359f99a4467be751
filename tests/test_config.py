"""Settings: layers in, one typed tree out, and every fault said with its place."""

import dataclasses
import importlib
import os
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from nlpseq import config
from nlpseq.config import (
    Layer,
    Member,
    NoSettings,
    as_tree,
    flatten,
    from_environment,
    from_file,
    from_words,
    merge,
    nested,
    parse,
    read,
    reasons,
    section,
    setting,
)
from nlpseq.errors import SettingError, UnknownName
from nlpseq.settings import Settings, dropped, origins, resolve
from nlpseq.task import TASKS, task_layer


@dataclass(frozen=True)
class Inner:
    words: tuple[str, ...] = setting((), "some words")
    table: typing.Mapping[str, str] = setting({}, "names for names")


@dataclass(frozen=True)
class Outer:
    count: int = setting(3, "a number of things", least=1, most=9)
    share: float = setting(0.5, "a part of them", least=0, most=1)
    loud: bool = setting(False, "whether it is said aloud")
    name: str = setting("", "what it is called")
    mode: Literal["fast", "slow"] = setting("fast", "how it is done")
    inner: Inner = section(Inner)


def layer(values, origin="file"):
    return Layer(origin, values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cuont": 3}, r"unknown setting cuont; did you mean 'count'\?"),
        ({"inner": {"wrods": []}}, r"unknown setting inner.wrods; did you mean 'words'\?"),
        ({"count": "3"}, "setting count: found '3', expected a whole number"),
        ({"count": 3.0}, "setting count: found 3.0, expected a whole number"),
        ({"count": True}, "setting count: found True, expected a whole number"),
        ({"count": 0}, "setting count: found 0, expected at least 1"),
        ({"count": 10}, "setting count: found 10, expected at most 9"),
        ({"count": 2**63}, r"setting count: found \d+, expected a finite number below 2\^63"),
        ({"share": "half"}, "setting share: found 'half', expected a number"),
        ({"share": False}, "setting share: found False, expected a number"),
        ({"share": -0.1}, "setting share: found -0.1, expected at least 0"),
        (
            {"share": float("nan")},
            r"setting share: found nan, expected a finite number below 2\^63",
        ),
        (
            {"share": float("inf")},
            r"setting share: found inf, expected a finite number below 2\^63",
        ),
        ({"share": 10**400}, r"setting share: found \d+, expected a finite number below 2\^63"),
        ({"loud": 1}, "setting loud: found 1, expected true or false"),
        ({"loud": "yes"}, "setting loud: found 'yes', expected true or false"),
        ({"name": 3}, "setting name: found 3, expected a text"),
        ({"name": {"a": 1}}, "setting name: found {'a': 1}, expected a text"),
        ({"mode": "fats"}, r"setting mode: found 'fats'; did you mean 'fast'\?"),
        ({"mode": ["fast"]}, r"setting mode: found \['fast'\]; did you mean 'fast'\?"),
        ({"inner": 3}, "setting inner: found 3, expected a table"),
        ({"inner": {"words": 3}}, "setting inner.words: found 3, expected a list"),
        ({"inner": {"words": ["a", 3]}}, "setting inner.words: found 3, expected a text"),
        ({"inner": {"table": ["a"]}}, r"setting inner.table: found \['a'\], expected a table"),
        ({"inner": {"table": {"a": 3.5}}}, "setting inner.table.a: found 3.5, expected a text"),
        (
            {"inner": {"table": {"a": {"b": "c"}}}},
            "setting inner.table.a: found .*, expected a text",
        ),
    ],
)
def test_a_faulty_value_is_refused_with_its_place_and_what_is_asked(values, message):
    with pytest.raises(SettingError, match=f"^{message}$"):
        read(Outer, values)


def test_a_whole_number_will_do_where_a_number_is_asked():
    share = read(Outer, {"share": 1}).share
    assert (share, type(share)) == (1.0, float)


def test_lists_become_tuples_so_that_settings_stay_frozen():
    assert read(Outer, {"inner": {"words": ["a", "b"]}}).inner.words == ("a", "b")
    assert read(Outer, {"inner": {"words": "a b"}}).inner.words == ("a b",)


def test_values_of_a_notebook_are_as_good_as_those_of_a_file():
    found = read(Outer, {"count": np.int64(4), "share": np.float32(0.5), "name": Path("a.tsv")})
    assert (found.count, found.share, found.name) == (4, 0.5, "a.tsv")
    assert {type(found.count), type(found.share), type(found.name)} == {int, float, str}
    inner = read(Outer, {"inner": {"words": Path("a.tsv"), "table": {"text": 2}}}).inner
    assert (inner.words, inner.table) == (("a.tsv",), {"text": "2"})


def test_what_is_not_given_has_its_default():
    assert read(Outer, {}) == Outer()


@dataclass(frozen=True)
class Wary:
    low: int = setting(1, "less than high")
    high: int = setting(2, "more than low")

    def __post_init__(self):
        if self.low >= self.high:
            raise SettingError("low must be less than high")


@dataclass(frozen=True)
class Around:
    wary: Wary = section(Wary)


def test_settings_that_check_themselves_are_refused_with_their_place():
    with pytest.raises(SettingError, match="^setting wary: low must be less than high$"):
        read(Around, {"wary": {"low": 5}})


def optimizer(*layers):
    return resolve(
        [layer({"training": {"optimizer": values}}) for values in layers]
    ).training.optimizer


def test_a_member_may_be_given_by_its_name_alone():
    assert optimizer("sgd") == optimizer({"name": "sgd"})
    assert optimizer("sgd").name == "sgd"


def test_without_a_layer_every_member_is_read_with_its_own_settings():
    training = resolve([]).training
    assert training.optimizer.settings.learning_rate > 0
    assert dataclasses.is_dataclass(training.schedule.settings)


@pytest.mark.parametrize("lower", [{"beta1": 0.5}, {"name": "adam", "beta1": 0.5}])
@pytest.mark.parametrize("higher", ["sgd", {"name": "sgd"}])
def test_a_changed_name_drops_the_settings_of_the_member_before(lower, higher):
    assert optimizer(lower, higher) == optimizer("sgd")


@pytest.mark.parametrize("lower", [{"beta1": 0.5}, {"name": "adam", "beta1": 0.5}])
@pytest.mark.parametrize("higher", ["adam", {"name": "adam"}, {}])
def test_the_same_name_keeps_them(lower, higher):
    assert optimizer(lower, higher).settings.beta1 == 0.5


def test_a_name_and_a_setting_may_come_from_different_layers():
    assert optimizer("sgd", {"momentum": 0.5}) == optimizer({"name": "sgd", "momentum": 0.5})


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ("addam", UnknownName, r"no 'addam' among the optimizers; did you mean 'adam'\?"),
        ("", UnknownName, "no '' among the optimizers; known: "),
        ({"beta9": 1}, SettingError, "unknown setting training.optimizer.beta9; did you mean"),
        (
            {"beta1": 1},
            SettingError,
            "setting training.optimizer.beta1: found 1.0, expected at most",
        ),
        ({"name": 3}, SettingError, "setting training.optimizer.name: found 3, expected a text"),
        (
            {"name": ["sgd"]},
            SettingError,
            "setting training.optimizer.name: found .*expected a text",
        ),
        (3, SettingError, "setting training.optimizer: found 3, expected a name or a table"),
        (
            False,
            SettingError,
            "setting training.optimizer: found False, expected a name or a table",
        ),
        ([], SettingError, r"setting training.optimizer: found \[\], expected a name or a table"),
    ],
)
def test_a_faulty_member_is_refused(values, error, message):
    with pytest.raises(error, match=f"^{message}"):
        optimizer(values)
    with pytest.raises(error, match=f"^{message}"):  # also when another layer comes after
        resolve([layer({"training": {"optimizer": values}}), layer({})])


def test_settings_of_a_model_that_nobody_named_are_not_lost_silently():
    with pytest.raises(UnknownName, match="no '' among the models"):
        resolve([layer({"model": {"width": 3}})])
    assert resolve([]).model == Member("")


def test_a_layer_counts_more_than_those_before_it():
    layers = [layer({"training": {"epochs": n, "seed": n}}, f"layer {n}") for n in (1, 2)]
    layers.append(layer({"training": {"seed": 3}}, "layer 3"))
    training = resolve(layers).training
    assert (training.epochs, training.seed, training.patience) == (
        2,
        3,
        Settings().training.patience,
    )
    assert origins(layers) == {"training.epochs": "layer 2", "training.seed": "layer 3"}


ADAM = {"optimizer": {"name": "adam", "learning_rate": 0.003}, "epochs": 3}
RATE = (
    "setting training.optimizer.learning_rate: 0.1, as training.optimizer.name = sgd (words) drops "
    "the 0.003 for adam (file); give it again if it is wanted"
)


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"optimizer": "sgd"}, [RATE]),
        ({"optimizer": {"name": "sgd"}, "epochs": 4}, [RATE]),
        ({"optimizer": {"name": "sgd", "learning_rate": 0.2}}, []),
        ({"optimizer": {"name": "adam"}}, []),
        ({"optimizer": {"learning_rate": 0.2}}, []),
        ({}, []),
    ],
)
def test_what_a_member_drops_that_takes_the_place_of_another_is_told(over, expected):
    layers = [layer({"training": ADAM}, "file"), layer({"training": over}, "words")]
    assert dropped(layers) == expected
    assert dropped([task_layer(TASKS["sentiment"]()), *layers]) == expected
    again = layer({"training": {"optimizer": {"learning_rate": 0.4}}}, "last")
    assert dropped([*layers, again]) == []


def test_what_no_other_member_has_is_not_told_as_dropped():
    layers = [layer({"model": {"name": "seq2seq", "copying": True}}), layer({"model": "labeller"})]
    assert dropped(layers) == []


def test_merging_leaves_the_layers_as_they_were():
    lower, higher = {"a": {"b": 1}}, {"a": {"c": 2}}
    assert merge(lower, higher) == {"a": {"b": 1, "c": 2}}
    assert (lower, higher) == ({"a": {"b": 1}}, {"a": {"c": 2}})


TREES = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    max_leaves=6,
).filter(lambda tree: isinstance(tree, dict))


@given(tree=TREES)
def test_a_tree_is_the_merge_of_its_leaves(tree):
    again = {}
    for path, value in flatten(tree):
        again = merge(again, nested(path, value))
    assert again == tree


@given(low=TREES, high=TREES)
def test_every_leaf_of_the_higher_tree_is_kept_and_nothing_is_made_up(low, high):
    both = dict(flatten(merge(low, high)))
    assert dict(flatten(high)).items() <= both.items()
    assert both.items() <= {**dict(flatten(low)), **dict(flatten(high))}.items()
    assert merge(low, low) == merge(low, {}) == merge({}, low) == low


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("3.5", 3.5),
        ("true", True),
        ("True", "True"),
        ('"3"', "3"),
        ("lstm", "lstm"),
        ("", ""),
        ("a=b", "a=b"),
        ("[1, 2]", [1, 2]),
        ("{a = 1}", {"a": 1}),
        ("[1,", "[1,"),
        ("1\nother = 2", "1\nother = 2"),
        ("[" * 9999, "[" * 9999),
    ],
)
def test_a_value_is_read_as_toml_else_as_a_text(text, value):
    assert parse(text) == value


def test_words_are_laid_over_each_other():
    words = ["model.cell=lstm", "model.cell.size = 3", "training.epochs=2", "training.epochs=4"]
    values = {"model": {"cell": {"name": "lstm", "size": 3}}, "training": {"epochs": 4}}
    assert from_words(words) == Layer("--set", values)


@pytest.mark.parametrize("word", ["", "=", "=3", "epochs", " = 3"])
def test_a_word_without_path_and_value_is_refused(word):
    with pytest.raises(SettingError, match=f"^--set: found '{word}', expected path=value, as in "):
        from_words([word])


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (f"{'a.' * 3000}a=1", "^a.a.*: found tables deeper than 32, expected less"),
        (f"a={'{a=' * 40}1{'}' * 40}", "^a: found tables deeper than 32"),
        (f"a={'[' * 40}{']' * 40}", "^a: found tables deeper than 32"),
        (f"a=0x{'f' * 4000}", "^a: found a number of 16000 bits, expected 63"),
        (f"a=[1, -{2**2000}]", "^a: found a number of 2001 bits"),
    ],
)
def test_a_word_with_what_nothing_could_hold_is_refused(word, message):
    with pytest.raises(SettingError, match=message):
        from_words([word])


def test_more_than_two_languages_are_refused():
    with pytest.raises(SettingError, match="^setting data: found languages = 'de-en-fr', expected"):
        resolve([from_words(['data.languages=["de", "en", "fr"]'])])


def test_bytes_that_are_no_text_are_refused_with_their_setting():
    with pytest.raises(SettingError, match=r"setting data.train: found 'd\\udce9.tsv', expected a"):
        resolve([from_words(["data.train=d\udce9.tsv"])])


@pytest.mark.parametrize("word", ["a..b=1", ".a=1", "a.=1"])
def test_a_path_with_a_hole_is_an_unknown_setting(word):
    with pytest.raises(SettingError, match="unknown setting"):
        resolve([from_words([word])])


def test_the_environment_is_a_layer(monkeypatch):
    monkeypatch.setenv("NLPSEQ_TRAINING__OPTIMIZER__LEARNING_RATE", "0.25")
    monkeypatch.setenv("NLPSEQ_TRAINING__EPOCHS", "7")
    monkeypatch.setenv("NLPSEQ_CACHE", "/nowhere")
    values = {"training": {"epochs": 7, "optimizer": {"learning_rate": 0.25}}}
    assert from_environment() == Layer("environment", values)
    assert resolve([from_environment()]).training.optimizer.settings.learning_rate == 0.25


def test_a_mistyped_variable_is_not_passed_over(monkeypatch):
    monkeypatch.setenv("NLPSEQ_TRAINING__EPOHCS", "7")
    with pytest.raises(
        SettingError, match=r"unknown setting training.epohcs; did you mean 'epochs'\?"
    ):
        resolve([from_environment()])


def test_a_file_is_a_layer_named_after_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[training]\nepochs = 3\noptimizer = "sgd"\n')
    found = from_file(str(path))
    assert found == Layer(str(path), {"training": {"epochs": 3, "optimizer": "sgd"}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"epochs = = 3", r"not readable as TOML: .*\(at line 1, column 10\)"),
        (b"a = 1\na = 2", "not readable as TOML: Cannot overwrite"),
        (b"name = '\xff'", "not readable as TOML: 'utf-8' codec can't decode byte 0xff"),
        (b"a = " + b"[" * 9000, "not readable as TOML: "),
        (b"#\n" * 2**20, "found more than 1 MiB, expected at most that of TOML"),
        (b"a = " + b"9" * 5000, "not readable as TOML: Exceeds the limit"),
        (b"a = 0x" + b"f" * 4000, "found a number of 16000 bits, expected 63"),
        (b"a" + b".a" * 1500 + b" = 1", "found tables deeper than 32, expected less"),
        (b"a." * 9999, "found a line of more than 10000 bytes; break it"),
    ],
    ids=[
        "broken",
        "twice",
        "not UTF-8",
        "deep",
        "huge",
        "a huge number",
        "a huge one in hex",
        "a deep key",
        "a long key",
    ],
)
def test_a_faulty_file_is_refused_with_its_name(tmp_path, content, message):
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(SettingError, match=f"^{path}: {message}"):
        from_file(str(path))


def test_a_file_of_just_1_mib_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"#\n" * 2**19)
    assert from_file(str(path)).values == {}


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    for path in ("/dev/zero", str(tmp_path / "pipe")):
        with pytest.raises(SettingError, match=f"^{path}: is a pipe or device; expected a file$"):
            from_file(path)


def test_a_number_that_python_does_not_convert_is_a_text():
    assert parse("9" * 5000) == "9" * 5000


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingError, match=f"^{tmp_path}/mine.toml: No such file or directory$"):
        from_file(str(tmp_path / "mine.toml"))
    with pytest.raises(SettingError, match=f"^{tmp_path}: Is a directory$"):
        from_file(str(tmp_path))


def families(cls=Settings):
    """Every setting of the tree that chooses a member of a family, those of members included."""
    for field in dataclasses.fields(cls):
        if "family" in field.metadata:
            module, _, table = field.metadata["family"].partition(":")
            for name, member in getattr(importlib.import_module(module), table).items():
                settings = getattr(member, "Settings", NoSettings)
                yield field, name, settings
                yield from families(settings)
        elif dataclasses.is_dataclass(inner := typing.get_type_hints(cls)[field.name]):
            yield from families(inner)


def classes(cls=Settings):
    """Every settings dataclass that the tree can hold."""
    yield cls
    for field in dataclasses.fields(cls):
        inner = typing.get_type_hints(cls)[field.name]
        if inner is not Member and dataclasses.is_dataclass(inner):
            yield from classes(inner)
    for _, _, settings in families(cls):
        yield from classes(settings)


def test_every_setting_has_a_reason_and_a_default_that_it_accepts_itself():
    for cls in classes():
        for field in dataclasses.fields(cls):
            inner = typing.get_type_hints(cls)[field.name]
            if inner is Member or not dataclasses.is_dataclass(inner):
                assert field.metadata["why"].strip() == field.metadata["why"] != "", field.name
        assert read(cls, as_tree(read(cls, {}))) == read(cls, {})


def test_every_default_member_is_in_its_family():
    chosen = {(field.metadata["family"], field.default.name) for field, _, _ in families()}
    offered = {(field.metadata["family"], name) for field, name, _ in families()}
    assert chosen - offered == {("nlpseq.model:MODELS", "")}  # the task names the model


def test_the_reasons_are_of_all_settings_and_no_others():
    settings = resolve([layer({"model": "labeller"})])
    paths = [path for path, _ in reasons(settings)]
    assert len(set(paths)) == len(paths)
    tables = {"data.columns"}  # whose keys are the user's
    assert set(paths) - tables == {path for path, _ in flatten(as_tree(settings))} - tables


@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    columns=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.just("x")),
    rate=st.floats(1e-12, 1e12),
    seed=st.integers(0, 2**63 - 1),
)
def test_settings_are_the_same_after_a_way_through_toml(name, columns, rate, seed):
    values = {
        "data": {"train": name, "columns": columns},
        "model": "labeller",
        "training": {"seed": seed, "optimizer": {"name": "sgd", "learning_rate": rate}},
    }
    settings = resolve([layer(values)])
    again = config.tomllib.loads(tomli_w.dumps(as_tree(settings)))
    assert resolve([layer(again)]) == settings
