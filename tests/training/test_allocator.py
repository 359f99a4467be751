"""Memory that was used once: kept, unless the environment says otherwise."""

import os
import platform
import subprocess
import sys

import pytest

from nlpseq.training.allocator import keep_memory

GLIBC = platform.libc_ver()[0] == "glibc"
ASKED = ("GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_")

PAGES = """
import resource, sys, torch
from nlpseq.training.allocator import keep_memory
kept = keep_memory() if sys.argv[1] == "keep" else None
for number in range(11):
    torch.ones(16_000_000)
    if number == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(kept, (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) * resource.getpagesize())
"""


def faulted(how, **asked):
    """Whether memory is kept, and the bytes that ten tensors of 64 MB had cleared for them."""
    environment = {name: value for name, value in os.environ.items() if name not in ASKED} | asked
    done = subprocess.run(
        [sys.executable, "-c", PAGES, how], env=environment, capture_output=True, text=True
    )
    kept, cleared = done.stdout.split()
    return kept, int(cleared)


@pytest.mark.skipif(not GLIBC, reason="of glibc alone")
def test_large_blocks_are_cleared_once_when_memory_is_kept():
    assert faulted("leave")[1] > 600e6
    kept, cleared = faulted("keep")
    assert kept == "True"
    assert cleared < 150e6  # one or two of them


@pytest.mark.parametrize("name", ASKED)
def test_what_the_environment_asks_of_the_allocator_is_left_as_it_is(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert keep_memory() is False
