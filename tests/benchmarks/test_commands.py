"""Every measurement runs from its command to its line of JSON."""

import json
import random
import subprocess
import sys

import pytest

COMMANDS = {
    "training": "speedup_vs_textbook",
    "decoding": "nlpseq_latency_greedy_ms",
    "startup": "translate_over_import_torch",
    "memory": "standard_training_peak_mb",
    "data": "rows_per_second",
    "quality": "best_bleu_greedy",
    "processes": "ratio",
    "lstm": "bf16_1024_512",
    "products": "fp32_5",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Made-up pairs with as many different words as 8,000 pieces need."""
    folder, draw = tmp_path_factory.mktemp("data"), random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(draw.choices(letters, k=draw.randint(3, 9))) for _ in range(9000)]
    for part, rows in (("train", 6000), ("valid", 40)):
        for code in ("de", "en"):
            lines = (" ".join(draw.choices(words, k=draw.randint(4, 12))) for _ in range(rows))
            (folder / f"{part}.{code}").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_measurement_ends_with_its_figures(name, data, tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    given = [] if name in ("lstm", "products") else [str(data)]
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *given, "--quick"],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures[COMMANDS[name]] is not None
