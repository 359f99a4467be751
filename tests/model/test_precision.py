"""Fewer bits, in training and in answers: nearly the same, over every cell, attention, decoder."""

import subprocess
import sys

import pytest
import torch
from torch.nn.functional import cosine_similarity
from torch.testing import assert_close

from nlpseq.errors import SettingError
from nlpseq.model.precision import lowered
from nlpseq.search import Search
from nlpseq.settings import SearchSettings
from nlpseq.training.precision import computing, fastest

LOW = {"bf16": 0.02, "int8": 0.05}  # how far a log-probability may be off
CPU = torch.device("cpu")


@pytest.mark.parametrize("precision", LOW)
@pytest.mark.parametrize("given", [{}, {"copying": True, "tied": "three_way"}])
def test_answers_in_fewer_bits_are_nearly_those_of_all(members, precision, given, build, batch):
    model = build(*members, **given)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    low = lowered(model, precision)
    exact, near = model.log_probs(batch()), low.log_probs(batch())
    assert_close(near, exact, atol=LOW[precision], rtol=LOW[precision])
    assert not torch.equal(near, exact)  # or nothing was computed in fewer bits
    assert_close(dict(model.state_dict()), before, atol=0, rtol=0)


@pytest.mark.parametrize("precision", LOW)
@pytest.mark.parametrize("method", ["greedy", "beam", "sampling"])
def test_every_search_goes_through_weights_in_fewer_bits(precision, method, members, sure, batch):
    low = lowered(sure(*members), precision)
    found = low.predict(batch(), Search(SearchSettings(method=method, max_length=8)))
    assert [len(each.tokens) <= 8 for each in found] == [True] * 3


def test_products_are_those_of_rounded_numbers(build, batch):
    generator = torch.Generator().manual_seed(1)
    rows, weight = (torch.randn(n, 24, generator=generator) for n in (5, 7))
    layer = torch.nn.Linear(24, 7)
    layer.weight.data = weight
    scales = [each.abs().amax(1, keepdim=True) / 127 for each in (rows, weight)]
    whole = [(each / scale).round() for each, scale in zip((rows, weight), scales, strict=True)]
    product = whole[0] @ whole[1].t() * scales[0] * scales[1].t()
    assert_close(lowered(layer, "int8")(rows), product + layer.bias, atol=1e-5, rtol=1e-5)
    product = (rows.bfloat16() @ weight.bfloat16().t()).float()
    assert_close(lowered(layer, "bf16")(rows), product + layer.bias, atol=1e-5, rtol=1e-5)


def test_rows_of_zeros_have_products_of_zero():
    layer = lowered(torch.nn.Linear(8, 4, bias=False), "int8")
    assert_close(layer(torch.zeros(2, 3, 8)), torch.zeros(2, 3, 4))


def test_tied_weights_stay_tied(build):
    low = lowered(build(tied="three_way"), "int8")
    assert low.embeddings()["source"].table.weight is low.embeddings()["target"].table.weight
    assert len(low.state_dict()) == len(build(tied="three_way").state_dict())


@pytest.mark.parametrize("given", [{}, {"copying": True}, {"decoding": {"coverage": 0.5}}])
def test_training_in_bf16_goes_down_nearly_the_same_gradient(members, given, build, batch):
    found, losses = [], []
    for precision in ("fp32", "bf16"):
        model = build(*members, label_smoothing=0.1, **given)
        with computing(precision, CPU):
            sums = model.objective(batch())
        assert sums.loss.dtype == torch.float32
        sums.loss.backward()
        assert {parameter.grad.dtype for parameter in model.parameters()} == {torch.float32}
        found.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
        losses.append(sums.loss)
    assert_close(losses[1], losses[0], atol=0, rtol=0.02)
    assert cosine_similarity(*found, dim=0) > 0.995
    assert not torch.equal(*found)


def test_what_else_a_machine_does_decides_no_precision():
    now_and_then = (
        "import time\nwhile True:\n if time.time() % 0.03 < 0.015: continue\n time.sleep(0.01)"
    )
    busy = [subprocess.Popen([sys.executable, "-c", now_and_then]) for _ in range(8)]
    try:
        found = {fastest.__wrapped__(CPU) for _ in range(20)}
    finally:
        for child in busy:
            child.kill()
            child.wait()
    assert found == {fastest(CPU)}


def test_int8_is_of_processors():
    model = torch.nn.Linear(2, 2, device="meta")
    with pytest.raises(SettingError, match="found 'int8' on meta, expected it on cpu; use bf16"):
        lowered(model, "int8")
