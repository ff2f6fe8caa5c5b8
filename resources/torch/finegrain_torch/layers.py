"""The small parts: linear map, embedding, RMSNorm."""

import torch
from torch import Tensor, nn


class Linear(nn.Module):
    """x @ W, no bias; W [in, out]."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


class Embedding(nn.Module):
    """Rows of W [V, d] picked by token ids."""

    def __init__(self, vocabulary: int, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocabulary, width))

    def forward(self, tokens: Tensor) -> Tensor:
        return nn.functional.embedding(tokens, self.weight)


class RMSNorm(nn.Module):
    """x * gain / sqrt(mean(x^2) + epsilon) over the last axis."""

    def __init__(self, width: int, epsilon: float):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gain * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon)
