"""Memory that was used once is kept for the next tensor."""

from __future__ import annotations

import ctypes
import os

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of malloc.h
_ASKED = ("GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_")


def keep_memory() -> bool:
    """Have glibc hand large blocks out of its own memory, and give none back; whether it will.

    By default each block beyond 32 MiB is mapped anew, and the system clears its pages one by one
    as they are first touched: the scores of 1,024 tokens among more than 8,192 words are such a
    block. What the environment asks of glibc is left as it is, and so is any
    other C library. It holds for the whole process.
    """
    if any(name in os.environ for name in _ASKED):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # no glibc; on Windows no library of the process
        return False
    return bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, -1))
