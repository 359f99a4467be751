"""Models whose digests are right, made by somebody who means harm or knows no better.

``python -m tests.campaigns.strangers --size N``: N tables of JSON, N headers of tensors, N models
with one thing in them changed and then signed anew. JSON is what an independent reader says it
is; a model is refused in words, or it answers, at a bounded cost.
"""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import safetensors.torch

from nlpseq.bundle import tensors
from nlpseq.bundle.manifest import MANIFEST, parse_json
from nlpseq.durable import as_json
from nlpseq.errors import BundleError, NlpseqError
from nlpseq.pipeline import load
from tests.campaigns import oracles
from tests.campaigns.campaign import Count, Memory, main
from tests.campaigns.formats import json_text
from tests.campaigns.models import labeller, read_folder, signed, workplace, write_folder, writer

SECONDS = 20  # of the processor, with an answer
MIB = 300  # that all of it may take besides

HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1, 7, 2**31, 2**53, 2**63 - 1, -(2**63), 0.5, -1.0, 1e308,
    "", "a", "lstm", "os:system", "../../etc/passwd", "/etc/passwd", "https://example.org",
    "nlpseq.cli:main", "\x1b[2J", "\u202e", "x" * 10_000, "[" * 99, [], [[]], {}, {"name": ""},
    {"name": "lstm"}, {"name": "os"}, ["a"], [1, 2], {"a": {"b": {"c": []}}},
]  # fmt: skip

Files = dict[str, bytes]
Change = Callable[[Files, random.Random], None]


