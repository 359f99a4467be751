"""Schedules against their formulas, and what holds for every one of them."""

import math

import pytest

from nlpseq.config import read
from nlpseq.training.schedules import SCHEDULES


def make(name, **settings):
    cls = SCHEDULES[name]
    return cls(read(cls.Settings, settings))


@pytest.fixture(params=list(SCHEDULES))
def name(request):
    return request.param


POINTS = [
    ("constant", {}, 1, 0.0, 1.0),
    ("constant", {}, 10**6, 1.0, 1.0),
    ("constant", {"warmup": 4}, 1, 0.0, 0.25),
    ("constant", {"warmup": 4}, 3, 0.0, 0.75),
    ("constant", {"warmup": 4}, 9, 0.9, 1.0),
    ("inverse_sqrt", {"warmup": 100}, 1, 0.0, 0.01),
    ("inverse_sqrt", {"warmup": 100}, 100, 0.5, 1.0),
    ("inverse_sqrt", {"warmup": 100}, 400, 0.5, 0.5),
    ("inverse_sqrt", {"warmup": 100}, 10_000, 1.0, 0.1),
    ("cosine", {"warmup": 0, "last": 0.0}, 1, 0.0, 1.0),
    ("cosine", {"warmup": 0, "last": 0.0}, 1, 0.5, 0.5),
    ("cosine", {"warmup": 0, "last": 0.0}, 1, 1 / 3, 0.75),
    ("cosine", {"warmup": 0, "last": 0.0}, 1, 1.0, 0.0),
    ("cosine", {"warmup": 0, "last": 0.2}, 1, 0.5, 0.6),
    ("cosine", {"warmup": 0, "last": 0.2}, 1, 1.0, 0.2),
    ("cosine", {"warmup": 0, "last": 0.2}, 1, 1.5, 0.2),
    ("cosine", {"warmup": 10, "last": 0.0}, 5, 0.5, 0.25),
    ("plateau", {}, 1, 0.0, 1.0),
    ("plateau", {"warmup": 4}, 1, 0.0, 0.25),
    ("plateau", {"warmup": 4}, 8, 0.9, 1.0),
]


@pytest.mark.parametrize(("name", "settings", "update", "share", "factor"), POINTS)
def test_the_factor_is_that_of_the_formula(name, settings, update, share, factor):
    assert make(name, **settings).factor(update, share) == pytest.approx(factor)


def test_the_formula_of_every_schedule_is_tried():
    assert {point[0] for point in POINTS} == set(SCHEDULES)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_warm_up_rises_in_equal_steps_and_meets_what_follows(name, share):
    schedule = make(name, warmup=50)
    factors = [schedule.factor(update, share) for update in range(1, 55)]
    steps = [later - sooner for sooner, later in zip(factors, factors[1:], strict=False)]
    assert steps[:49] == pytest.approx([factors[0]] * 49)
    assert abs(steps[49]) <= factors[0]  # no jump at its end
    assert max(factors) == factors[49]


def test_a_factor_is_never_negative_nor_above_one(name):
    schedule = make(name)
    for update in (1, 2, 10, 1000, 10**7):
        for share in (0.0, 0.1, 0.9999, 1.0):
            assert 0 <= schedule.factor(update, share) <= 1
            assert math.isfinite(schedule.factor(update, share))


def test_a_schedule_goes_on_from_its_state_as_if_it_had_never_stopped(name):
    heard = [False, True, False, False, True, False, False, False]
    unbroken = make(name)
    for stop in range(len(heard)):
        resumed = make(name)
        resumed.load(unbroken.state())
        for improved in heard[stop:]:
            resumed.validated(improved)
        ahead = make(name)
        for improved in heard:
            ahead.validated(improved)
        assert resumed.factor(10**6, 0.5) == ahead.factor(10**6, 0.5)
        assert resumed.state() == ahead.state()
        unbroken.validated(heard[stop])


def test_hearing_of_a_validation_matters_to_the_plateau_alone(name):
    schedule = make(name)
    before = schedule.factor(10**6, 0.5)
    for _ in range(5):
        schedule.validated(False)
    assert (schedule.factor(10**6, 0.5) != before) == (name == "plateau")


@pytest.mark.parametrize(
    ("wait", "heard", "times"),
    [
        (1, "", 0),
        (1, "+", 0),
        (1, "-", 1),
        (1, "--", 2),
        (1, "+-+-", 2),
        (2, "-", 0),
        (2, "--", 1),
        (2, "-+-", 0),
        (2, "-----", 2),
        (3, "--+---+", 1),
    ],
)
def test_a_plateau_shrinks_the_rate_after_so_many_validations_in_vain(wait, heard, times):
    schedule = make("plateau", wait=wait, shrink=0.5)
    for sign in heard:
        schedule.validated(sign == "+")
    assert schedule.factor(1, 0.0) == 0.5**times
