"""The decoder whose training step is a handful of large kernels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nlpseq.model.attention.protocol import Memory
from nlpseq.model.decoders.protocol import Decoded, Decoder, DecoderState
from nlpseq.model.dropout import variational_dropout


class FusedDecoder(Decoder):
    """Looks at the source before each layer, by what is known so far, and before its output.

    ::

        h_0   = words
        c_n   = attention(h_(n-1), memory)      of words by Q h_0
        h_n   = LSTM_n([h_(n-1); c_n])
        c     = attention(h_last, memory)
        out   = tanh(W [h_last; c])

    Nothing that a step puts out feeds the next one but the word itself, so whole sequences go
    through one kernel after the other; in search the same weights are stepped. The first look,
    by a word alone, finds where that stands in the source: what a decoder that reads its own last
    output (Luong et al. 2015) is told by it.
    """

    def __init__(self, word_size: int, memory_size: int, settings: Any = None) -> None:
        super().__init__(word_size, memory_size, settings)
        self.query = nn.Linear(word_size, self.settings.width)

    def input_sizes(self, word_size: int, memory_size: int) -> list[int]:
        known = [word_size] + [self.settings.width] * (self.settings.layers - 1)
        return [size + memory_size for size in known]

    def forward(self, words: Tensor, mask: Tensor, memory: Memory, state: DecoderState) -> Decoded:
        hidden, query = words, self.query(words)
        for layer, start in zip(self.cells, state.cells, strict=True):
            read = torch.cat([hidden, self.attention(query, memory).context], -1)
            query = hidden = layer.unroll(self._dropped(read), start, mask)
        context, weights = self.attention(query, memory)
        return Decoded(self._dropped(self.attentional(hidden, context)), weights)

    def step(
        self, words: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Decoded, DecoderState]:
        hidden, query, cells = words, self.query(words), []
        for layer, before in zip(self.cells, state.cells, strict=True):
            read = torch.cat([hidden, self.attention(query, memory).context], -1)
            outputs, after = layer(read.flatten(0, 1), before)
            query = hidden = outputs.view(*words.shape[:2], -1)
            cells.append(after)
        context, weights = self.attention(query, memory)
        outputs = self.attentional(hidden, context)
        return Decoded(outputs, weights), state._replace(cells=tuple(cells))

    def _dropped(self, inputs: Tensor) -> Tensor:
        return variational_dropout(inputs, self.settings.dropout, training=self.training)
