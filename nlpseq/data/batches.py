"""Ids -> batches: rows of similar length together, padded to a short ladder of shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ids = Sequence[int] | NDArray[np.int32]


class Padded(NamedTuple):
    """One column of a batch."""

    ids: Tensor  # [B, T]  int64; 0 (padding) outside the mask
    mask: Tensor  # [B, T]  True where there is a token


@dataclass(frozen=True)
class Batch:
    """Some rows, column by column."""

    columns: Mapping[str, Padded]  # "source", and "target" where it is known
    rows: Sequence[int]  # their numbers in the part they come from

    @property
    def source(self) -> Padded:
        """The column that is read."""
        return self.columns["source"]

    @property
    def target(self) -> Padded:
        """The column that is learned."""
        return self.columns["target"]

    def __len__(self) -> int:
        return len(self.rows)

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        moved = {
            name: Padded(c.ids.to(device), c.mask.to(device)) for name, c in self.columns.items()
        }
        return Batch(moved, self.rows)
