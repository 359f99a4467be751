"""``nlpseq compare``."""

from __future__ import annotations

from nlpseq.cli.options import (
    ColumnsOption,
    DataOption,
    DeviceOption,
    ExamplesEncodingOption,
    JsonOption,
    ModelArgument,
)
from nlpseq.cli.settings import files
from nlpseq.cli.terminal import console


def compare(
    a: ModelArgument,
    b: ModelArgument,
    data: DataOption,
    columns: ColumnsOption = "",
    encoding: ExamplesEncodingOption = None,
    json: JsonOption = False,
    device: DeviceOption = "cpu",
) -> None:
    """Test on a file of examples whether two models differ."""
    where = files(data, columns, encoding)
    from nlpseq.evaluation import compare_files  # torch is imported behind this line
    from nlpseq.pipeline import load

    comparison = compare_files(load(a, device=device), load(b, device=device), where)
    if json:
        console.document({"a": a, "b": b, "data": data, **comparison.as_json()})
    else:
        console.result(comparison.as_table())
