"""A polite stop: a signal sets a flag, and training ends after the update at hand, saved."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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

    try:
        heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, obey) for number in heard}
    except ValueError:  # not the main thread
        before = {}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
