"""Random draws that depend on what they are for and where training stands, on nothing else.

Every update, shuffle and evaluation starts from a seed of its own, so that validating,
logging, saving or stopping never disturbs what training draws.
"""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch


def seed(base: int, purpose: str, epoch: int = 0, step: int = 0, rank: int = 0) -> int:
    """The first 8 bytes of a digest of all that the draw may depend on."""
    text = f"nlpseq1|{base}|{purpose}|{epoch}|{step}|{rank}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def reseed(number: int) -> None:
    """Start the generators of torch, NumPy and Python from ``number``."""
    torch.manual_seed(number % 2**63)
    np.random.seed(number % 2**32)
    random.seed(number)
