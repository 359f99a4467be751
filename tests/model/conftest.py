"""Tiny encoder-decoders of every kind, and batches for them."""

import contextlib
import itertools

import pytest
import torch
from torch.testing import assert_close

from nlpseq.config import Layer
from nlpseq.data.batches import Batch, Held, collate, pad
from nlpseq.model.attention import ATTENTION
from nlpseq.model.cells import CELLS
from nlpseq.model.decoders import DECODERS
from nlpseq.model.seq2seq import Seq2Seq
from nlpseq.settings import resolve
from nlpseq.text.vocabulary import SPECIAL, Unknown, Vocabulary

WORDS = Vocabulary([*SPECIAL, *"abcdefgh"], [1] * 12)
SOURCES = [[4, 5, 12, 6], [7, 8], [13, 12, 4, 9, 10]]
TARGETS = [[5, 12, 7], [4], [6, 7, 8, 9]]
MEMBERS = {  # decoder, attention, cell of the encoder, cell of the decoder
    "-".join(members): members
    for members in [
        *itertools.product(DECODERS, ATTENTION, ["lstm"], ["lstm"]),
        *itertools.product(DECODERS, ["general"], CELLS, ["lstm"]),
        *itertools.product(DECODERS, ["general"], ["lstm"], CELLS),
    ]
}


def make_settings(*members, encoder=None, decoding=None, **given):
    decoder, attention, reads, writes = members or ("fused", "general", "lstm", "lstm")
    member = {"name": decoder, "width": 16, "layers": 2, "cell": {"name": writes}}
    member |= {"attention": {"name": attention}, **(decoding or {})}
    encoder = {"width": 8, "layers": 2, "cell": {"name": reads}, **(encoder or {})}
    model = {"name": "seq2seq", "embedding": {"width": 16}, "encoder": encoder, "decoder": member}
    return resolve([Layer("test", {"model": model | given})]).model.settings


def make_model(*members, words=WORDS, **given):
    torch.manual_seed(0)
    vocabularies = {"source": words, "target": words}
    return Seq2Seq.build(make_settings(*members, **given), vocabularies).eval()


def make_sure(*members, seed=0, **given):
    """A model with weights as large as if it had learned something: some words stand out."""
    model = make_model(*members, **given)
    torch.manual_seed(seed)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    return model


def make_batch(rows=(0, 1, 2), padding=0):
    held = Held({"source": SOURCES, "target": TARGETS}, Unknown(len(WORDS), ["x", "y"]))
    found = collate(held, list(rows))
    columns = {
        name: pad([ids[mask].tolist() for ids, mask in zip(*column, strict=True)],
                  column.ids.shape[1] + padding)
        for name, column in found.columns.items()
    }  # fmt: skip
    return Batch(columns, found.rows, found.unknown)


def belongings(model):
    """Each attribute of each part, and what stands in those that hold several things."""
    found = {}
    for name, part in model.named_modules():
        for key, value in vars(part).items():
            several = isinstance(value, list | tuple | set) and enumerate(value)
            inner = value.items() if isinstance(value, dict) else several or ()
            found |= {(name, key): value} | {(name, key, at): each for at, each in inner}
    return found


@contextlib.contextmanager
def left_as_it_is(model):
    """A block after which a model must hold the same things, and its tensors the same numbers."""
    before = belongings(model)
    numbers = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    yield
    after = belongings(model)
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] is not before[name]] == []
    assert_close(dict(model.state_dict()), numbers, atol=0, rtol=0)


@pytest.fixture(params=MEMBERS.values(), ids=MEMBERS)
def members(request):
    return request.param


@pytest.fixture(scope="session")
def settings():
    return make_settings


@pytest.fixture(scope="session")
def build():
    return make_model


@pytest.fixture(scope="session")
def sure():
    return make_sure


@pytest.fixture(scope="session")
def untouched():
    return left_as_it_is


@pytest.fixture(scope="session")
def batch():
    return make_batch
