"""Each campaign in small: no violation, and every fault that is put in on purpose is caught."""

import importlib
import random
import signal

import pytest

from tests.campaigns.campaign import Count

SIZES = {"damage": 10, "damaged_vectors": 60, "inputs": 150, "strangers": 40, "bait": 30}
SLOW = {"streams": 40, "terminals": 14}


def run(name, size):
    count, alarm = Count(), signal.getsignal(signal.SIGALRM)
    campaign = importlib.import_module(f"tests.campaigns.{name}")
    campaign.run_campaign(size, random.Random(7), count)
    assert not count.violations
    assert count.cases["controls"] > 0
    assert signal.getsignal(signal.SIGALRM) is alarm  # the next test has its own


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_a_campaign_in_small_finds_nothing(name, size):
    run(name, size)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), SLOW.items())
def test_a_campaign_of_processes_in_small_finds_nothing(name, size):
    run(name, size)
