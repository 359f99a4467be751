import pytest

from nlpseq.training import progress
from nlpseq.training.progress import Progress, Step


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_a_line_comes_now_and_then_and_ever_more_seldom(clock):
    lines = []
    told = Progress(lines.append)
    when = []
    for second in range(200):
        clock.now = 100.0 + second
        before = len(lines)
        told.update(Step(2.0, 500, 0.5), 90.0, "epoch 1  update 7")
        if len(lines) > before:
            when.append(second)
    assert when[:4] == [5, 13, 25, 42]
    assert lines[0] == "epoch 1  update 7  loss 2.0000  1,000 tokens/s  at most 90 s left"
    waits = [later - sooner for sooner, later in zip(when, when[1:], strict=False)]
    assert waits == sorted(waits)
    assert max(waits) <= 60


def test_a_line_that_is_shown_until_the_next_comes_often(clock):
    lines, shown = [], []
    told = Progress(lines.append, shown.append)
    for _ in range(10):
        clock.now += 0.125
        told.update(Step(1.0, 10, 0.1), 6000, "epoch 1")
    assert lines == []
    assert len(shown) == 5
    assert all(line.endswith("at most 1.7 h left") for line in shown)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (99.4, "99 s"), (100, "2 min"), (5999, "100 min"), (6000, "1.7 h")],
)
def test_times_are_said_as_people_say_them(seconds, text):
    assert progress.span(seconds) == text


def test_the_loss_is_a_mean_in_which_old_updates_fade():
    told = Progress(print)
    assert told.loss == 0
    told.update(Step(4.0, 1, 1.0), 0, "")
    assert told.loss == pytest.approx(4.0)
    told.update(Step(1.0, 1, 1.0), 0, "")
    assert told.loss == pytest.approx((0.98 * 4 + 1) / (0.98 + 1))
    for _ in range(500):
        told.update(Step(1.0, 1, 1.0), 0, "")
    assert told.loss == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_one_loss_that_is_no_number_does_not_spoil_the_mean(bad):
    told = Progress(print)
    for loss in (2.0, bad, 2.0):
        told.update(Step(loss, 1, 1.0), 0, "")
    assert told.loss == pytest.approx(2.0)
