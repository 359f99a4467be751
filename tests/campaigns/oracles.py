"""Readers written again, slowly and from the rules alone, for the campaigns to compare with.

Each gives what was read, or None where the input must be refused.
"""

from __future__ import annotations

import re
import struct
from typing import Any


def lines(data: bytes) -> list[str] | None:
    """Texts: a line feed ends a line, one carriage return before it goes, the rest stays."""
    pieces, piece = [], bytearray()
    for byte in data:
        if byte == 10:
            pieces.append(bytes(piece))
            piece.clear()
        else:
            piece.append(byte)
    if piece:
        pieces.append(bytes(piece))
    found = []
    for number, each in enumerate(pieces):
        each = re.sub(rb"\r\Z", b"", each)
        if number == 0 and each[:3] == b"\xef\xbb\xbf":
            each = each[3:]
        text = str(each, "utf-8", "surrogateescape")
        if "\0" in text or re.search("[\ud800-\udfff]", text):
            return None
        found.append(text)
    return found


def tsv(data: bytes) -> list[list[str]] | None:
    """Tables: a record a line, all of as many fields."""
    found = lines(data)
    records = [re.split("\t", line) for line in found or []]
    return None if found is None or len({*map(len, records)}) > 1 else records


def csv(data: bytes) -> list[list[str]] | None:
    """Tables with quotes, a character after the other."""
    texts = lines(data)
    if texts is None:
        return None
    records, fields, field, state = [], [], "", "start"
    for character in "".join(f"{text}\n" for text in texts):
        if state == "quoted":
            field, state = (field, "closed") if character == '"' else (field + character, state)
        elif character == '"' and state in ("start", "closed"):
            field, state = field + '"' * (state == "closed"), "quoted"
        elif character in ",\n":
            fields.append(field)
            field, state = "", "start"
            if character == "\n":
                records.append(fields)
                fields = []
        elif state == "closed" or character == "\r":
            return None
        else:
            field, state = field + character, "plain"
    return None if state != "start" or len({*map(len, records)}) > 1 else records


_TOKEN = re.compile(
    r'[ \t\n\r]*([][{}:,]|true|false|null|"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"'
    r"|(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?)[ \t\n\r]*"
)
_ESCAPES = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_NAMES = {"true": True, "false": False, "null": None}
REFUSED = object()


def json_object(text: str) -> Any:
    """An object, by the grammar on json.org; REFUSED for what surprises."""
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            return REFUSED
        tokens.append(match)
        place = match.end()
    try:
        tokens.reverse()
        value = _value(tokens, 0)
    except (ValueError, IndexError, KeyError):
        return REFUSED
    return REFUSED if tokens or not isinstance(value, dict) else value


def _value(tokens: list[re.Match[str]], depth: int) -> Any:
    match = tokens.pop()
    token = match[1]
    if depth > 32 or (depth == 32 and token in "[{"):
        raise ValueError
    if token in "{[":
        return _several(tokens, token, depth + 1)
    if token[0] == '"':
        return _string(token[1:-1])
    if match[2] is None:
        return _NAMES[token]
    if match[3] is None and match[4] is None:
        if len(token) > 25 or not -(2**63) <= int(token) < 2**64:
            raise ValueError
        return int(token)
    if abs(float(token)) == float("inf"):
        raise ValueError
    return float(token)


def _several(tokens: list[re.Match[str]], opened: str, depth: int) -> Any:
    keys, values, close = [], [], {"[": "]", "{": "}"}[opened]
    if tokens[-1][1] == close:
        tokens.pop()
        return {} if opened == "{" else []
    while True:
        if opened == "{":
            key = tokens.pop()[1]
            if key[0] != '"' or tokens.pop()[1] != ":":
                raise ValueError
            keys.append(_string(key[1:-1]))
        values.append(_value(tokens, depth))
        mark = tokens.pop()[1]
        if mark == close:
            break
        if mark != ",":
            raise ValueError
    if len({*keys}) < len(keys):
        raise ValueError
    return dict(zip(keys, values, strict=True)) if opened == "{" else values


def _string(body: str) -> str:
    plain = re.sub(
        r"\\(?:u(....)|(.))",
        lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPES[m[2]],
        body,
    )
    units = plain.encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le")  # halves that stand alone are a ValueError


def vectors(data: bytes, wanted: set[str]) -> dict[str, list[float]] | None:
    """Word vectors as text, by the rules of word2vec's and GloVe's files."""
    pieces = re.sub(rb"\A\xef\xbb\xbf", b"", data).split(b"\n")
    rows = [re.sub(rb" *\Z", b"", re.sub(rb"\r\Z", b"", each)) for each in pieces]
    rows = rows[: len(rows) - data.endswith(b"\n")]
    header = re.fullmatch(rb"([0-9]{1,30})[ \t]+([0-9]{1,30})[ \t]*\r?", pieces[0])
    if header and len(pieces) > 1:
        width, promised, rows = int(header[2]), int(header[1]), rows[1:]
    else:
        header, promised, width = None, max(1, len(rows)), 0
        for field in reversed(rows[0].split(b" ")[1:] if rows else []):
            if _float(field) is None:
                break
            width += 1
    if not 1 <= width <= 4096 or len(rows) != promised:
        return None
    return _rows(rows, width, wanted, spaced=header is None)


def binary_vectors(data: bytes, wanted: set[str]) -> dict[str, list[float]]:
    """word2vec's binary file; a ValueError for one that is not as its header says."""
    head, _, rest = data.partition(b"\n")
    promised, width = (int(field) for field in head.split())
    found = {}
    for _ in range(promised):
        raw, _, rest = rest.partition(b" ")
        numbers = struct.unpack(f"<{width}f", rest[: 4 * width])
        rest = rest[4 * width :]
        word = re.sub(rb"\A\n", b"", raw).decode()
        if word in wanted:
            found[word] = list(numbers)
    if rest.strip(b"\n"):
        raise ValueError(rest[:20])
    return found


def _rows(
    rows: list[bytes], width: int, wanted: set[str], *, spaced: bool
) -> dict[str, list[float]] | None:
    found: dict[str, list[float]] = {}
    for row in rows:
        fields = row.split(b" ")
        word, numbers = fields[:-width], [_float(field) for field in fields[-width:]]
        several = len(word) > 1 and (not spaced or _float(word[-1]) is not None)
        name = str(b" ".join(word), "utf-8", "surrogateescape")
        if several or not 1 <= len(name) <= 1000 or re.search("[\ud800-\udfff]", name):
            return None
        if name in wanted:
            right = [each for each in numbers if each is not None and abs(each) < 3.4028236e38]
            if name in found or len(right) < width:
                return None
            found[name] = right
    return found


def _float(field: bytes) -> float | None:
    try:
        return None if b"_" in field else float(field)
    except ValueError:
        return None
