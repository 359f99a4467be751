"""The options and arguments of commands, each named once."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from nlpseq.cli.terminal import console
from nlpseq.config import reasons
from nlpseq.settings import SearchSettings

TaskArgument = Annotated[str, typer.Argument(help="a task; see: nlpseq tasks")]
ModelArgument = Annotated[
    str, typer.Argument(help="a run folder, a model folder, or a name; see: nlpseq models")
]
TextsArgument = Annotated[list[str] | None, typer.Argument(help="texts; else --file, else a pipe")]

DataOption = Annotated[list[str], typer.Option(help="a file of examples; repeatable")]
ColumnsOption = Annotated[
    str, typer.Option(help="which column is which, by name or number: text=body,label=2")
]
ConfigOption = Annotated[str | None, typer.Option(help="a TOML file of settings")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="a setting, as in training.epochs=3; repeatable")
]
OutOption = Annotated[Path | None, typer.Option(help="the run folder; else runs/TASK-NUMBER")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="replace the run in --out")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="take up the run in --out")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="only try it: all data, then one batch; writes no run")
]
FromOption = Annotated[
    str | None, typer.Option("--from", help="begin with the weights and words of this model")
]
ProfileOption = Annotated[
    bool, typer.Option("--profile", help="tell at the end where the time of an update went")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON document")]

ModelOption = Annotated[
    str | None,
    typer.Option(help="a run folder, a model folder, or a name; else the one that came along"),
]
FileOption = Annotated[Path | None, typer.Option(help="read texts from here, one a line")]
TargetsOption = Annotated[
    Path | None, typer.Option(help="score the answers given here, one a line; nothing is searched")
]
OutputOption = Annotated[Path | None, typer.Option(help="write answers here when all are done")]
EvaluatedOption = Annotated[
    Path | None, typer.Option(help="write each example and its answer here, as JSON lines")
]
FormatOption = Annotated[Literal["text", "jsonl"], typer.Option(help="of the answers")]
DeviceOption = Annotated[
    str, typer.Option(help="where to compute: cpu, cuda, or auto: a GPU where there is one")
]
BatchOption = Annotated[int | None, typer.Option(min=1, help="texts that are answered at once")]
ExplainOption = Annotated[bool, typer.Option("--explain", help="shade words by attention")]
EnsembleOption = Annotated[
    list[str] | None, typer.Option(help="another model to answer together with; repeatable")
]
LangsOption = Annotated[str | None, typer.Option(help="what the model is for, as in de-en")]
EncodingOption = Annotated[
    str | None, typer.Option(help="of --file, --targets or a pipe; else utf-8")
]
ExamplesEncodingOption = Annotated[str | None, typer.Option(help="of the files; else utf-8")]


def _hush(value: bool) -> None:
    console.quiet = value


def _debug(value: bool) -> None:
    console.debug = value


CodeOption = Annotated[  # loaded before the command is looked up, as it may bring its name
    str | None, typer.Option(help="a Python file that defines a task", expose_value=False)
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        help="say nothing but results and errors",
        callback=_hush,
        is_eager=True,
        expose_value=False,
    ),
]
DebugOption = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="show the traceback of an error",
        callback=_debug,
        is_eager=True,
        expose_value=False,
    ),
]
EVERYWHERE = ("code", "quiet", "debug", "help")  # options of every command


def search_options() -> Iterator[Parameter]:
    """The settings of the search as options; ``batch`` is one of every verb."""
    kinds = typing.get_type_hints(SearchSettings)
    for name, why in reasons(SearchSettings()):
        if name != "batch":
            kind = list[str] if name == "require" else kinds[name]
            option = Annotated[kind | None, typer.Option(help=why)]  # type: ignore[valid-type]
            yield Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=option)


def searched(options: Mapping[str, Any], batch: int | None = None) -> dict[str, Any]:
    """The settings of the search that were given."""
    given = {name: value for name, value in options.items() if value not in (None, [])}
    return {**given, "batch": batch} if batch else given


def with_parameters(
    command: Callable[..., None], parameters: Sequence[Parameter]
) -> Callable[..., None]:
    """Let ``command``, which takes any keywords, show ``parameters`` as its signature."""
    keywords = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters]
    command.__signature__ = inspect.Signature(keywords)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in keywords}
    return command
