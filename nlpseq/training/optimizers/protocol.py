"""What an optimiser is: one of the framework's, built from its own ``Settings``.

A member is a subclass of ``torch.optim.Optimizer`` whose constructor takes the parameters and
an instance of its ``Settings``, which must have a ``learning_rate``.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from nlpseq.errors import PluginError


def check(origin: str, member: Any) -> None:
    """Hold an optimiser against the contract.

    Raises:
        PluginError: showing what was found and what is asked.
    """
    from torch.optim import Optimizer  # the class has imported it

    if not (isinstance(member, type) and issubclass(member, Optimizer)):
        raise PluginError(f"{origin}: found {member!r}, expected a subclass of torch's Optimizer")
    settings = getattr(member, "Settings", None)
    fields = dataclasses.fields(settings) if dataclasses.is_dataclass(settings) else ()
    if "learning_rate" not in {field.name for field in fields}:
        raise PluginError(
            f"{origin}: {member.__name__}: found {settings!r} as its Settings, expected a "
            "dataclass with a learning_rate"
        )
