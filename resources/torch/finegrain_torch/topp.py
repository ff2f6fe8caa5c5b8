"""Top-p routing (arXiv 2403.07652): as many experts as it takes for their probabilities to reach P."""

import torch
from torch import Tensor

from .moe import Moe
from .routing import top_k, top_p


class Topp(Moe):
    def choose(self, p: Tensor) -> Tensor:
        chosen = top_p(p, self.options["topP"])
        most = self.options["maxExperts"]
        return chosen & top_k(p, most) if most > 0 else chosen

    def choices(self) -> int:
        """The most that a token can make."""
        return self.options["maxExperts"] or self.options["nExperts"]

    def margin(self) -> Tensor:
        """Also how far the sums of probabilities, most probable first, stay away from P."""
        p, removed, _ = self.last_choice
        sums = p.masked_fill(removed, 0).sort(-1, descending=True).values.cumsum(-1)
        return torch.minimum(super().margin(), (sums - self.options["topP"]).abs().amin(-1))
