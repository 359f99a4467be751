"""Weights in fewer bits, for answers that come faster: bf16 or int8.

Only products with a weight are computed in fewer bits; what the network carries from step to
step, softmax and search stay in fp32.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.errors import SettingError

M = TypeVar("M", bound=nn.Module)


def lowered(model: M, precision: str) -> M:
    """A copy of a model that multiplies by its matrices in ``precision``; it shares the weights.

    Raises:
        SettingError: the model is not where that can be done.
    """
    kind = _KINDS[precision]
    device = next(model.parameters()).device.type
    if kind is Int8Weight and device != "cpu":
        raise SettingError(
            f"setting search.precision: found 'int8' on {device}, expected it on cpu; use bf16"
        )
    model = copy.deepcopy(model, {id(weight): weight for weight in model.parameters()})
    made: dict[nn.Parameter, LowWeight] = {}  # tied weights stay tied
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is not None and weight.ndim == 2:
                if weight not in made:
                    made[weight] = kind.of(weight)
                module._parameters[name] = made[weight]
    return model


class LowWeight(nn.Parameter):
    """A weight [O, I] whose products are computed in fewer bits; elsewhere it is what it was."""

    _firsts: dict[int, Self]

    @classmethod
    def of(cls, weight: Tensor) -> Self:
        """The same weight, made ready for products."""
        made = cls(weight.detach(), requires_grad=False)
        made._firsts = {}
        made.prepare(weight.detach())
        return made

    @abstractmethod
    def prepare(self, weight: Tensor) -> None:
        """Turn the weight into what :meth:`product` needs."""

    def first(self, count: int) -> Self:
        """The weight of the first outputs, made ready."""
        if count not in self._firsts:
            self._firsts[count] = self.of(self.narrow(0, 0, count))
        return self._firsts[count]

    @abstractmethod
    def product(self, rows: Tensor) -> Tensor:
        """``rows`` [R, I] times the weight: [R, O], in fp32."""

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Compute what the framework is asked for; :func:`functional.linear` in fewer bits."""
        with torch._C.DisableTorchFunctionSubclass():
            if func is Tensor.narrow and args[1:3] == (0, 0):
                return args[0].first(args[3])
            if func is functional.linear and isinstance(args[1], cls):
                rows, weight, *bias = args
                found = weight.product(rows.reshape(-1, rows.shape[-1]))
                if bias and bias[0] is not None:
                    found += bias[0]
                return found.view(*rows.shape[:-1], -1)
            return func(*args, **(kwargs or {}))


class Bf16Weight(LowWeight):
    """Eight bits of each number, and all of its range."""

    def prepare(self, weight: Tensor) -> None:
        self.low = weight.bfloat16()

    def product(self, rows: Tensor) -> Tensor:
        return (rows.bfloat16() @ self.low.t()).float()


class Int8Weight(LowWeight):
    """Whole numbers from -127 to 127, with a scale for each output and, as they come, each row.

    Jacob et al. (2018), https://arxiv.org/abs/1712.05877, without their zero point.
    """

    def prepare(self, weight: Tensor) -> None:
        numbers, scale = _whole(weight)
        self.low, self.scale = numbers.t(), scale.squeeze(1)

    def product(self, rows: Tensor) -> Tensor:
        numbers, scale = _whole(rows)
        return torch._int_mm(numbers, self.low).float().mul_(scale).mul_(self.scale)


def _whole(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows [R, I] as whole numbers of int8, and the scale [R, 1] that makes them what they were."""
    scale = rows.abs().amax(1, keepdim=True).div_(127).clamp_(min=1e-12)
    return (rows / scale).round_().to(torch.int8), scale


_KINDS: Mapping[str, type[LowWeight]] = {"bf16": Bf16Weight, "int8": Int8Weight}
