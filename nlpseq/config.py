"""Every setting, typed, with its reason; read from TOML, flags and the environment.

Settings are trees of frozen dataclasses whose fields are made with :func:`setting`. A choice
out of a family is a :class:`Member`: its name and the settings that are its own, checked
against the ``Settings`` dataclass of the class that the name stands for. In every setting 0
(for numbers) and "" (for texts) mean "not used", as TOML has no null.
"""

from __future__ import annotations

import dataclasses
import importlib
import numbers
import os
import stat
import tomllib
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nlpseq.errors import SettingError, nearest

Tree = Mapping[str, Any]


@dataclass(frozen=True)
class Member:
    """A member of a family by name, with its own settings."""

    name: str
    settings: Any = None  # an instance of the member's Settings, once read


@dataclass(frozen=True)
class NoSettings:
    """The settings of a member that has none."""


def setting(
    default: Any, why: str, *, least: float | None = None, most: float | None = None
) -> Any:
    """A field of a settings dataclass: its default, its reason, and the range it must keep."""
    metadata = {"why": why, "least": least, "most": most}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def section(cls: type) -> Any:
    """A field that holds another settings dataclass."""
    return dataclasses.field(default_factory=cls)


def member(family: str, default: str, why: str) -> Any:
    """A field that holds a :class:`Member` of ``family``, written ``"module:TABLE"``."""
    return dataclasses.field(default=Member(default), metadata={"why": why, "family": family})


class Layer(NamedTuple):
    """Values from one place: a task's defaults, a file, the environment, the command line."""

    origin: str
    values: Tree


def merge(lower: Any, higher: Any) -> Any:
    """Lay ``higher`` over ``lower``.

    A text over a table names another member; a member that changes its name drops the
    settings of the one before.
    """
    if isinstance(lower, Mapping) and isinstance(higher, str):
        higher = {"name": higher}
    if isinstance(lower, str) and isinstance(higher, Mapping):
        lower = {"name": lower}
    if not (isinstance(lower, Mapping) and isinstance(higher, Mapping)):
        return higher
    if "name" in higher and higher["name"] != lower.get("name", higher["name"]):
        return higher
    both = {key: merge(lower[key], higher[key]) for key in lower.keys() & higher.keys()}
    return {**lower, **higher, **both}


def spelt_out(cls: type, values: Any) -> Any:
    """``values`` with the name of each member spelt out, so that :func:`merge` sees it change."""
    if not isinstance(values, Mapping):
        return values
    named, hints = dict(values), typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        own = values.get(field.name)
        if hints[field.name] is Member and isinstance(own, str):
            named[field.name] = {"name": own}
        elif hints[field.name] is Member and isinstance(own, Mapping):
            name = own.get("name", field.default.name)
            inner = _settings_of(field, name) if name and isinstance(name, str) else NoSettings
            named[field.name] = spelt_out(inner, {"name": name, **own})
        elif dataclasses.is_dataclass(hints[field.name]) and own is not None:
            named[field.name] = spelt_out(hints[field.name], own)
    return named


def flatten(values: Tree, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a tree as (dotted path, value)."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{path}{key}.")
        else:
            yield path + key, value


def nested(path: str, value: Any) -> dict[str, Any]:
    """The tree whose one leaf ``value`` stands at the dotted ``path``.

    Raises:
        SettingError: the tree is deeper than 32, or holds a number that no file could.
    """
    keys = path.split(".")
    _check_bounds(value, path[:40], _DEEPEST - len(keys))
    for key in reversed(keys):
        value = {key: value}
    result: dict[str, Any] = value
    return result


def _check_bounds(value: Any, origin: str, depth: int) -> None:
    """Refuse what cannot even be shown: values too deep, numbers too long."""
    if depth < 0:
        raise SettingError(f"{origin}: found tables deeper than {_DEEPEST}, expected less")
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise SettingError(f"{origin}: found a number of {value.bit_length()} bits, expected 63")
    inner = value.values() if isinstance(value, Mapping) else value
    for each in inner if isinstance(value, Mapping | list | tuple) else ():
        _check_bounds(each, origin, depth - 1)


def read(cls: type, values: Tree, path: str = "") -> Any:
    """Make the settings dataclass ``cls`` of ``values``.

    Raises:
        SettingError: an unknown key (the nearest is shown), a wrong type, a value out of range.
    """
    if not isinstance(values, Mapping):
        raise SettingError(f"setting {path.rstrip('.')}: found {values!r}, expected a table")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for key in values:
        if key not in fields:
            raise SettingError(f"unknown setting {path}{key}; {nearest(key, fields)}")
    hints = typing.get_type_hints(cls)
    given = {
        name: _read_field(field, hints[name], values.get(name), path + name)
        for name, field in fields.items()
        if name in values or dataclasses.is_dataclass(hints[name])
    }
    try:
        return cls(**given)
    except SettingError as error:  # a dataclass may check itself in __post_init__
        raise SettingError(f"setting {path.rstrip('.')}: {error}") from None


