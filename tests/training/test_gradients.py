"""Penalties and clipping by their formulas, and a watch that sees what goes wrong."""

import re

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from nlpseq.data.batches import Held, collate
from nlpseq.model.protocol import Model, Sums
from nlpseq.training.gradients import Watch, clip, penalty, trained, watch


@pytest.fixture
def layers():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).double()


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.3), (0.1, 0.3)])
def test_the_penalty_is_that_of_the_formula_and_so_is_its_gradient(layers, l1, l2):
    found = penalty(layers.parameters(), l1, l2)
    weights = [layer.weight for layer in layers]
    expected = sum(l1 * w.abs().sum() + l2 / 2 * (w**2).sum() for w in weights)
    assert_close(found, expected)
    found.backward()
    for layer in layers:
        assert_close(layer.weight.grad, l1 * layer.weight.sign() + l2 * layer.weight)
        assert layer.bias.grad is None


def test_without_weights_or_rates_there_is_no_penalty(layers):
    assert penalty(layers.parameters(), 0, 0) is None
    assert penalty([layers[0].bias], 1.0, 1.0) is None
    assert penalty([], 1.0, 1.0) is None


def gradients(layers, factor=1.0):
    layers.zero_grad()
    layers(torch.ones(5, 3, dtype=torch.float64)).mul(factor).sum().backward()
    return torch.cat([p.grad.flatten() for p in layers.parameters()])


@pytest.mark.parametrize("count", [1.0, 4.0])
@pytest.mark.parametrize("longest", [0.0, 0.1, 1e9])
def test_a_summed_gradient_becomes_a_mean_of_limited_length(layers, count, longest):
    parameters = [*layers.parameters(), nn.Parameter(torch.ones(1))]
    mean = gradients(layers) / count
    norm = clip(parameters, count, longest)
    found = torch.cat([p.grad.flatten() for p in layers.parameters()])
    assert norm == pytest.approx(mean.norm().item())
    assert_close(found, mean * (min(1.0, longest / norm) if longest else 1.0))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_gradient_that_is_no_number_shows_in_its_norm(layers, bad):
    gradients(layers)
    next(layers.parameters()).grad[0] = bad
    assert not torch.isfinite(torch.tensor(clip(list(layers.parameters()), 1.0, 1.0)))


def test_only_what_learns_is_trained(layers):
    layers[0].requires_grad_(False)
    assert trained(layers) == list(layers[1].parameters())


@pytest.mark.parametrize(
    ("layers", "steps", "words"),
    [
        ({"a": 1.0, "b": 0.1}, (1.0, 0.5, 0.1), []),
        ({}, (), []),
        ({"a": 0.0, "b": 0.1}, (), []),
        ({"a": float("nan"), "b": 1.0}, (1.0,), ["gradients are not finite"]),
        ({"a": 1.0, "b": float("inf")}, (1.0,), ["gradients are not finite"]),
        ({"a": 10.0, "b": 5000.0}, (), [r"gradients explode \(norm 5000 in b\)"]),
        ({"a": 1e-9, "b": 0.0}, (), ["gradients have vanished everywhere"]),
        ({"a": 1.0}, (1e-9, 1e-9, 1.0), [r"gradients vanish through time \(2 of 3 steps"]),
        ({"a": 1.0}, (1e-9, 1.0, 1.0), []),
        ({"a": 2e3}, (0.0, 0.0, 1.0), ["gradients explode", "gradients vanish through time"]),
    ],
)
def test_the_watch_says_in_words_what_is_wrong(layers, steps, words):
    found = Watch(layers, steps).words()
    assert len(found) == len(words)
    assert all(re.match(word, line) for word, line in zip(words, found, strict=True))


class Echo(Model):
    """h' = keep * h + x over the source, judged by the last h: its gradient fades as keep^t."""

    def __init__(self, keep, gain=1.0):
        super().__init__()
        self.table = nn.Embedding(9, 4)
        self.output = nn.Linear(4, 2)
        self.keep, self.gain = keep, gain

    def embeddings(self):
        return {"source": self.table}

    def objective(self, batch):
        words, mask = batch.source
        inputs, hidden = self.table(words), torch.zeros(len(words), 4)
        for step in range(words.shape[1]):
            moved = self.keep * hidden + inputs[:, step]
            hidden = torch.where(mask[:, step : step + 1], moved, hidden)
        return Sums((self.output(hidden) * self.gain).sum(), torch.tensor(float(len(words))))


@pytest.fixture
def batch():
    return collate(Held({"source": [[1, 2, 3, 4, 5, 6, 7, 8], [3, 4, 5, 6, 7, 8]]}), [0, 1])


def echo(keep, gain=1.0):
    torch.manual_seed(0)
    return Echo(keep, gain)


def test_a_healthy_model_has_nothing_said_of_it(batch):
    assert watch(echo(1.0), batch).words() == []


def test_the_gradient_through_time_is_that_of_the_recurrence(batch):
    model = echo(0.5)
    found = watch(model, batch).steps
    last = float(model.output.weight.detach().sum(0).norm()) / 2  # of the mean over two texts
    assert len(found) == 8
    ages = [(7, 5), (6, 4), (5, 3), (4, 2), (3, 1), (2, 0), (1,), (0,)]  # of the two texts
    expected = [last * sum(0.5**age for age in both) / len(both) for both in ages]
    assert found == pytest.approx(expected)


def test_layers_are_watched_by_the_norm_of_all_their_parameters(batch):
    model = echo(0.5)
    found = watch(model, batch).layers
    loss, count = model.objective(batch)
    (loss / count).backward()
    for name, layer in (("table", model.table), ("output", model.output)):
        whole = torch.cat([p.grad.flatten() for p in layer.parameters()])
        assert found[name] == pytest.approx(float(whole.norm()))


@pytest.mark.parametrize(
    ("keep", "gain", "words"),
    [
        (1e-5, 1.0, "gradients vanish through time"),
        (1.0, 1e5, "gradients explode"),
        (1.0, 1e-12, "gradients have vanished everywhere"),
        (1.0, float("nan"), "gradients are not finite"),
        (1e20, 1.0, "gradients are not finite"),
    ],
)
def test_a_sick_model_is_found_out(batch, keep, gain, words):
    found = watch(echo(keep, gain), batch).words()
    assert any(line.startswith(words) for line in found), found


def test_frozen_vectors_are_watched_through_all_the_same(batch):
    model = echo(0.5)
    model.table.requires_grad_(False)
    found = watch(model, batch)
    assert len(found.steps) == 8
    assert set(found.layers) == {"output"}


def test_a_watch_leaves_the_model_as_it_was(batch):
    model = echo(0.5)
    model.objective(batch).loss.backward()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    watch(model, batch)
    assert_close(model.state_dict(), before, rtol=0, atol=0)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model.table._forward_hooks
    assert model.table(torch.tensor([1])).requires_grad


def test_a_watch_that_fails_leaves_no_hooks(batch):
    model = echo(0.5)
    model.output = None
    with pytest.raises(TypeError):
        watch(model, batch)
    assert not model.table._forward_hooks
