"""SwiGLU experts stacked along D: expert i owns units i*e .. (i+1)*e."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu


class Experts(nn.Module):
    def __init__(self, width: int, units: int, count: int):
        super().__init__()
        self.count = count
        self.gate = nn.Parameter(torch.empty(width, units))
        self.up = nn.Parameter(torch.empty(width, units))
        self.down = nn.Parameter(torch.empty(units, width))

    def outputs(self, u: Tensor) -> list[Tensor]:
        """(SiLU(u Wg_i) * (u Wu_i)) Wd_i for every expert i, each [..., d]."""
        gates = self.gate.chunk(self.count, dim=1)
        ups = self.up.chunk(self.count, dim=1)
        downs = self.down.chunk(self.count, dim=0)
        return [(silu(u @ gate) * (u @ up)) @ down for gate, up, down in zip(gates, ups, downs)]
