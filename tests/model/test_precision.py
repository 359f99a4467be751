"""Weights made ready for answers, and fewer bits in training: nearly the same, over all members."""

import copy
import itertools
import pickle
import subprocess
import sys
import threading

import pytest
import torch
from torch.nn import functional
from torch.nn.functional import cosine_similarity
from torch.testing import assert_close

from nlpseq.errors import SettingError
from nlpseq.model import precision as answers
from nlpseq.model.cells import CELLS, lstm
from nlpseq.model.precision import PackedBf16Weight, PackedWeight, Ready, ready
from nlpseq.search import Search
from nlpseq.settings import SearchSettings
from nlpseq.text.vocabulary import BOS_ID, EOS_ID
from nlpseq.training import precision as training

LOW = {"bf16": 0.02, "int8": 0.05}  # how far a log-probability may be off
NEAR = {"fp32": 1e-5, **LOW}
CPU = torch.device("cpu")
KINDS = (torch.float32, torch.bfloat16)


@pytest.mark.parametrize("precision", NEAR)
@pytest.mark.parametrize("given", [{}, {"copying": True, "tied": "three_way"}])
def test_answers_of_weights_made_ready_are_nearly_the_same(members, precision, given, build, batch):
    model = build(*members, **given)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    low = ready(model, precision)
    exact, near = model.log_probs(batch()), low.log_probs(batch())
    assert_close(near, exact, atol=NEAR[precision], rtol=NEAR[precision])
    assert low is model or [each for each in low.parameters() if "made_ready" in vars(each)]
    assert precision == "fp32" or not torch.equal(near, exact)  # or all bits were there
    assert_close(dict(model.state_dict()), before, atol=0, rtol=0)


@pytest.mark.parametrize("precision", LOW)
@pytest.mark.parametrize("method", ["greedy", "beam", "sampling"])
def test_every_search_goes_through_weights_in_fewer_bits(precision, method, members, sure, batch):
    model = sure(*members)
    low = ready(model, precision)
    search = Search(SearchSettings(method=method, max_length=8, length_penalty=0.0))
    found = [first for first, *_ in search(low, batch())]
    answers, scores = [each.ids for each in found], torch.tensor([each.score for each in found])
    assert_close(said(low, batch(), answers), scores, atol=1e-5, rtol=1e-5)
    assert (said(model, batch(), answers) - scores).abs().max() > 1e-3


@torch.inference_mode()
def said(model, batch, answers):
    """The log-probabilities of answers and their ends, found step by step, as a search does."""
    state, word, total = model.start(batch), torch.full((3, 1), BOS_ID), torch.zeros(3)
    for step in range(max(map(len, answers)) + 1):
        right = torch.tensor([[*answer, *[EOS_ID] * 9][step] for answer in answers])[:, None]
        log_probs, state, _ = model.step(word, state)
        alive = torch.tensor([step <= len(answer) for answer in answers])
        total += torch.where(alive, log_probs[:, 0].gather(1, right)[:, 0], 0.0)
        word = right
    return total


