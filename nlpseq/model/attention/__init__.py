"""Attention: query x memory -> context. One file each, one line in the table."""

from nlpseq.registry import Registry

ATTENTION = Registry(
    "nlpseq.attention",
    {
        "dot": "nlpseq.model.attention.dot:DotAttention",
        "general": "nlpseq.model.attention.general:GeneralAttention",
        "additive": "nlpseq.model.attention.additive:AdditiveAttention",
        "multi_head": "nlpseq.model.attention.multi_head:MultiHeadAttention",
    },
)
