"""``nlpseq evaluate``."""

from __future__ import annotations

import functools
import inspect
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from nlpseq import durable
from nlpseq.cli.answers import check_output, one_json_line, table
from nlpseq.cli.options import (
    BatchOption,
    ColumnsOption,
    DataOption,
    DeviceOption,
    EnsembleOption,
    EvaluatedOption,
    ExamplesEncodingOption,
    JsonOption,
    ModelArgument,
    search_options,
    searched,
    with_parameters,
)
from nlpseq.cli.settings import files
from nlpseq.cli.terminal import console

if TYPE_CHECKING:
    from nlpseq.model.protocol import Prediction
    from nlpseq.task import Example


def _evaluate(
    model: ModelArgument,
    data: DataOption,
    columns: ColumnsOption = "",
    encoding: ExamplesEncodingOption = None,
    json: JsonOption = False,
    ensemble: EnsembleOption = None,
    batch: BatchOption = None,
    device: DeviceOption = "cpu",
    output: EvaluatedOption = None,
    **search: Any,
) -> None:
    where = files(data, columns, encoding)
    if output:
        check_output(output)
    from nlpseq.evaluation import evaluate_files  # torch is imported behind this line
    from nlpseq.pipeline import load, together

    pipeline = load(model, device=device)
    if ensemble:
        pipeline = together([pipeline, *(load(other, device=device) for other in ensemble)])
    pipeline = pipeline.searching(searched(search, batch))
    with durable.Output(output.resolve()) if output else nullcontext() as file:
        report = evaluate_files(pipeline, where, functools.partial(_keep, file) if file else None)
    if json:
        told = {"model": model, "data": data, "ensemble": ensemble or []}
        console.document({**told, "search": searched(search), **report.as_json()})
    else:
        console.result(report.as_table())


def _keep(file: durable.Output, example: Example, answer: Prediction) -> None:
    """Write an example and what the model made of it as a line of JSON."""
    target = example.target
    expected = target if isinstance(target, str) or target is None else list(target)
    told = {"given": example.source, "expected": expected, **table(answer)}
    file.write(f"{one_json_line(told)}\n".encode())


def evaluate(**given: Any) -> None:
    """Score a model, or several together, on a file of examples."""
    _evaluate(**given)


*_own, _ = inspect.signature(_evaluate, eval_str=True).parameters.values()
with_parameters(evaluate, [*_own, *search_options()])
