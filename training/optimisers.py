"""Muon for the convolutions, AdamW for the rest, and averages of the weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # quintic of Jordan et al. 2024 ("Muon")


def orthogonalise(batch: Tensor, steps: int = 5) -> Tensor:
    """Approximates U V^T of each matrix's singular value decomposition U S V^T.

    batch is [matrices, rows, columns] with rows <= columns.
    """
    a, b, c = NEWTON_SCHULZ
    x = batch.bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.to(batch.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, then orthogonalisation of each convolution weight as [out, kh*kw*in].

    The update is scaled by 0.2 sqrt(max(rows, columns)), so that its root mean square is
    that of a typical AdamW step (Liu et al. 2025).
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        if closure is not None:
            raise ValueError("Muon takes no closure")
        for group in self.param_groups:
            same_shape: dict[tuple[int, int], list[tuple[nn.Parameter, Tensor]]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                direction = self._momentum(parameter, group["momentum"])
                # Columns in channels-last order: no copy, and the order does not matter.
                matrix = direction.permute(0, 2, 3, 1).reshape(direction.shape[0], -1)
                same_shape[(matrix.shape[0], matrix.shape[1])].append((parameter, matrix))
            for (rows, columns), members in same_shape.items():
                stacked = torch.stack([matrix for _, matrix in members])
                stacked = stacked.mT if rows > columns else stacked
                updates = orthogonalise(stacked.contiguous())
                updates = updates.mT if rows > columns else updates
                scale = 0.2 * max(rows, columns) ** 0.5
                for (parameter, _), update in zip(members, updates, strict=True):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    outputs, inputs, height, width = parameter.shape
                    change = update.reshape(outputs, height, width, inputs).permute(0, 3, 1, 2)
                    parameter.add_(change, alpha=-group["lr"] * scale)

    def _momentum(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        """Nesterov momentum of the gradient."""
        gradient = parameter.grad
        assert gradient is not None
        state = self.state[parameter]
        if "buffer" not in state:
            state["buffer"] = torch.zeros_like(gradient)
        buffer: Tensor = state["buffer"]
        buffer.lerp_(gradient, 1 - momentum)
        return gradient.lerp(buffer, momentum)


def build_optimisers(
    network: nn.Module, kind: str, lr: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """`muon`: Muon for all convolutions but stem and head, AdamW else; `adamw`: AdamW for all."""
    hidden: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        inner = parameter.ndim == 4 and not name.startswith(("stem", "head"))
        (hidden if kind == "muon" and inner else others).append(parameter)
    # "scale" multiplies the run's rate for a group.
    group = {"params": others, "scale": 0.5 if hidden else 1.0}
    optimisers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW([group], lr=lr, betas=(0.9, 0.99), weight_decay=0.0, foreach=True)
    ]
    if hidden:
        optimisers.append(Muon(hidden, lr=lr, weight_decay=weight_decay))
    return optimisers


class PowerAverage:
    """Power-function average of the weights (Karras et al. 2024): width relative to the run."""

    def __init__(self, network: nn.Module, gamma: float) -> None:
        self.gamma = gamma
        self.weights = {k: v.detach().clone() for k, v in network.named_parameters()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        keep = (1 - 1 / step) ** (self.gamma + 1)
        averages = list(self.weights.values())
        current = [p.detach() for p in network.parameters()]
        torch._foreach_lerp_(averages, current, 1 - keep)
