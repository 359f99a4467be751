"""The decoder whose training step is a handful of large kernels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from nlpseq.config import setting
from nlpseq.model.attention.protocol import Memory, Reading
from nlpseq.model.decoders.protocol import Decoded, Decoder, DecoderSettings, DecoderState
from nlpseq.model.dropout import variational_dropout


@dataclass(frozen=True)
class FusedSettings(DecoderSettings):
    """Of the decoder whose training step is a handful of large kernels."""

    look_again: bool = setting(
        False, "the last layer looks at the source too, knowing what was looked at before"
    )


class FusedDecoder(Decoder):
    """Reads all words, then looks at the source for all steps at once, then goes on.

    ::

        h_1   = LSTM_1(words)
        c     = attention(h_1, memory)
        h_n   = LSTM_n([h_(n-1); c])        for each further layer
        c     = attention(h_last, memory)   with look_again
        out   = tanh(W [h_last; c])

    Nothing that a step puts out feeds the next one but the word itself, so whole sequences go
    through one kernel after the other; in search the same weights are stepped. What was looked
    at before is known to all layers but the first: with ``look_again`` the last look depends on
    it, as it does where the output is read again.
    """

    Settings = FusedSettings

    def input_sizes(self, word_size: int, memory_size: int) -> list[int]:
        settings = self.settings
        return [word_size] + [settings.width + memory_size] * (settings.layers - 1)

    def forward(self, words: Tensor, mask: Tensor, memory: Memory, state: DecoderState) -> Decoded:
        first, *others = self.cells
        hidden = first.unroll(self._dropped(words), state.cells[0], mask)
        reading = self.attention(hidden, memory)
        for layer, start in zip(others, state.cells[1:], strict=True):
            read = self._dropped(torch.cat([hidden, reading.context], -1))
            hidden = layer.unroll(read, start, mask)
        context, weights = self._last_look(hidden, memory, reading)
        outputs = self.attentional(hidden, context)
        return Decoded(self._dropped(outputs), weights)

    def step(
        self, words: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Decoded, DecoderState]:
        first, *others = self.cells
        shape = words.shape[:2]
        hidden, after = first(words.flatten(0, 1), state.cells[0])
        reading = self.attention(hidden.view(*shape, -1), memory)
        states, flat = [after], reading.context.flatten(0, 1)
        for layer, before in zip(others, state.cells[1:], strict=True):
            hidden, after = layer(torch.cat([hidden, flat], -1), before)
            states.append(after)
        hidden = hidden.view(*shape, -1)
        context, weights = self._last_look(hidden, memory, reading)
        outputs = self.attentional(hidden, context)
        return Decoded(outputs, weights), state._replace(cells=tuple(states))

    def _last_look(self, hidden: Tensor, memory: Memory, first: Reading) -> Reading:
        """What is put out of the source, by the last layer's ``hidden`` [B, T, H]."""
        again = self.settings.look_again and len(self.cells) > 1
        found: Reading = self.attention(hidden, memory) if again else first
        return found

    def _dropped(self, inputs: Tensor) -> Tensor:
        return variational_dropout(inputs, self.settings.dropout, training=self.training)
