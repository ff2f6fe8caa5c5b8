"""Routing without a router: Hash Layer (arXiv 2106.04426), which goes by the token's id, and random routing.

Every chosen expert's output counts 1/K.
"""

import torch
from torch import Tensor

from .forward_pass import ForwardPass, LayerShape
from .moe import RoutedFfn
from .routing import top_k


class HashLayer(RoutedFfn):
    """`assigned` [V, E]: K ones a row, fixed before training; here uniformly drawn until a checkpoint brings its own."""

    assigned: Tensor

    def __init__(self, options: dict, shape: LayerShape):
        super().__init__(options, shape)
        drawn = top_k(torch.rand(shape.vocabulary, options["nExperts"]), options["topK"])
        self.register_buffer("assigned", drawn.float())

    def route(self, u: Tensor, forward_pass: ForwardPass) -> tuple[Tensor, Tensor]:
        chosen = self.assigned[forward_pass.tokens]
        return chosen > 0, chosen / self.options["topK"]


class RandomRouting(RoutedFfn):
    """K experts of every token, drawn anew in every pass."""

    def route(self, u: Tensor, forward_pass: ForwardPass) -> tuple[Tensor, Tensor]:
        draws = forward_pass.uniform((len(u), self.options["nExperts"])).to(u.device)
        chosen = top_k(draws, self.options["topK"])
        return chosen, chosen / self.options["topK"]
