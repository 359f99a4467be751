"""``nlpseq evaluate``."""

from __future__ import annotations

import inspect
from typing import Any

from nlpseq.cli.options import (
    BatchOption,
    ColumnsOption,
    DataOption,
    EnsembleOption,
    ExamplesEncodingOption,
    JsonOption,
    ModelArgument,
    search_options,
    with_parameters,
)
from nlpseq.cli.settings import files
from nlpseq.cli.terminal import console


def _evaluate(
    model: ModelArgument,
    data: DataOption,
    columns: ColumnsOption = "",
    encoding: ExamplesEncodingOption = None,
    json: JsonOption = False,
    ensemble: EnsembleOption = None,
    batch: BatchOption = None,
    **search: Any,
) -> None:
    where = files(data, columns, encoding)
    asked = {name: value for name, value in search.items() if value not in (None, [])}
    from nlpseq.evaluation import evaluate_files  # torch is imported behind this line
    from nlpseq.pipeline import load, together

    pipeline = load(model)
    if ensemble:
        pipeline = together([pipeline, *map(load, ensemble)])
    pipeline = pipeline.searching({**asked, **({"batch": batch} if batch else {})})
    report = evaluate_files(pipeline, where)
    if json:
        told = {"model": model, "data": data, "ensemble": ensemble or [], "search": asked}
        console.document({**told, **report.as_json()})
    else:
        console.result(report.as_table())


def evaluate(**given: Any) -> None:
    """Score a model, or several together, on a file of examples."""
    _evaluate(**given)


*_own, _ = inspect.signature(_evaluate, eval_str=True).parameters.values()
with_parameters(evaluate, [*_own, *search_options()])
