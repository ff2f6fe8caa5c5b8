"""LLaMA-MoE (arXiv 2406.16554): the FFN's units cut into equal experts, top-k of them by softmax."""

from torch import Tensor

from .forward_pass import ForwardPass, LayerShape
from .moe import Moe


class LlamaMoe(Moe):
    def __init__(self, options: dict, shape: LayerShape):
        n, k = options["nExperts"], options["topK"]
        super().__init__({**options, "expertWidth": options["width"] // n, "sharedWidth": 0}, shape)
        # What makes up for the slices that do not run.
        self.rescale = {"none": 1.0, "nOverK": n / k, "n": float(n)}[options["rescale"]]

    def route(self, u: Tensor, forward_pass: ForwardPass) -> tuple[Tensor, Tensor]:
        chosen, weights = super().route(u, forward_pass)
        return chosen, self.rescale * weights
