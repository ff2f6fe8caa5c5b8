"""DSMoE (arXiv 2502.12455), trained from scratch. Equation numbers are the paper's."""

import torch
from torch import Tensor, nn

from .experts import Experts
from .forward_pass import ForwardPass, LayerShape
from .layers import Linear, RMSNorm


class Dsmoe(nn.Module):
    """h + y: sigmoid gates with a threshold over equal slices of the FFN."""

    def __init__(self, options: dict, shape: LayerShape):
        super().__init__()
        self.options = options
        self.layers_in_model = shape.layers
        self.router_std = options["gateInitStd"]
        n = options["nExperts"]
        units = -(-options["width"] // n) * n  # padded to a multiple of n
        self.norm = RMSNorm(shape.width, shape.epsilon)
        self.experts = Experts(shape.width, units, n)
        self.router = Linear(shape.width, n)

    def threshold(self, g: Tensor) -> Tensor:
        """1[g > tau] (7); with `keepTop1`, the largest gate's expert where none is above."""
        is_open = (g > self.options["tau"]).float()
        if self.options["zeroActivePolicy"] == "keepTop1":
            top = (g == g.max(-1, keepdim=True).values).float()
            is_open = torch.where(is_open.sum(-1, keepdim=True) == 0, top, is_open)
        return is_open

    def weights(self, g: Tensor) -> Tensor:
        """What each expert's output is multiplied with, [..., n]."""
        options = self.options
        if self.training and options["gateInThreshold"] == "none":
            return g  # (20)
        is_open = self.threshold(g.detach())
        weight = g * is_open  # G (7)
        if self.training and options["useSte"]:
            weight = weight.detach() + (g - g.detach())  # S (10)
        rescale = options["rescaleByActive"]
        if rescale == "trainAndInfer" or (rescale == "inferOnly" and not self.training):
            weight = weight * options["nExperts"] / is_open.sum(-1, keepdim=True).clamp(min=1)  # (8)
        return weight

    def penalty(self, g: Tensor) -> Tensor:
        """lambda / (L*n) * sum_n of the token mean (17-19), for this layer."""
        thresholded = g * (g.detach() > self.options["tau"])
        value = {
            "G": thresholded,
            "S": thresholded.detach() + (g - g.detach()),
            "raw": g,
        }[self.options["penaltyGate"]]
        return self.options["lambdaSparse"] / self.layers_in_model * value.mean()

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        u = self.norm(stream)
        g = self.router(u).sigmoid()
        weights = self.weights(g).split(1, -1)
        y = sum(w * o for w, o in zip(weights, self.experts.outputs(u)))
        if self.options["lambdaSparse"] > 0:
            forward_pass.add_loss("sparsity", self.penalty(g))
        self.last_gates = g.detach()
        return stream + y
