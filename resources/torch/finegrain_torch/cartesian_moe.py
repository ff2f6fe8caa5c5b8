"""CartesianMoE (arXiv 2410.16077): two routed sub-layers in sequence. Placement of norms and residuals is ours.

  perSublayer: x1 = x + y1(Norm_1(x))        out = x1 + y2(Norm_2(x1))
  outerOnly:   hbar = Norm_1(h + y1(h))      out = Norm_2(h + y2(hbar))
"""

from torch import Tensor, nn

from .forward_pass import ForwardPass, LayerShape
from .moe import Moe


class CartesianMoe(nn.Module):
    def __init__(self, options: dict, shape: LayerShape):
        super().__init__()
        sub_layer = {
            **options,
            "nExperts": options["nSubExperts"],
            "topK": options["topKPerSublayer"],
            "expertWidth": options["subExpertWidth"],
            "sharedWidth": options["subExpertWidth"] if options["sharedExpert"] == "perSublayer" else 0,
        }
        self.residual = options["residual"]
        self.layers = nn.ModuleList(Moe(sub_layer, shape) for _ in range(2))
        for layer, name in zip(self.layers, ("first", "second")):
            layer.disabled_by = (name, "both")

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        first, second = self.layers
        if self.residual == "perSublayer":
            return second(first(stream, forward_pass), forward_pass)
        h = stream.flatten(0, -2)
        hbar = first.norm(h + first.update(h, forward_pass))
        out = second.norm(h + second.update(hbar, forward_pass))
        return out.view_as(stream)
