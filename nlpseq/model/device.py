"""Where a model computes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from nlpseq.errors import Failure, SettingError


def usable(name: str, said_by: str) -> torch.device:
    """The device of a name; "auto" is the GPU if there is one.

    On a GPU the same input gives the same bytes from now on, in full fp32.

    Raises:
        SettingError: it cannot be used; ``said_by`` names what asked for it.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.type == "cuda":
            _repeatable()
        float(torch.ones(1, device=device))
    except (RuntimeError, AssertionError) as error:  # what is not built in is asserted
        reason = str(error).partition("\n")[0]
        raise SettingError(f"{said_by}: {name!r} is not usable: {reason}") from None
    return device


@contextmanager
def fitting(advice: str) -> Iterator[None]:
    """A block that may need more memory than the device has.

    Raises:
        Failure: it did; with ``advice`` what to do.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        reason = str(error).partition("\n")[0]
        raise Failure(f"the memory of the device is not enough: {reason}; {advice}") from error


def _repeatable() -> None:
    """Take no kernel whose sums come in any order, where there is another; no 19-bit numbers."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
