"""Weights as safetensors, held against what the model expects before the library sees them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from nlpseq.bundle.manifest import parse_json, refuse

WEIGHTS = "weights.safetensors"
_NAME = re.compile(r"[A-Za-z0-9_.]{1,200}")
_TYPES = {"F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1}


def dump(tensors: Mapping[str, Tensor]) -> bytes:
    """Tensors as bytes; each is copied, so that shared storage does no harm."""
    return safetensors.torch.save(
        {name: t.detach().cpu().clone().contiguous() for name, t in tensors.items()}
    )


def load(folder: Path, data: bytes, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """The tensors in ``data``, which must be exactly those of ``shapes``, all finite.

    Raises:
        BundleError: naming the tensor and the rule it breaks.
    """
    _check_header(folder, data, shapes)
    try:
        tensors: dict[str, Tensor] = safetensors.torch.load(data)
    except SafetensorError as error:
        refuse(folder, WEIGHTS, "safetensors", error)
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            refuse(folder, WEIGHTS, name, "holds NaN or infinity", "finite numbers")
    return tensors


def dtypes(folder: Path, data: bytes) -> list[str]:
    """The dtypes of the tensors in ``data``, which :func:`load` took."""
    return sorted({entry["dtype"] for entry in _header(folder, data).values()})


def _header(folder: Path, data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        refuse(
            folder, WEIGHTS, "header", f"{length} bytes long", f"at most {max(0, len(data) - 8)}"
        )
    header = parse_json(folder, WEIGHTS, data[8 : 8 + length])
    header.pop("__metadata__", None)
    return header


def _check_header(folder: Path, data: bytes, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """What the library lets pass: a key twice, unknown fields, strange names, absurd sizes."""
    header = _header(folder, data)
    if header.keys() != shapes.keys():
        different = sorted(header.keys() ^ shapes.keys())[0]
        found = "not expected" if different in header else "missing"
        refuse(folder, WEIGHTS, different if _NAME.fullmatch(different) else "a tensor", found)
    for name, entry in header.items():
        _check_tensor(folder, name, entry, shapes[name])


def _check_tensor(folder: Path, name: str, entry: Any, shape: tuple[int, ...]) -> None:
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        refuse(folder, WEIGHTS, name, "fields", "dtype, shape and data_offsets")
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in _TYPES:
        refuse(folder, WEIGHTS, name, f"dtype {entry['dtype']}", ", ".join(_TYPES))
    if entry["shape"] != list(shape):
        refuse(folder, WEIGHTS, name, f"shape {entry['shape']}", list(shape))
    size = math.prod(shape) * _TYPES[entry["dtype"]]
    match entry["data_offsets"]:
        case [int(start), int(end)] if end - start == size:
            return
        case found:
            refuse(folder, WEIGHTS, name, f"data_offsets {found}", f"two, {size} bytes apart")
