"""Answers that are given, a line for each line of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from nlpseq.errors import DataError
from nlpseq.text.lines import Line, count_lines, read_lines


class Targets:
    """The lines of a file, to be taken up beside those of another.

    Raises:
        DataError: it is no file that can be read.
    """

    def __init__(self, name: str, encoding: str) -> None:
        self.name = name
        self.count = count_lines(name)
        self._taken = 0
        self._lines = read_lines(name, encoding)

    def expect(self, name: str, count: int) -> None:
        """Refuse what is not as long as this."""
        if count != self.count:
            raise self._unequal(name, f"{count} lines")

    def beside(self, name: str, lines: Sequence[Line]) -> list[str]:
        """The next lines, one for each of ``lines``, which come from ``name``."""
        self._taken += len(lines)
        if self._taken > self.count:
            raise self._unequal(name, f"more than {self.count} lines")
        return list(islice(self._lines, len(lines)))

    def check_end(self, name: str) -> None:
        """Refuse lines that are left when all of ``name`` is read."""
        self.expect(name, self._taken)

    def _unequal(self, name: str, found: str) -> DataError:
        return DataError(f"{name} has {found}, {self.name} {self.count}; expected as many")
