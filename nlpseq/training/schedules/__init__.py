"""Schedules: progress -> learning rate. One file each, one line in the table."""

from nlpseq.registry import Registry

SCHEDULES = Registry(
    "nlpseq.schedules",
    {
        "constant": "nlpseq.training.schedules.constant:Constant",
        "inverse_sqrt": "nlpseq.training.schedules.inverse_sqrt:InverseSqrt",
        "cosine": "nlpseq.training.schedules.cosine:Cosine",
        "plateau": "nlpseq.training.schedules.plateau:Plateau",
    },
)
