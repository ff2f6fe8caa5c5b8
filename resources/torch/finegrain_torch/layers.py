"""The small parts: linear map, embedding, RMSNorm, rotary embedding."""

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


class Rotary(nn.Module):
    """Rotary position embedding, rotate-half form: pairs are (i, i + h/2), angles position * base^(-2i/h)."""

    def __init__(self, context: int, head_size: int, base: float):
        super().__init__()
        frequencies = base ** (-torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
        angles = torch.arange(context, dtype=torch.float64)[:, None] * frequencies  # [T, h/2]
        angles = torch.cat([angles, angles], -1)  # [T, h]
        self.register_buffer("cos", angles.cos().float(), persistent=False)
        self.register_buffer("sin", angles.sin().float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # [B, H, T, h]
        T = x.shape[2]
        first, second = x.chunk(2, -1)
        rotated = torch.cat([-second, first], -1)
        return x * self.cos[:T] + rotated * self.sin[:T]
