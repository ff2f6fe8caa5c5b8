"""The whole model, built from an architecture document (architecture.json of a checkpoint)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from .attention import Attention
from .dense import DenseFfn
from .dsmoe import Dsmoe
from .finedeep import Finedeep
from .layers import Embedding, Linear, RMSNorm

FFN_KINDS = {"dense": DenseFfn, "finedeep": Finedeep, "dsmoe": Dsmoe}


class Block(nn.Module):
    def __init__(self, block: dict, architecture: dict, layers: int):
        super().__init__()
        width, epsilon = architecture["width"], architecture["norm"]["epsilon"]
        self.attention = Attention(block["attention"], width, architecture["context"], epsilon)
        self.ffn = FFN_KINDS[block["ffn"]["kind"]](block["ffn"], width, epsilon, layers)

    def forward(self, stream: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return self.ffn(self.attention(stream))


class LanguageModel(nn.Module):
    def __init__(self, architecture: dict):
        super().__init__()
        self.architecture = architecture
        width, vocabulary = architecture["width"], architecture["vocabulary"]
        blocks = [block for block in architecture["blocks"] for _ in range(block["repeat"])]
        self.embedding = Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(block, architecture, len(blocks)) for block in blocks)
        self.norm = RMSNorm(width, architecture["norm"]["epsilon"])
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
            elif depth and name.endswith(("output.weight", "down.weight", "experts.down")):
                parameter.normal_(0.0, std / (2 * len(self.blocks)) ** 0.5)
            elif "router" in name:
                ffn = self.blocks[int(name.split(".")[1])].ffn
                parameter.normal_(0.0, ffn.router_std)
            else:
                parameter.normal_(0.0, std)

    def forward(self, tokens: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Logits [B, T, V] and the auxiliary losses by name, summed over layers."""
        stream = self.embedding(tokens)
        auxiliary: dict[str, Tensor] = {}
        for block in self.blocks:
            stream, terms = block(stream)
            for name, value in terms.items():
                auxiliary[name] = auxiliary.get(name, 0.0) + value
        x = self.norm(stream)
        logits = x @ self.embedding.weight.T if self.architecture["tieEmbeddings"] else self.head(x)
        return logits, auxiliary

    def loss(self, tokens: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mean next-token loss in nats, and the total that training differentiates."""
        logits, auxiliary = self(tokens)
        loss = cross_entropy(logits.flatten(0, 1), targets.flatten())
        return loss, loss + sum(auxiliary.values())
