"""Opening files of data, plain or gzip, so that no name and no content can do harm."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader

from nlpseq.errors import DataError, Place

File = BufferedReader | gzip.GzipFile

_MOST_BYTES = 2**36
_TRUSTED_BYTES = 2**30  # what a .gz may unpack to, however small it is
_RATIO = 200  # beyond that, for each byte of the .gz: text packs to a third or so


@contextmanager
def opened(path: str) -> Iterator[tuple[File, int]]:
    """The file, unpacked when its name ends in ``.gz``, and how many bytes may come out of it.

    Raises:
        DataError: it is no file that can be read, or turns out to be damaged while it is.
    """
    try:
        file = open(path, "rb", opener=_at_once)  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = error.strerror if isinstance(error, OSError) else error
        raise DataError(f"{reason}; expected a file that can be read", Place(path)) from None
    with file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise DataError("is a pipe or device; expected a file, to read again", Place(path))
        packed = path.endswith(".gz")
        most = max(_TRUSTED_BYTES, _RATIO * status.st_size) if packed else _MOST_BYTES
        try:
            yield gzip.GzipFile(fileobj=file) if packed else file, min(most, _MOST_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"damaged gzip: {error}; fetch it again", Place(path)) from None
        except OSError as error:
            raise DataError(f"{error.strerror} while it was read", Place(path)) from None


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for somebody to write into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def too_much(most: int, path: str) -> DataError:
    """What is said when more comes out of a file than may."""
    return DataError(f"found more than {most} bytes", Place(path))
