"""``nlpseq compare``."""

from __future__ import annotations

from nlpseq.cli.options import JsonOption, ModelArgument
from nlpseq.cli.settings import takes_data
from nlpseq.cli.terminal import console
from nlpseq.config import DataSettings


@takes_data
def compare(
    a: ModelArgument, b: ModelArgument, json: JsonOption = False, *, data: DataSettings
) -> None:
    """Test on a file of examples whether two models differ."""
    from nlpseq.evaluation import compare_files  # torch is imported behind this line
    from nlpseq.pipeline import load

    comparison = compare_files(load(a), load(b), data)
    if json:
        console.document({"a": a, "b": b, "data": data.test, **comparison.as_json()})
    else:
        console.result(comparison.as_table())
