import numpy as np
import pytest
import torch
from torch.testing import assert_close

from nlpseq.model.embedding import Embedding, EmbeddingSettings
from nlpseq.text.vocabulary import BOS_ID, PAD_ID, UNK_ID

IDS = torch.tensor([[5, 6, 7, PAD_ID]])


def build(**given):
    torch.manual_seed(0)
    return Embedding(10, EmbeddingSettings(width=8, **given))


def test_padding_is_zero_and_learns_nothing():
    embedding = build(dropout=0.0)
    embedding(IDS).sum().backward()
    assert embedding.table.weight[PAD_ID].eq(0).all()
    assert embedding.table.weight.grad[PAD_ID].eq(0).all()


def test_vectors_start_the_rows_that_were_found_and_keep_their_directions():
    embedding = build()
    before = embedding.table.weight.detach().clone()
    matrix = np.random.default_rng(0).normal(3, 2, (10, 8)).astype(np.float32)
    found = np.array([False] * 4 + [True] * 5 + [False])
    embedding.start(matrix, found)
    after = embedding.table.weight.detach()
    assert_close(after[9], before[9])
    assert_close(after[UNK_ID], before[UNK_ID])
    ratio = after[4:9] / torch.from_numpy(matrix[4:9])
    assert_close(ratio, ratio[:1, :1].expand_as(ratio))
    assert after[4:9].std().item() == pytest.approx(0.5, rel=1e-3)


def test_normalised_vectors_are_read_at_one_length_whatever_the_table_holds():
    plain, normalised = build(dropout=0.0), build(dropout=0.0, normalised=True)
    for size in (1.0, 1000.0, 0.01):
        normalised.table.weight.data = size * plain.table.weight.data
        found, table = normalised(IDS)[0], plain(IDS)[0]
        assert_close(found[:3], table[:3] / table[:3].square().mean(-1, keepdim=True).sqrt())
        assert found[3].eq(0).all()


def test_frozen_vectors_get_no_gradient_until_they_are_tuned():
    embedding = build(dropout=0.0)
    embedding.freeze(True)
    assert not embedding(IDS).requires_grad
    embedding.freeze(False)
    assert embedding(IDS).requires_grad


def test_word_dropout_reads_words_as_unknown_only_in_training():
    embedding = build(dropout=0.0, word_dropout=0.5)
    many = torch.full((50, 40), 7)
    unknown = embedding.table.weight[UNK_ID]
    share = (embedding(many) == unknown).all(-1).float().mean().item()
    assert share == pytest.approx(0.5, abs=0.05)
    assert embedding(torch.full((9, 9), PAD_ID)).eq(0).all()
    assert not (embedding(torch.full((9, 9), BOS_ID)) == unknown).all(-1).any()
    assert not (embedding.eval()(many) == unknown).all(-1).any()
