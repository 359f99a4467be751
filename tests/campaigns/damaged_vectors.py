"""Files of word vectors with something wrong in them: refused at a small cost, or right.

word2vec's text and binary files, GloVe's text and fastText's ``.vec``, with a bit turned, their
end cut off, bytes put in or zeroed, or a header that promises other numbers. Each is refused with
its path, or read as an independent reader reads it, within 2 seconds of the processor; all of
them together may not take more than 100 MiB above the memory before the first. The control is
gensim's reader.

    python -m tests.campaigns.damaged_vectors --seed 1 --size 1000
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from gensim.models import KeyedVectors

from nlpseq.errors import NlpseqError
from nlpseq.text.vectors import read_vectors
from tests.campaigns import oracles
from tests.campaigns.campaign import Count, Memory, main
from tests.campaigns.models import workplace

SECONDS, MIB = 2.0, 100
ROWS, WIDTH = 2000, 30
WORDS = [f"word{number}" for number in range(ROWS)]
WANTED = set(WORDS[::20])
PROMISES = ("0", "1", str(ROWS - 1), str(ROWS + 1), "4000000000", "-1", "1e9", "9" * 25)


def rows_as(write: Callable[[np.ndarray], bytes], end: bytes) -> bytes:
    """All rows, their numbers written in some way."""
    numbers = np.random.default_rng(1).normal(size=(ROWS, WIDTH)).astype("<f4")
    pairs = zip(WORDS, numbers, strict=True)
    return b"".join(word.encode() + b" " + write(row) + end for word, row in pairs)


def kinds() -> Mapping[str, bytes]:
    """A whole file of each kind."""
    text = rows_as(lambda row: " ".join(f"{number:.5f}" for number in row).encode(), b"\n")
    head = f"{ROWS} {WIDTH}\n".encode()
    return {"glove": text, "word2vec": head + text, "binary": head + rows_as(bytes, b"")}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one thing wrong."""
    at, length = rng.randrange(len(data)), rng.choice((1, 4, 512, 100_000))
    match rng.randrange(6):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at]
        case 2:
            return data[:at] + rng.randbytes(length) + data[at:]
        case 3:
            return data[:at] + bytes(length) + data[at + length :]
        case 4:
            return data[:at] + data[at + length :]
        case _:
            first, _, rest = data.partition(b"\n")
            numbers = [rng.choice(PROMISES), rng.choice((*PROMISES, str(WIDTH)))]
            return " ".join(numbers).encode() + b"\n" + (rest if len(first) < 20 else data)


def expected(kind: str, data: bytes) -> Mapping[str, list[float]] | None:
    """What an independent reader finds, None where it finds a fault."""
    try:
        return (oracles.binary_vectors if kind == "binary" else oracles.vectors)(data, WANTED)
    except (ValueError, struct.error):
        return None


def wrong(kind: str, data: bytes) -> str:
    """What is wrong with how a file is read, "" if nothing is."""
    path = Path("vectors")
    path.write_bytes(data)
    started, found = time.process_time(), None
    try:
        read = read_vectors(path, WANTED)
        found = {word: read[word].tolist() for word in read.key_to_index}
    except NlpseqError as error:
        if not str(error).startswith("vectors:"):
            return f"refused without its place: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if (taken := time.process_time() - started) > SECONDS:
        return f"takes {taken:.1f} s"
    return _unlike(found, expected(kind, data)) if found is not None else ""


def _unlike(found: Mapping[str, Any], right: Mapping[str, list[float]] | None) -> str:
    if right is None:
        return "read, though it is damaged"
    same = found.keys() == right.keys() and all(
        np.array_equal(np.float32(found[word]), np.float32(right[word])) for word in right
    )
    return "" if same else "read otherwise than it stands there"


def gensim_reads(path: Path) -> KeyedVectors:
    """The words that are wanted, by another reader."""
    found = KeyedVectors.load_word2vec_format(str(path), unicode_errors="replace")
    kept = KeyedVectors(found.vector_size)
    words = [word for word in found.key_to_index if word in WANTED]
    kept.add_vectors(words, [found[word] for word in words])
    return kept


def run_campaign(size: int, draw: random.Random, count: Count) -> None:
    """Whole files, damaged ones, and the control."""
    with workplace():
        every = kinds()
        for kind, data in every.items():
            count.check(not wrong(kind, data) and expected(kind, data) is not None, kind)
        memory = Memory()
        for _ in range(size):
            kind = draw.choice(list(every))
            fault = wrong(kind, damaged(every[kind], draw))
            count.cases["files"] += 1
            count.check(not fault, f"{kind}: {fault}")
        count.check(memory.grown <= MIB, f"memory grew by {memory.grown} MiB")
        lax = patch(f"{__name__}.read_vectors", lambda path, wanted: gensim_reads(path))
        with lax:
            found = [wrong("word2vec", damaged(every["word2vec"], draw)) for _ in range(60)]
        count.control("gensim's own reader", any(found))


if __name__ == "__main__":
    main(run_campaign, size=1000)
