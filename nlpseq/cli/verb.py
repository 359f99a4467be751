"""The verb of a task: lines in, answers out, one for one and in order."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import itertools
import os
import sys
import typing
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from inspect import Parameter
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from nlpseq import durable
from nlpseq.cli.answers import check_output, rendered, shades
from nlpseq.cli.options import (
    EVERYWHERE,
    BatchOption,
    DeviceOption,
    EncodingOption,
    EnsembleOption,
    ExplainOption,
    FileOption,
    FormatOption,
    LangsOption,
    ModelOption,
    OutputOption,
    TargetsOption,
    TextsArgument,
    search_options,
    searched,
    with_parameters,
)
from nlpseq.cli.targets import Targets
from nlpseq.cli.terminal import Shade, bracketed, console, cut, shown
from nlpseq.errors import BundleError, DataError, Place, PluginError, SettingError
from nlpseq.signals import Ending, undisturbed
from nlpseq.task import Task
from nlpseq.text.column import LABEL_KINDS
from nlpseq.text.lines import Line, count_lines, file_lines, stream_lines

if TYPE_CHECKING:
    from nlpseq.model.protocol import Prediction
    from nlpseq.pipeline import Pipeline

Write = Callable[[str, Sequence[Shade]], None]


@dataclass(frozen=True)
class Request:
    """What a person asks of a verb."""

    texts: TextsArgument = None
    model: ModelOption = None
    file: FileOption = None
    output: OutputOption = None
    format: FormatOption = "text"
    batch: BatchOption = None
    device: DeviceOption = "cpu"
    encoding: EncodingOption = None
    explain: ExplainOption = False  # of labels
    targets: TargetsOption = None  # of texts, as are those that follow
    ensemble: EnsembleOption = None
    langs: LangsOption = None
    search: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.texts and (self.file or self.encoding):
            raise SettingError("texts as arguments do not go together with --file or --encoding")
        if self.explain and self.format != "text":
            raise SettingError("--explain goes with --format text; jsonl always has the attention")
        if self.output:
            check_output(self.output)
        if self.targets and (searched := self.search.keys() - {"precision"}):
            name = min(searched).replace("_", "-")
            raise SettingError(
                f"--targets: answers that are given are not searched for; no --{name}"
            )


class Source(NamedTuple):
    """Where texts come from."""

    name: str
    groups: Callable[[Iterator[int]], Iterator[list[Line]]]  # lines in groups of up to these sizes


def verb(task: type[Task], origin: str) -> Callable[..., None]:
    """The command that uses models of ``task``; its ``Options`` are among the options.

    Raises:
        PluginError: an option of the task cannot be one of a command.
    """
    searching = task.columns[1].kind not in LABEL_KINDS
    search = {option.name: option for option in search_options()} if searching else {}
    own = dict(inspect.signature(Request, eval_str=True).parameters)
    for name in ("search", *(["explain"] if searching else ["ensemble", "langs", "targets"])):
        del own[name]

    def use(**given: Any) -> None:
        asked = searched({name: given.pop(name) for name in search})
        request = Request(**{name: given.pop(name) for name in own}, search=asked)
        serve(task(task.Options(**given)), request)

    use.__doc__ = shown(task.summary)
    taken = {*own, *search, *EVERYWHERE}
    try:
        return with_parameters(use, [*own.values(), *search.values(), *_options(task, taken)])
    except (NameError, TypeError) as error:
        raise PluginError(f"plugin '{task.name}' ({origin}): Options: {error}") from error


def _options(task: type[Task], taken: Container[str]) -> Iterator[Parameter]:
    """The fields of a task's ``Options`` as options of its verb."""
    kinds = typing.get_type_hints(task.Options)
    for field in dataclasses.fields(task.Options):
        name, kind = field.name, kinds[field.name]
        if name in taken:
            raise TypeError(f"{name}: every verb has an option of this name")
        if kind not in (bool, int, float, str) or not isinstance(field.default, kind):
            raise TypeError(f"{name}: expected a bool, int, float or str, with a default")
        option = typer.Option(help=shown(field.metadata.get("why", "")))
        yield Parameter(
            name, Parameter.KEYWORD_ONLY, default=field.default, annotation=Annotated[kind, option]
        )


def serve(task: Task, request: Request) -> None:
    """Answer every text of a request.

    Raises:
        typer.Exit: with code 3, when all is done but some lines were refused.
    """
    remarks: Counter[str] = Counter()
    with ExitStack() as stack:
        source = _source(request, stack)
        targets = _targets(request)
        pipeline = _pipeline(task, request)
        ending = Ending()
        stack.enter_context(ending.of_lines())
        write = _writer(request, stack)
        n_best = 1 if targets else pipeline.settings.search.n_best
        for answer in _answers(pipeline, source, targets):
            if answer.refused:
                console.complain(cut(answer.refused))
            remarks.update(_remarks(answer))
            for line in rendered(answer, request.format, n_best):
                with ending.of_line():
                    write(line, shades(answer) if request.explain else [])
    for remark, count in remarks.items():
        console.note(remark.format(count))
    if remarks[_REFUSED]:
        raise typer.Exit(3)


_SPLIT = "texts longer than text.max_tokens, answered in parts: {:,}"
_UNREAD = "texts read only up to text.max_tokens: {:,}"
_REFUSED = "lines refused: {:,}; their answers are empty"


