"""Weights are exactly those that the model expects, or are refused by the tensor's name."""

import json
import re

import pytest
import safetensors.torch
import torch
from torch.testing import assert_close

from nlpseq.bundle.tensors import dump, load
from nlpseq.errors import BundleError

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([1, 2])}
SHAPES = {"a.weight": (2, 3), "b": (2,)}
A = {"dtype": "F32", "shape": [2, 3], "data_offsets": [16, 40]}
B = {"dtype": "I64", "shape": [2], "data_offsets": [0, 16]}
BODY = bytes(16) + bytes(24)


def packed(header, body=BODY):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def refusal(tmp_path, data, shapes=SHAPES):
    with pytest.raises(BundleError) as error:
        load(tmp_path, data, shapes)
    prefix = f"refused bundle '{tmp_path}': weights.safetensors: "
    assert str(error.value).startswith(prefix)
    assert re.match(r"[^:]+: .+", str(error.value).removeprefix(prefix))
    return str(error.value).removeprefix(prefix)


def test_tensors_come_back_bit_for_bit(tmp_path):
    found = load(tmp_path, dump(TENSORS), SHAPES)
    assert_close(found, TENSORS, rtol=0, atol=0)


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.uint8,
        torch.bool,
    ],
)
def test_every_type_that_is_allowed_comes_back(tmp_path, dtype):
    tensors = {"a": torch.tensor([0, 1, 1]).to(dtype), "empty": torch.zeros(0, 2, dtype=dtype)}
    found = load(tmp_path, dump(tensors), {"a": (3,), "empty": (0, 2)})
    assert_close(found, tensors, rtol=0, atol=0)


def test_tensors_that_share_or_are_views_are_written_apart(tmp_path):
    shared = torch.arange(6.0).reshape(2, 3)
    tensors = {"a": shared, "b": shared, "c": shared.T, "d": shared[1]}
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    assert_close(load(tmp_path, dump(tensors), shapes), tensors, rtol=0, atol=0)


def test_what_is_dumped_does_not_learn():
    weight = torch.nn.Parameter(torch.ones(2))
    data = dump({"a": weight})
    with torch.no_grad():
        weight.zero_()
    assert safetensors.torch.load(data)["a"].tolist() == [1, 1]


def test_the_table_of_the_tests_is_right(tmp_path):
    assert load(tmp_path, packed({"a.weight": A, "b": B}), SHAPES)["b"].tolist() == [0, 0]


def change(**fields):
    return packed({"a.weight": {**A, **fields}, "b": B})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "header: 0 bytes long (expected at most 0)"),
        (b"\x01\x00", "header: 1 bytes long (expected at most 0)"),
        (b"\xff" * 8 + b"{}", f"header: {2**64 - 1} bytes long (expected at most 2)"),
        (packed(b"[]"), "json: found '[]', expected a JSON object"),
        (packed(b"{" * 40), "json: found JSON nested deeper than 32"),
        (packed(b" " * (2**20 + 1)), "size: 1048577 bytes (expected at most 1048576)"),
        (packed({"a.weight": A}), "b: missing"),
        (packed({"a.weight": A, "b": B, "c": B}), "c: not expected"),
        (packed({"a.weight": A, "b": B, "../\x1b[2J": B}), "a tensor: not expected"),
        (packed(b'{"b": 1, "b": 1}'), "json: found the key 'b' twice in one object"),
        (change(shape=[3, 2]), "a.weight: shape [3, 2] (expected [2, 3])"),
        (change(shape=[6]), "a.weight: shape [6] (expected [2, 3])"),
        (change(shape=None), "a.weight: shape None (expected [2, 3])"),
        (change(shape=[2**60, 0]), f"a.weight: shape [{2**60}, 0] (expected [2, 3])"),
        (change(dtype="F8_E4M3"), "a.weight: dtype F8_E4M3 (expected "),
        (change(dtype="F64"), "a.weight: dtype F64 (expected "),
        (change(dtype="I16"), "a.weight: dtype I16 (expected "),
        (change(dtype=["F32"]), "a.weight: dtype ['F32'] (expected "),
        (change(dtype="F16"), "a.weight: data_offsets [16, 40] (expected two, 12 bytes apart)"),
        (change(data_offsets=[16, 39]), "a.weight: data_offsets [16, 39] (expected two, 24 bytes"),
        (change(data_offsets=[16]), "a.weight: data_offsets [16] (expected two, 24 bytes apart)"),
        (change(data_offsets=7), "a.weight: data_offsets 7 (expected two, 24 bytes apart)"),
        (change(data_offsets=["a", "b"]), "a.weight: data_offsets ['a', 'b'] (expected two"),
        (change(data_offsets=[0, 24]), "safetensors: "),
        (change(data_offsets=[-8, 16]), "safetensors: "),
        (change(data_offsets=[2**40, 2**40 + 24]), "safetensors: "),
        (change(more=1), "a.weight: fields (expected dtype, shape and data_offsets)"),
        (packed({"a.weight": [1], "b": B}), "a.weight: fields (expected dtype, shape and"),
        (packed({"a.weight": {"dtype": "F32"}, "b": B}), "a.weight: fields (expected dtype"),
        (packed({"a.weight": A, "b": B}, BODY + b"\x00"), "safetensors: "),
        (packed({"a.weight": A, "b": B}, BODY[:-1]), "safetensors: "),
        (b"\x80\x04\x95" + bytes(40), "header: "),
    ],
)
def test_weights_that_break_a_rule_are_refused(tmp_path, data, message):
    assert refusal(tmp_path, data).startswith(message)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_one_number_that_is_none_is_enough(tmp_path, bad, dtype):
    weights = torch.zeros(2, 3, dtype=dtype)
    weights[1, 2] = bad
    found = refusal(tmp_path, dump({**TENSORS, "a.weight": weights}))
    assert found == "a.weight: holds NaN or infinity (expected finite numbers)"


def test_any_byte_of_the_header_changed_gives_the_same_tensors_or_a_refusal(tmp_path):
    data = dump(TENSORS)
    end = 8 + int.from_bytes(data[:8], "little")
    refused = 0
    for place in range(end):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            found = load(tmp_path, changed, SHAPES)
        except BundleError:
            refused += 1
        else:
            assert {name: tuple(t.shape) for name, t in found.items()} == SHAPES
    assert refused > end * 0.8
