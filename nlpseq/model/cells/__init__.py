"""Recurrent cells: (input, state) -> (output, state). One file each, one line in the table."""

from nlpseq.registry import Registry

CELLS = Registry(
    "nlpseq.cells",
    {
        "lstm": "nlpseq.model.cells.lstm:LSTMCell",
        "gru": "nlpseq.model.cells.gru:GRUCell",
        "peephole_lstm": "nlpseq.model.cells.peephole_lstm:PeepholeLSTMCell",
        "layer_norm_lstm": "nlpseq.model.cells.layer_norm_lstm:LayerNormLSTMCell",
    },
)
