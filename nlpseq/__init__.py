"""Train, judge, explain and use sequence models, with tasks as plugins.

::

    import nlpseq

    run = nlpseq.train("sentiment")          # the built-in sample
    sentiment = nlpseq.load(run.folder)
    print(sentiment("Not half bad.").text)
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpseq.errors import NlpseqError
    from nlpseq.evaluation.examples import evaluate
    from nlpseq.pipeline import Pipeline, load
    from nlpseq.training.session import train

# Threads that wait for each other by spinning bring training to a tenth of its speed as soon as
# another program wants a core. So short a spin costs next to nothing where none does; read by
# torch's OpenMP when that is loaded.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")

# What was made ready for a product, in bf16 or with a packed weight, is kept for the next of that
# shape, of a thousand shapes and in two places: gigabytes, where nearly every batch has a shape of
# its own. Read when the first is kept.
for _capacity in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
    os.environ.setdefault(_capacity, "64")

__all__ = ["NlpseqError", "Pipeline", "__version__", "evaluate", "load", "train"]

_HOMES = {
    "NlpseqError": "nlpseq.errors",
    "Pipeline": "nlpseq.pipeline",
    "evaluate": "nlpseq.evaluation.examples",
    "load": "nlpseq.pipeline",
    "train": "nlpseq.training.session",
}


def __getattr__(name: str) -> Any:
    """Public names are imported on first use, so that ``import nlpseq`` costs nothing."""
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("nlpseq")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nlpseq' has no attribute '{name}'")
