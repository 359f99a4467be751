"""What the signals that ask for the end do: work ends where nothing of it is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from nlpseq.errors import Stopped

SIGNALS = [
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)
]


class Flag:
    """The signal that asked for the end, 0 as long as none did."""

    number = 0
    since = 0.0  # when it came, on the monotonic clock

    def __bool__(self) -> bool:
        return self.number != 0


@contextmanager
def stop_flag(deaf: float = 0.0) -> Iterator[Flag]:
    """Catch signals inside the block: the first sets the flag, a second ends the process at once.

    Those within ``deaf`` seconds of the first are taken for the same one. A signal that the
    process was started to ignore, as ``nohup`` does, stays ignored. Outside the main thread
    signals cannot be caught, and the flag stays down.
    """
    flag = Flag()

    def obey(number: int, frame: FrameType | None) -> None:
        if not flag:
            flag.number, flag.since = number, time.monotonic()
        elif time.monotonic() - flag.since >= deaf:
            os._exit(128 + number)

    with _caught(obey):
        yield flag


class Ending:
    """What a signal does to work in lines: it ends, but not within one, unless another comes."""

    def __init__(self) -> None:
        self._within, self._waiting = False, 0

    @contextmanager
    def of_lines(self) -> Iterator[None]:
        """Catch signals inside the block, as ``stop_flag`` does, and raise ``Stopped``."""
        with _caught(self._obey):
            yield

    @contextmanager
    def of_line(self) -> Iterator[None]:
        """A block that a first signal ends only when it is done."""
        self._within = True
        try:
            yield
        finally:
            self._within = False
        if self._waiting:
            raise Stopped(self._waiting)

    def _obey(self, number: int, frame: FrameType | None) -> None:
        if not self._within or self._waiting:
            raise Stopped(number)
        self._waiting = number


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals wait until the block ends, where the system lets them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _caught(obey: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Hand signals to ``obey`` inside the block, where they are not ignored."""
    try:
        heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, obey) for number in heard}
    except ValueError:  # not the main thread
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