def test_products_are_those_of_rounded_numbers(build, batch):
    generator = torch.Generator().manual_seed(1)
    rows, weight = (torch.randn(n, 24, generator=generator) for n in (5, 7))
    layer = torch.nn.Linear(24, 7)
    layer.weight.data = weight
    scales = [each.abs().amax(1, keepdim=True) / 127 for each in (rows, weight)]
    whole = [(each / scale).round() for each, scale in zip((rows, weight), scales, strict=True)]
    product = whole[0] @ whole[1].t() * scales[0] * scales[1].t()
    assert_close(ready(layer, "int8")(rows), product + layer.bias, atol=1e-5, rtol=1e-5)
    product = (rows.bfloat16() @ weight.bfloat16().t()).float()
    assert_close(ready(layer, "bf16")(rows), product + layer.bias, atol=1e-5, rtol=1e-5)
    product = rows.double() @ weight.double().t()
    found = ready(layer, "fp32")(rows)
    assert_close(found.double(), product + layer.bias, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("precision", NEAR)
@pytest.mark.parametrize("rows", [0, 1, 2, 63])
@pytest.mark.parametrize("width", [1, 24])
@torch.inference_mode()
def test_any_number_of_rows_is_multiplied_however_they_lie(precision, rows, width):
    layer = torch.nn.Linear(width, 7)
    given = torch.randn(width, 2, rows).permute(2, 1, 0)  # [rows, 2, width], turned around
    assert_close(ready(layer, precision)(given), layer(given), atol=0.05, rtol=0.05)


@pytest.mark.parametrize("precision", NEAR)
def test_a_product_is_asked_for_by_any_names(precision):
    layer, rows = ready(torch.nn.Linear(8, 4), precision), torch.randn(2, 8)
    asked = functional.linear
    for found in (
        asked(rows, layer.weight, bias=layer.bias),
        asked(rows, weight=layer.weight, bias=layer.bias),
        asked(input=rows, weight=layer.weight, bias=layer.bias),
    ):
        assert_close(found, layer(rows), atol=0, rtol=0)
    assert_close(asked(rows, layer.weight, bias=None), layer(rows) - layer.bias)
    assert_close(layer.weight.narrow(0, 0, length=3), layer.weight[:3], atol=0, rtol=0)


@torch.no_grad()
def doubled(layer):
    layer.weight *= 2


@torch.inference_mode()
def halved(layer):
    layer.weight /= 2


def moved(layer):
    layer.weight.data = layer.weight.data + 1


def stepped(layer):
    layer.weight.grad = torch.randn(4, 8)
    torch.optim.Adam(layer.parameters(), lr=1.0).step()


def loaded(layer, **how):
    layer.load_state_dict({"weight": torch.randn(4, 8), "bias": torch.randn(4)}, **how)


def assigned(layer):
    loaded(layer, assign=True)


@pytest.mark.parametrize("precision", NEAR)
@pytest.mark.parametrize("change", [doubled, halved, moved, stepped, loaded, assigned])
@pytest.mark.parametrize("first", [4, 3])
def test_weights_that_change_are_made_ready_anew(precision, change, first):
    layer, rows = torch.nn.Linear(8, 4), torch.randn(2, 8)
    low = Ready(layer, precision)
    for act in (lambda layer: None, change):
        act(layer)
        found = functional.linear(rows, low().weight.narrow(0, 0, first), low().bias[:first])
        assert_close(found, layer(rows)[:, :first], atol=0.1, rtol=0.1)


def test_a_model_that_is_given_more_bits_answers_with_them():
    layer, rows = torch.nn.Linear(8, 4), torch.randn(2, 8, dtype=torch.float64)
    low = Ready(layer, "fp32")
    low()(rows.float())
    layer.double()
    assert_close(low()(rows), layer(rows), atol=0, rtol=0)


@pytest.mark.parametrize("precision", LOW)
def test_weights_are_made_ready_once(precision, monkeypatch):
    kind = type(ready(torch.nn.Linear(8, 4), precision).weight)
    prepare, prepared = kind.prepare, []
    monkeypatch.setattr(
        kind, "prepare", lambda own, weight: prepared.append(weight) or prepare(own, weight)
    )
    low, rows = Ready(torch.nn.Linear(8, 4), precision), torch.randn(2, 8)
    for _ in range(3):
        low()(rows)
        functional.linear(rows, low().weight.narrow(0, 0, 3))
    assert [tuple(weight.shape) for weight in prepared] == [(4, 8), (3, 8)]


@pytest.mark.parametrize("precision", NEAR)
def test_what_is_made_ready_in_a_search_serves_elsewhere(precision):
    layer, rows = ready(torch.nn.Linear(8, 4), precision), torch.randn(2, 8)
    with torch.inference_mode():
        expected = layer(rows)
    assert_close(layer(rows.requires_grad_()).detach(), expected, atol=0, rtol=0)


@pytest.mark.parametrize("precision", NEAR)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_model_that_has_answered_is_copied_and_sent_elsewhere(precision, copied):
    low, rows = Ready(torch.nn.Linear(8, 4), precision), torch.randn(2, 8)
    expected = low()(rows)
    assert_close(copied(low)()(rows), expected, atol=0, rtol=0)


@pytest.mark.parametrize("precision", NEAR)
def test_what_is_no_weight_is_the_model_s_own(precision):
    layer, called = torch.nn.Linear(8, 4), []
    layer.lock = threading.Lock()  # which cannot be copied
    low = ready(layer, precision)
    layer.register_forward_hook(lambda *given: called.append(given))
    low(torch.randn(2, 8))
    assert called
    assert low.lock is layer.lock
    assert low.bias is layer.bias


def test_weights_are_packed_where_the_framework_packs_them():
    layer, elsewhere = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2, device="meta")
    packed = {
        "fp32": (PackedWeight, torch.backends.mkldnn.is_available()),
        "bf16": (PackedBf16Weight, torch.ops.mkldnn._is_mkldnn_bf16_supported()),
    }
    for precision, (kind, can) in packed.items():
        assert (type(ready(layer, precision).weight) is kind) == can
    assert ready(elsewhere, "fp32") is elsewhere


@pytest.mark.parametrize("error", [AttributeError, RuntimeError, TypeError])
def test_a_framework_that_packs_no_weights_does_no_harm(error, monkeypatch):
    def refuse(self, weight):
        raise error

    layer, rows = torch.nn.Linear(24, 7), torch.randn(5, 24)
    monkeypatch.setattr(PackedWeight, "prepare", refuse)
    monkeypatch.setattr(answers, "_packs", answers._packs.__wrapped__)
    assert ready(layer, "fp32") is layer
    low = ready(layer, "bf16")(rows)
    assert_close(low, layer(rows), atol=LOW["bf16"], rtol=LOW["bf16"])
    assert not torch.equal(low, layer(rows))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("knows", [True, False])