def _remarks(answer: Prediction) -> Iterator[str]:
    """What is to be said of an answer, once for all of a kind."""
    if answer.parts > 1:
        yield _SPLIT
    if answer.unread:
        yield _UNREAD
    if answer.refused:
        yield _REFUSED


def _source(request: Request, stack: ExitStack) -> Source:
    """The texts of a request.

    Raises:
        SettingError: there are none.
        DataError: the file cannot be opened.
    """
    encoding = request.encoding or "utf-8"
    if request.texts:
        lines = [_argument(number, text) for number, text in enumerate(request.texts, 1)]
        return Source("argument", lambda sizes: iter([lines]))
    if request.file:
        name = str(request.file)
        if name.endswith(".gz"):
            unpacked = file_lines(name, encoding)
            return Source(name, lambda sizes: iter(lambda: list(islice(unpacked, next(sizes))), []))
        try:
            file = os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise DataError(str(error.strerror), Place(name)) from None
        stack.callback(os.close, file)
        return Source(name, functools.partial(stream_lines, file, encoding=encoding, name=name))
    if sys.stdin is None or sys.stdin.isatty():
        raise SettingError("no text; give texts as arguments, --file FILE, or lines by a pipe")
    return Source("stdin", functools.partial(stream_lines, 0, encoding=encoding))


def _targets(request: Request) -> Targets | None:
    """The answers that are given, if there are any.

    Raises:
        DataError: there are not as many as texts.
    """
    if request.targets is None:
        return None
    targets = Targets(str(request.targets), request.encoding or "utf-8")
    if request.texts:
        targets.expect("the command line", len(request.texts))
    elif request.file:
        targets.expect(str(request.file), count_lines(str(request.file)))
    return targets


def _argument(number: int, text: str) -> Line:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        fault = DataError("invalid UTF-8", Place("argument", number, error.start + 1))
        return Line(number, "", fault)
    return Line(number, text)


def _pipeline(task: Task, request: Request) -> Pipeline:
    """The model that a request names, ready to do ``task`` as its options say.

    Raises:
        BundleError: it names none, or one of another task or other languages.
    """
    from nlpseq.pipeline import load, together  # torch is imported behind this line

    languages = tuple(request.langs.split("-")) if request.langs else ()
    model = request.model or _shipped(task, languages)
    pipeline = load(model, device=request.device)
    if pipeline.task.name != task.name:
        raise BundleError(
            f"{model}: found a model of task '{pipeline.task.name}', expected one of "
            f"'{task.name}'; use it with: nlpseq {pipeline.task.verb}"
        )
    data = pipeline.settings.data
    if languages not in ((), data.spoken):
        found = "-".join(data.spoken)
        raise BundleError(f"{model}: found a model for {found}, expected one for {request.langs}")
    if request.ensemble:
        others = (load(other, device=request.device) for other in request.ensemble)
        pipeline = together([pipeline, *others])
    pipeline.task = task
    search = searched(request.search, request.batch)
    return pipeline.searching(search, attention=request.format == "jsonl")


def _shipped(task: Task, languages: tuple[str, ...]) -> str:
    """The folder of the shipped model that does what is asked.

    Raises:
        BundleError: there is none; shows what there is, and what makes one.
    """
    from nlpseq.bundle.find import runs_seen
    from nlpseq.bundle.shipped import shipped_for

    found = shipped_for(task.name, languages)
    if found is None:
        seen = ", ".join(map(str, runs_seen()[:5])) or "none"
        wanted = f" for {'-'.join(languages)}" if languages else ""
        raise BundleError(
            f"no --model, and none shipped for task {task.name}{wanted}; runs seen here: {seen}; "
            f"train one with: nlpseq train {task.name}"
        )
    console.note(f"model: {found.name} ({found.origin}); --model takes another")
    return str(found.folder)  # something else of its name may lie here


def _writer(request: Request, stack: ExitStack) -> Write:
    """Where answers go: standard output, or a file that appears when all are done."""
    if request.output is None:
        return console.result
    with undisturbed():  # until the stack knows what to remove
        file = stack.enter_context(durable.Output(request.output.resolve()))
    return lambda text, shades: file.write(f"{text}{bracketed(shades)}\n".encode())


def _sizes(batch: int) -> Iterator[int]:
    """How many lines are taken at a time: a batch, and then more and more of them.

    Lines of one length are answered together, so it pays to choose out of many; but the first
    answers must not wait for them.
    """
    yield from (batch * many for many in itertools.chain((1, 2, 4, 8), itertools.repeat(16)))


def _answers(pipeline: Pipeline, source: Source, targets: Targets | None) -> Iterator[Prediction]:
    """The answer to each line, as soon as those taken with it are done; a refusal says where."""
    from nlpseq.model.protocol import Prediction

    for group in source.groups(_sizes(pipeline.settings.search.batch)):
        texts = [line.text for line in group if line.fault is None]
        if targets:
            beside = zip(group, targets.beside(source.name, group), strict=True)
            given = [target for line, target in beside if line.fault is None]
            found = iter(pipeline.score(texts, given))
        else:
            found = iter(pipeline(texts))
        for line in group:
            answer = Prediction(refused=str(line.fault)) if line.fault else next(found)
            if answer.refused and not line.fault:
                fault = DataError(answer.refused, Place(source.name, line.number))
                answer = dataclasses.replace(answer, refused=str(fault))
            yield answer
    if targets:
        targets.check_end(source.name)
