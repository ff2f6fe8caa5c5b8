"""MaskMoE (arXiv 2407.09816), as reconstructed: only the principle of the mask is the paper's.

  p = softmax(u R + m_v)      m_v = 0 for the experts that token type v sees, -inf for the others
"""

import torch
from torch import Tensor

from .forward_pass import ForwardPass, LayerShape
from .moe import Moe


class MaskMoe(Moe):
    """`visible` [V, E], 1 where a token type sees an expert, comes with the checkpoint: it follows from the corpus."""

    visible: Tensor

    def __init__(self, options: dict, shape: LayerShape):
        shared = options["expertWidth"] if options["sharedExpert"] else 0
        super().__init__({**options, "sharedWidth": shared}, shape)
        # Without its mask the layer computes nothing sensible: NaN says so.
        self.register_buffer("visible", torch.full((shape.vocabulary, options["nExperts"]), float("nan")))

    def logits(self, u: Tensor, forward_pass: ForwardPass) -> Tensor:
        visible = self.visible[forward_pass.tokens]
        hidden = torch.where(visible == 0, float("-inf"), visible - 1)  # -inf, 0, or NaN
        return super().logits(u, forward_pass) + hidden

    def removed(self, p: Tensor) -> Tensor:
        """Only of tokens that see more than K experts; the others keep theirs."""
        return super().removed(p) & ((p > 0).sum(-1, keepdim=True) > self.options["topK"])

    def choose(self, p: Tensor) -> Tensor:
        return super().choose(p) & (p > 0)  # min(K, V_v) experts