def test_recurrent_kernels_take_bf16_where_weights_do(kind, knows, monkeypatch):
    monkeypatch.setattr(answers, "_knows_bf16", lambda: knows)
    cell = CELLS[kind](24, 16)
    rows, state = torch.randn(3, 5, 24), cell.initial_state(3)
    exact = cell.unroll(rows, state, torch.ones(3, 5))
    for precision in NEAR:
        low = ready(cell, precision)
        near = low.unroll(rows, state, torch.ones(3, 5))
        assert near.dtype == torch.float32
        assert_close(near, exact, atol=NEAR["bf16"], rtol=NEAR["bf16"])
        assert torch.equal(near, exact) == (precision == "fp32" or not knows)
        assert_close(low.unroll(rows, state, torch.ones(3, 5)), near, atol=0, rtol=0)


def test_rows_of_zeros_have_products_of_zero():
    layer = ready(torch.nn.Linear(8, 4, bias=False), "int8")
    assert_close(layer(torch.zeros(2, 3, 8)), torch.zeros(2, 3, 4))


def test_tied_weights_stay_tied(build):
    low = ready(build(tied="three_way"), "int8")
    assert low.embeddings()["source"].table.weight is low.embeddings()["target"].table.weight
    assert len(low.state_dict()) == len(build(tied="three_way").state_dict())
    one, other = torch.nn.Linear(8, 4), torch.nn.Linear(8, 4)
    other.weight = one.weight
    row = torch.nn.Sequential
    low = ready(row(row(one), row(other, None, one)), "int8")
    assert low[0][0].weight is low[1][0].weight
    assert low[0][0] is low[1][2]


@pytest.fixture(params=[0, lstm.MANY])
def many(request, monkeypatch):
    """Every LSTM learns in our own kernel, or in the framework's."""
    monkeypatch.setattr(lstm, "MANY", request.param)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("given", [{}, {"copying": True}, {"decoding": {"coverage": 0.5}}])
def test_training_in_bf16_goes_down_nearly_the_same_gradient(members, given, build, batch):
    found, losses = [], []
    for kind in ("fp32", "bf16"):
        model = build(*members, label_smoothing=0.1, **given)
        with training.computing(kind, CPU):
            sums = model.objective(batch())
        assert sums.loss.dtype == torch.float32
        sums.loss.backward()
        assert {parameter.grad.dtype for parameter in model.parameters()} == {torch.float32}
        found.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
        losses.append(sums.loss)
    assert_close(losses[1], losses[0], atol=0, rtol=0.02)
    assert cosine_similarity(*found, dim=0) > 0.995
    assert not torch.equal(*found)


@pytest.mark.parametrize(
    ("fp32", "bf16", "expected"),
    [
        ([10], [14], "bf16"),
        ([10], [13], "fp32"),  # the casts use up what is gained
        ([10], [2], "fp32"),
        ([10, 1], [1, 14], "bf16"),  # what runs beside them slows either at times
        ([1, 10], [12, 2], "fp32"),
        ([1, 2, 10], [14, 2, 2], "bf16"),
    ],
)
def test_the_faster_precision_is_that_of_the_best_rates(monkeypatch, fp32, bf16, expected):
    rates = {torch.float32: itertools.cycle(fp32), torch.bfloat16: itertools.cycle(bf16)}
    monkeypatch.setattr(training, "matrix_rate", lambda kind, *_, **__: next(rates[kind]))
    assert training.fastest.__wrapped__(CPU) == expected


@pytest.mark.slow
def test_what_else_a_machine_does_decides_no_precision():
    rates = [[training.matrix_rate(kind, CPU, size=512) for kind in KINDS] for _ in range(10)]
    fp32, bf16 = map(max, zip(*rates, strict=True))
    if 0.85 < bf16 / fp32 / training._WORTH < 1.15:
        pytest.skip("the rates are so close that either is right")
    now_and_then = (
        "import time\nwhile True:\n if time.time() % 0.03 < 0.015: continue\n time.sleep(0.01)"
    )
    busy = [subprocess.Popen([sys.executable, "-c", now_and_then]) for _ in range(8)]
    try:
        found = {training.fastest.__wrapped__(CPU) for _ in range(20)}
    finally:
        for child in busy:
            child.kill()
            child.wait()
    assert found == {"bf16" if bf16 > training._WORTH * fp32 else "fp32"}


def test_int8_is_of_processors():
    model = torch.nn.Linear(2, 2, device="meta")
    with pytest.raises(SettingError, match="found 'int8' on meta, expected it on cpu; use bf16"):
        ready(model, "int8")
