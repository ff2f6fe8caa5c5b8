"""Top-k softmax mixture of experts with an optional shared expert, and what its relatives inherit.

  u = RMSNorm(h)      p = softmax(u R)      y = S(u) + sum_{i in TopK(p)} p_i E_i(u)      out = h + y

Fine-grained MoE is the same with more and narrower experts. `topp.py`, `fixed_routing.py`, `llama_moe.py`
and `mask_moe.py` route in another way; `cartesian_moe.py` stacks two of these.
"""

import torch
from torch import Tensor, nn

from .forward_pass import ForwardPass, LayerShape
from .layers import Linear, RMSNorm
from .routed_experts import RoutedExperts, SharedExpert
from .routing import balance_loss, jittered, router_z_loss, top_k, within_capacity


class RoutedFfn(nn.Module):
    """h + S(u) + the routed experts' sum. `route` says which experts a token runs and how their outputs are weighted."""

    def __init__(self, options: dict, shape: LayerShape):
        super().__init__()
        self.options = options
        self.norm = RMSNorm(shape.width, shape.epsilon)
        self.experts = RoutedExperts(options["nExperts"], shape.width, options["expertWidth"])
        if options["sharedWidth"] > 0:
            self.shared = SharedExpert(shape.width, options["sharedWidth"])

    def route(self, u: Tensor, forward_pass: ForwardPass) -> tuple[Tensor, Tensor]:
        """chosen [N, E], weights [N, E] for u [N, d]."""
        raise NotImplementedError

    def update(self, u: Tensor, forward_pass: ForwardPass) -> Tensor:
        """y for the normalised input u [N, d]."""
        chosen, weights = self.route(u, forward_pass)
        kept = chosen
        if self.training and self.options["dispatch"] == "capacity":
            kept = within_capacity(chosen, self.choices(), self.options["capacityFactor"])
            forward_pass.report("overflow", 1 - kept.sum() / chosen.sum())
        y = self.experts(u, kept, weights)
        return y + self.shared(u) if hasattr(self, "shared") else y

    def choices(self) -> int:
        """K of the capacity."""
        return self.options["topK"]

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        u = self.norm(stream).flatten(0, -2)
        return stream + self.update(u, forward_pass).view_as(stream)


class Moe(RoutedFfn):
    # Values of `disable_top1` that take the first choice of this router away.
    disabled_by = ("first", "second", "both")

    def __init__(self, options: dict, shape: LayerShape):
        super().__init__(options, shape)
        self.router = Linear(shape.width, options["nExperts"])

    def logits(self, u: Tensor, forward_pass: ForwardPass) -> Tensor:
        jitter = self.options["jitter"] if self.training else 0
        return self.router(jittered(u, jitter, forward_pass.uniform))

    def removed(self, p: Tensor) -> Tensor:
        """The choice that is taken away where the router's first choice is disabled."""
        return top_k(p, 1)

    def choose(self, p: Tensor) -> Tensor:
        return top_k(p, self.options["topK"])

    def route(self, u: Tensor, forward_pass: ForwardPass) -> tuple[Tensor, Tensor]:
        logits = self.logits(u, forward_pass)
        p = logits.softmax(-1)
        disabled = forward_pass.disable_top1 in self.disabled_by
        removed = self.removed(p) if disabled else torch.zeros_like(p, dtype=torch.bool)
        chosen = self.choose(p.masked_fill(removed, -1)) & ~removed
        weights = p * chosen
        if self.options["renormalise"]:
            weights = weights / weights.sum(-1, keepdim=True)
        if self.training and self.options["balanceAlpha"] > 0:
            forward_pass.add_loss("balance", self.options["balanceAlpha"] * balance_loss(p, chosen))
        if self.training and self.options["routerZ"] > 0:
            forward_pass.add_loss("routerZ", self.options["routerZ"] * router_z_loss(logits))
        self.last_choice = (p.detach(), removed, chosen)
        return chosen, weights

    def margin(self) -> Tensor:
        """By how much the last pass's choice of every token was clear, [N]: 0 where a tie decided it."""
        p, removed, chosen = self.last_choice
        above_chosen = p.masked_fill(~removed, 2).amin(-1) - p.masked_fill(~chosen, 0).amax(-1)
        above_rest = p.masked_fill(~chosen, 2).amin(-1) - p.masked_fill(chosen | removed, 0).amax(-1)
        return torch.minimum(above_chosen, above_rest)
