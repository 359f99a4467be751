"""Memory that was used once is kept for the next tensor."""

from __future__ import annotations

import ctypes
import os

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
_ASKED = ("GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_")

MAPPED = 32 << 20
"""Bytes of a block that is mapped, and given back once it is free; the most any glibc takes."""

KEPT = 256 << 20
"""Bytes that lie free at the end of the heap before they are given back; if never, peaks add up."""


def keep_memory() -> bool:
    """Have glibc give back memory less often; whether it will.

    By default it gives back most of what an update has used, and the system clears these pages
    again, one by one, as the next update first touches them. What the environment asks of glibc
    is left as it is, and so is any other C library. It holds for the whole process.
    """
    if any(name in os.environ for name in _ASKED):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # no glibc; on Windows no library of the process
        return False
    return bool(mallopt(_MMAP_THRESHOLD, MAPPED) and mallopt(_TRIM_THRESHOLD, KEPT))
