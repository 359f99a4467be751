"""Baselines: what a model must beat to be worth its cost."""

from nlpseq.registry import Registry

BASELINES = Registry(
    "nlpseq.baselines",
    {"bag_of_words": "nlpseq.evaluation.baselines.bag_of_words:BagOfWords"},
)
