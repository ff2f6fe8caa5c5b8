"""Finedeep (arXiv 2502.12928). The routing and normalisation equations are a reconstruction, not the paper's text.

  u    = RMSNorm_m(h_{m-1})
  e_mk = (SiLU(u Wg_mk) * (u Wu_mk)) Wd_mk
  r_mk = sigmoid(<e_mk, w_mk>)
  h_m  = h_{m-1} + sum_k r_mk * e_mk
"""

import torch
from torch import Tensor, nn

from .experts import Experts
from .forward_pass import ForwardPass, LayerShape
from .layers import RMSNorm


class Router(nn.Module):
    """Router weights of one sub-layer: w_mk [K, d], one w_m [d], or a matrix W_m [d, d]."""

    def __init__(self, kind: str, experts: int, width: int):
        super().__init__()
        self.kind = kind
        self.experts = experts
        shape = {
            "perExpert": (experts, width),
            "perSubLayerVector": (width,),
            "perSubLayerMatrix": (width, width),
        }[kind]
        self.weight = nn.Parameter(torch.empty(shape))

    def scores(self, inputs: list[Tensor]) -> Tensor:
        """One score per expert from its own input: [K, ..., 1], or [K, ..., d] for a matrix."""
        if self.kind == "perSubLayerMatrix":
            return torch.stack([x @ self.weight for x in inputs])
        vectors = self.weight if self.kind == "perExpert" else self.weight.expand(self.experts, -1)
        return torch.stack([(x * w).sum(-1, keepdim=True) for x, w in zip(inputs, vectors)])


class SubLayer(nn.Module):
    def __init__(self, options: dict, width: int, epsilon: float):
        super().__init__()
        K = options["expertsPerSubLayer"]
        self.score_input = options["routerScoreInput"]
        self.gate_kind = options["gate"]
        if options["normPerSubLayer"]:
            self.norm = RMSNorm(width, epsilon)
        self.experts = Experts(width, options["width"] // options["subLayers"], K)
        if self.gate_kind != "none":
            self.router = Router(options["routerWeight"], K, width)

    def gates(self, u: Tensor, e: list[Tensor]) -> Tensor:
        """r_mk, stacked over k."""
        if self.gate_kind == "none":
            return torch.ones(len(e), *u.shape[:-1], 1)
        scores = self.router.scores(e if self.score_input == "output" else [u] * len(e))
        return scores.softmax(0) if self.gate_kind == "softmax" else scores.sigmoid()

    def forward(self, u: Tensor) -> Tensor:
        e = self.experts.outputs(u)
        return sum(r * e_k for r, e_k in zip(self.gates(u, e), e))


class Finedeep(nn.Module):
    def __init__(self, options: dict, shape: LayerShape):
        super().__init__()
        self.router_std = options["routerInitStd"]
        self.residual_per_sub_layer = options["residualPerSubLayer"]
        if not options["normPerSubLayer"]:
            self.norm = RMSNorm(shape.width, shape.epsilon)  # one gain shared by all sub-layers
        sub_layers = (SubLayer(options, shape.width, shape.epsilon) for _ in range(options["subLayers"]))
        self.layers = nn.ModuleList(sub_layers)

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        h = stream
        for layer in self.layers:
            norm = layer.norm if hasattr(layer, "norm") else self.norm
            update = layer(norm(h))
            h = h + update if self.residual_per_sub_layer else update
        return h if self.residual_per_sub_layer else stream + h
