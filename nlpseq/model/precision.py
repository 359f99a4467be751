"""Weights made ready for products, for answers that come faster: with all their bits, or fewer.

Only products with a weight are computed in fewer bits; what the network carries from step to
step, softmax and search stay in fp32.
"""

from __future__ import annotations

import copy
import functools
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.errors import SettingError

M = TypeVar("M", bound=nn.Module)


def ready(model: M, precision: str) -> M:
    """A copy of a model that multiplies by its matrices in ``precision``; it shares the weights.

    Raises:
        SettingError: the model is not where that can be done.
    """
    kind = _kind(precision, next(model.parameters()).device.type)
    if kind is None:
        return model
    model = copy.deepcopy(model, {id(weight): weight for weight in model.parameters()})
    made: dict[nn.Parameter, ReadyWeight] = {}  # tied weights stay tied
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is not None and weight.ndim == 2:
                if weight not in made:
                    made[weight] = kind.of(weight)
                module._parameters[name] = made[weight]
    return model


def _kind(precision: str, device: str) -> type[ReadyWeight] | None:
    """How weights are made ready; None: they are."""
    if precision == "int8":
        if device != "cpu":
            raise SettingError(
                f"setting search.precision: found 'int8' on {device}, expected it on cpu; use bf16"
            )
        return Int8Weight
    packed = PackedBf16Weight if precision == "bf16" else PackedWeight
    if device == "cpu" and _packs(packed):
        return packed
    return Bf16Weight if precision == "bf16" else None


class ReadyWeight(nn.Parameter):
    """A weight [O, I] with its own way to products; for all else it is what it was."""

    _firsts: dict[int, Self]
    _ready: tuple[int, Any]

    @classmethod
    def of(cls, weight: Tensor) -> Self:
        """The same weight, to be made ready by its first product."""
        made = cls(weight.detach(), requires_grad=False)
        made._firsts, made._ready = {}, (-1, None)
        return made

    @property
    def made_ready(self) -> Any:
        """What :meth:`product` needs of the weight, made anew when that has learned."""
        version = 0 if self.is_inference() else self._version  # such weights do not learn
        if self._ready[0] != version:
            with torch.inference_mode(False):  # it serves where gradients are asked for, too
                self._ready = version, self.prepare(self.detach())
        return self._ready[1]

    @abstractmethod
    def prepare(self, weight: Tensor) -> Any:
        """Turn the weight into what :meth:`product` needs."""

    def first(self, count: int) -> Self:
        """The weight of the first outputs."""
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
        """Compute what the framework is asked for; :func:`functional.linear` in our own way."""
        with torch._C.DisableTorchFunctionSubclass():
            if func is Tensor.narrow and args[1:3] == (0, 0):
                return args[0].first(args[3])
            if func is functional.linear and isinstance(args[1], cls):
                rows, weight, *bias = args
                found = weight.product(rows.reshape(-1, rows.shape[-1]))
                if bias and bias[0] is not None:
                    found += bias[0]
                return found.view(*rows.shape[:-1], found.shape[-1])
            return func(*args, **(kwargs or {}))


class PackedWeight(ReadyWeight):
    """All bits, laid out once as the processor reads them and not anew for each product.

    What is spared is the more, the fewer the rows.
    """

    bits = torch.float32

    def prepare(self, weight: Tensor) -> Tensor:
        packed: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight.to(self.bits))
        return packed

    def product(self, rows: Tensor) -> Tensor:
        found: Tensor = torch.ops.mkldnn._linear_pointwise(
            rows.to(self.bits), self.made_ready, None, "none", [], ""
        )
        return found.float()


class PackedBf16Weight(PackedWeight):
    """Eight bits of each number, and all of its range, laid out like that."""

    bits = torch.bfloat16


@functools.cache
def _packs(kind: type[PackedWeight]) -> bool:
    """Whether weights can be packed here, by operators that the framework has for its compiler."""
    one = torch.ones(1, 1)
    try:
        return bool(kind.of(one).product(one) == 1)
    except (AttributeError, RuntimeError, TypeError):  # another framework, or another processor
        return False


class Bf16Weight(ReadyWeight):
    """Eight bits of each number, and all of its range, where nothing packs them."""

    def prepare(self, weight: Tensor) -> Tensor:
        return weight.bfloat16().t()

    def product(self, rows: Tensor) -> Tensor:
        found: Tensor = rows.bfloat16() @ self.made_ready
        return found.float()


class Int8Weight(ReadyWeight):
    """Whole numbers from -127 to 127, with a scale for each output and, as they come, each row.

    Jacob et al. (2018), https://arxiv.org/abs/1712.05877, without their zero point.
    """

    def prepare(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        numbers, scale = _whole(weight)
        return numbers.t(), scale.squeeze(1)

    def product(self, rows: Tensor) -> Tensor:
        low, scale_of_outputs = self.made_ready
        numbers, scale = _whole(rows)
        product: Tensor = torch._int_mm(numbers, low).float()
        return product.mul_(scale).mul_(scale_of_outputs)


def _whole(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows [R, I] as whole numbers of int8, and the scale [R, 1] that makes them what they were."""
    scale = rows.abs().amax(1, keepdim=True).div_(127).clamp_(min=1e-12)
    return (rows / scale).round_().to(torch.int8), scale
