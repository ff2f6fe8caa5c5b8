"""SwiGLU experts of which a token runs some, E(u) = (SiLU(u Wg) * (u Wu)) Wd, and the expert that every token runs."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu


class RoutedExperts(nn.Module):
    """A plain loop over experts; each computes the rows of the tokens that chose it."""

    def __init__(self, count: int, width: int, units: int):
        super().__init__()
        self.gate = nn.Parameter(torch.empty(count, width, units))
        self.up = nn.Parameter(torch.empty(count, width, units))
        self.down = nn.Parameter(torch.empty(count, units, width))

    def forward(self, u: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        """sum_i weights_i E_i(u) over the chosen i; u [N, d], chosen and weights [N, E]."""
        y = torch.zeros_like(u)
        # unbind, not one index after another: its gradient is one stacked tensor, 0 for experts that nobody chose.
        experts = zip(self.gate.unbind(), self.up.unbind(), self.down.unbind())
        for i, (gate, up, down) in enumerate(experts):
            rows = chosen[:, i].nonzero().squeeze(1)
            if len(rows) == 0:
                continue
            x = u.index_select(0, rows)
            output = (silu(x @ gate) * (x @ up)) @ down
            y.index_add_(0, rows, weights[:, i, None].index_select(0, rows) * output)
        return y


class SharedExpert(nn.Module):
    def __init__(self, width: int, units: int):
        super().__init__()
        self.gate = nn.Parameter(torch.empty(width, units))
        self.up = nn.Parameter(torch.empty(width, units))
        self.down = nn.Parameter(torch.empty(units, width))

    def forward(self, u: Tensor) -> Tensor:
        return (silu(u @ self.gate) * (u @ self.up)) @ self.down
