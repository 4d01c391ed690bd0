"""Muon for the convolutions, AdamW for the rest, averages, and the processes that share them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, distributed, nn


class Ranks:
    """The processes that share a step's crops and add up their gradients.

    Processes of one thread each meet a few times a step, threads of one process hundreds
    of times: where other programs use the cores too, that is about twice as fast.
    """

    def __init__(self, rank: int, count: int) -> None:
        self.rank, self.count = rank, count

    def sum(self, values: Tensor) -> None:
        """Adds up `values` over the ranks, in place."""
        if self.count > 1:
            distributed.all_reduce(values)

    def mean(self, gradients: Tensor, message: list[float]) -> list[float]:
        """Averages `gradients` in place; returns the message of rank 0, the same on all."""
        sent = torch.tensor(message if self.rank == 0 else [0.0] * len(message))
        self.sum(gradients)
        self.sum(sent)
        gradients.div_(self.count)
        return [float(value) for value in sent]


NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # quintic of Jordan et al. 2024 ("Muon")


def orthogonalise(batch: Tensor, precision: torch.dtype, steps: int = 5) -> Tensor:
    """Approximates U V^T of each matrix's singular value decomposition U S V^T.

    batch is [matrices, rows, columns] with rows <= columns; bf16 is precise enough.
    """
    a, b, c = NEWTON_SCHULZ
    x = batch.to(precision)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.to(batch.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, then orthogonalisation of each convolution weight as [out, kh*kw*in].

    The update is scaled by 0.2 sqrt(max(rows, columns)), so that its root mean square is
    that of a typical AdamW step (Liu et al. 2025). With several ranks, which hold equal
    gradients, each orthogonalises its share of the matrices.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        ranks: Ranks | None = None,
        precision: torch.dtype = torch.bfloat16,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        self._ranks = ranks or Ranks(0, 1)
        self._precision = precision

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        if closure is not None:
            raise ValueError("Muon takes no closure")
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            directions = [self._momentum(p, group["momentum"]) for p in parameters]
            # Columns in channels-last order: no copy, and their order does not matter.
            matrices = [d.permute(0, 2, 3, 1).reshape(d.shape[0], -1) for d in directions]
            for parameter, update in zip(parameters, self._updates(matrices), strict=True):
                outputs, inputs, height, width = parameter.shape
                change = update.reshape(outputs, height, width, inputs).permute(0, 3, 1, 2)
                scale = 0.2 * max(outputs, inputs * height * width) ** 0.5
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(change, alpha=-group["lr"] * scale)

    def _updates(self, matrices: list[Tensor]) -> list[Tensor]:
        """The orthogonalised matrices, in one buffer that the ranks fill together."""
        buffer = matrices[0].new_zeros(sum(m.numel() for m in matrices), dtype=self._precision)
        updates = [
            part.view(matrix.shape)
            for part, matrix in zip(
                buffer.split([m.numel() for m in matrices]), matrices, strict=True
            )
        ]
        same_shape: dict[torch.Size, list[int]] = defaultdict(list)
        for number, matrix in enumerate(matrices):
            same_shape[matrix.shape].append(number)
        for turn, ((rows, columns), members) in enumerate(same_shape.items()):
            mine = members[(self._ranks.rank + turn) % self._ranks.count :: self._ranks.count]
            if not mine:
                continue
            stacked = torch.stack([matrices[number] for number in mine])
            stacked = stacked.mT.contiguous() if rows > columns else stacked
            done = orthogonalise(stacked, self._precision)
            for number, update in zip(mine, done.mT if rows > columns else done, strict=True):
                updates[number].copy_(update)
        self._ranks.sum(buffer)
        return updates

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
    network: nn.Module,
    kind: str,
    lr: float,
    weight_decay: float,
    ranks: Ranks,
    precision: torch.dtype,
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
        optimisers.append(
            Muon(hidden, lr=lr, weight_decay=weight_decay, ranks=ranks, precision=precision)
        )
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
