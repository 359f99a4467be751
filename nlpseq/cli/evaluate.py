"""``nlpseq evaluate``."""

from __future__ import annotations

from nlpseq.cli.options import ColumnsOption, DataOption, JsonOption, ModelArgument
from nlpseq.cli.settings import parse_columns
from nlpseq.cli.terminal import console


def evaluate(
    model: ModelArgument, data: DataOption, columns: ColumnsOption = "", json: JsonOption = False
) -> None:
    """Score a model on a file of examples."""
    where = parse_columns(columns)
    from nlpseq.evaluation import evaluate_file  # torch is imported behind this line
    from nlpseq.pipeline import load

    report = evaluate_file(load(model), data, where)
    if json:
        console.document({"model": model, "data": data, **report.as_json()})
    else:
        console.result(report.as_table())
