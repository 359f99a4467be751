"""Every campaign, at a size of some seconds; ``python -m tests.campaigns.NAME`` runs it in full."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SIZES = {
    "power_loss": 40,
    "storage_faults": 8,
    "kills": 6,
    "resumes": 2,
    "stops": 8,
    "locks": 20,
}
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")


@pytest.mark.parametrize(
    ("name", "size"),
    [*SIZES.items(), pytest.param("hidden_writers", 1, marks=[needs_strace, pytest.mark.slow])],
)
def test_the_campaign_finds_no_violation_and_catches_every_control(name, size):
    done = subprocess.run(
        [sys.executable, "-m", f"tests.campaigns.{name}", "--seed=1", f"--size={size}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"seed 1, size {size}: " in done.stdout
    assert " controls: 0 violations, " in done.stdout
