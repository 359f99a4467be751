"""``nlpseq compare``."""

from __future__ import annotations

import inspect
from typing import Any

from nlpseq.cli.options import (
    BatchOption,
    ColumnsOption,
    DataOption,
    DeviceOption,
    ExamplesEncodingOption,
    JsonOption,
    ModelArgument,
    search_options,
    searched,
    with_parameters,
)
from nlpseq.cli.settings import files
from nlpseq.cli.terminal import console


def _compare(
    a: ModelArgument,
    b: ModelArgument,
    data: DataOption,
    columns: ColumnsOption = "",
    encoding: ExamplesEncodingOption = None,
    json: JsonOption = False,
    batch: BatchOption = None,
    device: DeviceOption = "cpu",
    **search: Any,
) -> None:
    where = files(data, columns, encoding)
    from nlpseq.evaluation import compare_files  # torch is imported behind this line
    from nlpseq.pipeline import load

    first, second = (
        load(model, device=device).searching(searched(search, batch)) for model in (a, b)
    )
    comparison = compare_files(first, second, where)
    if json:
        told = {"a": a, "b": b, "data": data, "search": searched(search)}
        console.document({**told, **comparison.as_json()})
    else:
        console.result(comparison.as_table())


def compare(**given: Any) -> None:
    """Test on a file of examples whether two models differ."""
    _compare(**given)


*_own, _ = inspect.signature(_compare, eval_str=True).parameters.values()
with_parameters(compare, [*_own, *search_options()])
