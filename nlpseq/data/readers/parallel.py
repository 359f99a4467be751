"""Parallel files: ``PREFIX.de`` and ``PREFIX.en``, the same line of each being one row."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from itertools import islice

from nlpseq.data.columns import as_value
from nlpseq.data.readers.protocol import Reader
from nlpseq.errors import DataError, Place, SettingError
from nlpseq.task import Column, Row
from nlpseq.text.lines import count_lines, file_lines, read_lines


class Parallel(Reader):
    """A file for each column, told apart by the languages in their order."""

    def rows(self, path: str, columns: Sequence[Column]) -> Iterator[Row]:
        """The rows of the files whose names begin with ``path``; numbers of lines come first."""
        self.refuse("columns", "parallel files have one column each")
        languages = self.settings.languages
        if len(languages) != len(columns):
            found = "-".join(languages) or "none"
            names = " and ".join(column.name for column in columns)
            raise SettingError(
                f"--langs: found {found}, expected one each for {names}, as in de-en"
            )
        if len(set(languages)) < len(languages):
            raise SettingError(
                f"--langs: found {'-'.join(languages)}, expected languages that differ, as the "
                "files of a prefix are told apart by them"
            )
        files = parallel_files(path, languages)
        self._check_numbers(files)
        sides = (file_lines(file, self.settings.encoding) for file in files)
        for lines in zip(*sides, strict=True):
            faults = [line.fault for line in lines if line.fault]
            for fault in faults:
                self.faulty(fault)
            if not faults:
                pairs = zip(columns, lines, strict=True)
                values = {column.name: as_value(column.kind, line.text) for column, line in pairs}
                yield Row(values, Place(files[0], lines[0].number))

    def _check_numbers(self, files: Sequence[str]) -> None:
        counts = {file: count_lines(file) for file in files}
        shortest, longest = min(files, key=counts.__getitem__), max(files, key=counts.__getitem__)
        surplus = counts[longest] - counts[shortest]
        if surplus:
            first, *others = files
            found = [f"{first} has {counts[first]} lines", *(f"{o} {counts[o]}" for o in others)]
            line = self._doubtful(shortest, longest, surplus)
            raise DataError(f"{', '.join(found)}; first doubtful pair near line {line}")

    def _doubtful(self, shortest: str, longest: str, surplus: int) -> int:
        """The line before which a gap of ``surplus`` lines explains the lengths of all best.

        The cost of a gap at k is the misfit of the pairs (i, i) before k and of the pairs
        (i, i + surplus) from k on; only its change from k to k + 1 is needed. The misfit is
        the squared difference of log lengths: squares cancel what one language is longer.
        """

        def lengths(file: str) -> Iterator[float]:
            for line in read_lines(file, self.settings.encoding):
                yield math.log1p(len(line))

        later = islice(lengths(longest), surplus, None)
        cost = least = 0.0
        best = 1
        triples = zip(lengths(shortest), lengths(longest), later, strict=False)
        for number, (short, here, there) in enumerate(triples, 1):
            cost += (short - here) ** 2 - (short - there) ** 2
            if cost < least:
                least, best = cost, number + 1
        return best


def parallel_files(prefix: str, languages: Sequence[str]) -> list[str]:
    """The file of each language, perhaps packed.

    Raises:
        DataError: one is not there, or is there twice.
    """
    files = []
    for language in languages:
        named = [f"{prefix}.{language}", f"{prefix}.{language}.gz"]
        there = [file for file in named if os.path.isfile(file)]
        if len(there) != 1:
            found = "both" if there else "neither"
            raise DataError(f"found {found} of {named[0]} and {named[1]}, expected one")
        files += there
    return files
