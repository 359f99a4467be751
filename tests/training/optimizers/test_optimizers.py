"""Optimisers against their formulas in NumPy, and what holds for every one of them."""

import numpy as np
import pytest
import torch
from torch import nn

from nlpseq.config import NoSettings, read
from nlpseq.errors import PluginError, SettingError
from nlpseq.training.optimizers import OPTIMIZERS
from nlpseq.training.optimizers.protocol import check


def make(name, parameters, **settings):
    cls = OPTIMIZERS[name]
    return cls(parameters, read(cls.Settings, settings))


@pytest.fixture(params=list(OPTIMIZERS))
def name(request):
    return request.param


def test_a_quadratic_is_lowered_to_its_minimum(name):
    target = torch.tensor([1.0, -2.0, 0.5])
    weight = nn.Parameter(torch.zeros(3))
    optimizer = make(
        name, [weight], learning_rate=0.02, **({"decay": 0.0} if name == "adamw" else {})
    )
    for _ in range(500):
        optimizer.zero_grad()
        (weight - target).square().sum().backward()
        optimizer.step()
    torch.testing.assert_close(weight.data, target, atol=0.02, rtol=0)


class WithoutRate(torch.optim.SGD):
    Settings = NoSettings


class NoDataclass(torch.optim.SGD):
    class Settings:
        learning_rate = 0.1


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (nn.Linear, "expected a subclass of torch's Optimizer"),
        (WithoutRate, "NoSettings.*with a learning_rate"),
        (NoDataclass, "expected a dataclass"),
        (torch.optim.SGD, "SGD: found None"),
    ],
)
def test_what_is_no_optimiser_of_ours_is_refused(member, message):
    with pytest.raises(PluginError, match=message):
        check("optimizer 'x' (a plugin 1.0)", member)


def test_the_learning_rate_of_the_settings_is_the_one_of_the_optimizer(name):
    weight = nn.Parameter(torch.zeros(3))
    assert [group["lr"] for group in make(name, [weight], learning_rate=0.125).param_groups] == [
        0.125
    ]


def test_a_learning_rate_of_nought_changes_nothing(name):
    weight = nn.Parameter(torch.ones(3))
    optimizer = make(name, [weight], learning_rate=0)
    weight.grad = torch.ones(3)
    optimizer.step()
    assert weight.data.tolist() == [1, 1, 1]


BETAS = {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}


def adam(w, gradients, rate, decay=0.0):
    b1, b2, epsilon = BETAS.values()
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, 1):
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
        w = w - rate * (m_hat / (np.sqrt(v_hat) + epsilon) + decay * w)
    return w


def rmsprop(w, gradients, rate, momentum=0.0):
    v, step = np.zeros_like(w), np.zeros_like(w)
    for g in gradients:
        v = 0.9 * v + 0.1 * g**2
        step = momentum * step + g / (np.sqrt(v) + 1e-3)
        w = w - rate * step
    return w


def sgd(w, gradients, rate, momentum=0.0, *, nesterov=False):
    m = np.zeros_like(w)
    for g in gradients:
        m = momentum * m + g
        w = w - rate * (momentum * m + g if nesterov else m)
    return w


FORMULAS = [
    ("adam", BETAS, adam, {}),
    ("adamw", {**BETAS, "decay": 0.3}, adam, {"decay": 0.3}),
    ("adamw", {**BETAS, "decay": 0}, adam, {}),
    ("rmsprop", {"alpha": 0.9, "epsilon": 1e-3}, rmsprop, {}),
    ("rmsprop", {"alpha": 0.9, "epsilon": 1e-3, "momentum": 0.6}, rmsprop, {"momentum": 0.6}),
    ("sgd", {"momentum": 0}, sgd, {}),
    ("sgd", {"momentum": 0.7}, sgd, {"momentum": 0.7}),
    ("sgd", {"momentum": 0.7, "nesterov": True}, sgd, {"momentum": 0.7, "nesterov": True}),
]


@pytest.mark.parametrize(("name", "settings", "formula", "options"), FORMULAS)
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_steps_are_those_of_the_formula(name, settings, formula, options, steps):
    generator = np.random.default_rng(0)
    start, gradients = generator.normal(size=(2, 3)), generator.normal(size=(steps, 2, 3))
    weight = nn.Parameter(torch.from_numpy(start.copy()))
    optimizer = make(name, [weight], learning_rate=0.05, **settings)
    for gradient in gradients:
        weight.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
    expected = formula(start, gradients, 0.05, **options)
    np.testing.assert_allclose(weight.detach().numpy(), expected, rtol=1e-9)


def test_the_formula_of_every_optimizer_is_tried():
    assert {case[0] for case in FORMULAS} == set(OPTIMIZERS)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("sgd", {"nesterov": True, "momentum": 0}, "nesterov needs a momentum above 0"),
        ("sgd", {"momentum": 1.5}, "momentum: found 1.5, expected at most 1"),
        ("adam", {"beta1": 1}, "beta1: found 1.0, expected at most 0.9999"),
        ("adam", {"epsilon": 0}, "epsilon: found 0.0, expected at least 1e-16"),
        ("adam", {"decay": 0.1}, "unknown setting decay"),
        ("adamw", {"decay": -1}, "decay: found -1.0, expected at least 0"),
        ("rmsprop", {"alpha": 1}, "alpha: found 1.0, expected at most 0.999999"),
    ],
)
def test_settings_that_cannot_be_are_refused(name, settings, message):
    with pytest.raises(SettingError, match=message):
        read(OPTIMIZERS[name].Settings, settings)


def test_a_negative_learning_rate_is_refused(name):
    with pytest.raises(SettingError, match="learning_rate: found -1.0, expected at least 0"):
        read(OPTIMIZERS[name].Settings, {"learning_rate": -1})
