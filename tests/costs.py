"""How the cost of something grows, in time of the processor, of which other programs take none."""

import time


def times_dearer(act, small, large):
    """How many times as much ``act`` costs with ``large``; of either the cheapest of five runs."""
    costs = [(seconds(act, small), seconds(act, large)) for _ in range(5)]
    least, most = map(min, zip(*costs, strict=True))
    return most / least


def seconds(act, *given):
    """What one run costs."""
    started = time.process_time()
    act(*given)
    return time.process_time() - started
