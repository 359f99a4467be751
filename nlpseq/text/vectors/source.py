"""The bytes of a vector file, plain or gzip, read forward once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from nlpseq.errors import DataError, Place
from nlpseq.text import opening
from nlpseq.text.lines import LONGEST

CHUNK = 2**20
DEFLATE_RATIO = 1032  # no gzip file can hold more


class Source:
    """The bytes of the file ``path``, of which ``most`` are read and no more.

    ``line`` is the line at hand, for messages; in a binary file each row counts as one.
    """

    def __init__(self, path: str, file: opening.File, most: int) -> None:
        self.path = path
        self.packed = path.endswith(".gz")
        self.size = os.fstat(file.fileno()).st_size
        self.line = 0
        self._file = file
        self._most = most
        self._buffer = b""
        self._at = 0
        self._read = 0

    @property
    def place(self) -> Place:
        """Where the reader stands."""
        return Place(self.path, self.line)

    @property
    def offset(self) -> int:
        """How many bytes were taken."""
        return self._read - len(self._buffer) + self._at

    @property
    def capacity(self) -> int:
        """The most bytes that a file of this size can hold."""
        return self.size * DEFLATE_RATIO if self.packed else self.size

    def peek(self, count: int) -> bytes:
        """The next ``count`` bytes, or all there are, without taking them."""
        while len(self._buffer) - self._at < count and self._more():
            pass
        return self._buffer[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes, or all there are."""
        taken = self.peek(count)
        self._at += len(taken)
        return taken

    def until(self, mark: bytes, most: int) -> bytes:
        """The bytes up to the next ``mark`` and the mark itself, but ``most`` at most."""
        end = self._buffer.find(mark, self._at, self._at + most)
        while end < 0 and len(self._buffer) - self._at < most and self._more():
            end = self._buffer.find(mark, self._at, self._at + most)
        return self.take(most if end < 0 else end + len(mark) - self._at)

    def next_line(self) -> bytes:
        """The next line with its end; nothing after the last."""
        self.line += 1
        line = self.until(b"\n", LONGEST)
        if len(line) >= LONGEST:
            raise DataError(f"found a line of {LONGEST} bytes or more; is it word vectors?")
        return line

    def _more(self) -> bool:
        chunk = self._file.read(CHUNK)
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        self._read += len(chunk)
        if self._read > self._most:
            raise opening.too_much(self._most, self.path)
        return bool(chunk)


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """The file ``path`` as a :class:`Source`; any :class:`DataError` inside gets its place."""
    with opening.opened(path) as (file, most):
        source = Source(path, file, most)
        try:
            yield source
        except DataError as error:
            raise error.at(source.place) from None
