"""Gradients: penalties, clipping, and a watch that says in words when they vanish or explode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nlpseq.data.batches import Batch
from nlpseq.model.protocol import Model

VANISHED = 1e-4  # share of the norm at the best step that still counts as a gradient
EXPLODED = 1e3


def trained(model: nn.Module) -> list[nn.Parameter]:
    """The parameters that learn at present."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def penalty(parameters: Iterable[nn.Parameter], l1: float, l2: float) -> Tensor | None:
    """The weight penalties as a loss, None without any; biases go free.

    ::

        l1 * sum |w|  +  l2 / 2 * sum w^2
    """
    terms = []
    for weight in parameters:
        if weight.ndim > 1:
            if l1:
                terms.append(l1 * weight.abs().sum())
            if l2:
                terms.append(l2 / 2 * weight.square().sum())
    return torch.stack(terms).sum() if terms else None


def clip(parameters: Iterable[nn.Parameter], count: float, longest: float) -> float:
    """Divide a summed gradient by ``count`` and shorten it to ``longest`` (0: leave it be).

    Both take one pass over the weights. Returns the norm before it was shortened. Pascanu,
    Mikolov & Bengio (2013), https://arxiv.org/abs/1211.5063.
    """
    found = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = float(nn.utils.get_total_norm(found)) / count
    factor = min(1.0, longest / norm) if longest and norm else 1.0
    for gradient in found:
        gradient.mul_(factor / count)
    return norm


@dataclass(frozen=True)
class Watch:
    """The gradient of one batch, layer by layer and through time."""

    layers: Mapping[str, float]  # norm for each part of the model
    steps: tuple[float, ...]  # norm at each step of the source, mean over the batch

    def words(self) -> list[str]:
        """What is wrong and what to change; nothing when all is well."""
        found = []
        values = list(self.layers.values())
        if not all(value < float("inf") for value in values):
            return ["gradients are not finite; lower training.optimizer.learning_rate"]
        if max(values, default=0) > EXPLODED:
            worst = max(self.layers, key=lambda name: self.layers[name])
            found.append(
                f"gradients explode (norm {self.layers[worst]:.0f} in {worst}); "
                "set training.clip to 1 or lower the learning rate"
            )
        if max(values, default=1) < VANISHED**2:
            found.append("gradients have vanished everywhere; raise the learning rate")
        faded = [step for step in self.steps if step < VANISHED * max(self.steps)]
        if len(faded) > len(self.steps) / 2:
            found.append(
                f"gradients vanish through time ({len(faded)} of {len(self.steps)} steps get "
                "next to nothing); a gated cell, attention pooling or shorter texts help"
            )
        return found


def watch(model: Model, batch: Batch) -> Watch:
    """Look at the gradient of ``batch``; the gradients at hand are dropped."""
    inputs: list[Tensor] = []

    def keep(module: nn.Module, arguments: object, output: Tensor) -> None:
        output.requires_grad_() if output.is_leaf else None
        output.retain_grad()
        inputs.append(output)

    hooks = [part.register_forward_hook(keep) for part in model.embeddings().values()]
    model.zero_grad()
    try:
        loss, count = model.objective(batch)
        (loss / count).backward()  # type: ignore[no-untyped-call]
        return Watch(_by_layer(model), _by_step(inputs, batch))
    finally:
        model.zero_grad()
        for hook in hooks:
            hook.remove()


def _by_layer(model: nn.Module) -> dict[str, float]:
    norms: dict[str, float] = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            layer = name.rpartition(".")[0] or name
            square = norms.get(layer, 0.0) ** 2 + float(parameter.grad.norm()) ** 2
            norms[layer] = square**0.5
    return norms


def _by_step(inputs: list[Tensor], batch: Batch) -> tuple[float, ...]:
    if not inputs or inputs[0].grad is None:
        return ()
    norms = inputs[0].grad.norm(dim=-1) * batch.source.mask  # [B, S]
    means = norms.sum(0) / batch.source.mask.sum(0).clamp(min=1)
    return tuple(means[batch.source.mask.any(0)].tolist())
