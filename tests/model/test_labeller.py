"""The labeller: what a Model promises, and that it learns an order of words, with every cell."""

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from nlpseq.config import read
from nlpseq.data.batches import Held, collate
from nlpseq.model.cells import CELLS
from nlpseq.model.labeller import Labeller, LabellerSettings
from nlpseq.model.pooling import POOLING
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import Vocabulary

WORDS = Vocabulary.of_tokens({"not": 5, "good": 4, "bad": 3, "very": 2}, size=10)
LABELS = Vocabulary(["minus", "plus"], [30, 10])
NOT, GOOD, BAD, VERY = WORDS.ids(["not", "good", "bad", "very"])
TEXTS = {(GOOD,): 1, (BAD,): 0, (NOT, GOOD): 0, (NOT, BAD): 1, (VERY, GOOD): 1, (VERY, BAD): 0}
TEXTS |= {(NOT, VERY, GOOD): 0, (NOT, VERY, BAD): 1}


def build(**tree):
    torch.manual_seed(0)
    small = {"embedding": {"width": 8}, "encoder": {"width": 8, **tree.pop("encoder", {})}}
    return Labeller.build(
        read(LabellerSettings, {**small, **tree}), {"source": WORDS, "target": LABELS}
    )


def batch(texts=tuple(TEXTS)):
    return collate(
        Held({"source": list(texts), "target": [(TEXTS[text],) for text in texts]}),
        range(len(texts)),
    )


@pytest.fixture(params=list(CELLS))
def model(request):
    return build(encoder={"cell": request.param})


def test_word_order_is_learned(model):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(150):
        optimizer.zero_grad()
        loss, count = model.objective(batch())
        (loss / count).backward()
        optimizer.step()
    found = [p.tokens[0] for p in model.eval().predict(batch(), SearchSettings())]
    assert found == [LABELS.tokens[label] for label in TEXTS.values()]


def test_a_gradient_reaches_every_parameter(model):
    model.objective(batch()).loss.backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None or p.grad.eq(0).all()]
    assert silent == []


@pytest.mark.parametrize("pooling", list(POOLING))
def test_a_neighbour_changes_nothing(pooling):
    model = build(pooling=pooling, encoder={"layers": 2}).eval()
    together = model.predict(batch(), SearchSettings())
    for text, found in zip(TEXTS, together, strict=True):
        (alone,) = model.predict(batch([text]), SearchSettings())
        assert alone.tokens == found.tokens
        assert alone.score == pytest.approx(found.score, abs=1e-5)
        assert alone.attention[0] == pytest.approx(found.attention[0], abs=1e-5)


def test_a_prediction_says_what_stands_behind_it():
    text = (NOT, VERY, GOOD)
    (found,) = build().eval().predict(batch([text]), SearchSettings())
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert list(found.probabilities) == ["minus", "plus"]
    assert found.tokens == (max(found.probabilities, key=found.probabilities.get),)
    assert 2.718281828**found.score == pytest.approx(found.probabilities[found.tokens[0]])
    assert len(found.attention[0]) == len(text)
    assert sum(found.attention[0]) == pytest.approx(1)


def test_the_objective_adds_up_over_batches():
    model = build(class_weights="balanced", label_smoothing=0.1).eval()
    whole = model.objective(batch())
    parts = [model.objective(batch([text])) for text in TEXTS]
    assert_close(sum(part.loss for part in parts), whole.loss)
    assert_close(sum(part.count for part in parts), whole.count)


def test_balanced_labels_weigh_the_same_in_sum():
    model = build(class_weights="balanced").eval()
    assert_close(model.class_weights * torch.tensor([30.0, 10.0]), torch.tensor([20.0, 20.0]))
    scores, _ = model(batch())
    labels = torch.tensor(list(TEXTS.values()))
    loss, count = model.objective(batch())
    assert_close(loss / count, cross_entropy(scores, labels, weight=model.class_weights))


def test_the_shapes_are_those_of_the_weights():
    model = build()
    shapes = model.shapes()
    assert {name: shapes[name] for name in ("output.weight", "output.bias")} == {
        "output.weight": (2, model.encoder.width),
        "output.bias": (2,),
    }
    assert shapes == {n: tuple(t.shape) for n, t in model.named_parameters()}  # no class_weights


@pytest.mark.parametrize("pooling", list(POOLING))
def test_no_call_leaves_anything_behind(pooling, untouched):
    model = build(pooling=pooling, class_weights="balanced")
    with untouched(model):
        model.objective(batch())
    with untouched(model.eval()):
        model.predict(batch(), SearchSettings())
