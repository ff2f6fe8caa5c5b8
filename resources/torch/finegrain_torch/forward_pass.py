"""What the layers of one forward pass share."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class LayerShape:
    """Sizes that every layer sees."""

    width: int  # d
    layers: int  # L
    context: int  # T
    vocabulary: int  # V
    epsilon: float  # of the norms


@dataclass
class ForwardPass:
    """Token ids and random numbers for the layers to read; losses and reports for them to leave behind."""

    tokens: Tensor  # [N] = [B*T]
    uniform: Callable[..., Tensor]  # uniform(shape): numbers in [0, 1)
    disable_top1: str = "none"  # whose first choice is taken away: `first`, `second` or `both` of a layer's routers
    losses: dict[str, Tensor] = field(default_factory=dict)
    reported: dict[str, list[Tensor]] = field(default_factory=dict)
    leader: dict[str, Tensor] | None = None  # `map`, `key`, `value` of the last layer that computed its own

    def add_loss(self, name: str, value: Tensor) -> None:
        """A weighted term of the training loss, summed over layers."""
        self.losses[name] = self.losses[name] + value if name in self.losses else value

    def report(self, name: str, value: Tensor) -> None:
        """A figure that is no loss."""
        self.reported.setdefault(name, []).append(value.detach())

    def reports(self) -> dict[str, Tensor]:
        """Mean over the layers that reported."""
        return {name: torch.stack(values).mean() for name, values in self.reported.items()}
