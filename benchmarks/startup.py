"""How long commands take to start: ``python -m benchmarks.startup DATA [--quick]``.

``nlpseq --help``; ``nlpseq translate`` with a model of the standard setting, from the command to
the answer; and ``python -c "import torch"``, below which nothing that computes with torch can
come, a textbook's script neither. Peers that are installed (``benchmarks/peers.md``) do the same
by their own commands, with a model of the same widths and a beam of 5 as ours. All take turns; the
figures are medians. The files of all stand in the system's cache.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import count, product
from pathlib import Path
from typing import NamedTuple

from benchmarks import peers
from benchmarks.machine import machine
from benchmarks.process import NLPSEQ, run
from benchmarks.standard import Standard, arguments, say, standard
from nlpseq.evaluation.table import aligned

SENTENCE = "Ein Mann mit einem roten Hut fährt auf einem alten Fahrrad."
LENGTH = 14  # of the answer: untrained weights find no end by themselves
OURS = ("help", "translate")


class Command(NamedTuple):
    """What is started, and what it reads."""

    words: Sequence[str]
    environment: Mapping[str, str] | None = None
    given: str = ""


def of_ours(model: Path) -> dict[str, Command]:
    """Ours, and what they cannot be faster than."""
    length = ["--min-length", str(LENGTH), "--max-length", str(LENGTH)]
    return {
        "python": Command([sys.executable, "-c", "pass"]),
        "import_torch": Command([sys.executable, "-c", "import torch"]),
        "help": Command([*NLPSEQ, "--help"]),
        "translate": Command([*NLPSEQ, "translate", "--model", str(model), *length, SENTENCE]),
    }


def of_peer(name: str, python: str, setting: Standard, folder: Path) -> dict[str, Command]:
    """A peer's help and its translation of the sentence, which it reads in pieces."""
    model = peers.untrained(name, python, setting, folder)
    source = setting.prepared.columns["source"]
    (pieces,) = peers.in_pieces([source.ids(SENTENCE)], source.vocabulary.tokens)
    if name == "opennmt":
        (folder / "given").write_text(f"{pieces}\n")
        call = ["-m", "onmt.bin.translate"]
        length = ["-min_length", str(LENGTH), "-max_length", str(LENGTH)]
        files = ["-model", str(model), "-src", str(folder / "given"), "-output", os.devnull]
        asked = [*files, *length, "-max_length_ratio", "0", "-beam_size", "5"]
    else:
        config = json.loads(model.read_text())
        config["testing"] |= {"min_output_length": LENGTH, "max_output_length": LENGTH}
        model.write_text(json.dumps(config))
        call, asked = ["-m", "joeynmt"], ["translate", str(model)]
    environment = peers.environment()
    return {
        f"{name}_help": Command([python, *call, "--help"], environment),
        f"{name}_translate": Command([python, *call, *asked], environment, f"{pieces}\n"),
    }


def main() -> None:
    """Take turns, print medians, and a line of JSON."""
    parser = arguments(__doc__, "five rounds instead of fifteen")
    peers.add_arguments(parser)
    words = parser.parse_args()
    say(str(machine()))
    setting = standard(words.data)
    with ExitStack() as stack:
        folders = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in count())
        commands = of_ours(setting.write_untrained(next(folders) / "model"))
        for name in peers.NAMES:
            if python := getattr(words, name):
                commands |= of_peer(name, python, setting, next(folders))
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(6 if words.quick else 16):
            for name, command in commands.items():
                took = run(*command).seconds
                seconds[name] += [took] if number else []  # the first round fills the cache
    found = {f"{name}_seconds": statistics.median(each) for name, each in seconds.items()}
    torch = found["import_torch_seconds"]
    found["translate_over_import_torch"] = found["translate_seconds"] - torch
    for peer, ours in product(peers.NAMES, OURS):
        if (name := f"{peer}_{ours}_seconds") in found:
            found[f"{ours}_speedup_vs_{peer}"] = found[name] / found[f"{ours}_seconds"]
    print("\n".join(aligned([(name, f"{value:.3f}") for name, value in found.items()])))
    print(json.dumps({name: round(value, 3) for name, value in found.items()}))


if __name__ == "__main__":
    main()
