"""Files of any bytes, through every reader: what the rules say they hold, or a refusal in words.

``python -m tests.campaigns.inputs --size N``: N files for each format, most of them nearly right,
read and compared with the readers of :mod:`tests.campaigns.oracles`. Never a traceback; a
refusal has the path, and the line where there is one.
"""

from __future__ import annotations

import csv
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from nlpseq.data.readers import parallel
from nlpseq.data.readers.parallel import Parallel
from nlpseq.errors import NlpseqError
from nlpseq.settings import DataSettings
from nlpseq.task import Task
from nlpseq.text.lines import LONGEST, read_lines
from tests.campaigns.campaign import Count, Memory, main
from tests.campaigns.formats import COLUMNS, FORMATS, Format
from tests.campaigns.models import workplace

SECONDS = 5  # of the processor that any file may take; most take a millisecond
MIB = 300  # that the largest may take besides


def judge(form: Format, data: bytes, path: str) -> str:
    """Read a file both ways; what is wrong, if anything is."""
    Path(path).write_bytes(data)
    started = time.process_time()
    try:
        found = form.read(path)
    except NlpseqError as error:
        found = None
        if not re.match(f"{re.escape(path)}{form.place}: ", str(error)):
            return f"refused without its place: {error}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    if time.process_time() - started > SECONDS:
        return "takes too long"
    expected = form.oracle(data)
    return "" if expected == found else f"found {found!r}, expected {expected!r}"


def try_all(name: str, form: Format, size: int, rng: random.Random, count: Count) -> None:
    """``size`` files of one format."""
    path = f"{name}{form.ending}"
    for _ in range(size):
        data = form.make(rng)
        fault = judge(form, data, path)
        count.cases[name] += 1
        count.check(not fault, f"{name}: {data[:200]!r}: {fault[:300]}")


def try_pairs(size: int, rng: random.Random, count: Count) -> None:
    """Parallel files: as many rows as lines, or refused before the first row."""
    reader = Parallel(DataSettings(languages=("de", "en")), Task())
    for _ in range(size):
        number = rng.randrange(5)
        both = [number, number + rng.choice((0, 0, 1, 3))]
        rng.shuffle(both)
        for ending, lines in zip(("de", "en"), both, strict=True):
            end = rng.choice((b"", b"\n")) if lines else b""
            text = b"\n".join([rng.choice((b"a", b"b c", "\u2028\v".encode()))] * lines)
            Path(f"pair.{ending}").write_bytes(text + end)
        try:
            found = len(list(reader.rows("pair", COLUMNS)))
        except NlpseqError:
            found = -1
        count.cases["pairs"] += 1
        expected = both[0] if both[0] == both[1] else -1
        count.check(found == expected, f"pairs: {both}: found {found} rows")


def try_long(count: Count) -> None:
    """Lines about as long as a line may be, and texts that are hard to read, in bounded time."""
    for surplus in (-1, 0, 1):
        Path("long").write_bytes(b"x" * (LONGEST + surplus) + b"\nb\n")
        try:
            found = len(list(read_lines("long")))
        except NlpseqError:
            found = 0
        count.cases["long lines"] += 1
        count.check(found == (0 if surplus > 0 else 2), f"a line of {LONGEST + surplus}")


PIECES = [
    b'"',
    b"9",
    b"[",
    b'{"',
    b'"a":',
    b"\\",
    b"\t",
    b",",
    b" ",
    b"1 ",
    b"\xcc\x81",
    b"a.",
    b"'",
]
STARTS = [b"", b'{"first": ', b'{"first": "', b'{"first": 1.', b"a = ", b"2 2\n"]


def try_hard(count: Count) -> None:
    """A million bytes of one kind, in one line: answered or refused in bounded time."""
    for name, form in FORMATS.items():
        for data in [start + piece * (10**6 // len(piece)) for piece in PIECES for start in STARTS]:
            Path("hard").write_bytes(data)
            started, fault = time.process_time(), ""
            try:
                form.read("hard")
            except NlpseqError:
                pass
            except BaseException as error:
                fault = f"{type(error).__name__}: {error}"[:200]
            taken = time.process_time() - started
            count.cases["hard lines"] += 1
            slow = f"takes {taken:.1f} s" if taken > SECONDS else ""
            count.check(not fault + slow, f"{name}: {data[:30]!r}: {fault}{slow}")


def _lax(path: str) -> list[tuple[str, ...]]:
    with open(path, newline="", encoding="utf-8") as file:
        return [tuple(row[:2]) for row in csv.reader(file)]


FAULTY: dict[str, tuple[str, Callable[[str], Any]]] = {
    "splitlines": ("text", lambda path: Path(path).read_text("utf-8").splitlines()),
    "errors=ignore": ("text", lambda path: Path(path).read_text(errors="ignore").split("\n")),
    "lax csv": ("csv", _lax),
}


def controls(count: Count) -> None:
    """Readers with the faults that are common elsewhere; a thousand files must be enough."""
    for name, (form, read) in FAULTY.items():
        changed = FORMATS[form]._replace(read=read)
        rng = random.Random(1)
        caught = any(judge(changed, changed.make(rng), "control") for _ in range(1000))
        count.control(name, caught)
    pairs = Count()
    with patch.object(Parallel, "_check_numbers"), patch.object(parallel, "zip", _cut, create=True):
        try_pairs(1000, random.Random(1), pairs)
    count.control("zip of unequal files", bool(pairs.violations))


def _cut(*several: Any, strict: bool = False) -> Any:
    """What ``zip`` does when nobody asks it to be strict."""
    return zip(*several, strict=False)


def run_campaign(size: int, rng: random.Random, count: Count) -> None:
    """All formats."""
    memory = Memory()
    with workplace():
        for name, form in FORMATS.items():
            try_all(name, form, size, rng, count)
        try_pairs(size, rng, count)
        try_long(count)
        try_hard(count)
        controls(count)
    count.check(memory.grown < MIB, f"memory grew by {memory.grown} MiB")


if __name__ == "__main__":
    main(run_campaign, size=10_000)
