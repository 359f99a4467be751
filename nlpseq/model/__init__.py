"""Models: ids -> scores. One file per kind of model, one line each in the table."""

from nlpseq.registry import Registry

MODELS = Registry(
    "nlpseq.models",
    {
        "labeller": "nlpseq.model.labeller:Labeller",
        "seq2seq": "nlpseq.model.seq2seq:Seq2Seq",
    },
)
