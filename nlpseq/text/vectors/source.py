"""The bytes of a vector file, plain or gzip, read forward once."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from nlpseq.errors import DataError, Place

CHUNK = 2**20
LONGEST_LINE = 2**24
MOST_UNPACKED = 2**36
HIGHEST_RATIO = 200  # past the first GiB; only made-up files pack tighter
DEFLATE_RATIO = 1032  # no gzip file can hold more


class Source:
    """The bytes of the file ``path``, unpacked when its name ends in ``.gz``.

    ``line`` is the line at hand, for messages; in a binary file each row counts as one.
    """

    def __init__(self, path: str, file: IO[bytes]) -> None:
        self.path = path
        self.packed = path.endswith(".gz")
        self.size = os.fstat(file.fileno()).st_size
        self.line = 0
        self._file = gzip.GzipFile(fileobj=file) if self.packed else file
        self._buffer = b""
        self._at = 0
        self._unpacked = 0

    @property
    def place(self) -> Place:
        """Where the reader stands."""
        return Place(self.path, self.line)

    @property
    def offset(self) -> int:
        """How many bytes were taken."""
        return self._unpacked - len(self._buffer) + self._at

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
        line = self.until(b"\n", LONGEST_LINE)
        if len(line) >= LONGEST_LINE:
            raise DataError(f"found a line of {LONGEST_LINE} bytes or more; is it word vectors?")
        return line

    def _more(self) -> bool:
        try:
            chunk = self._file.read(CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"damaged gzip: {error}; fetch the file again") from None
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        self._unpacked += len(chunk)
        allowed = min(MOST_UNPACKED, max(2**30, self.size * HIGHEST_RATIO))
        if self.packed and self._unpacked > allowed:
            raise DataError(f"unpacks to more than {allowed} bytes; that is no file of vectors")
        return bool(chunk)


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """The file ``path`` as a :class:`Source`; any :class:`DataError` inside gets its place."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise DataError("not a regular file; expected a file of word vectors", Place(path))
        file = open(path, "rb")  # noqa: SIM115 - closed below; errors inside are not of opening
    except OSError as error:
        raise DataError(f"{error.strerror}; expected a file of word vectors", Place(path)) from None
    with file:
        source = Source(path, file)
        try:
            yield source
        except DataError as error:
            raise error.at(source.place) from None
