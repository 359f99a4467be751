"""Optimisers: gradients -> steps. One file each, one line in the table."""

from nlpseq.registry import Registry
from nlpseq.training.optimizers.protocol import check

OPTIMIZERS = Registry(
    "nlpseq.optimizers",
    {
        "adam": "nlpseq.training.optimizers.adam:Adam",
        "adamw": "nlpseq.training.optimizers.adamw:AdamW",
        "rmsprop": "nlpseq.training.optimizers.rmsprop:RMSprop",
        "sgd": "nlpseq.training.optimizers.sgd:SGD",
    },
    check=check,
)
