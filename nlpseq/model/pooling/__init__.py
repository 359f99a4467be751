"""Poolings: all steps of a sequence -> one vector. One file each, one line in the table."""

from nlpseq.registry import Registry

POOLING = Registry(
    "nlpseq.pooling",
    {
        "attention": "nlpseq.model.pooling.attention:AttentionPooling",
        "last": "nlpseq.model.pooling.last:LastPooling",
        "max": "nlpseq.model.pooling.max:MaxPooling",
        "mean": "nlpseq.model.pooling.mean:MeanPooling",
    },
)
