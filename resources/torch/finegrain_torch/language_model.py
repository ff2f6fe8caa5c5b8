"""The whole model, built from an architecture document (architecture.json of a checkpoint)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

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
from .objective import PLAIN, next_token_loss, objective
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

    def run(self, tokens: Tensor, uniform: Callable[..., Tensor] | None = None) -> tuple[Tensor, ForwardPass]:
        """
        Logits [B, T, V] of tokens [B, T], and what the layers left behind. `uniform(shape)` gives the numbers in [0, 1)
        of jitter and random routing; by default PyTorch's, at inference the same ones every time.
        """
        forward_pass = ForwardPass(tokens.flatten(), uniform or self.default_uniform())
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

    def loss(self, tokens: Tensor, targets: Tensor, settings: dict = PLAIN) -> tuple[Tensor, Tensor]:
        """Mean next-token loss in nats, and the total that training differentiates under an objective's settings."""
        logits, auxiliary = self(tokens)
        logits, targets = logits.flatten(0, 1), targets.flatten()
        loss = next_token_loss(logits, targets)
        differentiated = loss if settings == PLAIN else objective(logits, targets, settings)
        return loss, differentiated + sum(auxiliary.values())
