"""A translation model as tutorials write it, to hold ours against.

The model is that of Bahdanau, Cho & Bengio (2015) with the input feeding of Luong, Pham &
Manning (2015), in the form of PyTorch's own tutorial: a packed ``nn.LSTM`` reads the source, a
Python loop takes the decoder through the target word by word, and cross-entropy is taken of the
logits of all words at all steps, padding left out. Everything is in fp32 and as the framework's
defaults have it. How it is searched is in :mod:`benchmarks.textbook_search`.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nlpseq.data.batches import Corpus, Rows, pad
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, UNK_ID

State = tuple[Tensor, Tensor]  # hidden and memory, each [layers, B, H]


class Widths(NamedTuple):
    """Of the standard setting, unless said otherwise."""

    words: int = 8000
    embedding: int = 512
    encoder: int = 256  # of each direction
    decoder: int = 512
    layers: int = 2
    dropout: float = 0.3


class Encoder(nn.Module):
    """Reads the source in both directions."""

    def __init__(self, w: Widths) -> None:
        super().__init__()
        self.embedding = nn.Embedding(w.words, w.embedding, padding_idx=PAD_ID)
        self.dropout = nn.Dropout(w.dropout)
        self.lstm = nn.LSTM(
            w.embedding,
            w.encoder,
            num_layers=w.layers,
            dropout=w.dropout if w.layers > 1 else 0.0,
            bidirectional=True,
            batch_first=True,
        )
        self.bridge = nn.Linear(2 * w.encoder, w.decoder)

    def forward(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [B, S, 2H] of ``source`` [B, S], and a start [B, D] for the decoder."""
        embedded = self.dropout(self.embedding(source))
        lengths = (source != PAD_ID).sum(1).cpu()
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        packed_outputs, (hidden, _) = self.lstm(packed)
        outputs, _ = pad_packed_sequence(
            packed_outputs, batch_first=True, total_length=source.shape[1]
        )
        ends = torch.cat([hidden[-2], hidden[-1]], dim=1)
        return outputs, torch.tanh(self.bridge(ends))


class Attention(nn.Module):
    """``v . tanh(W q + U k)``, computed anew at every step."""

    def __init__(self, query: int, key: int) -> None:
        super().__init__()
        self.project_query = nn.Linear(query, query)
        self.project_key = nn.Linear(key, query)
        self.score = nn.Linear(query, 1)

    def forward(self, query: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """What ``query`` [B, Q] finds in ``keys`` [B, S, K]; the context [B, K]."""
        inner = torch.tanh(self.project_query(query.unsqueeze(1)) + self.project_key(keys))
        scores = self.score(inner).squeeze(2).masked_fill(~mask, float("-inf"))
        weights = functional.softmax(scores, dim=1)
        return torch.bmm(weights.unsqueeze(1), keys).squeeze(1)


class Decoder(nn.Module):
    """One word at a time, its last output fed in beside the word."""

    def __init__(self, w: Widths) -> None:
        super().__init__()
        self.embedding = nn.Embedding(w.words, w.embedding, padding_idx=PAD_ID)
        self.dropout = nn.Dropout(w.dropout)
        self.lstm = nn.LSTM(
            w.embedding + w.decoder,
            w.decoder,
            num_layers=w.layers,
            dropout=w.dropout if w.layers > 1 else 0.0,
            batch_first=True,
        )
        self.attention = Attention(w.decoder, 2 * w.encoder)
        self.merge = nn.Linear(w.decoder + 2 * w.encoder, w.decoder)
        self.output = nn.Linear(w.decoder, w.words)

    def forward(
        self, words: Tensor, fed: Tensor, state: State, memory: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, State]:
        """Logits [B, V] after ``words`` [B], what to feed in next [B, D], and the state."""
        keys, mask = memory
        embedded = self.dropout(self.embedding(words))
        inputs = torch.cat([embedded, fed], dim=1).unsqueeze(1)
        outputs, state = self.lstm(inputs, state)
        hidden = outputs.squeeze(1)
        context = self.attention(hidden, keys, mask)
        fed = self.dropout(torch.tanh(self.merge(torch.cat([hidden, context], dim=1))))
        return self.output(fed), fed, state


class Textbook(nn.Module):
    """Encoder, decoder, and the loop over the target."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.layers = widths.layers
        self.encoder = Encoder(widths)
        self.decoder = Decoder(widths)

    def start(self, source: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor, State]:
        """Memory, the output fed in first, and the first state."""
        outputs, first = self.encoder(source)
        hidden = first.unsqueeze(0).repeat(self.layers, 1, 1)
        memory = outputs, source != PAD_ID
        return memory, torch.zeros_like(first), (hidden, torch.zeros_like(hidden))

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits [B, T, V] after each word of ``target`` [B, T]."""
        memory, fed, state = self.start(source)
        logits = []
        for step in range(target.shape[1]):
            scores, fed, state = self.decoder(target[:, step], fed, state, memory)
            logits.append(scores)
        return torch.stack(logits, dim=1)

    def loss(self, source: Tensor, target: Tensor) -> Tensor:
        """Mean cross-entropy of ``target`` [B, T], which goes from <bos> to <eos>."""
        logits = self(source, target[:, :-1])
        return functional.cross_entropy(
            logits.reshape(-1, logits.shape[-1]), target[:, 1:].reshape(-1), ignore_index=PAD_ID
        )


def pair_of(corpus: Corpus, rows: Rows, words: int) -> tuple[Tensor, Tensor]:
    """Source [B, S] and target [B, T] of some rows, padded to the longest of them."""
    ended = [[BOS_ID, *row, EOS_ID] for row in corpus.ids("target", rows)]
    padded = [pad(part, max(map(len, part))).ids for part in (corpus.ids("source", rows), ended)]
    source, target = (ids.masked_fill(ids >= words, UNK_ID) for ids in padded)
    return source, target


def train_step(
    model: Textbook, optimizer: torch.optim.Optimizer, pair: tuple[Tensor, Tensor]
) -> float:
    """One update on a batch; the loss before it."""
    model.train()
    optimizer.zero_grad()
    loss = model.loss(*pair)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()
