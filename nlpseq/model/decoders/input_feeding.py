"""The classical decoder, which reads its own last output."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from nlpseq.model.attention.protocol import Memory
from nlpseq.model.decoders.protocol import Decoded, Decoder, DecoderState
from nlpseq.model.dropout import variational_dropout


class InputFeedingDecoder(Decoder):
    """Luong, Pham & Manning (2015), https://arxiv.org/abs/1508.04025, section 3.3.

    ::

        h_t   = LSTM([word_t; out_(t-1)])      all layers
        c_t   = attention(h_t, memory)
        out_t = tanh(W [h_t; c_t])

    With a coverage penalty the weights so far are an input to the attention's score as well,
    by one learned number (See et al. 2017, equation 11, for any attention).
    """

    def __init__(self, word_size: int, memory_size: int, settings: Any = None) -> None:
        super().__init__(word_size, memory_size, settings)
        self.word_size = word_size
        if self.settings.coverage:
            self.weigh_coverage = nn.Parameter(torch.zeros(()))

    def input_sizes(self, word_size: int, memory_size: int) -> list[int]:
        settings = self.settings
        return [2 * word_size] + [settings.width] * (settings.layers - 1)

    def first(self, memory: Memory) -> tuple[Tensor, Tensor]:
        """Zeros: nothing was put out, and nothing looked at."""
        batch, source, _ = memory.values.shape
        output = memory.values.new_zeros(batch, self.word_size)
        return output, memory.values.new_zeros(batch, source if self.settings.coverage else 0)

    def forward(self, words: Tensor, mask: Tensor, memory: Memory, state: DecoderState) -> Decoded:
        masks = self._masks(words)
        steps = []
        for word in torch.split(words, 1, dim=1):
            decoded, state = self._step(word, memory, state, masks)
            steps.append(decoded)
        outputs, weights = (torch.cat(parts, dim=1) for parts in zip(*steps, strict=True))
        return Decoded(outputs * masks[-1].unsqueeze(1) if masks else outputs, weights)

    def step(
        self, words: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Decoded, DecoderState]:
        return self._step(words, memory, state, [])

    def _step(
        self, words: Tensor, memory: Memory, state: DecoderState, masks: list[Tensor]
    ) -> tuple[Decoded, DecoderState]:
        read = torch.cat([words.flatten(0, 1), state.output], -1)
        cells = []
        for number, (layer, before) in enumerate(zip(self.cells, state.cells, strict=True)):
            read, after = layer(read * masks[number] if masks else read, before)
            cells.append(after)
        query, coverage = read.view(*words.shape[:2], -1), state.coverage
        if not self.settings.coverage:
            context, weights = self.attention(query, memory)
        else:
            bias = self.weigh_coverage * coverage.view(*words.shape[:2], -1)
            context, weights = self.attention(query, memory, bias)
            coverage = coverage + weights.flatten(0, 1)
        outputs = self.attentional(query, context)
        after = DecoderState(tuple(cells), outputs.flatten(0, 1), coverage)
        return Decoded(outputs, weights), after

    def _masks(self, words: Tensor) -> list[Tensor]:
        """Variational dropout of each layer's inputs and of the outputs, the same at all steps."""
        share = self.settings.dropout
        if not (self.training and share):
            return []
        sizes = [*(layer.input_size for layer in self.cells), self.word_size]
        ones = (words.new_ones(len(words), 1, size) for size in sizes)
        return [variational_dropout(each, share, training=True).squeeze(1) for each in ones]
