"""Tables in plain text: rows of cells -> lines of aligned columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

WIDTH = 80  # columns of the narrowest screen that is served
NAME = 24  # columns that a label or name may take
GAP = "  "


def name(text: str) -> str:
    """A label or name on one line, cut when it is long."""
    text = " ".join(text.split())
    return text if cell_len(text) <= NAME else set_cell_size(text, NAME - 1) + "…"


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> list[str]:
    """A line for each row, the first ``left`` columns to the left, the others to the right."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [GAP.join(_cells(row, widths, left)).rstrip() for row in rows]


def _cells(row: Sequence[str], widths: Sequence[int], left: int) -> list[str]:
    spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
    pairs = enumerate(zip(row, spaces, strict=True))
    return [cell + space if place < left else space + cell for place, (cell, space) in pairs]
