"""How long commands take to start: ``python -m benchmarks.startup DATA [--quick]``.

``nlpseq --help``; ``nlpseq translate`` with a model of the standard setting, from the command to
the answer; and ``python -c "import torch"``, below which nothing that computes with torch can
come. They take turns; the figures are medians. The files of all stand in the system's cache.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.process import NLPSEQ, run
from benchmarks.standard import arguments, say, standard
from nlpseq.evaluation.table import aligned

SENTENCE = "Ein Mann mit einem roten Hut fährt auf einem alten Fahrrad."
ENDS = ["--max-length", "14"]  # untrained weights find no end by themselves


def main() -> None:
    """Take turns, print medians, and a line of JSON."""
    words = arguments(__doc__, "five rounds instead of fifteen").parse_args()
    say(str(machine()))
    setting = standard(words.data)
    with tempfile.TemporaryDirectory() as folder:
        model = setting.write_untrained(Path(folder) / "model")
        commands = {
            "python": [sys.executable, "-c", "pass"],
            "help": [*NLPSEQ, "--help"],
            "import_torch": [sys.executable, "-c", "import torch"],
            "translate": [*NLPSEQ, "translate", "--model", str(model), *ENDS, SENTENCE],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(6 if words.quick else 16):
            for name, command in commands.items():
                took = run(command).seconds
                seconds[name] += [took] if number else []  # the first round fills the cache
    found = {f"{name}_seconds": statistics.median(each) for name, each in seconds.items()}
    torch = found["import_torch_seconds"]
    found["translate_over_import_torch"] = found["translate_seconds"] - torch
    print("\n".join(aligned([(name, f"{value:.3f}") for name, value in found.items()])))
    print(json.dumps({name: round(value, 3) for name, value in found.items()}))


if __name__ == "__main__":
    main()
