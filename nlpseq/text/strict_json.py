"""JSON as its standard has it, and nothing that surprises."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

_DEEPEST = 32
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[][{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_object(text: str) -> dict[str, Any]:
    """The object that ``text`` is.

    Refused are a key that stands twice, NaN and infinity, numbers beyond 64 bits, halves of
    surrogate pairs, and nesting deeper than 32.

    Raises:
        ValueError: says what was found.
    """
    if text.count("[") + text.count("{") > _DEEPEST and _is_deep(text):
        raise ValueError(f"found JSON nested deeper than {_DEEPEST}")
    try:
        found = json.loads(
            text,
            object_pairs_hook=_table,
            parse_constant=_constant,
            parse_int=_whole,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"found {text.strip()[:40]!r}, expected a JSON object")
    if _SURROGATE.search(text):
        _check_pairs(found)
    return found


def _is_deep(text: str) -> bool:
    """Whether brackets nest too deep, those inside texts left out."""
    depth = 0
    for token in _BRACKETS.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > _DEEPEST:
            return True
    return False


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"found the key {twice!r} twice in one object")
    return table


def _constant(text: str) -> NoReturn:
    raise ValueError(f"found {text}, which is no JSON")


def _whole(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
        raise ValueError(f"found {text[:40]}, expected a number of at most 64 bits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"found {text[:40]}, expected a finite number")
    return number


def _check_pairs(found: dict[str, Any]) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = json.dumps(error.object[error.start])
        raise ValueError(f"found {half}, half of a surrogate pair") from None
