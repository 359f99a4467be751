"""Lines in, answers out: one for one, in order, whatever the lines are and however they come.

``python -m tests.campaigns.streams --size N``: N streams of random lines through the verbs, in
this process, fed in pieces with pauses; and N // 40 real processes that are written to line by
line, whose reader goes, whose disk is full, or that are stopped. N // 2 MB are read as a stream,
and never less than five times what the memory may grow by. The controls leave out blank lines, and
keep all that is read.
"""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from itertools import islice, repeat
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import nlpseq
from nlpseq.cli import run as run_command
from nlpseq.cli import verb as verb_module
from nlpseq.cli.answers import rendered
from nlpseq.text.lines import Line, stream_lines
from tests.campaigns.campaign import Count, Memory, main
from tests.campaigns.models import labeller, workplace, writer

MIB = 60  # that a stream may grow the memory
GOOD = [b"the film was good", b"a b 3", b"bad", b"the soup number 9 was bad", "grün 中文".encode(),
        "a\u2028b\vc\x85d".encode(), b"a\rb", b"x " * 50, "\u202ea\x1b[2J".encode()]  # fmt: skip
BLANK = [b"", b" ", b"\t", "\u2028\u3000".encode(), b"\r", b"\x00"[:0]]
BAD = [b"\xff", b"a\0b", b"good \xc3", b"\xed\xa0\x80"]


class Verb(NamedTuple):
    """A verb, its model, and how many lines it gives for one."""

    words: list[str]
    alone: Mapping[bytes, list[str]]  # the lines of the answer to each text by itself
    lines: int = 1


class Done(NamedTuple):
    """What came of a command."""

    code: int
    out: list[str]
    err: str


@contextmanager
def standard_input(data: bytes, rng: random.Random) -> Iterator[None]:
    """``data`` as standard input: a file, or a pipe into which it goes in pieces."""
    before = os.dup(0)
    if rng.random() < 0.5:
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.seek(0)
            os.dup2(file.fileno(), 0)
        feeder = threading.Thread()
        feeder.run = lambda: None  # type: ignore[method-assign]
    else:
        there, here = os.pipe()
        os.dup2(there, 0)
        os.close(there)
        seed = rng.random()
        feeder = threading.Thread(target=_feed, args=(here, data, random.Random(seed)))
    feeder.start()
    try:
        yield
    finally:
        feeder.join()
        os.dup2(before, 0)
        os.close(before)


def _feed(pipe: int, data: bytes, rng: random.Random) -> None:
    while data:
        size = rng.choice((1, 7, 100, 10_000))
        os.write(pipe, data[:size])
        data = data[size:]
        if rng.random() < 0.01:
            time.sleep(0.12)  # longer than the verb waits for a full batch
    os.close(pipe)


