"""The whole model, built from an architecture document (architecture.json of a checkpoint)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from .attention import attention_of
from .cartesian_moe import CartesianMoe
from .dense import DenseFfn
from .document import upgrade
from .dsmoe import Dsmoe
from .finedeep import Finedeep
from .fixed_routing import HashLayer, RandomRouting
from .forward_pass import ForwardPass, LayerShape
from .layers import Embedding, Linear, RMSNorm
from .llama_moe import LlamaMoe
from .mask_moe import MaskMoe
from .moe import Moe
from .objective import PLAIN, mean_over, next_token_loss, objective, output_z
from .topp import Topp

FFN_KINDS = {
    "dense": DenseFfn,
    "finedeep": Finedeep,
    "dsmoe": Dsmoe,
    "moe": Moe,
    "topp": Topp,
    "hash": HashLayer,
    "random": RandomRouting,
    "llamamoe": LlamaMoe,
    "maskmoe": MaskMoe,
    "cartesianmoe": CartesianMoe,
}

# Matrices that write into the residual stream.
RESIDUAL = ("output.weight", "down.weight", "experts.down", "shared.down")


class Block(nn.Module):
    def __init__(self, block: dict, shape: LayerShape, layer: int, sharing: dict):
        super().__init__()
        self.attention = attention_of(block["attention"], shape, layer, sharing)
        self.ffn = FFN_KINDS[block["ffn"]["kind"]](block["ffn"], shape)

    def forward(self, stream: Tensor, forward_pass: ForwardPass) -> Tensor:
        return self.ffn(self.attention(stream, forward_pass), forward_pass)


class LanguageModel(nn.Module):
    def __init__(self, architecture: dict):
        super().__init__()
        architecture = upgrade(architecture)
        self.architecture = architecture
        width, vocabulary = architecture["width"], architecture["vocabulary"]
        blocks = [block for block in architecture["blocks"] for _ in range(block["repeat"])]
        epsilon = architecture["norm"]["epsilon"]
        shape = LayerShape(width, len(blocks), architecture["context"], vocabulary, epsilon)
        self.embedding = Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(
            Block(block, shape, layer, architecture["sharing"]) for layer, block in enumerate(blocks)
        )
        self.norm = RMSNorm(width, epsilon)
        if not architecture["tieEmbeddings"]:
            self.head = Linear(width, vocabulary)
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Normal draws; matrices that write into the residual stream start smaller by sqrt(2 L), gains at 1."""
        std = self.architecture["initialisation"]["std"]
        depth = self.architecture["initialisation"]["residual"] == "depth"
        for name, parameter in self.named_parameters():
            if name.endswith("gain"):
                parameter.fill_(1.0)
            elif depth and name.endswith(RESIDUAL):
                parameter.normal_(0.0, std / (2 * len(self.blocks)) ** 0.5)
            elif "router" in name:
                ffn = self.blocks[int(name.split(".")[1])].ffn
                parameter.normal_(0.0, getattr(ffn, "router_std", std))
            elif "compensation" in name and self.architecture["sharing"]["compensation"] == "zero":
                parameter.zero_()
            else:
                parameter.normal_(0.0, std)

    def run(
        self, tokens: Tensor, uniform: Callable[..., Tensor] | None = None, disable_top1: str = "none"
    ) -> tuple[Tensor, ForwardPass]:
        """
        Logits [B, T, V] of tokens [B, T], and what the layers left behind. `uniform(shape)` gives the numbers in [0, 1)
        of jitter and random routing; by default PyTorch's, at inference the same ones every time.
        """
        forward_pass = ForwardPass(tokens.flatten(), uniform or self.default_uniform(), disable_top1)
        stream = self.embedding(tokens)
        for block in self.blocks:
            stream = block(stream, forward_pass)
        x = self.norm(stream)
        return x @ self.embedding.weight.T if self.architecture["tieEmbeddings"] else self.head(x), forward_pass

    def default_uniform(self) -> Callable[..., Tensor]:
        device = self.embedding.weight.device
        generator = None if self.training else torch.Generator(device).manual_seed(0)
        return lambda shape: torch.rand(shape, generator=generator, device=device)

    def forward(self, tokens: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Logits [B, T, V] and the auxiliary losses by name, summed over layers."""
        logits, forward_pass = self.run(tokens)
        return logits, forward_pass.losses

    def evaluate(
        self,
        tokens: Tensor,
        targets: Tensor,
        settings: dict = PLAIN,
        mask: Tensor | None = None,
        uniform: Callable[..., Tensor] | None = None,
    ) -> "Evaluation":
        """Losses of tokens and targets [B, T] under an objective's settings; positions whose mask [N] is 0 do not count."""
        logits, forward_pass = self.run(tokens, uniform)
        logits, targets = logits.flatten(0, 1), targets.flatten()
        loss = mean_over(next_token_loss(logits, targets), mask)
        goal = mean_over(objective(logits, targets, settings), mask)
        if settings["zLoss"] > 0:
            forward_pass.add_loss("outputZ", settings["zLoss"] * mean_over(output_z(logits), mask))
        total = goal + sum(forward_pass.losses.values())
        return Evaluation(logits, loss, goal, total, forward_pass.losses, forward_pass.reports())

    def loss(self, tokens: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mean next-token loss in nats, and the total that training differentiates, under the plain objective."""
        logits, auxiliary = self(tokens)
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten())
        return loss, loss + sum(auxiliary.values())


@dataclass
class Evaluation:
    logits: Tensor  # [N, V]
    loss: Tensor  # mean next-token loss in nats
    objective: Tensor  # the same under the objective's settings
    total: Tensor  # objective + auxiliary losses: what training differentiates
    auxiliary: dict[str, Tensor]
    reports: dict[str, Tensor]
