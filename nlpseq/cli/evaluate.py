"""``nlpseq evaluate``."""

from __future__ import annotations

from nlpseq.cli.options import JsonOption, ModelArgument
from nlpseq.cli.settings import takes_data
from nlpseq.cli.terminal import console
from nlpseq.config import DataSettings


@takes_data
def evaluate(model: ModelArgument, json: JsonOption = False, *, data: DataSettings) -> None:
    """Score a model on a file of examples."""
    from nlpseq.evaluation import evaluate_file  # torch is imported behind this line
    from nlpseq.pipeline import load

    report = evaluate_file(load(model), data)
    if json:
        console.document({"model": model, "data": data.test, **report.as_json()})
    else:
        console.result(report.as_table())
