"""LLaMA-MoE (arXiv 2406.16554): the FFN's units cut into equal experts, top-k of them by softmax."""

from .forward_pass import ForwardPass, LayerShape
from .moe import Moe


class LlamaMoe(Moe):
    def __init__(self, options: dict, shape: LayerShape):
        slices = {"expertWidth": options["width"] // options["nExperts"], "sharedWidth": 0}
        super().__init__({**options, **slices}, shape)
