"""Top-p routing (arXiv 2403.07652): as many experts as it takes for their probabilities to reach P."""

from torch import Tensor

from .moe import Moe
from .routing import top_p


class Topp(Moe):
    def choose(self, p: Tensor) -> Tensor:
        return top_p(p, self.options["threshold"])