def leaves(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a tree."""
    inner = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for key, value in inner:
        yield (*path, key)
        yield from leaves(value, (*path, key))


def altered(tree: Any, rng: random.Random) -> Any:
    """A tree in which one value was replaced, left out, or joined by another."""
    changed = copy.deepcopy(tree)
    *way, last = rng.choice([*leaves(tree)])
    at = changed
    for key in way:
        at = at[key]
    match rng.randrange(6):
        case 0:
            del at[last]
        case 1 if isinstance(at, dict):
            at[rng.choice(["name", "more", "width", "size", "layers", ""])] = rng.choice(HOSTILE)
        case 2:
            at[last] = at[rng.choice([*at] if isinstance(at, dict) else range(len(at)))]
        case _:
            at[last] = rng.choice(HOSTILE)
    return changed


def of_settings(files: Files, rng: random.Random) -> None:
    """Another model.json."""
    files["model.json"] = as_json(altered(json.loads(files["model.json"]), rng))


def of_manifest(files: Files, rng: random.Random) -> None:
    """Another record of where it comes from."""
    table = json.loads(files[MANIFEST])
    del table["files"]
    files[MANIFEST] = as_json(altered(table, rng))


LINES = [
    *(b"", b"\t", b"a", b"a\tb", b"a\t-1", b"a\t1_0", b"\xff\t1", b"a\tb\t1", b"a\t\xd9\xa3"),
    *(b"a\t" + b"9" * 30, b"a\t" + b"9" * 5000, b"\x1b[2J\t1", b"a\t1\r"),
]


def of_vocabulary(files: Files, rng: random.Random) -> None:
    """Another vocabulary."""
    name = rng.choice([name for name in files if name.endswith("vocabulary")])
    lines = files[name].split(b"\n")[:-1]
    match rng.randrange(6):
        case 0:
            lines = lines[: rng.randrange(len(lines))]
        case 1:
            rng.shuffle(lines)
        case 2:
            lines[rng.randrange(len(lines))] = rng.choice(LINES)
        case 3:
            lines.insert(rng.randrange(len(lines)), rng.choice(lines))
        case 4:
            lines = [b"<pad>\t0"] + lines
        case 5:
            files[name] += rng.choice([b"a", b"\n", b"b\t1"])
            return
    files[name] = b"".join(line + b"\n" for line in lines)


def of_pieces(files: Files, rng: random.Random) -> None:
    """A tokenizer with some bytes changed."""
    names = [name for name in files if name.endswith("sentencepiece.model")]
    for name in names[:1]:
        data = bytearray(files[name])
        for _ in range(rng.choice((1, 1, 3, 10))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        files[name] = bytes(data[: rng.choice((None, None, rng.randrange(len(data))))])


def of_weights(files: Files, rng: random.Random) -> None:
    """Other tensors, or the same ones said otherwise."""
    data = files[tensors.WEIGHTS]
    length = int.from_bytes(data[:8], "little")
    header, body = data[8 : 8 + length], data[8 + length :]
    match rng.randrange(5):
        case 0:
            header = as_json(altered(json.loads(header), rng))
        case 1:
            place = rng.randrange(len(header))
            header = header[:place] + rng.randbytes(1) + header[place + 1 :]
        case 2:
            place = rng.randrange(len(body))
            body = body[:place] + b"\xff\xff\xff\x7f" + body[place + 4 :]
        case 3:
            body = body[: rng.randrange(len(body))] + rng.choice((b"", bytes(4)))
        case 4:
            length = rng.choice((0, 1, 2**20, 2**63, 2**64 - 1))
            files[tensors.WEIGHTS] = length.to_bytes(8, "little") + header + body
            return
    files[tensors.WEIGHTS] = len(header).to_bytes(8, "little") + header + body


def of_listing(files: Files, rng: random.Random) -> None:
    """A file more, or one less."""
    if rng.random() < 0.5:
        del files[rng.choice([name for name in files if name != MANIFEST])]
    else:
        files[
            rng.choice(["more", "tokenizer/more", "tokenizer/more.vocabulary", "conftest.py"])
        ] = b"x"


CHANGES: tuple[Change, ...] = (
    of_settings, of_settings, of_manifest, of_vocabulary, of_pieces, of_weights, of_listing,
)  # fmt: skip


def opened(folder: Path) -> str:
    """Load a model and ask it; what is wrong with that, if anything is."""
    started = time.process_time()
    try:
        load(folder)(["the film was good", "", "x " * 300])
    except BundleError as error:
        if str(folder) not in str(error):
            return f"does not say which model: {error}"
    except NlpseqError:
        pass
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    taken = time.process_time() - started
    return f"takes {taken:.1f} s" if taken > SECONDS else ""


def try_models(
    kind: str, files: Mapping[str, bytes], size: int, rng: random.Random, count: Count
) -> None:
    """``size`` changes of one model."""
    for number in range(size):
        change = rng.choice(CHANGES)
        changed = dict(files)
        change(changed, rng)
        if MANIFEST not in changed:
            continue
        folder = write_folder(Path(f"{kind}-{number}"), signed(changed))
        fault = opened(folder)
        count.cases[f"models of a {kind}"] += 1
        different = [name for name in changed if changed[name] != files.get(name)]
        what = changed[different[0]][:60] if different and fault else b""
        count.check(not fault, f"{kind}: {change.__name__} {different} {what!r}: {fault[:200]}")
        for file in sorted(folder.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        folder.rmdir()


def try_json(size: int, rng: random.Random, count: Count) -> None:
    """Tables of JSON against the reader of the oracles."""
    for _ in range(size):
        text = json_text(rng)
        data = text.encode("utf-8", "surrogatepass")
        if rng.random() < 0.2 and data:
            place = rng.randrange(len(data))
            data = data[:place] + rng.randbytes(1) + data[place + 1 :]
        try:
            found = parse_json(Path("model"), "model.json", data)
        except BundleError:
            found = oracles.REFUSED
        try:
            expected = oracles.json_object(data.decode())
        except UnicodeDecodeError:
            expected = oracles.REFUSED
        count.cases["tables"] += 1
        count.check(
            found == expected, f"json: {data[:200]!r}: {found!r:.200}, not {expected!r:.200}"
        )


def try_headers(data: bytes, size: int, rng: random.Random, count: Count) -> None:
    """Headers of tensors: the same tensors, or a refusal."""
    shapes = {name: tuple(each.shape) for name, each in safetensors.torch.load(data).items()}
    for _ in range(size):
        files = {tensors.WEIGHTS: data}
        of_weights(files, rng)
        try:
            found = tensors.load(Path("model"), files[tensors.WEIGHTS], shapes)
            fault = {name: tuple(each.shape) for name, each in found.items()} != shapes
        except BundleError:
            fault = False
        except BaseException as error:
            fault = True
            count.check(False, f"header: {type(error).__name__}: {error}")
        count.cases["headers"] += 1
        count.check(not fault, f"header: {files[tensors.WEIGHTS][:300]!r}")


def controls(files: Mapping[str, bytes], count: Count) -> None:
    """Faults that are put in on purpose must be seen."""
    lax = Count()
    rng = random.Random(1)
    for _ in range(1000):
        text = json_text(rng)
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = oracles.REFUSED
        lax.check(repr(found) == repr(oracles.json_object(text)), "json")
    count.control("JSON as Python reads it", bool(lax.violations))
    unread = Count()
    with patch.object(tensors, "_check_header"):
        try_headers(files[tensors.WEIGHTS], 1000, rng, unread)
    count.control("tensors not held against the model", bool(unread.violations))


def run_campaign(size: int, rng: random.Random, count: Count) -> None:
    """JSON, headers, and whole models of both kinds."""
    with workplace() as place:
        label = read_folder(labeller(place) / "model")
        write = read_folder(writer(place) / "model")
        memory = Memory()
        try_json(size, rng, count)
        try_headers(label[tensors.WEIGHTS], size, rng, count)
        try_models("labeller", label, max(size // 5, 1), rng, count)
        try_models("writer", write, max(size // 10, 1), rng, count)
        count.check(memory.grown < MIB, f"memory grew by {memory.grown} MiB")
        controls(label, count)


if __name__ == "__main__":
    main(run_campaign, size=10_000)
