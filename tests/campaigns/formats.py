"""Files of every format, most of them nearly right: how they are made, read, and told."""

from __future__ import annotations

import contextlib
import gzip
import random
import tomllib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from nlpseq.config import from_file
from nlpseq.data.readers.delimited import Csv, Tsv
from nlpseq.data.readers.jsonl import JsonLines, parse
from nlpseq.errors import NlpseqError, SettingError
from nlpseq.settings import DataSettings, resolve
from nlpseq.task import Column, Task
from nlpseq.text.lines import read_lines
from nlpseq.text.vectors import read_vectors
from tests.campaigns import oracles

SEPARATORS = [*"\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\r\n"]
ODD = [
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\0",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc3",
]
PLAIN = [b"a", b"word", b" ", "grün".encode(), "中文".encode(), b"NA", b"null", b"-1.5"]
WORDS = ("a", "word", "grün", "中文", "-1.5", ". . .", "x y")


class Format(NamedTuple):
    """Files of one kind: how they are made, read, and read by the oracle."""

    make: Callable[[random.Random], bytes]
    read: Callable[[str], Any]
    oracle: Callable[[bytes], Any]
    place: str = r"(:\d+){1,2}"  # behind the path in a refusal
    ending: str = ""


def mixed(*more: bytes, odd: float = 0.1) -> Callable[[random.Random], bytes]:
    """Files of pieces, of which some break a rule, and sometimes of any bytes."""
    usual = [*PLAIN, b"\n", b"\n", *more]
    strange = [*ODD, *(each.encode() for each in SEPARATORS)]

    def make(rng: random.Random) -> bytes:
        if rng.random() < 0.02:
            return rng.randbytes(rng.randrange(60))
        share = rng.choice((0, odd, 4 * odd))
        count = rng.randrange(30)
        return b"".join(
            rng.choice(strange if rng.random() < share else usual) for _ in range(count)
        )

    return make


def table(separator: bytes, *fields: bytes) -> Callable[[random.Random], bytes]:
    """Tables of two or three columns, of which some have a record that is not right."""
    other = mixed(separator, separator, *fields)

    def make(rng: random.Random) -> bytes:
        if rng.random() < 0.3:
            return other(rng)
        width = rng.choice((1, 2, 2, 3))
        rows = []
        for _ in range(rng.randrange(6)):
            here = width if rng.random() < 0.97 else 4
            rows.append(separator.join(rng.choice([*PLAIN, *fields, b""]) for _ in range(here)))
        return rng.choice((b"\n", b"\r\n")).join(rows) + rng.choice((b"", b"\n", b"\r"))

    return make


COLUMNS = (Column("first", "text"), Column("second", "text"))
NUMBERED = DataSettings(columns={"first": "1", "second": "2"})


def read_table(reader: type[Tsv | Csv]) -> Callable[[str], Any]:
    """The two first columns of a table without a header."""

    def read(path: str) -> list[tuple[Any, ...]]:
        rows = reader(NUMBERED, Task()).rows(path, COLUMNS)
        return [tuple(row.values.values()) for row in rows]

    return read


