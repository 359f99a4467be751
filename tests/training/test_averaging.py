import pytest
import torch
from torch.testing import assert_close

from nlpseq.training.averaging import Average


def weights(*values):
    return {"w": torch.tensor(values), "seen": torch.tensor(int(sum(values)))}


def test_one_point_is_its_own_mean():
    average = Average(3)
    average.add(weights(1.0, 2.0))
    assert_close(average.mean(), weights(1.0, 2.0), rtol=0, atol=0)


def test_the_mean_is_over_the_newest_points():
    average = Average(2)
    for value in (100.0, 1.0, 4.0):
        average.add(weights(value))
    assert_close(average.mean()["w"], torch.tensor([2.5]))


def test_whole_numbers_are_those_of_the_newest():
    average = Average(2)
    average.add(weights(1.0))
    average.add(weights(4.0))
    assert average.mean()["seen"] == 4


def test_a_point_stays_as_it_was_when_training_goes_on():
    average, parameter = Average(2), torch.nn.Parameter(torch.ones(2))
    average.add({"w": parameter})
    with torch.no_grad():
        parameter.mul_(5)
    mean = average.mean()["w"]
    assert_close(mean, torch.ones(2))
    assert not mean.requires_grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_mean_has_the_type_of_the_weights(dtype):
    average = Average(3)
    for value in (1.0, 2.0, 6.0):
        average.add({"w": torch.full((2, 2), value, dtype=dtype)})
    assert_close(average.mean()["w"], torch.full((2, 2), 3.0, dtype=dtype))
