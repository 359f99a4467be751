"""How long loading word vectors takes, and how much memory: ``python -m benchmarks.vectors``.

Makes 400,000 vectors of width 300 as text (about 1 GB) in a temporary folder and loads those of
a vocabulary of 20,000 in a fresh process, which may take 1 GB. ``--quick`` makes a tenth.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from nlpseq.durable import Output

WIDTH = 300
VOCABULARY = 20_000
BOUND_MB = 1000
DIFFERENT = 1000  # rows that are rendered; making 400,000 would take longer than reading them


def make(path: Path, rows: int) -> None:
    """Write GloVe text; numbers of eight characters, as in the published files."""
    numbers = np.random.default_rng(1).normal(0, 0.4, (DIFFERENT, WIDTH))
    rendered = [" ".join(f"{number:.5f}" for number in row) for row in numbers]
    with Output(path) as file:
        for start in range(0, rows, DIFFERENT):
            words = range(start, min(start + DIFFERENT, rows))
            block = (f"word{word} {rendered[word % DIFFERENT]}\n" for word in words)
            file.write("".join(block).encode())


def load(path: str, rows: int) -> dict[str, float]:
    """Load in this process; the vocabulary is spread over the whole file."""
    from nlpseq.text.vectors import read_vectors

    wanted = {f"word{number}" for number in range(0, rows, rows // VOCABULARY)}
    before = time.perf_counter()
    vectors = read_vectors(path, wanted)
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(seconds, 2), "peak_mb": round(peak), "kept": len(vectors)}


def main() -> None:
    """Make the file, load it in a fresh process, print what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="40,000 rows instead of 400,000")
    parser.add_argument("--load", metavar="FILE", help=argparse.SUPPRESS)
    words = parser.parse_args()
    rows = 40_000 if words.quick else 400_000
    if words.load:
        print(json.dumps(load(words.load, rows)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.txt"
        make(path, rows)
        megabytes = round(path.stat().st_size / 1e6)
        command = [sys.executable, "-m", "benchmarks.vectors", "--load", str(path)]
        child = subprocess.run(command + sys.argv[1:], check=True, capture_output=True, text=True)
    result = {"rows": rows, "width": WIDTH, "file_mb": megabytes, **json.loads(child.stdout)}
    result |= {"bound_mb": BOUND_MB, "kept_bound": result["peak_mb"] <= BOUND_MB}
    print(f"{rows} x {WIDTH}, {megabytes} MB of text, {result['kept']} rows kept:")
    print(f"{result['seconds']} s, peak {result['peak_mb']} MB of at most {BOUND_MB} MB")
    print(json.dumps(result))
    raise SystemExit(not result["kept_bound"])


if __name__ == "__main__":
    main()