def two(oracle: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """What :func:`read_table` should give."""

    def wanted(data: bytes) -> Any:
        records = oracle(data)
        if records is None or (records and len(records[0]) < 2):
            return None
        return [tuple(record[:2]) for record in records]

    return wanted


def json_lines(rng: random.Random) -> bytes:
    """Objects, whole or broken."""
    return b"\n".join(
        json_text(rng).encode("utf-8", "surrogatepass") for _ in range(rng.randrange(4))
    )


VALUES = [
    *('"a"', '""', '"\\n"', "1"),  # the usual ones
    *('"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00\\ud800"', '"\\x"', '"\\\\ud800"', '"\t"', '"a b"'),
    *("-0", "01", "1.5", "1e5", "1e999", "-1e-999", "1.", ".5", "+1", "NaN", "Infinity"),
    *("-Infinity", "18446744073709551615", "18446744073709551616", "-9223372036854775808"),
    *("-9223372036854775809", "true", "false", "null", "True", "nul", "'a'", "\ufeff", "\xa0"),
]


def json_text(rng: random.Random, depth: int = 0) -> str:
    """An object, seldom with a fault in it."""
    pick, deep = rng.random(), depth < rng.choice((1, 2, 3))
    if depth == 0 and pick < 0.02:
        return rng.choice(("[", '{"a":', "[]")) * rng.choice((1, 31, 32, 33, 100_000))
    if depth == 0 and pick < 0.04:
        levels = rng.choice((30, 31, 32))
        return '{"a": ' + "[" * levels + "]" * levels + "}"
    if depth and (pick < 0.6 or not deep):
        return rng.choice(VALUES[:4] if rng.random() < 0.8 else VALUES)
    space, comma = rng.choice(("", " ", "\t", "")), rng.choice((",", ",", ",", ", ", ",,", " "))
    inner = [json_text(rng, depth + 1) for _ in range(rng.randrange(3))]
    if depth and pick < 0.75:
        return f"[{comma.join(inner)}{space}]"
    keys = rng.choices(["first", "second", "first ", "a"], k=len(inner))
    pairs = (f'"{key}"{space}:{space}{value}' for key, value in zip(keys, inner, strict=True))
    return f"{{{comma.join(pairs)}}}{space}" + rng.choice(["", "", "", "", "", "", "}", "x"])


def read_objects(path: str) -> list[Any]:
    """Every object of a file; the reader for rows must give rows or a refusal of its own."""
    with contextlib.suppress(NlpseqError):
        list(JsonLines(DataSettings(), Task()).rows(path, COLUMNS))
    found = []
    for number, line in enumerate(read_lines(path), 1):
        try:
            found.append(parse(line))
        except NlpseqError as error:
            raise SettingError(f"{path}:{number}: {error}") from None
    return found


def objects(data: bytes) -> list[Any] | None:
    """What :func:`read_objects` should give."""
    texts = oracles.lines(data)
    found = [oracles.json_object(text) for text in texts or []]
    return None if texts is None or oracles.REFUSED in found else found


def packed(rng: random.Random) -> bytes:
    """A gzip file, most of them damaged; its first byte tells which text is in it."""
    data = gzip.compress(TEXTS[rng.randrange(len(TEXTS))].encode(), mtime=0)
    place = rng.randrange(len(data))
    match rng.randrange(6):
        case 0:
            return data
        case 1:
            return data[:place]
        case 2:
            return data + rng.choice((b"more", b"\x1f\x8b", bytes(8), rng.randbytes(9)))
        case 3:
            return data[:place] + rng.randbytes(3) + data[place + 3 :]
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


TEXTS = [
    " ".join(random.Random(n).choices(["so", "it", "goes", "\n"], k=n)) for n in range(0, 300, 9)
]


class AnyOf(list[Any]):
    """Equal to each of its members, and to a refusal."""

    def __eq__(self, other: object) -> bool:
        return other is None or other in list(self)


KEYS = [
    *("seed", "training.seed", "epochs", "model.encoder.cell", "training", "a", '""', "x.y.z"),
    *("data.columns", "model", "model.name", "text.tokenizer", "data.languages", "é"),
    *("training.optimizer", ".".join("a" * 2000)),
]
SETTINGS = [
    *("1", "-1", "1.5", "nan", "inf", "1e400", '"a"', "'x'", "true", "[]", "{}", "[[]]"),
    *("2026-11-21", "9223372036854775808", "0xffffffffffffffffff", '"\\ud800"', '"""', "{a=1"),
    *("[1,", '"lstm"', "{name='x'}", "[" * 40 + "]" * 40, "[" * 4000 + "]" * 4000),
    "{a=" * 2000 + "1" + "}" * 2000,
]


def toml(rng: random.Random) -> bytes:
    """Settings, whole or broken."""
    lines = [rng.choice(["", "[training]", "[data]", "[[a]]", "[", "#", "[model.encoder]"])]
    lines += [f"{rng.choice(KEYS)} = {rng.choice(SETTINGS)}" for _ in range(rng.randrange(4))]
    data = "\n".join(lines).encode()
    if rng.random() < 0.2:
        place = rng.randrange(len(data) + 1)
        data = data[:place] + rng.choice([*ODD, rng.randbytes(2)]) + data[place:]
    return data


def read_toml(path: str) -> str:
    """Settings from a file, resolved; which of both does not matter here."""
    try:
        layer = from_file(path)
    except SettingError as error:
        return "refused" if str(error).startswith(f"{path}: ") else f"refused as {error}"
    with contextlib.suppress(NlpseqError):
        resolve([layer])
    return "settings"


def toml_oracle(data: bytes) -> Any:
    """The standard library's answer, but for nesting, where either is right."""
    try:
        tomllib.loads(data.decode())
    except ValueError:
        return "refused"
    except RecursionError:
        return AnyOf(["refused", "settings"])
    deep = b"[[[[[" in data or b"{a={a={a=" in data or b"a.a.a.a.a" in data
    return AnyOf(["refused", "settings"]) if deep else "settings"


def vector_file(rng: random.Random) -> bytes:
    """Word vectors as text, most of them right but for one row."""
    width, count = rng.randrange(1, 4), rng.randrange(5)
    words = [*WORDS, "b" * 1000, "b" * 1001, ""]
    numbers = ["1", "-2.5", "1e3", "0.25"]
    odd = ["x", "nan", "-inf", "1e39", "1_0", "", "１", "0x1", "1e-50"]
    rows = []
    for _ in range(count):
        here = width if rng.random() < 0.93 else rng.randrange(5)
        row = [rng.choice(numbers if rng.random() < 0.96 else odd) for _ in range(here)]
        rows.append(" ".join([rng.choice(words[: 5 if rng.random() < 0.7 else None]), *row]))
    if rng.random() < 0.6:
        promised = count if rng.random() < 0.8 else rng.choice((0, 9, 10**7, 10**30))
        wide = width if rng.random() < 0.9 else rng.choice((0, 4096, 4097, 10**12))
        rows.insert(0, f"{promised} {wide}")
    text = rng.choice(("\n", "\n", "\r\n", " \n")).join(rows) + rng.choice(("\n", "\n", "", "\n\n"))
    return rng.choice((b"", b"", b"", b"\xef\xbb\xbf")) + text.encode()


def read_words(path: str) -> dict[str, list[float]]:
    """The vectors of the words that are wanted, as Python numbers."""
    found = read_vectors(path, set(WORDS))
    return {word: found[word].tolist() for word in found.key_to_index}


def vectors_oracle(data: bytes) -> Any:
    """The same from the rules, rounded to single precision."""
    found = oracles.vectors(data, set(WORDS))
    return found and {word: [rounded(number) for number in row] for word, row in found.items()}


def rounded(number: float) -> float:
    """The nearest number of single precision."""
    return float(np.float32(number))


FORMATS: Mapping[str, Format] = {
    "text": Format(mixed(), lambda path: list(read_lines(path)), oracles.lines, r":\d+:\d+"),
    "tsv": Format(table(b"\t"), read_table(Tsv), two(oracles.tsv)),
    "csv": Format(
        table(b",", b'"a"', b'"a,b"', b'"a\nb"', b'"a""b"', b'"', b'a"', b'"a"b'),
        read_table(Csv),
        two(oracles.csv),
    ),
    "jsonl": Format(json_lines, read_objects, objects),
    "gz": Format(
        packed,
        lambda path: list(read_lines(path)),
        lambda data: AnyOf([oracles.lines(text.encode()) for text in TEXTS]),
        r"(:\d+){0,2}",
        ".gz",
    ),
    "toml": Format(toml, read_toml, toml_oracle),
    "vectors": Format(vector_file, read_words, vectors_oracle, r"(:\d+){0,2}"),
}
