"""What can go wrong, as a tree.

::

    NlpseqError              the request cannot be served               exit code 2
    ├── SettingError         a setting that is unknown or impossible
    ├── UnknownName          a name that no table holds (also a KeyError)
    ├── DataError            a file, line or column that cannot be read
    ├── BundleError          a model folder that is refused
    ├── RunFolderError       a run folder in use, in the way, or not there
    ├── PluginError          a plugin that does not load or claims a taken name
    ├── MissingExtra         an optional dependency that is not installed
    └── Failure              it broke while running                     exit code 1
        ├── StorageError     the disk did not take it
        └── DivergedError    training left the finite numbers

    Stopped                  a signal was obeyed                        exit code 128 + signal

Every message says where, what was found, what was expected and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class NlpseqError(Exception):
    """The root of all errors that a person can cause or meet."""

    exit_code = 2

    def __str__(self) -> str:
        """The message alone, also where a second base class would quote it."""
        return str(self.args[0]) if self.args else ""


class SettingError(NlpseqError):
    """A setting that is unknown, of the wrong type, or impossible together with another."""


class UnknownName(NlpseqError, KeyError):
    """A name that no table holds; says which known one is nearest."""


class Place(NamedTuple):
    """Where in a file something stands; line and column count from 1, 0 means unknown."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """``path:line:column``, without the parts that are unknown."""
        return ":".join([self.path, *(str(number) for number in self[1:] if number)])


class DataError(NlpseqError):
    """Data that cannot be read, with its place.

    A task raises it with a message alone; the core adds file and line.
    """

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.place = place

    def __str__(self) -> str:
        """``path:line:column: message``."""
        message = super().__str__()
        return f"{self.place}: {message}" if self.place else message

    def at(self, place: Place) -> DataError:
        """The same error, placed; an error that knows its place keeps it."""
        return self if self.place else DataError(self.args[0], place)


class BundleError(NlpseqError):
    """A model folder that is refused: which file, which rule, what was found."""


class RunFolderError(NlpseqError):
    """A run folder that is in use, already holds a run, or is not there."""


class PluginError(NlpseqError):
    """A plugin that does not load, breaks its contract, or claims a taken name."""


class MissingExtra(NlpseqError):
    """An optional dependency is not installed; the message holds the line that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed; install it with: pip install 'nlpseq[{extra}]'")


class Failure(NlpseqError):
    """The request was fine, but serving it failed."""

    exit_code = 1


class StorageError(Failure):
    """The disk did not take what was written."""


class DivergedError(Failure):
    """Training left the finite numbers and cannot go on."""


class Stopped(BaseException):
    """A signal asked for the end, and was obeyed after saving.

    Like ``KeyboardInterrupt`` it is no ``Exception``, so that one that is caught goes on with
    nothing that was to end.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(f"stopped by signal {signal}")
        self.signal = signal
        self.exit_code = 128 + signal


Faulty = Callable[[NlpseqError], None]
"""What is done about a fault after which it is possible to go on: it is raised, or kept."""


def raised(error: NlpseqError) -> None:
    """Raise ``error``: the first fault ends the work."""
    raise error


@contextmanager
def handing(faulty: Faulty) -> Iterator[None]:
    """Hand an error that ends the block to ``faulty``, and go on behind the block."""
    try:
        yield
    except NlpseqError as error:
        faulty(error)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a mistyped ``name``: the nearest of ``known``, else all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(known)}" if known else "none is known"
