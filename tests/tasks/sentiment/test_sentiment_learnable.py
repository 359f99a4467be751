"""What a bag of words cannot learn from the made-up sample, a small LSTM can: the point of it."""

import re

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from nlpseq_tasks.sentiment.sample import parts


class Reader(nn.Module):
    """A bidirectional LSTM of 64, whose two last states say how good a text is."""

    def __init__(self, vocabulary_size):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, 64)
        self.lstm = nn.LSTM(64, 64, bidirectional=True)
        self.output = nn.Linear(128, 1)

    def forward(self, rows):
        embedded = pack_sequence([self.embedding(row) for row in rows], enforce_sorted=False)
        _, (hidden, _) = self.lstm(embedded)
        return self.output(torch.cat([*hidden], dim=-1)).squeeze(-1)


def encoded(sample):
    """Ids and labels of each part."""
    words = {}
    for part, rows in sample.items():
        tokens = (re.findall(r"\w+|[^\w\s]", text.lower()) for text, _ in rows)
        ids = [torch.tensor([words.setdefault(word, len(words)) for word in row]) for row in tokens]
        sample[part] = ids, torch.tensor([float(label == "positive") for _, label in rows])
    return len(words), sample


@pytest.mark.slow
def test_a_small_lstm_passes_95_percent_in_six_epochs():
    torch.manual_seed(1)
    size, sample = encoded(parts())
    model = Reader(size)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    texts, labels = sample["train"]
    for _ in range(6):
        for batch in torch.randperm(len(texts)).split(32):
            loss = nn.functional.binary_cross_entropy_with_logits(
                model([texts[row] for row in batch]), labels[batch]
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    texts, labels = sample["test"]
    with torch.no_grad():
        right = (model(texts) > 0).float() == labels
    assert right.float().mean() > 0.95
