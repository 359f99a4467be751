"""What a command takes is its own."""

import sys

import pytest

from benchmarks.process import run

HOLDS = "import time; held = b'x' * 100_000_000; time.sleep(0.5)"


def test_the_peak_of_a_command_is_not_that_of_who_measures_it():
    held = b"x" * 500_000_000
    found = run([sys.executable, "-c", HOLDS])
    assert 100 < found.peak_mb < 150 < len(held) / 2**20
    assert 0.5 < found.seconds < 30


def test_a_command_that_fails_ends_the_measurement():
    with pytest.raises(
        SystemExit, match="import nothing_of_this_name: ended with 1: (?s:.*)No module"
    ):
        run([sys.executable, "-c", "import nothing_of_this_name"])


def test_a_command_sees_the_environment_that_it_is_given():
    words = "import os; assert os.environ['PLACE'] == 'here'"
    assert run([sys.executable, "-c", words], {"PLACE": "here"}).peak_mb > 1
