"""Bytes -> lines: the only place where texts are cut into lines.

Lines end at 0x0A and nowhere else, so that their number is that of ``wc -l`` (and one more
where the last has no end), whatever else Unicode or Python call a line. One 0x0D before the
end is dropped, a byte order mark at byte 0 too; nothing else is changed, and nothing guessed.
"""

from __future__ import annotations

import codecs
import os
import select
from collections.abc import Iterator
from typing import NamedTuple

from nlpseq.errors import DataError, Place, SettingError
from nlpseq.text.opening import opened, too_much

LONGEST = 2**24
"""Bytes of a line at most."""

_MOST_LINES = 10**9
_CHUNK = 2**16
_PATIENCE = 0.1  # seconds without input after which waiting lines are handed on

_TOO_LONG = f"found a line of more than {LONGEST} bytes, expected at most {LONGEST}"
_PROBE = bytes(range(128)) + rb"\u0041"


class Line(NamedTuple):
    """A line of a file or stream; one that is refused has no text, but the reason."""

    number: int
    text: str
    fault: DataError | None = None


def read_lines(path: str, encoding: str = "utf-8") -> Iterator[str]:
    """The lines of a file, unpacked when its name ends in ``.gz``.

    Raises:
        DataError: with its place, when the file cannot be read or a line is no text.
        SettingError: the encoding is unknown, or does not contain ASCII.
    """
    for line in file_lines(path, encoding):
        if line.fault:
            raise line.fault
        yield line.text


def file_lines(path: str, encoding: str = "utf-8") -> Iterator[Line]:
    """The lines of a file as :func:`read_lines` has them; one that is no text says why.

    Raises:
        As :func:`read_lines`, but for a line that is no text.
    """
    encoding = _checked(encoding)
    offset = 0
    for number, raw in enumerate(_raw_lines(path), 1):
        yield _line(raw, encoding, path, number, offset)
        offset += len(raw)


def count_lines(path: str) -> int:
    """How many lines :func:`read_lines` finds, without looking into them."""
    return sum(1 for _ in _raw_lines(path))


def stream_lines(
    fd: int, sizes: Iterator[int], encoding: str = "utf-8", *, name: str = "stdin"
) -> Iterator[list[Line]]:
    """The lines that come in through the file descriptor ``fd``, in groups of up to ``sizes``.

    A group that is not full is handed on when nothing came for 100 ms, so that a program that
    writes one line and waits gets its answer. Every line has its place in the groups, also one
    that is refused. Memory does not grow with the input.

    Raises:
        DataError: the descriptor cannot be read.
    """
    encoding = _checked(encoding)
    splitter = _Splitter()
    group: list[Line] = []
    size = next(sizes)
    number = offset = 0
    ended = False
    while not ended:
        chunk = _arrived(fd, name, patient=not group)
        if chunk is None:
            yield group
            group = []
            continue
        for raw, length in splitter.feed(chunk):
            number += 1
            group.append(_line(raw, encoding, name, number, offset))
            offset += length
            if len(group) == size:
                yield group
                group, size = [], next(sizes)
        ended = not chunk
    if group:
        yield group


def _raw_lines(path: str) -> Iterator[bytes]:
    """The lines of a file with their ends, within the limits of length, number and size."""
    with opened(path) as (file, most):
        count = size = 0
        while raw := file.readline(LONGEST + 2):
            count += 1
            size += len(raw)
            if len(raw) > LONGEST and len(_body(raw)) > LONGEST:
                raise DataError(_TOO_LONG, Place(path, count))
            if count > _MOST_LINES:
                raise DataError(f"found more than {_MOST_LINES} lines", Place(path))
            if size > most:
                raise too_much(most, path)
            yield raw


def _checked(encoding: str) -> str:
    """The canonical name of an encoding in which ASCII, and so a line end, is a byte."""
    try:
        fits = _PROBE.decode(encoding) == _PROBE.decode("ascii")
        if fits and _PROBE.decode(encoding).encode(encoding) == _PROBE:
            return codecs.lookup(encoding).name
    except (LookupError, ValueError):  # no encoding, or none of texts
        pass
    raise SettingError(
        f"encoding: found {encoding!r}, expected one that contains ASCII, such as utf-8, latin-1 "
        "or gb18030; convert other files with iconv"
    )


def _body(raw: bytes) -> bytes:
    return raw.removesuffix(b"\n").removesuffix(b"\r")


def _text(raw: bytes, encoding: str, path: str, number: int, offset: int) -> str:
    """The text of a line that begins at byte ``offset``."""
    body = _body(raw)
    if number == 1 and encoding == "utf-8":
        if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _binary("byte order mark", Place(path, 1, 1))
        body = body.removeprefix(codecs.BOM_UTF8)
        offset += len(_body(raw)) - len(body)
    nul = body.find(b"\0")
    try:
        text = body.decode(encoding) if nul < 0 else body[:nul].decode(encoding)
    except UnicodeDecodeError as error:
        column = len(body[: error.start].decode(encoding)) + 1
        raise DataError(
            f"invalid {encoding.upper()} byte 0x{body[error.start]:02x} "
            f"(offset {offset + error.start})",
            Place(path, number, column),
        ) from None
    if nul >= 0:
        raise _binary("NUL byte", Place(path, number, len(text) + 1))
    return text


def _binary(sign: str, place: Place) -> DataError:
    return DataError(f"looks like UTF-16/binary ({sign}); convert with iconv", place)


def _arrived(fd: int, name: str, *, patient: bool) -> bytes | None:
    """What came in; nothing at the end, and None when nothing came for a while."""
    try:
        ready, _, _ = select.select([fd], [], [], None if patient else _PATIENCE)
        return os.read(fd, _CHUNK) if ready else None
    except OSError as error:
        raise DataError(f"{error.strerror} while it was read", Place(name)) from None


def _line(raw: bytes, encoding: str, name: str, number: int, offset: int) -> Line:
    if len(_body(raw)) > LONGEST:
        return Line(number, "", DataError(_TOO_LONG, Place(name, number)))
    try:
        return Line(number, _text(raw, encoding, name, number, offset))
    except DataError as error:
        return Line(number, "", error)


class _Splitter:
    """Cuts what comes in into lines; of one that is too long it keeps only the beginning."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._length = 0

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, int]]:
        """Each line that is complete, with its end and its true length; at the end the rest."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._keep(end + b"\n")
            yield self._take()
        self._keep(rest)
        if self._kept and not chunk:
            yield self._take()

    def _keep(self, more: bytes) -> None:
        self._kept += more[: LONGEST + 2 - len(self._kept)]
        self._length += len(more)

    def _take(self) -> tuple[bytes, int]:
        taken = bytes(self._kept), self._length
        self._kept.clear()
        self._length = 0
        return taken
