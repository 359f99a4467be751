"""Weights made ready for products, for answers that come faster: with all their bits, or fewer.

Products with a weight are computed in fewer bits, and the framework's recurrent kernels in bf16
where the processor has instructions for it; what search carries from step to step, softmax and
search itself stay in fp32.
"""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlpseq.errors import SettingError

M = TypeVar("M", bound=nn.Module)

KERNELS = (torch.lstm, torch.gru)
"""What the framework computes whole sequences by, with weights among what it is given."""


class Ready(Generic[M]):
    """A model made ready for answers in some precision: :func:`ready`, anew where weights changed.

    Changes that the framework does not count stay unseen: those through ``weight.data`` in place,
    and through an array that shares the memory.
    """

    def __init__(self, model: M, precision: str) -> None:
        self.model, self.precision = model, precision
        self._made: tuple[list[tuple[int, int]], M] = [], model

    def __call__(self) -> M:
        """The model, ready.

        Raises:
            SettingError: the model is not where that can be done.
        """
        weights = [
            (weight.data_ptr(), 0 if weight.is_inference() else weight._version)
            for weight in self.model.parameters()
        ]
        if self._made[0] != weights:
            self._made = weights, ready(self.model, self.precision)
        return self._made[1]

    def __getstate__(self) -> dict[str, Any]:
        """All but what was made, which is laid out for this process alone."""
        return vars(self) | {"_made": ([], self.model)}


def ready(model: M, precision: str) -> M:
    """A twin of a model that multiplies by its matrices, as they are now, in ``precision``.

    It is for answers and has no gradients. What is no matrix is the model's own.

    Raises:
        SettingError: the model is not where that can be done.
    """
    kind = _kind(precision, next(model.parameters()))
    return model if kind is None else _twin(model, kind, {})


def _kind(precision: str, weight: Tensor) -> type[ReadyWeight] | None:
    """How weights are made ready; None: they are."""
    device = weight.device.type
    if precision == "int8":
        if device != "cpu":
            raise SettingError(
                f"setting search.precision: found 'int8' on {device}, expected it on cpu; use bf16"
            )
        return Int8Weight
    packed = PackedBf16Weight if precision == "bf16" else PackedWeight
    if device == "cpu" and weight.dtype == torch.float32 and _packs(packed):
        return packed
    return Bf16Weight if precision == "bf16" else None


def _twin(module: M, kind: type[ReadyWeight], made: dict[Any, Any]) -> M:
    """The same module with weights to be made ready; what is tied stays tied by ``made``."""
    twin: M = object.__new__(type(module))
    made[module] = twin
    for weight in module._parameters.values():
        if weight is not None and weight.ndim == 2 and weight not in made:
            made[weight] = kind.of(weight)
    for part in module._modules.values():
        if part is not None and part not in made:
            _twin(part, kind, made)
    vars(twin).update(vars(module))
    twin._parameters = {name: made.get(own, own) for name, own in module._parameters.items()}
    twin._modules = {name: made.get(own, own) for name, own in module._modules.items()}
    return twin


class ReadyWeight(nn.Parameter):
    """A weight [O, I] with its own way to products; for all else it is what it was."""

    fewer_bits = True
    _firsts: dict[int, Self]

    @classmethod
    def of(cls, weight: Tensor) -> Self:
        """The same weight, to be made ready by its first product."""
        made = cls(weight.detach(), requires_grad=False)
        made._firsts = {}
        return made

    @functools.cached_property
    def made_ready(self) -> Any:
        """What :meth:`product` needs of the weight."""
        with torch.inference_mode(False):  # it serves outside of that, too
            return self.prepare(self.detach())

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
            if func is functional.linear:
                return _linear(*args, **(kwargs or {}))
            if func is Tensor.narrow and args[1:3] == (0, 0) and not kwargs:
                return args[0].first(args[3])
            if func in KERNELS and cls.fewer_bits and _knows_bf16():
                with torch.autocast("cpu", torch.bfloat16):
                    return tuple(part.float() for part in func(*args))
            return func(*args, **(kwargs or {}))


def _linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """:func:`functional.linear`, in the weight's own way."""
    if not isinstance(weight, ReadyWeight):
        return functional.linear(input, weight, bias)
    found = weight.product(input.reshape(-1, input.shape[-1]))
    if bias is not None:
        found += bias
    return found.view(*input.shape[:-1], found.shape[-1])


@functools.cache
def _knows_bf16() -> bool:
    """Whether the processor has instructions for products in bf16; older frameworks do not tell."""
    able: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


class PackedWeight(ReadyWeight):
    """All bits, laid out once as the processor reads them and not anew for each product.

    What is spared is the more, the fewer the rows.
    """

    bits, fewer_bits = torch.float32, False

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

    bits, fewer_bits = torch.bfloat16, True


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
        turned = numbers.t() if numbers.shape[1] > 1 else numbers.view(1, -1)  # not misread there
        return turned, scale.squeeze(1)

    def product(self, rows: Tensor) -> Tensor:
        low, scale_of_outputs = self.made_ready
        numbers, scale = _whole(rows)
        product: Tensor = torch._int_mm(numbers, low).float()
        return product.mul_(scale).mul_(scale_of_outputs)


def _whole(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows [R, I] as whole numbers of int8, and the scale [R, 1] that makes them what they were."""
    scale = rows.abs().amax(1, keepdim=True).div_(127).clamp_(min=1e-12)
    return (rows / scale).round_().to(torch.int8), scale
