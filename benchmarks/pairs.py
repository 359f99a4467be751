"""Corpora of any length: the pairs of Multi30k again and again, each with a number before it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

from benchmarks.standard import LANGUAGES, sides
from nlpseq.text.lines import read_lines


def write_pairs(data: Path, prefix: Path, count: int) -> None:
    """Write ``count`` pairs, no two alike, as ``PREFIX.de`` and ``PREFIX.en``."""
    texts = [list(read_lines(file, "utf-8")) for file in sides(data, "train")]
    with ExitStack() as stack:
        for code, lines in zip(LANGUAGES, texts, strict=True):
            file = stack.enter_context(open(f"{prefix}.{code}", "w", encoding="utf-8"))
            for number, line in enumerate(islice(cycle(lines), count)):
                file.write(f"{number} {line}\n")


def data_words(prefix: Path, valid: Path) -> Sequence[str]:
    """What names these pairs on the command line."""
    languages = "-".join(LANGUAGES)
    return ["--data", str(prefix), "--valid", str(valid / "valid"), "--langs", languages]
