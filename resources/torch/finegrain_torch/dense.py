"""The dense SwiGLU feed-forward network of LLaMA."""

from torch import Tensor, nn
from torch.nn.functional import silu

from .forward_pass import ForwardPass, LayerShape
from .layers import Linear, RMSNorm


class DenseFfn(nn.Module):
    """h + (SiLU(u Wg) * (u Wu)) Wd with u = RMSNorm(h)."""

    def __init__(self, options: dict, shape: LayerShape):
        super().__init__()
        self.norm = RMSNorm(shape.width, shape.epsilon)
        self.gate = Linear(shape.width, options["width"])
        self.up = Linear(shape.width, options["width"])
        self.down = Linear(options["width"], shape.width)

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        u = self.norm(stream)
        return stream + self.down(silu(self.gate(u)) * self.up(u))
