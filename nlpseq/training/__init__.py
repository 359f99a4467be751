"""Examples -> weights."""

from nlpseq.training.session import Trained, train

__all__ = ["Trained", "train"]