def _read_field(field: dataclasses.Field[Any], kind: Any, value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(kind) and kind is not Member:
        return read(typing.cast(type, kind), {} if value is None else value, path + ".")
    if kind is Member:
        return _read_member(field, value, path)
    value = _typed(kind, value, path)
    least, most = field.metadata.get("least"), field.metadata.get("most")
    if least is not None and value < least:
        raise SettingError(f"setting {path}: found {value}, expected at least {least}")
    if most is not None and value > most:
        raise SettingError(f"setting {path}: found {value}, expected at most {most}")
    return value


def _read_member(field: dataclasses.Field[Any], value: Any, path: str) -> Member:
    if value is None:
        value = field.default.name
    if not isinstance(value, str | Mapping):
        raise SettingError(f"setting {path}: found {value!r}, expected a name or a table")
    own = {"name": value} if isinstance(value, str) else dict(value)
    name = _typed(str, own.pop("name", field.default.name), f"{path}.name")
    if not (name or own or field.default.name):
        return Member("")
    return Member(name, read(_settings_of(field, name), own, path + "."))


def _settings_of(field: dataclasses.Field[Any], name: str) -> type:
    """The settings dataclass of a member of the family that ``field`` chooses from."""
    module, _, table = field.metadata["family"].partition(":")
    cls: type = getattr(
        getattr(importlib.import_module(module), table)[name], "Settings", NoSettings
    )
    return cls


_EXPECTED = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list",
    Mapping: "a table",
}
_LARGEST = 2**63  # of whole numbers, as in TOML and JSON; NaN and infinity are not below it either
_DEEPEST = 32  # of tables within tables
_MOST_BITS = 1024  # of a number that is read; less than that is refused by its setting


def _typed(kind: Any, value: Any, path: str) -> Any:
    """``value`` as the annotation of its field asks for it."""
    plain, inner = typing.get_origin(kind) or kind, typing.get_args(kind)
    value = _plain(value)
    if plain is typing.Literal:
        if value not in inner:
            raise SettingError(f"setting {path}: found {value!r}; {nearest(str(value), inner)}")
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and not abs(value) < _LARGEST:
        raise SettingError(f"setting {path}: found {value}, expected a finite number below 2^63")
    if plain is tuple and isinstance(value, str | list | tuple):
        items = [value] if isinstance(value, str) else value
        return tuple(_typed(inner[0], item, path) for item in items)
    if plain is Mapping and isinstance(value, Mapping):  # a column may go by its number
        texts = {k: str(v) if type(v) is int and inner[1] is str else v for k, v in value.items()}
        return {key: _typed(inner[1], item, f"{path}.{key}") for key, item in texts.items()}
    if plain is float and is_number:
        return float(value)
    if not isinstance(value, plain) or (isinstance(value, bool) and plain is not bool):
        expected = _EXPECTED.get(plain, str(kind))
        raise SettingError(f"setting {path}: found {value!r}, expected {expected}")
    return _text(value, path) if plain is str else value


def _plain(value: Any) -> Any:
    """A path as its text, and a number of NumPy as one of Python."""
    match value:
        case os.PathLike():
            return os.fspath(value)
        case bool():
            return value
        case numbers.Integral():
            return int(value)
        case numbers.Real():
            return float(value)
    return value


def _text(value: str, path: str) -> str:
    """``value``, if it is not bytes of a command line that no file of settings could hold."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise SettingError(f"setting {path}: found {value!r}, expected a text in UTF-8") from None
    return value


def as_tree(settings: Any) -> dict[str, Any]:
    """A settings dataclass as plain tables, ready for TOML and JSON."""
    tree = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Member):
            value = {"name": value.name, **(as_tree(value.settings) if value.settings else {})}
        elif dataclasses.is_dataclass(value):
            value = as_tree(value)
        elif isinstance(value, tuple):
            value = list(value)
        tree[field.name] = value
    return tree


def reasons(settings: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The reason of each setting, as (dotted path, reason)."""
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Member):
            yield f"{path}{field.name}.name", field.metadata["why"]
            value = value.settings
        if dataclasses.is_dataclass(value):
            yield from reasons(value, f"{path}{field.name}.")
        elif "why" in field.metadata and not isinstance(getattr(settings, field.name), Member):
            yield path + field.name, field.metadata["why"]


_LONGEST_LINE = 10_000  # the time to read a key grows with the square of its parts


def from_file(path: str) -> Layer:
    """The settings in a TOML file of at most 1 MiB, in lines of at most 10,000 bytes."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SettingError(f"{path}: is a pipe or device; expected a file")
            data = file.read(2**20 + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise SettingError(f"{path}: {getattr(error, 'strerror', error)}") from None
    if len(data) > 2**20:
        raise SettingError(f"{path}: found more than 1 MiB, expected at most that of TOML")
    if max(map(len, data.split(b"\n"))) > _LONGEST_LINE:
        raise SettingError(f"{path}: found a line of more than {_LONGEST_LINE} bytes; break it")
    try:
        tree = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise SettingError(f"{path}: not readable as TOML: {error}") from None
    _check_bounds(tree, path, _DEEPEST)
    return Layer(path, tree)


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for somebody to write into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def from_words(words: Sequence[str]) -> Layer:
    """The settings of ``--set path=value``, each value read as TOML, else as a text."""
    tree: Tree = {}
    for word in words:
        path, equals, text = word.partition("=")
        if not equals or not path.strip():
            raise SettingError(
                f"--set: found {word!r}, expected path=value, as in training.epochs=3"
            )
        tree = merge(tree, nested(path.strip(), parse(text.strip())))
    return Layer("--set", tree)


def from_environment() -> Layer:
    """The settings of variables such as ``NLPSEQ_TRAINING__EPOCHS=3``."""
    tree: Tree = {}
    for name, text in sorted(os.environ.items()):
        if name.startswith("NLPSEQ_") and "__" in name:
            path = name.removeprefix("NLPSEQ_").lower().replace("__", ".")
            tree = merge(tree, nested(path, parse(text)))
    return Layer("environment", tree)


def parse(text: str) -> Any:
    """A value as TOML writes it; what TOML does not know is a text."""
    try:
        tree = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return tree["value"] if len(tree) == 1 else text
