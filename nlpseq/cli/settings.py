"""Settings from the command line: flags, ``--set``, a file and the environment, as layers."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import Parameter
from typing import Annotated, Any

import typer

from nlpseq.cli.options import ConfigOption, SetOption, with_parameters
from nlpseq.config import (
    Layer,
    Tree,
    flatten,
    from_environment,
    from_file,
    from_words,
    merge,
    nested,
    reasons,
)
from nlpseq.errors import SettingError
from nlpseq.settings import DataSettings, Settings

FLAGS = {
    "data": "data.train",
    "valid": "data.valid",
    "test": "data.test",
    "columns": "data.columns",
    "lang": "data.language",
    "langs": "data.languages",
    "encoding": "data.encoding",
    "allow_empty": "data.allow_empty",
    "vectors": "text.vectors.source",
    "vectors_text": "text.vectors.text",
    "max_minutes": "training.max_minutes",
    "seed": "training.seed",
    "device": "training.device",
}
"""Flags that are short for a setting, which also gives them type and help."""


DATA_FLAGS = tuple(name for name, path in FLAGS.items() if path.startswith("data."))
"""Those that decide what data is."""


def takes_settings(
    command: Callable[..., None], names: Sequence[str] = tuple(FLAGS)
) -> Callable[..., None]:
    """Give ``command`` the options that make settings; it gets their ``layers``, highest last."""

    @functools.wraps(command)
    def with_layers(**given: Any) -> None:
        flags = {name: given.pop(name) for name in names}
        layers = _layers(given.pop("config"), given.pop("words") or [], flags)
        command(**given, layers=layers)

    own = inspect.signature(command, eval_str=True).parameters.values()
    settings = [*_flags(names), _option("config", ConfigOption), _option("words", SetOption)]
    return with_parameters(with_layers, [*(p for p in own if p.name != "layers"), *settings])


takes_data_settings = functools.partial(takes_settings, names=DATA_FLAGS)
"""The same for a command that only reads data."""


def _flags(names: Sequence[str]) -> Iterator[Parameter]:
    """The flags of some names, in the form of a signature."""
    why = dict(reasons(Settings()))
    for name in names:
        yield _option(name, Annotated[_kind(name) | None, typer.Option(help=why[FLAGS[name]])])


def _option(name: str, kind: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _kind(flag: str) -> Any:
    """The type of the option of a flag: a list is given by repeating it."""
    if flag in _SPELT:
        return str
    kind: Any = Settings
    for name in FLAGS[flag].split("."):
        kind = typing.get_type_hints(kind)[name]
    return list[str] if kind == tuple[str, ...] else kind


def _layers(file: str | None, words: Sequence[str], flags: Mapping[str, Any]) -> list[Layer]:
    spelt, short = from_words(words), Layer("command line", _tree(flags))
    for path in dict(flatten(spelt.values)).keys() & dict(flatten(short.values)).keys():
        raise SettingError(f"setting {path} is given twice: by --set and by its own flag")
    return [*([from_file(file)] if file else []), from_environment(), spelt, short]


def _tree(flags: Mapping[str, Any]) -> Tree:
    """The settings of the flags that were given."""
    given = {name: value for name, value in flags.items() if value is not None and value != []}
    if given.keys() >= {"lang", "langs"}:
        raise SettingError("--lang is for one language, --langs for two; give one of them")
    tree: Tree = nested("data.languages", []) if "lang" in given else {}  # where a task has two
    for name, value in given.items():
        value = _SPELT[name](value) if name in _SPELT else value
        tree = merge(tree, nested(FLAGS[name], value))
    return tree


def parse_columns(text: str) -> dict[str, str]:
    """The columns of ``text=2,label=1``: the task's name to the file's name or number.

    Raises:
        SettingError: it is not of that form.
    """
    columns = {}
    for pair in filter(None, text.split(",")):
        name, equals, column = map(str.strip, pair.partition("="))
        if not (name and equals and column) or name in columns:
            raise SettingError(f"--columns: found {text!r}, expected a list as text=2,label=1")
        columns[name] = column
    return columns


def files(data: Sequence[str], columns: str, encoding: str | None) -> DataSettings:
    """Files of examples to judge a model by, and how they are read."""
    usual = DataSettings().encoding
    return DataSettings(
        test=tuple(data), columns=parse_columns(columns), encoding=encoding or usual
    )


_SPELT: Mapping[str, Callable[[str], Any]] = {
    "columns": parse_columns,
    "langs": lambda text: text.split("-"),
}
"""Flags whose text stands for a table or list."""
