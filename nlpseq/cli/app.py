"""Every command by its name; its module is imported when it is asked for.

Built-in commands stand in a table. The others are the verbs of tasks, known from the metadata
of what is installed, so that help imports no plugin.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from nlpseq.cli.options import CodeOption, DebugOption, QuietOption
from nlpseq.cli.terminal import console, shown
from nlpseq.errors import PluginError, UnknownName, nearest
from nlpseq.registry import Entry
from nlpseq.task import TASKS, VERBS


class Command(NamedTuple):
    """A built-in command: ``"module:function"``, or a Typer app of several; and its help."""

    target: str
    summary: str


COMMANDS = {
    "train": Command("nlpseq.cli.train:train", "Train a model for a task."),
    "evaluate": Command("nlpseq.cli.evaluate:evaluate", "Score a model on a file of examples."),
    "compare": Command("nlpseq.cli.compare:compare", "Test whether two models differ."),
    "doctor": Command("nlpseq.cli.doctor:doctor", "Say whether a model is whole."),
    "tasks": Command("nlpseq.cli.tasks:tasks", "List tasks: what is installed, what is broken."),
    "models": Command("nlpseq.cli.models:models", "List the models that came along."),
    "new-task": Command("nlpseq.cli.new_task:new_task", "Start a task of your own."),
    "config": Command("nlpseq.cli.config:config", "Show settings and where they come from."),
    "data": Command("nlpseq.cli.data:data", "Check data; look after what is stored of it."),
}
RESERVED = {*COMMANDS, "report", "explain", "inspect", "tune"}


class House(TyperGroup):
    """The commands of the table, and a verb for each task."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, the built-in ones first."""
        return [*COMMANDS, *(name for name in VERBS if name not in COMMANDS)]

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup:
        """Import a command.

        Raises:
            UnknownName: there is none; the nearest is shown.
            PluginError: it is the verb of a task that does not load.
        """
        if cmd_name in COMMANDS:
            return _built_in(cmd_name)
        if cmd_name not in VERBS:
            known = self.list_commands(ctx)
            raise UnknownName(f"no command '{cmd_name}'; {nearest(cmd_name, known)}")
        entry = VERBS.entry(cmd_name)
        if cmd_name in RESERVED:
            raise PluginError(f"verb '{cmd_name}' ({entry.origin}): the name is kept for nlpseq")
        from nlpseq.cli.verb import verb

        return _command(cmd_name, verb(VERBS[cmd_name], entry.origin))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command of ``args``; a file given with ``--code`` may bring its verb."""
        for file in _values("--code", args):
            from nlpseq.cli.code import load_code

            load_code(file)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the two lists of the help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about.summary) for name, about in COMMANDS.items()])
        if verbs := list(_verbs()):
            with formatter.section("Verbs, which use a model"):
                formatter.write_dl([(shown(name), shown(about)) for name, about in verbs])


def _built_in(name: str) -> TyperCommand | TyperGroup:
    module, _, attribute = COMMANDS[name].target.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        return _command(name, found)
    group = cast(TyperGroup, get_command(found))
    for command in group.commands.values():
        command.params += _everywhere_params()
    return group


def _command(name: str, function: Callable[..., None]) -> TyperCommand:
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name)(function)
    command = cast(TyperCommand, get_command(alone))
    command.params += _everywhere_params()
    return command


def _everywhere_params() -> list[Any]:
    """The options of every command, which no command needs to name."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command()(_everywhere)
    return get_command(alone).params


def _everywhere(
    code: CodeOption = None, quiet: QuietOption = False, debug: DebugOption = False
) -> None:
    """Stands for every command."""


def _values(option: str, words: list[str]) -> Iterator[str]:
    """The values of ``option`` among ``words``, before the command says what they mean."""
    words = words[: words.index("--")] if "--" in words else words
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word == option and after:
            yield after
        elif word.startswith(f"{option}="):
            yield word.removeprefix(f"{option}=")


def _verbs() -> Iterator[tuple[str, str]]:
    """Each verb, and what metadata tell of it."""
    nouns = {_key(entry): entry.name for claims in TASKS.entries().values() for entry in claims}
    for name, claims in VERBS.entries().items():
        origins = " and ".join(claim.origin for claim in claims)
        if name in RESERVED:
            yield name, f"refused: the name is kept for nlpseq ({origins})"
        elif len(claims) > 1:
            yield name, f"refused: claimed by {origins}"
        else:
            yield name, f"task {nouns.get(_key(claims[0]), 'unknown')} ({origins})"


def _key(entry: Entry) -> tuple[str, str]:
    return entry.target, entry.distribution


def _version(value: bool) -> None:
    if value:
        console.result(f"nlpseq {importlib.metadata.version('nlpseq')}")
        raise typer.Exit


app = typer.Typer(
    cls=House, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.callback()
def nlpseq(
    version: Annotated[
        bool,
        typer.Option("--version", help="show the version", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Train, judge, explain and use sequence models, with tasks as plugins."""
