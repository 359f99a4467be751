import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpseq.errors import Failure
from nlpseq.evaluation.calibration import calibration

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=50)


def written_out(answers):
    """Guo et al. (2017), equation 3, bin by bin."""
    edges = np.linspace(0, 1, 16)
    total = 0.0
    for m in range(15):
        own = [(c, r) for c, r in answers if edges[m] < c <= edges[m + 1] or (m == 0 and c == 0)]
        if own:
            confidence, accuracy = np.mean([c for c, _ in own]), np.mean([r for _, r in own])
            total += len(own) / len(answers) * abs(accuracy - confidence)
    return 100 * total


@given(answers=ANSWERS)
def test_the_error_is_that_of_the_paper(answers):
    confidences, right = [c for c, _ in answers], [r for _, r in answers]
    found = calibration(confidences, right)
    assert found.error == pytest.approx(written_out(answers))
    assert sum(part.answers for part in found.bins) == len(answers)
    assert 0 <= found.error <= 100 + 1e-9


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [
        ([], [], 0),
        ([1.0], [True], 0),
        ([1.0], [False], 100),
        ([0.0], [True], 100),
        ([0.5, 0.5], [True, False], 0),
        ([0.9] * 10, [True] * 8 + [False] * 2, 10),
        ([0.9] * 5 + [0.3] * 5, [True] * 5 + [False] * 5, 20),
    ],
)
def test_known_errors(confidences, right, error):
    assert calibration(confidences, right).error == pytest.approx(error)


@pytest.mark.parametrize(("confidence", "high"), [(0.2, 3), (np.nextafter(0.2, 1), 4), (0, 1)])
def test_a_bin_holds_its_upper_end(confidence, high):
    (only,) = calibration([confidence], [True]).bins
    assert only.high == pytest.approx(high / 15)
    assert only.low == pytest.approx((high - 1) / 15)


def test_a_sum_of_float32_may_exceed_one_by_its_rounding():
    assert calibration([float(np.float32(1) + np.float32(1e-7))], [True]).error < 1e-3


@pytest.mark.parametrize("bad", [math.nan, -0.1, 1.5, math.inf])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(Failure, match="confidence of answer 2"):
        calibration([0.5, bad], [True, True])
