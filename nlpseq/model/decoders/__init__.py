"""Decoders: memory x words so far -> what comes next. One file each, one line in the table."""

from nlpseq.registry import Registry

DECODERS = Registry(
    "nlpseq.decoders",
    {
        "fused": "nlpseq.model.decoders.fused:FusedDecoder",
        "input_feeding": "nlpseq.model.decoders.input_feeding:InputFeedingDecoder",
    },
)
