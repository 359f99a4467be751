"""Examples -> weights."""

from nlpseq.training.rehearsal import Rehearsal, rehearse
from nlpseq.training.session import Trained, train

__all__ = ["Rehearsal", "Trained", "rehearse", "train"]
