"""What an optimiser is: one of the framework's, built from its own ``Settings``.

A member is a subclass of ``torch.optim.Optimizer`` whose constructor takes the parameters and
an instance of its ``Settings``, which must have a ``learning_rate``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

from torch import nn
from torch.optim import Optimizer


class OptimizerMember(Protocol):
    """The shape of a class in the table."""

    Settings: ClassVar[type]

    def __call__(self, parameters: Iterable[nn.Parameter], settings: Any) -> Optimizer:
        """Build the optimiser."""
