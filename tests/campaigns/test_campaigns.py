"""Every campaign, at a size of some seconds; ``python -m tests.campaigns.NAME`` runs it in full."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

slow = pytest.mark.slow
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")
LONGEST = 900  # seconds, where most take less than a tenth of it
CAMPAIGNS = [
    ("power_loss", 40),
    ("kills", 6),
    ("locks", 20),
    pytest.param("storage_faults", 8, marks=slow),
    pytest.param("resumes", 2, marks=slow),
    pytest.param("stops", 8, marks=slow),
    pytest.param("ranks", 2, marks=slow),  # one kill, one stop
    pytest.param("rank_phases", 4, marks=slow),  # one of each kind
    pytest.param("hidden_writers", 1, marks=[slow, needs_strace]),
    pytest.param("kernel_faults", 8, marks=[slow, needs_strace]),
]


@pytest.mark.parametrize(("name", "size"), CAMPAIGNS)
def test_the_campaign_finds_no_violation_and_catches_every_control(name, size):
    done = subprocess.run(
        [sys.executable, "-m", f"tests.campaigns.{name}", "--seed=1", f"--size={size}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"seed 1, size {size}: " in done.stdout
    assert " controls: 0 violations, " in done.stdout