def answered(words: list[str], data: bytes, rng: random.Random) -> Done:
    """Run a verb in this process on a standard input."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with standard_input(data, rng), redirect_stdout(out), redirect_stderr(err):
        code = run_command(words)
    out.seek(0)
    return Done(code, out.buffer.getvalue().decode().split("\n"), err.getvalue())  # type: ignore[attr-defined]


def try_stream(verb: Verb, rng: random.Random, count: Count) -> None:
    """One stream of up to 60 lines, a fifth of them blank and a fifth bad."""
    lines = [
        rng.choice(rng.choice((GOOD, GOOD, GOOD, BLANK, BAD))) for _ in range(rng.randrange(60))
    ]
    data = b"".join(line + rng.choice((b"\n", b"\n", b"\r\n")) for line in lines)
    batch = str(rng.choice((1, 2, 3, 7, 64)))
    done = answered([*verb.words, "--batch", batch], data, rng)
    fault = ""
    bad = [number for number, line in enumerate(lines, 1) if line in BAD]
    if len(done.out) != len(lines) * verb.lines + 1 or done.out[-1]:
        fault = f"{len(done.out) - 1} lines for {len(lines)}"
    elif any(
        not all(map(same, verb.alone[line], done.out[number * verb.lines :]))
        for number, line in enumerate(lines)
    ):
        fault = "another answer than alone"
    elif done.code != (3 if bad else 0):
        fault = f"code {done.code}: {done.err}"
    elif [n for n in bad if f"stdin:{n}:" not in done.err]:
        fault = f"a refused line is not said: {done.err}"
    elif any(len(line.splitlines()) > 1 for line in done.out):
        fault = "an answer is more than one line to Python"
    count.cases["streams"] += 1
    count.check(not fault, f"{verb.words[0]} --batch {batch} {lines!r:.300}: {fault}")


def same(one: str, other: str) -> bool:
    """Whether answers are the same, but for the last digit of a probability."""
    (label, _, share), (label2, _, share2) = one.partition("\t"), other.partition("\t")
    return label == label2 and (share == share2 or abs(float(share) - float(share2)) < 2e-4)


def answers(words: list[str], model: Path, lines: int) -> Verb:
    """A verb, with the answer to each line by itself."""
    pipeline = nlpseq.load(model)
    if lines > 1:
        pipeline = pipeline.searching({"n_best": lines})
    alone = dict.fromkeys([*BLANK, *BAD], [""] * lines)
    for line in GOOD:
        alone[line] = rendered(pipeline(line.decode()), "text", lines)
    return Verb(words, alone, lines)


def spawn(verb: Verb, **more: Any) -> subprocess.Popen[bytes]:
    """The verb as a process of its own."""
    command = [sys.executable, "-m", "nlpseq", *verb.words, "--quiet"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, **more)


def ping_pong(verb: Verb) -> str:
    """One line is written, and its answer awaited before the next."""
    with spawn(verb, stdout=subprocess.PIPE) as child:
        assert None not in (child.stdin, child.stdout)
        for line in [*GOOD, *BLANK] * 3:
            child.stdin.write(line + b"\n")
            child.stdin.flush()
            found = child.stdout.readline().decode().removesuffix("\n")
            if not same(verb.alone[line][0], found):
                return f"{line!r}: {found!r}"
        child.stdin.close()
    return "" if child.returncode == 0 else f"code {child.returncode}"


def reader_goes(verb: Verb) -> str:
    """As in ``| head -1``."""
    with spawn(verb, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert None not in (child.stdin, child.stdout, child.stderr)
        child.stdin.write(b"good\n")
        child.stdin.flush()
        child.stdout.readline()
        child.stdout.close()
        try:
            child.stdin.write(b"good\n" * 200)
            child.stdin.close()
        except BrokenPipeError:
            pass
        said = child.stderr.read()
    ended = (child.returncode, said)
    return "" if ended == (-signal.SIGPIPE, b"") else f"{ended}"


def disk_is_full(verb: Verb) -> str:
    """Nothing can be written."""
    with open("/dev/full", "wb") as full, spawn(verb, stdout=full, stderr=subprocess.PIPE) as child:
        _, said = child.communicate(b"good\nbad\n")
    right = child.returncode == 1 and b"No space left" in said and said.count(b"\n") == 1
    return "" if right else f"{(child.returncode, said)}"


def stopped(verb: Verb) -> str:
    """In the middle of the stream; what was answered is whole."""
    with spawn(verb, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert None not in (child.stdin, child.stdout, child.stderr)
        child.stdin.write(b"good\n")
        child.stdin.flush()
        first = child.stdout.readline()
        child.send_signal(signal.SIGTERM)
        rest, said = child.communicate()
    right = child.returncode == 128 + signal.SIGTERM and first.endswith(b"\n") and not rest
    return "" if right and b"Traceback" not in said else f"{(child.returncode, said)}"


def memory_of(model: Path, size: int, count: Count) -> None:
    """The memory does not grow, neither with predictions nor with what is read."""
    found = nlpseq.load(model).stream(GOOD[0].decode() for _ in range(5 * size))
    count.cases["predictions"] += sum(1 for _ in islice(found, size))
    memory = Memory()
    count.cases["predictions"] += sum(1 for _ in found)
    megabytes = max(size // 2, 6 * MIB)
    number = sum(len(group) for group in large_stream(megabytes))
    count.cases["MB read"] += megabytes
    count.check(number == 100 * megabytes, f"{number} lines of a large stream")
    count.check(memory.grown < MIB, f"memory grew by {memory.grown} MiB")


def large_stream(megabytes: int) -> Iterator[list[Line]]:
    """So much as lines of 10 kB, through a pipe."""
    there, here = os.pipe()

    def write() -> None:
        with open(here, "wb", buffering=0) as pipe:
            for _ in range(100 * megabytes):
                pipe.write(b"a line " * 1428 + b"end\n")

    writer = threading.Thread(target=write)
    writer.start()
    yield from stream_lines(there, repeat(64))
    writer.join()
    os.close(there)


def controls(verb: Verb, count: Count) -> None:
    """A stream that leaves blank lines out is caught, and one that keeps what it reads."""
    leaving = Count()
    skip = lambda answer, *more: rendered(answer, *more) if answer.source else []  # noqa: E731
    with patch.object(verb_module, "rendered", skip):
        for number in range(10):
            try_stream(verb, random.Random(number), leaving)
    count.control("blank lines left out", bool(leaving.violations))
    memory = Memory()
    kept = list(large_stream(2 * MIB))
    count.control("all that is read is kept", bool(kept) and memory.grown >= MIB)


def run_campaign(size: int, rng: random.Random, count: Count) -> None:
    """Streams of both kinds of model, then processes."""
    with workplace() as place:
        label, write = labeller(place), writer(place)
        verbs = [
            answers(["sentiment", "--model", str(label)], label, 1),
            answers(["translate", "--model", str(write)], write, 1),
            answers(["translate", "--model", str(write), "--n-best", "3"], write, 3),
        ]
        for number in range(size):
            try_stream(verbs[number % 3], rng, count)
        controls(verbs[0], count)
        for number in range(max(4, size // 40)):
            way = (ping_pong, reader_goes, disk_is_full, stopped)[number % 4]
            fault = way(verbs[number % 2])
            count.cases[way.__name__] += 1
            count.check(not fault, f"{way.__name__}: {fault}")
        memory_of(label, size, count)


if __name__ == "__main__":
    main(run_campaign, size=2000)
