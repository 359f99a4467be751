"""What was found out before a training, in words for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from nlpseq.data.check import Checked, PartFigures
from nlpseq.data.figures import Column, Found
from nlpseq.evaluation.table import aligned, name
from nlpseq.text.column import LABEL_KINDS
from nlpseq.training.progress import span
from nlpseq.training.rehearsal import Costs

_MOST_LABELS = 10  # of a column that are shown
_LENGTHS = {"median": "median", "p95": "95% at most", "p99": "99% at most", "longest": "longest"}
_FOUND = {
    "incomplete": "left out, no value",
    "repeats": "stands earlier",
    "contradictions": "stands with other label",
    "also_in_train": "stands in train",
    "doubtful": "lengths hardly fit",
}


def as_table(checked: Checked) -> str:
    """Figures by part, then what was found and where, then every fault, then the verdict."""
    parts = checked.parts
    lines = []
    if parts:
        rows = [["", *parts], ["rows", *(f"{part.rows:,}" for part in parts.values())]]
        rows += [row for key, title in _FOUND.items() if (row := _found_row(parts, key, title))]
        for column in next(iter(parts.values())).columns:
            rows += _column_rows([part.columns[column] for part in parts.values()], name(column))
        lines = [*aligned(rows), ""]
    lines += [f"{part}: {figures.path}" for part, figures in parts.items()]
    for part, figures in parts.items():
        lines += _places(part, figures)
    return "\n".join([*lines, "", *_faults(checked)])


def _found_row(parts: Mapping[str, PartFigures], key: str, title: str) -> list[str]:
    found: list[Found | None] = [getattr(part, key) for part in parts.values()]
    if not any(each is not None for each in found):
        return []
    return [title, *("-" if each is None else f"{each.rows:,}" for each in found)]


def _column_rows(columns: list[Column], title: str) -> Iterator[list[str]]:
    """The rows that describe one column."""
    if columns[0].kind in LABEL_KINDS:
        yield from _label_rows(columns, title)
        return
    trees, unit = [column.as_json() for column in columns], columns[0].unit
    yield [f"{title}, {unit}", *(f"{tree[unit]:,}" for tree in trees)]
    for key, words in _LENGTHS.items():
        yield [f"  {words}", *(f"{tree[key]:,}" for tree in trees)]
    rates = [f"{tree['unknown']:.1%}" if "unknown" in tree else "-" for tree in trees]
    if set(rates) != {"-"}:
        yield ["  not known from train", *rates]


def _label_rows(columns: list[Column], title: str) -> Iterator[list[str]]:
    """A row for each of the most frequent labels, and one for the others."""
    counts = [column.counts.counts for column in columns]
    totals = [max(1, count.total()) for count in counts]
    every = sum(counts, Counter[str]())
    shown = [label for label, _ in every.most_common(_MOST_LABELS)]
    yield [f"{title}, labels", *(f"{len(count):,}" for count in counts)]
    for label in shown:
        shares = (count[label] / total for count, total in zip(counts, totals, strict=True))
        yield [f"  {name(label)}", *(f"{share:.1%}" for share in shares)]
    if len(every) > len(shown):
        others = (count.total() - sum(count[label] for label in shown) for count in counts)
        rest = (left / total for left, total in zip(others, totals, strict=True))
        yield [f"  {len(every) - len(shown):,} others", *(f"{share:.1%}" for share in rest)]


def _places(part: str, figures: PartFigures) -> Iterator[str]:
    """Where the first of what was found stand."""
    for key, title in _FOUND.items():
        found: Found | None = getattr(figures, key)
        if found and found.rows:
            yield f"{part}, {title}: {found}"


def _faults(checked: Checked) -> Iterator[str]:
    faults = checked.faults
    yield from map(str, faults.first)
    if faults.count > len(faults.first):
        yield f"and {faults.count - len(faults.first):,} more"
    if checked.ready:
        yield f"nothing is in the way of: nlpseq train {checked.task}"
    else:
        yield f"faults: {faults.count:,}; nlpseq train {checked.task} would refuse this data"


def cost_lines(costs: Costs) -> list[str]:
    """What a training would take, by what one batch of it took."""
    memory = f"{costs.memory / 1e6:,.0f} MB"
    if costs.device_memory is not None:
        memory += f", and {costs.device_memory / 1e6:,.0f} MB of {costs.device}"
    rows = [
        ["model", f"{costs.parameters:,} parameters, on {costs.device}"],
        ["largest batch", f"{costs.batch_rows:,} rows, {costs.batch_tokens:,} tokens with padding"],
        ["an update with it", f"{costs.update:.2f} s"],
        ["an epoch", f"about {span(costs.epoch)}: {costs.updates:,} updates"],
        ["of which validation", f"about {span(costs.validation)}"],
        ["the whole", f"at most about {span(costs.total)}: {costs.epochs:,} epochs, or less"],
        ["memory at its peak", memory],
        ["a checkpoint", f"{costs.checkpoint / 1e6:,.1f} MB, written in {costs.save:.2f} s"],
    ]
    return ["", *aligned(rows, left=2)]
