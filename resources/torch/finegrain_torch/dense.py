"""The dense SwiGLU feed-forward network of LLaMA."""

from torch import Tensor, nn
from torch.nn.functional import silu

from .layers import Linear, RMSNorm


class DenseFfn(nn.Module):
    """h + (SiLU(u Wg) * (u Wu)) Wd with u = RMSNorm(h)."""

    def __init__(self, options: dict, width: int, epsilon: float, layers: int):
        super().__init__()
        self.norm = RMSNorm(width, epsilon)
        self.gate = Linear(width, options["width"])
        self.up = Linear(width, options["width"])
        self.down = Linear(options["width"], width)

    def forward(self, stream: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        u = self.norm(stream)
        return stream + self.down(silu(self.gate(u)) * self.up(u)), {}
